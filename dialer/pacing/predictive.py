"""Predictive: more calls than agents are free, as far as the cap on abandoned calls allows.

Owns: what each event teaches, and how many calls to place. Pure: it is told what happened and
when, and is asked. Must not know contacts, trunks or the law's text.

One more call is weighed by what it adds to the abandons that are to be expected: its own, if all
agents are taken when it is answered, and those of others, whose agent it takes. For each second
ahead there are so many agents (those who are free, and those who will be, by how long each has
talked) and so many answers before (of the calls in flight, by how long each has rung), both with
their spread; nobody is there for an answer with the chance that the first are no more than the
second. Calls are placed while one more adds less than the price that keeps the cap (`price`).

As many calls as agents are free may be in flight whatever the price: of those nobody is left alone.
Unless callers of other queues take agents as well; then these have to be few enough for it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import MappingProxyType
from typing import Final

from dialer.pacing import Limit
from dialer.pacing.answers import Answers
from dialer.pacing.callers import Callers
from dialer.pacing.forecast import AHEAD_S, Forecast, abandons, added
from dialer.pacing.freeing import TALK_STEP_S, Freeing
from dialer.pacing.memory import Memory, gathered, given_to
from dialer.pacing.price import Price
from dialer.pacing.standing import Clock, Standing

RENEW_S: Final = 20.0
"""What was learned is worked into the curves so often, and that of calls"""
RENEW_CALLS: Final = 50
"""after so many of them as well: all may be answered at once."""

MOST_AT_ONCE: Final = 4096
MOST_PER_AGENT: Final = 40
PERSONS_PER_AGENT: Final = 2
"""More calls in flight, or persons expected, for each agent are a mistake, whatever was learned."""

SET_UP_MOST_S: Final = 15.0
"""From the dial to the first ring it takes no longer than this."""

_LEAVING_MEMORY_S: Final = 240.0
_LEAST_RATE: Final = 1e-9


NOBODY_BESIDE: Final[Mapping[Predictive, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The numbers behind a decision.

    `limit`: what kept it from being larger. `judged`: lines that were picked up, with the verdict
    of person or machine pending. `silent`: calls of which nothing was heard for longer than a phone
    rings; nothing is expected of them. `expected_free`, `expected_answers`: agents and persons to
    come within `HORIZON_S` seconds. `answer_rate`: the chance of a call that is placed now. `risk`:
    what one more call would add to the abandons, for each person that it reaches. `price`: the most
    that it may add. `left`: calls that may still be lost before the cap, by the stricter of day and
    block.
    """

    limit: Limit

    free: int
    waiting: int
    in_flight: int
    judged: int
    silent: int
    expected_free: float
    expected_answers: float
    answer_rate: float
    risk: float
    price: float
    left: float


class Predictive:
    """The pacer of one campaign.

    Times are seconds of any clock; where it is set back, no time has passed. What is told twice, or
    of calls and agents that nobody knows, changes nothing.

    Args:
        cap: abandoned of all persons reached, as the law has it, 0 to 1.
        aggressiveness: the part of the cap that is spent, from 0 (one call for each free agent) to
            1.
        memory: what `memory` of an earlier pacer of this campaign gave.
        ring_timeout_s: the switch gives up a call that has rung for so long.
    """

    def __init__(
        self,
        cap: float,
        *,
        aggressiveness: float = 1.0,
        memory: Memory | None = None,
        ring_timeout_s: float = 30.0,
    ) -> None:
        self.price = Price(cap, aggressiveness)
        self._answers = Answers()
        self._freeing = Freeing()
        self._callers = Callers()
        self._standing = Standing()
        self._clock = Clock()
        self._silent_after_s = ring_timeout_s + SET_UP_MOST_S
        self._renewed_s = 0.0
        self._left_s = 0.0
        self._leavers = 0.0
        if memory is not None:
            given_to(self.price, self._answers, self._freeing, memory)

    def memory(self) -> Memory:
        """What was learned; not the counts of the law, which are on file, nor who is where."""
        return gathered(self.price, self._answers, self._freeing)

    def steer(
        self,
        *,
        cap: float | None = None,
        aggressiveness: float | None = None,
        ring_timeout_s: float | None = None,
    ) -> None:
        """Change while it runs; what is not given stays."""
        self.price.steer(cap=cap, aggressiveness=aggressiveness)
        if ring_timeout_s is not None:
            self._silent_after_s = ring_timeout_s + SET_UP_MOST_S

    # ── the law's count ──────────────────────────────────────────────────────────────────

    def account(
        self,
        day_persons: int,
        day_abandoned: int,
        block_persons: int | None = None,
        block_abandoned: int = 0,
    ) -> None:
        """What stands on file for the day and the law's block, in place of what was counted.

        Without `block_persons` the law knows the day alone.
        """
        self.price.ledger.account(day_persons, day_abandoned, block_persons, block_abandoned)

    def day_began(self) -> None:
        """The law counts the day anew."""
        self.price.ledger.day_began()

    def block_began(self) -> None:
        """The law counts the block of days anew."""
        self.price.ledger.block_began()

    # ── what happens ─────────────────────────────────────────────────────────────────────

    def dialed(self, call: object, now_s: float) -> None:
        """A call was placed."""
        now_s = self._clock.at(now_s)
        if not self._standing.knows_call(call):
            self._standing.in_flight[call] = now_s

    def failed(self, call: object, now_s: float) -> None:
        """It ended without a person: nobody answered, or a machine."""
        now_s = self._clock.at(now_s)
        picked_up_s = self._standing.judged.get(call)
        if picked_up_s is not None:
            self._answers.judged(now_s - picked_up_s, person=False)
        self._resolved(call, now_s, answered=False)

    def answered(self, call: object, now_s: float) -> None:
        """The line was picked up, and a verdict of person or machine follows.

        Where nobody is judged, `human` alone may be told.
        """
        now_s = self._clock.at(now_s)
        if call in self._standing.in_flight:
            self._standing.judged.setdefault(call, now_s)

    def human(self, call: object, now_s: float) -> None:
        """A person is on the line, and waits for an agent."""
        now_s = self._clock.at(now_s)
        picked_up_s = self._standing.judged.get(call)
        if picked_up_s is not None and now_s > picked_up_s:
            self._answers.judged(now_s - picked_up_s, person=True)
        if self._resolved(call, now_s, answered=True):
            self._standing.waiting[call] = now_s

    def connected(self, call: object, agent: object, now_s: float) -> None:
        """The person talks to the agent; None: told apart, of the one and of the other."""
        now_s = self._clock.at(now_s)
        if self._standing.waiting.pop(call, None) is not None:
            self.price.learn(abandoned=False)
        if agent is not None and agent not in self._standing.talking:
            self._standing.drop_agent(agent)
            self._standing.talking[agent] = now_s

    def abandoned(self, call: object, now_s: float) -> None:
        """Nobody was there for the person."""
        self._clock.at(now_s)
        if self._standing.waiting.pop(call, None) is not None:
            self.price.learn(abandoned=True)

    def taken(self, agent: object, now_s: float) -> None:
        """A caller of another queue has the agent, and was not asked for."""
        self.connected(None, agent, now_s)
        self._callers.took(self._clock.at(now_s))

    def hung_up(self, agent: object, now_s: float) -> None:
        """The talk is over; the agent is in wrap-up."""
        now_s = self._clock.at(now_s)
        began_s = self._standing.talking.pop(agent, None)
        if began_s is not None:
            self._freeing.learn_talk(now_s - began_s, ended=True)
            self._standing.wrapping[agent] = now_s

    def free(self, agent: object, now_s: float) -> None:
        """The agent takes calls: after a wrap-up, a break, or a login."""
        now_s = self._clock.at(now_s)
        self._wrapped_up(agent, now_s)
        self._standing.drop_agent(agent)
        self._standing.free.add(agent)

    def left(self, agent: object, now_s: float) -> None:
        """The agent takes no more calls: a break, a logout, or lent to others."""
        now_s = self._clock.at(now_s)
        if not self._standing.knows_agent(agent):
            return
        self._wrapped_up(agent, now_s)
        self._standing.drop_agent(agent)
        self._leavers = self._leavers_by(now_s) + 1.0
        self._left_s = now_s

    def lent(self, agent: object, now_s: float) -> None:
        """The agent has other calls for now: no sign that anybody leaves."""
        self._wrapped_up(agent, self._clock.at(now_s))
        self._standing.drop_agent(agent)

    def only(
        self,
        now_s: float,
        *,
        in_flight: Collection[object] = (),
        waiting: Collection[object] = (),
        free: Collection[object] = (),
        talking: Collection[object] = (),
        wrapping: Collection[object] = (),
    ) -> None:
        """These calls and agents there truly are, and no others, as after a lost link.

        Who is where he was known to be has been there as long; calls with a verdict pending are in
        flight.
        """
        self._standing.only(
            self._clock.at(now_s),
            in_flight=in_flight,
            waiting=waiting,
            free=free,
            talking=talking,
            wrapping=wrapping,
        )

    def _wrapped_up(self, agent: object, now_s: float) -> None:
        began_s = self._standing.wrapping.pop(agent, None)
        if began_s is not None:
            self._freeing.learn_wrap(now_s - began_s, ended=True)

    def _resolved(self, call: object, now_s: float, *, answered: bool) -> bool:
        """Whether the call was on its way; how it ended is learned by when it was picked up."""
        standing = self._standing
        placed_s = standing.in_flight.pop(call, None)
        picked_up_s = standing.judged.pop(call, None)
        if placed_s is not None:
            until_s = now_s if picked_up_s is None else picked_up_s
            self._answers.learn(until_s - placed_s, answered=answered)
            return True
        return standing.silent.pop(call, None) is not None

    # ── how many ─────────────────────────────────────────────────────────────────────────

    def decide(
        self,
        now_s: float,
        room: int = MOST_AT_ONCE,
        room_limit: Limit = Limit.MAX_CALLS,
        beside: Mapping[Predictive, float] = NOBODY_BESIDE,
        callers: int = 0,
    ) -> tuple[int, Why]:
        """How many calls to place now, and why not one more.

        `room`: the most that trunks, calls a second and calls at once leave open; `room_limit`:
        which of them does. `beside`: the pacers of other campaigns that dial for the same agents,
        who take whom they reach first; each with the part of its agents that are ours as well.
        `callers`: who wait in other queues, and will have the next agents who are free.
        """
        beside = {other: part for other, part in beside.items() if other.has_calls}
        rivals = [(other.expected(now_s), part) for other, part in beside.items()]
        others_waiting = sum(other.standing["waiting"] * part for other, part in beside.items())
        others_aloft = sum(other.standing["in_flight"] * part for other, part in beside.items())
        now_s = self._clock.at(now_s)
        standing = self._standing
        for placed_s in standing.overdue(now_s, self._silent_after_s):
            self._answers.learn(now_s - placed_s, answered=False)
        self.price.team_is(standing.team)
        self._renew(now_s)
        busy = self._busy(now_s)
        agents = self._agents(busy, others_waiting + callers, now_s)
        persons = self._persons(now_s)
        if rivals:
            persons = added([(persons, 1), *rivals])
        call = self._answers.forecast(0.0)
        rate = max(call.mean[-1], _LEAST_RATE)
        price = self.price.now

        @cache
        def lost(more: int) -> float:
            return abandons(agents, persons, call, more)

        def risk(more: int) -> float:
            """What the next call adds after so many more, for each person that it reaches."""
            return (lost(more + 1) - lost(more)) / rate

        most = self._most(room)
        one_to_one = len(standing.free) - len(standing.waiting) - len(standing.in_flight)
        one_to_one -= math.ceil(others_waiting + others_aloft + callers)
        expected = PERSONS_PER_AGENT * standing.team - persons.mean[-1]
        beyond = min(most, max(int(expected / rate), 0))
        place = _most_within(beyond, lambda more: risk(more) <= price) if price > 0 else 0
        safe = min(one_to_one, most)
        if self._callers.rate(now_s) > 0:
            safe = _most_within(safe, lambda more: risk(more) <= self.price.safe)
        place = max(place, safe, 0)
        return place, Why(
            limit=self._limit(place, room, room_limit),
            free=len(standing.free),
            waiting=len(standing.waiting),
            in_flight=len(standing.in_flight),
            judged=len(standing.judged),
            silent=len(standing.silent),
            expected_free=busy.mean[-1],
            expected_answers=persons.mean[-1],
            answer_rate=rate,
            risk=risk(place),
            price=price,
            left=self.price.left,
        )

    def _renew(self, now_s: float) -> None:
        since_s = now_s - self._renewed_s
        if since_s >= RENEW_S or self._answers.news >= RENEW_CALLS:
            self._answers.renew()
        if since_s >= RENEW_S:
            self._renewed_s = now_s
            self._freeing.renew()

    def _most(self, room: int) -> int:
        """The most that may be placed, whatever the price."""
        aloft = MOST_PER_AGENT * self._standing.team - len(self._standing.in_flight)
        return max(min(room, MOST_AT_ONCE, aloft), 0)

    def _limit(self, place: int, room: int, room_limit: Limit) -> Limit:
        if not self._standing.team:
            return Limit.AGENTS
        if place >= self._most(MOST_AT_ONCE):
            return Limit.AT_ONCE
        if place >= room:
            return room_limit
        if self.price.now <= 0:
            return Limit.AGENTS
        return Limit.BUDGET if self.price.left < 0 else Limit.PRICE

    def expected(self, now_s: float) -> Forecast:
        """Persons to be expected of the calls in flight, for whoever shares the agents."""
        return self._persons(self._clock.at(now_s))

    def _busy(self, now_s: float) -> Forecast:
        """Agents who are busy and will be there for a person who waits, by each moment ahead."""
        standing, step_s = self._standing, TALK_STEP_S
        talks = Counter([int((now_s - since_s) / step_s) for since_s in standing.talking.values()])
        wraps = Counter([int(now_s - since_s) for since_s in standing.wrapping.values()])
        return added(
            [(self._freeing.talking(step * step_s), count) for step, count in talks.items()]
            + [(self._freeing.wrapping(age), count) for age, count in wraps.items()]
        )

    def _agents(self, busy: Forecast, others_first: float, now_s: float) -> Forecast:
        """All agents for the persons to come, less those who may leave or be taken by callers."""
        here = len(self._standing.free) - len(self._standing.waiting) - others_first
        leave = self._leaving(now_s)
        taken = self._callers.rate(now_s)
        mean = [
            min(here, 0) + (max(here, 0) + to_come) * math.exp(-leave * ahead_s) - taken * ahead_s
            for to_come, ahead_s in zip(busy.mean, AHEAD_S, strict=True)
        ]
        if not taken:
            return Forecast(mean, busy.variance)
        spread = [
            one + taken * ahead_s for one, ahead_s in zip(busy.variance, AHEAD_S, strict=True)
        ]
        return Forecast(mean, spread)

    def _persons(self, now_s: float) -> Forecast:
        """Persons of the calls in flight who wait for an agent, by each moment ahead."""
        judged, in_flight = self._standing.judged, self._standing.in_flight
        placed = [since_s for call, since_s in in_flight.items() if call not in judged]
        ages = Counter([int(now_s - since_s) for since_s in placed])
        return added(
            [(self._answers.forecast(age), count) for age, count in ages.items()]
            + [(self._answers.of_judged(now_s - since_s), 1) for since_s in judged.values()]
        )

    def _leavers_by(self, now_s: float) -> float:
        return self._leavers * math.exp(-max(now_s - self._left_s, 0.0) / _LEAVING_MEMORY_S)

    def _leaving(self, now_s: float) -> float:
        """The chance per second that an agent leaves: where some have just left, others will."""
        return self._leavers_by(now_s) / _LEAVING_MEMORY_S / max(self._standing.team, 1)

    @property
    def has_calls(self) -> bool:
        """Whether a call is in flight, or a person waits."""
        return bool(self._standing.in_flight or self._standing.waiting)

    @property
    def standing(self) -> Mapping[str, int]:
        """How many calls and agents stand where."""
        places = fields(self._standing)
        return {place.name: len(getattr(self._standing, place.name)) for place in places}


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
