"""A queue of callers before a team of agents: Erlang B, C and A.

Owns: what becomes of callers when so many agents are there, and how many must be there. Must not
know dates, files or words.

Calls come at random (Poisson), handle times and patience are exponential, who waits is served in
order: M/M/n+M, Palm's model, called Erlang A. Without an end to patience it is Erlang C.

**How it is computed.** Time is counted in handle times: `a` is the load in erlangs (calls that
come in one handle time), `e` how often a waiting caller gives up in one. Whoever comes while all n
agents are busy would have to wait V; V has the density `a·exp(f(x)) / (E + a·J)` for x > 0, with

    f(x) = a·(1 - exp(-e·x))/e - n·x      J = the integral of exp(f) over all x > 0
    E = 1/B(n-1, a)                       B: Erlang's loss formula

(Mandelbaum and Zeltyn, "The Palm/Erlang-A Queue, with Applications to Call Centers", 2005; Zeltyn,
"Call centers with impatient customers", 2004.) All else are integrals over that density,
computed so (`dialer.staffing.integrals`) that it holds for one agent and for 5,000, for patience
of a second and of a year, under load and over it.

**Other work beside.** Let agents do outbound calls while fewer than c of them are busy, so that
always at least c are: then the states below c never occur. In E, a sum over the states below n,
those below c are left out; nothing else changes. (Bhulai and Koole, "A queueing model for call
blending in call centers", 2003.) Outbound calls count as if they took as long as inbound ones;
their load in erlangs is what it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dialer.staffing.integrals import Curve, Integrals, without_end, without_patience

MOST_AGENTS: Final = 5_000
"""Teams beyond it are a slip of the finger; the formulas are tested so far."""

_HOUR_S: Final = 3600.0
# Who gives up once in a thousand million calls does not give up.
_NO_HASTE: Final = 1e-9
_LARGEST: Final = 700.0
_MOST_STATES: Final = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Calls that come in, on average: how many an hour, and how long each takes an agent.

    `handle_s`: talk, hold and after-call work, in seconds. `patience_s`: after how long a waiting
    caller gives up; None: never, which is Erlang C; 0: who is not answered at once is gone.

    Raises:
        ValueError: a figure is negative, not finite, or the handle time is 0.
    """

    calls_per_hour: float
    handle_s: float
    patience_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse figures that mean nothing."""
        patience_s = 0.0 if self.patience_s is None else self.patience_s
        figures = (self.calls_per_hour, self.handle_s, patience_s)
        if not all(math.isfinite(one) and one >= 0 for one in figures) or self.handle_s == 0:
            raise ValueError(f"calls, handle time and patience must be positive: {self}")

    @property
    def load(self) -> float:
        """Erlangs: agents who would be busy if nobody ever waited or gave up."""
        return self.calls_per_hour * self.handle_s / _HOUR_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The service level that is wanted: `share` of the calls answered within `within_s` seconds.

    Raises:
        ValueError: the share is not between 0 and 1, or the time is negative.
    """

    share: float
    within_s: float

    def __post_init__(self) -> None:
        """Refuse what no team, or any team, would keep."""
        if not (0 < self.share < 1 and 0 <= self.within_s < math.inf):
            raise ValueError(f"a share between 0 and 1, in a time that is not negative: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What becomes of the callers. None where there are none, or where no queue is stable.

    `service_level` is SL3 of `supervisor.kpi`: answered in time, of all that came, whether they
    were answered or gave up. `wait_share` must wait at all. `asa_s` is the mean wait of the
    answered, those who did not wait included. `abandoned` is the share that gave up.
    `occupancy` has the outbound calls in it, `outbound_load` are these alone, in erlangs.
    """

    agents: int
    service_level: float | None
    wait_share: float | None
    asa_s: float | None
    abandoned: float | None
    occupancy: float | None
    outbound_load: float = 0.0


def erlang_b(agents: int, load: float) -> float:
    """The share of calls lost where none can wait (Erlang's loss formula)."""
    lost = 1.0
    for busy in range(1, agents + 1):
        lost = load * lost / (busy + load * lost)
    return lost


def erlang_c(agents: int, load: float) -> float:
    """The share of calls that wait where all wait; 1 where the queue only grows."""
    if load >= agents:
        return 1.0
    lost = erlang_b(agents, load)
    return agents * lost / (agents - load * (1 - lost))


def waiting(traffic: Traffic, agents: int, within_s: float, *, kept_busy: int = 0) -> Waiting:
    """What becomes of callers with so many agents.

    `within_s`: the threshold of the service level. `kept_busy`: so many agents are always busy,
    since outbound calls are placed when fewer are.
    """
    if not traffic.load:
        return _nobody_calls(agents, kept_busy)
    queue = _queue(traffic, agents, within_s)
    return _never_answered(traffic, agents) if queue is None else queue.waiting(kept_busy)


def most_kept_busy(traffic: Traffic, agents: int, target: Target) -> int | None:
    """How many agents outbound calls may always keep busy; None: the target is missed as it is."""
    if not traffic.load:
        return agents
    queue = _queue(traffic, agents, target.within_s)
    if queue is None:
        return None
    enough = queue.states_for(target.share)
    return next((busy for busy, states, _ in queue.floors() if states >= enough), None)


def agents_for(traffic: Traffic, target: Target) -> int:
    """The smallest team that keeps the target; 0 where nobody calls.

    Raises:
        ValueError: more than `MOST_AGENTS` were needed.
    """
    if not traffic.load:
        return 0
    return smallest_team(
        lambda agents: most_kept_busy(traffic, agents, target) is not None,
        _first_guess(traffic.load),
    )


def smallest_team(is_enough: Callable[[int], bool], guess: int = 1) -> int:
    """The smallest number of agents that is enough, where more than enough is enough as well.

    Raises:
        ValueError: more than `MOST_AGENTS` were needed.
    """
    low, high, step = 0, min(max(1, guess), MOST_AGENTS), 1
    while not is_enough(high):
        if high >= MOST_AGENTS:
            raise ValueError(f"more than {MOST_AGENTS} agents would be needed")
        low, high, step = high, min(high + step, MOST_AGENTS), 2 * step
    step = 1
    while high - low > 1:
        # From above in growing steps: the guess is close, and a small team is quickly computed.
        middle = max(high - step, (low + high) // 2)
        low, high, step = (low, middle, 2 * step) if is_enough(middle) else (middle, high, 1)
    return high


def _first_guess(load: float) -> int:
    return math.ceil(load + math.sqrt(load) / 2)


def _nobody_calls(agents: int, kept_busy: int) -> Waiting:
    return Waiting(
        agents=agents,
        service_level=None,
        wait_share=None,
        asa_s=None,
        abandoned=None,
        occupancy=kept_busy / agents if agents else None,
        outbound_load=float(kept_busy),
    )


def _never_answered(traffic: Traffic, agents: int) -> Waiting:
    """Nobody is there to answer, or a queue that nobody leaves only grows."""
    return Waiting(
        agents=agents,
        service_level=0.0,
        wait_share=1.0,
        asa_s=None,
        abandoned=0.0 if traffic.patience_s is None else 1.0,
        occupancy=1.0 if agents else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Queue:
    """One team: the integrals of the essay, all of them scaled by exp(-height)."""

    agents: int
    load: float
    handle_s: float
    height: float
    over: Integrals

    def states_for(self, share: float) -> float:
        """How large E must be, so that `share` of the calls is answered in time."""
        short = self.load * (share * self.over.every - self.over.in_time) / (1 - share)
        if short <= 0:
            return 0.0
        return math.exp(min(self.height + math.log(short), _LARGEST))

    def floors(self) -> Iterator[tuple[int, float, float]]:
        """Floors from all agents down to none: the floor, E, and the share of E that it is itself.

        E is a multiple of how likely n-1 busy agents are; a sum too large for a float stays at
        the largest. Where the floor is n, there is no E.
        """
        yield self.agents, 0.0, 0.0
        states = share = 1.0
        for floor in range(self.agents - 1, -1, -1):
            yield floor, states, share
            further = share * floor / self.load
            states = min(states * (1 + further), _MOST_STATES)
            share = further / (1 + further)

    def waiting(self, kept_busy: int) -> Waiting:
        """What becomes of the callers while outbound calls keep so many agents busy."""
        floor, states, share = next(one for one in self.floors() if one[0] <= kept_busy)
        scale = math.exp(-self.height)
        free = states * scale
        whole = free + self.load * self.over.every
        lost = self.load * self.over.lost / whole
        at_floor = share * free if floor < self.agents else self.load / self.agents * scale
        outbound = floor * at_floor / whole
        answered = 1 - lost
        waited = self.load * self.over.waited / whole
        return Waiting(
            agents=self.agents,
            service_level=(free + self.load * self.over.in_time) / whole,
            wait_share=self.load * self.over.every / whole,
            asa_s=self.handle_s * waited / answered if answered else None,
            abandoned=lost,
            occupancy=min(1.0, (self.load * answered + outbound) / self.agents),
            outbound_load=outbound,
        )


@lru_cache(maxsize=64)
def _queue(traffic: Traffic, agents: int, within_s: float) -> _Queue | None:
    """None: nobody is ever answered. One team is asked about for several floors, one by one."""
    load, within, height = traffic.load, within_s / traffic.handle_s, 0.0
    haste = _haste(traffic)
    if not agents or (not haste and load >= agents):
        return None
    if not haste:
        over = without_end(agents - load, within)
    elif haste == math.inf:
        over = without_patience(agents)
    else:
        curve = Curve(load, agents, haste)
        height, over = curve.height, curve.integrals(within)
    return _Queue(agents=agents, load=load, handle_s=traffic.handle_s, height=height, over=over)


def _haste(traffic: Traffic) -> float:
    """How often a waiting caller gives up in one handle time."""
    if traffic.patience_s is None:
        return 0.0
    if not traffic.patience_s:
        return math.inf
    haste = traffic.handle_s / traffic.patience_s
    return haste if haste > _NO_HASTE else 0.0
