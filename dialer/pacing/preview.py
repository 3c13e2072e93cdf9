"""Preview: a contact for each agent who asks for one; nothing is placed by the engine itself.

What is placed here is a look: the phone rings when the agent says so. Calls a second do not
bind a look (the call takes its place in the second when it is dialed).
"""

from __future__ import annotations

from dialer.pacing import Decision, Limit, PacingFacts, closed_gate


def decide(facts: PacingFacts) -> Decision:
    """Contacts to show now: one for each agent who asked, inside `max_calls`."""
    gate = closed_gate(facts)
    if gate is not None:
        return Decision(place=0, limit=gate)
    room = (
        (facts.free_agents, Limit.ASKING),
        (facts.max_calls - facts.calls_alive, Limit.MAX_CALLS),
    )
    count, limit = min(room, key=lambda pair: pair[0])
    return Decision(place=max(0, count), limit=limit)
