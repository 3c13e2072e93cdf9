"""Progressive: one call for each free agent, who is reserved before the phone rings.

Nobody who answers is left without an agent, but for one who leaves in between.
"""

from __future__ import annotations

from dialer.pacing import Decision, Limit, PacingFacts


def decide(facts: PacingFacts) -> Decision:
    """Calls to place now: as many as agents are free, inside `max_calls` and `cps`."""
    gate = _closed_gate(facts)
    if gate is not None:
        return Decision(place=0, limit=gate)
    room = (
        (facts.free_agents, Limit.AGENTS),
        (facts.max_calls - facts.calls_alive, Limit.MAX_CALLS),
        (facts.cps_room, Limit.CPS),
    )
    count, limit = min(room, key=lambda pair: pair[0])
    return Decision(place=max(0, count), limit=limit)


def _closed_gate(facts: PacingFacts) -> Limit | None:
    gates = (
        (facts.stopping, Limit.STOPPING),
        (not facts.dialable, Limit.LINK),
        (not facts.running, Limit.PAUSED),
        (not facts.store_ok, Limit.STORE),
        (facts.breaker_open, Limit.BREAKER),
        (facts.list_dry, Limit.LIST),
    )
    return next((limit for closed, limit in gates if closed), None)
