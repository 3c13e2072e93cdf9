"""Predictive: more calls than agents are free, as far as the cap on abandoned calls allows.

Owns: who is free, busy, waiting and in flight as far as pacing cares, and how many calls to place.
Pure: it is told what happened and when, and is asked. Must not know contacts, trunks or the law's
text.

One more call is weighed by what it adds to the abandons that are to be expected: its own, if all
agents are taken when it is answered, and those of others, whose agent it takes. For each second
ahead there are so many agents (those who are free, and those who will be, by how long each has
talked) and so many answers before (of the calls in flight, by how long each has rung), both with
their spread; nobody is there for an answer with the chance that the first are no more than the
second. Calls are placed while one more adds less than the price that keeps the cap (`price`).

As many calls as agents are free may always be in flight: of those nobody is left alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialer.pacing.answers import HORIZON_S, Answers
from dialer.pacing.freeing import GRACE_S, TALK_STEP_S, Freeing
from dialer.pacing.price import Price

RENEW_S: Final = 20.0
"""What was learned is worked into the curves so often."""

MOST_AT_ONCE: Final = 4096

_STEP_S: Final = 2
_AHEAD: Final = range(0, HORIZON_S + 1, _STEP_S)
_NOT_YET: Final = 0.8
"""Who is not free yet counts less than who is: a call for him can still be placed when he is."""

_LEAVING_MEMORY_S: Final = 240.0
_TINY: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The numbers behind a decision.

    `expected_free`, `expected_answers`: agents and persons to come within `HORIZON_S` seconds;
    `answer_rate`: the chance of a call that is placed now; `risk`: what one more call would add to
    the abandons, for each person that it reaches; `price`: the most that it may add; `left`: calls
    that may still be lost today.
    """

    free: int
    waiting: int
    in_flight: int
    expected_free: float
    expected_answers: float
    answer_rate: float
    risk: float
    price: float
    left: float


@dataclass(frozen=True, slots=True)
class _Forecast:
    """What is to be expected by each moment ahead: the mean, and the variance."""

    mean: Sequence[float]
    variance: Sequence[float]


class Predictive:
    """The pacer of one campaign. Times are seconds of a clock that never goes back.

    What is told twice, or of calls and agents that nobody knows, changes nothing.
    """

    def __init__(self, cap: float) -> None:
        self.price = Price(cap)
        self._answers = Answers()
        self._freeing = Freeing()
        self._in_flight: dict[object, float] = {}
        self._waiting: set[object] = set()
        self._free: set[object] = set()
        self._talking: dict[object, float] = {}
        self._wrapping: dict[object, float] = {}
        self._renewed_s = 0.0
        self._left_s = 0.0
        self._leavers = 0.0

    # ── what happens ─────────────────────────────────────────────────────────────────────

    def day_began(self) -> None:
        """The law counts abandoned calls anew."""
        self.price.day_began()

    def dialed(self, call: object, now_s: float) -> None:
        """A call was placed."""
        self._in_flight.setdefault(call, now_s)

    def failed(self, call: object, now_s: float) -> None:
        """It ended without a person."""
        self._resolved(call, now_s, answered=False)

    def answered(self, call: object, now_s: float) -> None:
        """A person is on the line, and waits for an agent."""
        if self._resolved(call, now_s, answered=True):
            self._waiting.add(call)

    def connected(self, call: object, agent: object, now_s: float) -> None:
        """The person talks to the agent."""
        if call in self._waiting:
            self._waiting.discard(call)
            self.price.learn(abandoned=False)
        self._free.discard(agent)
        self._talking.setdefault(agent, now_s)

    def abandoned(self, call: object) -> None:
        """Nobody was there for the person."""
        if call in self._waiting:
            self._waiting.discard(call)
            self.price.learn(abandoned=True)

    def hung_up(self, agent: object, now_s: float) -> None:
        """The talk is over; the agent is in wrap-up."""
        began_s = self._talking.pop(agent, None)
        if began_s is not None:
            self._freeing.learn_talk(now_s - began_s, ended=True)
            self._wrapping[agent] = now_s

    def free(self, agent: object, now_s: float) -> None:
        """The agent takes calls: after a wrap-up, a break, or a login."""
        self._talking.pop(agent, None)
        began_s = self._wrapping.pop(agent, None)
        if began_s is not None:
            self._freeing.learn_wrap(now_s - began_s, ended=True)
        self._free.add(agent)

    def left(self, agent: object, now_s: float) -> None:
        """The agent takes no more calls: a break, a logout, or lent to others."""
        if not self._knows(agent):
            return
        began_s = self._wrapping.pop(agent, None)
        if began_s is not None:
            self._freeing.learn_wrap(now_s - began_s, ended=True)
        self._free.discard(agent)
        self._talking.pop(agent, None)
        self._leavers = self._leavers_by(now_s) + 1.0
        self._left_s = now_s

    def _knows(self, agent: object) -> bool:
        return agent in self._free or agent in self._talking or agent in self._wrapping

    def _resolved(self, call: object, now_s: float, *, answered: bool) -> bool:
        placed_s = self._in_flight.pop(call, None)
        if placed_s is None:
            return False
        self._answers.learn(max(now_s - placed_s, 0.0), answered=answered)
        return True

    # ── how many ─────────────────────────────────────────────────────────────────────────

    def decide(self, now_s: float, room: int = MOST_AT_ONCE) -> tuple[int, Why]:
        """How many calls to place now, at most `room`, and why not one more."""
        free, waiting, flying = len(self._free), len(self._waiting), len(self._in_flight)
        team = free + len(self._talking) + len(self._wrapping)
        self.price.team_is(team)
        if now_s - self._renewed_s >= RENEW_S:
            self._renewed_s = now_s
            self._answers.renew()
            self._freeing.renew()
        supply = self._supply(now_s)
        demand = self._demand(now_s)
        rate = max(self._answers.rate, _TINY)
        price = self.price.now

        def risk(more: int) -> float:
            """What the next call adds after so many more, for each person that it reaches."""
            before = self._abandons(supply, demand, more)
            return (self._abandons(supply, demand, more + 1) - before) / rate

        most = max(min(room, MOST_AT_ONCE), 0) if team else 0
        place = _most_within(most, lambda more: risk(more) <= price)
        place = max(place, min(free - waiting - flying, most), 0)
        return place, Why(
            free=free,
            waiting=waiting,
            in_flight=flying,
            expected_free=supply.mean[-1] - supply.mean[0],
            expected_answers=demand.mean[-1],
            answer_rate=rate,
            risk=risk(place),
            price=price,
            left=self.price.left,
        )

    def _supply(self, now_s: float) -> _Forecast:
        """Agents for the persons to come, by each moment ahead and the patience after it."""
        step_s = TALK_STEP_S
        talking = Counter((now_s - began_s) // step_s for began_s in self._talking.values())
        wrapping = Counter(int(now_s - began_s) for began_s in self._wrapping.values())
        mean, variance = [0.0] * len(_AHEAD), [0.0] * len(_AHEAD)
        rows = [(self._freeing.from_talk(age * step_s), count) for age, count in talking.items()]
        rows += [(self._freeing.from_wrap(age), count) for age, count in wrapping.items()]
        for row, count in rows:
            for at, ahead in enumerate(_AHEAD):
                chance = row[ahead + GRACE_S] * _NOT_YET
                mean[at] += count * chance
                variance[at] += count * chance * (1 - chance)
        here = len(self._free) - len(self._waiting)
        leave = self._leaving(now_s)
        for at, ahead in enumerate(_AHEAD):
            stay = math.exp(-leave * ahead)
            mean[at] = min(here, 0) + (max(here, 0) + mean[at]) * stay
        return _Forecast(mean, variance)

    def _demand(self, now_s: float) -> _Forecast:
        """Answers of the calls in flight by each moment ahead."""
        ages = Counter(int(now_s - placed_s) for placed_s in self._in_flight.values())
        mean, variance = [0.0] * len(_AHEAD), [0.0] * len(_AHEAD)
        for age, count in ages.items():
            row = self._answers.within(age)
            for at, ahead in enumerate(_AHEAD):
                chance = row[ahead]
                mean[at] += count * chance
                variance[at] += count * chance * (1 - chance)
        return _Forecast(mean, variance)

    def _abandons(self, supply: _Forecast, demand: _Forecast, more: int) -> float:
        """Abandons to be expected of the calls in flight and so many that are placed now."""
        fresh = self._answers.within(0.0)
        total = before = spread = 0.0
        for at, ahead in enumerate(_AHEAD):
            chance = fresh[ahead]
            answers = demand.mean[at] + more * chance
            if answers > before:
                surplus = supply.mean[at] - before
                sd = math.sqrt(supply.variance[at] + spread + _TINY)
                total += (answers - before) * _below((0.5 - surplus) / sd)
            before, spread = answers, demand.variance[at] + more * chance * (1 - chance)
        return total

    def _leavers_by(self, now_s: float) -> float:
        return self._leavers * math.exp(-max(now_s - self._left_s, 0.0) / _LEAVING_MEMORY_S)

    def _leaving(self, now_s: float) -> float:
        """The chance per second that an agent leaves: where some have just left, others will."""
        team = len(self._free) + len(self._talking) + len(self._wrapping)
        leavers = self._leavers_by(now_s)
        return leavers / _LEAVING_MEMORY_S / max(team, 1)

    @property
    def standing(self) -> Mapping[str, int]:
        """How many calls and agents stand where."""
        return {
            "in_flight": len(self._in_flight),
            "waiting": len(self._waiting),
            "free": len(self._free),
            "talking": len(self._talking),
            "wrapping": len(self._wrapping),
        }


def _below(z: float) -> float:
    """The chance of a normal deviate to be below z."""
    return math.erfc(-z / math.sqrt(2)) / 2


def _most_within(most: int, holds: Callable[[int], bool]) -> int:
    """The number up to which it holds, at most `most`: beyond it, it holds for none."""
    step = 1
    while step <= most and holds(step - 1):
        step *= 2
    low, high = step // 2, min(step - 1, most)
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle - 1):
            low = middle
        else:
            high = middle - 1
    return low
