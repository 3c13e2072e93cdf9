"""What a run came to, counted while it goes on.

Owns: agents' time by state while they are on duty, calls by what became of them, and the load on
trunks. Must not know how a figure is shown; the formulas are those of `supervisor.kpi`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from dialer.agents import Agent
from dialer.sim.channels import Channel
from supervisor.kpi import AgentTimes
from supervisor.snapshot import AgentLook, look_of
from supervisor.statistics import THRESHOLD_S

A_SECOND = 1.0


@dataclass(slots=True)
class _Clock:
    look: AgentLook
    since: float


@dataclass(slots=True)
class Tally:
    """The counts of one run; times in seconds of its clock.

    `answered`: by persons and machines. `connected`: put through to an agent; `machines`: of these,
    those that were machines. `screened_out`: taken for machines and hung up on; `mistaken`: of
    these, those who were persons. `abandoned`: the others, who heard nobody. `callers`: who came in
    by a queue; those of them who reached an agent, and who did so within the usual threshold.
    `waits_s`: how long each connected customer heard nobody. `course`: how many contacts were
    open, at times.
    """

    placed: int = 0
    answered: int = 0
    connected: int = 0
    abandoned: int = 0
    machines: int = 0
    screened_out: int = 0
    mistaken: int = 0
    callers: int = 0
    callers_answered: int = 0
    callers_in_time: int = 0
    waits_s: list[float] = field(default_factory=list)
    peak_calls: int = 0
    peak_cps: int = 0
    course: list[tuple[float, int]] = field(default_factory=list)
    spent_s: dict[AgentLook, float] = field(default_factory=lambda: dict.fromkeys(AgentLook, 0.0))
    on_duty_s: float = 0.0
    _clocks: dict[str, _Clock] = field(default_factory=dict)
    _alive: int = 0
    _placed_at: deque[float] = field(default_factory=deque)
    _since: float | None = None

    # ── agents ───────────────────────────────────────────────────────────────────────────

    def duty_begins(self, t: float) -> None:
        """From now on agents' time counts."""
        if self._since is None:
            self._since = t
            for clock in self._clocks.values():
                clock.since = t

    def duty_ends(self, t: float) -> None:
        """Agents' time counts no more, until the next duty."""
        if self._since is None:
            return
        for clock in self._clocks.values():
            self._spend(clock, t)
        self.on_duty_s += t - self._since
        self._since = None

    def agent_is(self, agent: Agent, t: float) -> None:
        """The engine has put an agent into a state."""
        look = look_of(agent.status, agent.state)
        clock = self._clocks.get(agent.agent)
        if clock is None:
            self._clocks[agent.agent] = _Clock(look, t)
        elif clock.look is not look:
            self._spend(clock, t)
            clock.look = look

    def _spend(self, clock: _Clock, t: float) -> None:
        if self._since is not None:
            self.spent_s[clock.look] += t - clock.since
        clock.since = t

    @property
    def agent_times(self) -> AgentTimes:
        """All agents' time on duty, as the KPIs take it: to be reserved is to ring."""
        spent = self.spent_s
        return AgentTimes(
            talk_s=spent[AgentLook.TALKING],
            wrap_up_s=spent[AgentLook.WRAP_UP],
            ring_s=spent[AgentLook.RESERVED],
            ready_s=spent[AgentLook.READY],
            paused_s=spent[AgentLook.SIGNING_IN] + spent[AgentLook.PAUSED],
            agents=len(self._clocks),
        )

    # ── calls ────────────────────────────────────────────────────────────────────────────

    def call_placed(self, channel: Channel) -> None:
        """A call has left for the network: it takes a trunk."""
        t = channel.dialed_at
        self.placed += 1
        self._alive += 1
        self.peak_calls = max(self.peak_calls, self._alive)
        self._placed_at.append(t)
        while t - self._placed_at[0] >= A_SECOND:
            self._placed_at.popleft()
        self.peak_cps = max(self.peak_cps, len(self._placed_at))

    def caller_gone(self, channel: Channel) -> None:
        """A caller has hung up, served or not."""
        self.callers += 1
        if channel.bridged_at is not None and channel.answered_at is not None:
            self.callers_answered += 1
            self.callers_in_time += channel.bridged_at - channel.answered_at <= THRESHOLD_S

    def call_gone(self, channel: Channel) -> None:
        """Its trunk is free again."""
        self._alive -= 1
        if channel.answered_at is None:
            return
        self.answered += 1
        if channel.screened_out:
            self.screened_out += 1
            self.mistaken += not channel.machine
        elif channel.bridged_at is None:
            self.abandoned += 1
        else:
            self.connected += 1
            self.machines += channel.machine
            self.waits_s.append(channel.bridged_at - channel.answered_at)
