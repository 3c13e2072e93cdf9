"""How long every agent has been in what state, today.

Owns: one clock per agent that is split at midnight. Must not know calls or queues.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from supervisor.kpi import AgentTimes
from supervisor.snapshot import AgentLook


@dataclass(slots=True)
class AgentClock:
    """One agent. `since`, `since_ms`: when the state began, as an instant and on the site's clock.

    `split_ms`: the latter, or today's midnight.
    """

    look: AgentLook
    reason: str
    since: datetime
    since_ms: int
    split_ms: int
    spent_ms: Counter[AgentLook] = field(default_factory=Counter)

    def change(self, look: AgentLook, reason: str, at: datetime, at_ms: int) -> None:
        """Enter a state. The same state again changes nothing, another reason begins anew."""
        if (look, reason) == (self.look, self.reason):
            return
        self.spent_ms[self.look] += at_ms - self.split_ms
        self.look, self.reason, self.since = look, reason, at
        self.since_ms = self.split_ms = at_ms

    def begin_day(self, midnight_ms: int) -> None:
        """Forget yesterday; what the present state lasts from midnight on is today's."""
        self.spent_ms.clear()
        self.split_ms = midnight_ms

    def today_ms(self, at_ms: int) -> dict[AgentLook, int]:
        """Milliseconds of today by state, the present one included up to `at_ms`."""
        return {
            look: self.spent_ms[look] + (at_ms - self.split_ms if look is self.look else 0)
            for look in AgentLook
        }


def as_times(spent_ms: dict[AgentLook, int], agents: int = 1) -> AgentTimes:
    """Milliseconds as the KPIs take them; signing in is a pause, as being reserved rings.

    What an unknown state lasts is a pause too: signed in, and at nobody's service.
    """
    paused = (AgentLook.PAUSED, AgentLook.SIGNING_IN, AgentLook.UNKNOWN)
    return AgentTimes(
        talk_s=spent_ms[AgentLook.TALKING] / 1000,
        wrap_up_s=spent_ms[AgentLook.WRAP_UP] / 1000,
        ring_s=spent_ms[AgentLook.RESERVED] / 1000,
        ready_s=spent_ms[AgentLook.READY] / 1000,
        paused_s=sum(spent_ms[look] for look in paused) / 1000,
        agents=agents,
    )
