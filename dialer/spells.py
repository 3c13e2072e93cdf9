"""What agents do, spell by spell, for the record: occupancy is reckoned from it later.

Owns: the spell that each agent is in, and those that have ended and are to be kept. Must not know
what a state means. Pure. Nobody's absence is a spell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.agents import Agent
from dialer.messages import Now
from dialer.queue_effects import SaveSpells, Spell
from supervisor.snapshot import AgentLook, look_of

SAVE_EVERY_S = 60.0
"""A process that is killed loses no more than this of what agents did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    look: AgentLook
    reason: str
    began_at: datetime
    began_mono: float


class Spells:
    """The spells of all agents. Their length is the monotonic clock's."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}
        self._ended: list[Spell] = []
        self._save_at_mono: float | None = None

    def turned(self, agent: Agent, now: Now) -> None:
        """An agent is in another state, or in the same one again."""
        look = look_of(agent.status, agent.state)
        running = self._running.get(agent.agent)
        if running is not None:
            if (look, agent.pause_reason) == (running.look, running.reason):
                return
            self._ended.append(_spell(agent.agent, running, now))
            del self._running[agent.agent]
        if look is not AgentLook.SIGNED_OUT:
            self._running[agent.agent] = _Running(
                look=look, reason=agent.pause_reason, began_at=now.utc, began_mono=now.mono
            )

    def tick(self, now: Now) -> list[SaveSpells]:
        """Everything since the last time, once a minute."""
        if self._save_at_mono is None:
            self._save_at_mono = now.mono + SAVE_EVERY_S
        if now.mono < self._save_at_mono:
            return []
        self._save_at_mono = now.mono + SAVE_EVERY_S
        return self.all(now)

    def all(self, now: Now) -> list[SaveSpells]:
        """What has ended since the last time, and what goes on, as far as it has come."""
        going_on = (_spell(agent, running, now) for agent, running in self._running.items())
        spells = (*self._ended, *going_on)
        self._ended = []
        return [SaveSpells(spells=spells)] if spells else []


def _spell(agent: str, running: _Running, now: Now) -> Spell:
    lasted = timedelta(milliseconds=round((now.mono - running.began_mono) * 1000))
    return Spell(
        agent=agent,
        state=running.look.value,
        reason=running.reason,
        began_at=running.began_at,
        ended_at=running.began_at + lasted,
    )
