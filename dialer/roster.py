"""The roster: every agent on file as they are now, found by login, by slot, and by who is free.

Owns: agents' run-time state, each change of which is noted for whoever asks later. Must not know
why an agent changes, nor what the queues show of it. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import replace

from dialer import agents
from dialer.agents import Agent, Signal, State
from dialer.messages import Now
from supervisor.statistics import Statistics


class Roster:
    """The agents. `quiet_until_mono`: no clock of an agent rings before.

    `stirred`: who has changed since the pacers last looked.
    """

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self._agents: dict[str, Agent] = {}
        # Asked for each slot at each survey: who is on file there.
        self._on_file_at: dict[str, dict[str, None]] = {}
        self._changed: dict[str, None] = {}
        self._turns: list[Agent] = []
        self.stirred: set[str] = set()
        # Asked for at each tick: who is free.
        self._free: set[str] = set()
        self.quiet_until_mono = math.inf

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._agents.values())

    def __getitem__(self, login: str) -> Agent:
        return self._agents[login]

    def get(self, agent: str) -> Agent | None:
        """The agent with this login, if on file."""
        return self._agents.get(agent)

    @property
    def anyone_free(self) -> bool:
        """Whether anybody may be given a call."""
        return bool(self._free)

    def take_changed(self) -> list[Agent]:
        """Agents whose status or state changed since the last call of this."""
        changed = [self._agents[login] for login in self._changed if login in self._agents]
        self._changed.clear()
        return changed

    def take_turns(self) -> list[Agent]:
        """Each agent as it was after each change since the last call of this, in order."""
        if not self._turns:
            return []
        turns, self._turns = self._turns, []
        return turns

    def logged_in(self, queue: str) -> int:
        """How many agents of `queue` are logged in."""
        return sum(queue in agent.queues for agent in self if agent.state is not State.AWAY)

    @property
    def all_away(self) -> bool:
        """Whether nobody is logged in."""
        return all(agent.state is State.AWAY for agent in self)

    @property
    def all_free(self) -> Collection[str]:
        """The logins of those who may be given a call."""
        return self._free

    def by_slot(self, slot: str) -> Agent | None:
        """Who sits in `slot`, or is on the way to it; the last to be promised it wins."""
        return max(
            self.all_at(slot),
            key=lambda a: (a.state is not State.AWAY, a.since_mono),
            default=None,
        )

    def all_at(self, slot: str) -> list[Agent]:
        """Everybody who is on file in `slot`; only one of them can sit there."""
        return [self._agents[login] for login in self._on_file_at.get(slot, ())]

    # ── changes ──────────────────────────────────────────────────────────────────────────

    def step(
        self,
        login: str,
        signal: Signal,
        now: Now,
        **changes: str | float | None,
    ) -> bool:
        """Advance an agent by the table; whether the signal belonged there."""
        agent = self._agents.get(login)
        after = agent and agents.advance(agent, signal, now.mono, **changes)
        if after is None:
            return False
        self.put(after, now)
        return True

    def keep(self, agent: Agent) -> None:
        """The agent from now on, where nobody need be told of the change."""
        before = self._agents.get(agent.agent)
        last = before.slot if before is not None else None
        if agent.slot != last:
            if last is not None:
                del self._on_file_at[last][agent.agent]
            if agent.slot is not None:
                self._on_file_at.setdefault(agent.slot, {})[agent.agent] = None
        self._agents[agent.agent] = agent

    def put(self, agent: Agent, now: Now) -> None:
        """The agent from now on, in another status or state."""
        self.keep(agent)
        (self._free.add if agent.free else self._free.discard)(agent.agent)
        if agent.due_mono is not None and agent.due_mono < self.quiet_until_mono:
            self.quiet_until_mono = agent.due_mono
        self._changed[agent.agent] = None
        self._turns.append(agent)
        self.stirred.add(agent.agent)
        self._statistics.agent_changed(
            agent.agent,
            status=agent.status,
            state=agent.state,
            reason=agent.pause_reason,
            now=now,
        )

    def remove(self, login: str, now: Now) -> None:
        """The person is no longer on file."""
        self.keep(replace(self._agents[login], slot=None))
        del self._agents[login]
        self._free.discard(login)
        self.stirred.add(login)
        self._statistics.agent_removed(login, now=now)
