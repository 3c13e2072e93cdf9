"""Progressive: one call for each free agent, who is reserved before the phone rings.

Nobody who answers is left without an agent, but for one who leaves in between.
"""

from __future__ import annotations

from dialer.pacing import Decision, Limit, PacingFacts, closed_gate


def decide(facts: PacingFacts) -> Decision:
    """Calls to place now: as many as agents are free, inside `max_calls` and `cps`."""
    gate = closed_gate(facts)
    if gate is not None:
        return Decision(place=0, limit=gate)
    room = (
        (facts.free_agents, Limit.AGENTS),
        (facts.max_calls - facts.calls_alive, Limit.MAX_CALLS),
        (facts.cps_room, Limit.CPS),
    )
    count, limit = min(room, key=lambda pair: pair[0])
    return Decision(place=max(0, count), limit=limit)
