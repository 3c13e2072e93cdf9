"""Which call is in flight, with a verdict pending or with a person who waits; which agent is free.

Owns: the standing of each call and agent, whatever is told twice, late, out of order or not at
all: each is in one place at most, and no place is ever less than empty. Must not know chances.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

LATE_MOST_S: Final = 60.0
"""A reading that is older than the last one by no more than this came late."""
VERDICT_MOST_S: Final = 15.0
"""A line that was picked up so long ago will not be told a person any more."""
WAIT_MOST_S: Final = 30.0
"""A person of whom nothing was heard for so long does not wait any more."""
FORGET_S: Final = 600.0
"""A call of which nothing was heard for so long is none."""


class Clock:
    """The seconds that have passed, of a clock that may be set back: then none have."""

    def __init__(self) -> None:
        self._now_s = -math.inf
        self._set_back_s = 0.0

    def at(self, now_s: float) -> float:
        """The time by this clock at that reading of the other.

        A reading that is a little older than the last one came late, and moves nothing; one that
        is much older is of a clock that was set back, and goes on from here.
        """
        here_s = now_s + self._set_back_s
        if here_s < self._now_s - LATE_MOST_S:
            self._set_back_s += self._now_s - here_s
        self._now_s = max(self._now_s, here_s)
        return self._now_s


@dataclass(slots=True)
class Standing:
    """Calls and agents with the time since when each is where it is.

    `in_flight`: placed; among them `judged`, who were picked up and are not yet known to be a
    person. `silent`: nothing was heard of them for longer than a phone rings. `waiting`: persons
    without an agent.
    """

    in_flight: dict[object, float] = field(default_factory=dict)
    judged: dict[object, float] = field(default_factory=dict)
    silent: dict[object, float] = field(default_factory=dict)
    waiting: dict[object, float] = field(default_factory=dict)
    free: set[object] = field(default_factory=set)
    talking: dict[object, float] = field(default_factory=dict)
    wrapping: dict[object, float] = field(default_factory=dict)

    @property
    def team(self) -> int:
        """Agents who take calls, or will when they are done."""
        return len(self.free) + len(self.talking) + len(self.wrapping)

    def knows_agent(self, agent: object) -> bool:
        """Whether the agent is one of the team."""
        return agent in self.free or agent in self.talking or agent in self.wrapping

    def knows_call(self, call: object) -> bool:
        """Whether the call is anywhere."""
        return any(call in place for place in self._calls)

    @property
    def _calls(self) -> tuple[dict[object, float], ...]:
        return self.in_flight, self.silent, self.waiting

    def drop_call(self, call: object) -> None:
        """The call is nowhere."""
        for place in (*self._calls, self.judged):
            place.pop(call, None)

    def drop_agent(self, agent: object) -> None:
        """The agent is none of the team."""
        self.free.discard(agent)
        self.talking.pop(agent, None)
        self.wrapping.pop(agent, None)

    def overdue(self, now_s: float, silent_after_s: float) -> list[float]:
        """Move calls that have fallen silent, and say when each was placed.

        Who cannot be where he was known to be any more is dropped.
        """
        for call in _before(self.judged, now_s - VERDICT_MOST_S):
            self.drop_call(call)
        for place, most_s in ((self.waiting, WAIT_MOST_S), (self.silent, FORGET_S)):
            for call in _before(place, now_s - most_s):
                del place[call]
        fallen = [
            call
            for call in _before(self.in_flight, now_s - silent_after_s)
            if call not in self.judged
        ]
        for call in fallen:
            self.silent[call] = self.in_flight.pop(call)
        return [self.silent[call] for call in fallen]

    def only(
        self,
        now_s: float,
        *,
        in_flight: Collection[object],
        waiting: Collection[object],
        free: Collection[object],
        talking: Collection[object],
        wrapping: Collection[object],
    ) -> None:
        """This is what truly is. Who is where he was known to be has been there as long."""
        silent, person = set(self.silent), set(waiting)
        known = {**self.silent, **self.in_flight}
        self.silent = _since(known, (silent & set(in_flight)) - person, now_s)
        rest = set(in_flight) - silent - person
        self.in_flight = _since(known, rest, now_s)
        self.judged = {call: at_s for call, at_s in self.judged.items() if call in rest}
        self.waiting = _since(self.waiting, waiting, now_s)
        self.talking = _since(self.talking, talking, now_s)
        self.wrapping = _since(self.wrapping, set(wrapping) - set(talking), now_s)
        self.free = set(free) - set(talking) - set(wrapping)


def _since(
    known: dict[object, float], now_here: Iterable[object], now_s: float
) -> dict[object, float]:
    since_s = ((one, known.get(one, now_s)) for one in now_here)
    return dict(sorted(since_s, key=lambda pair: pair[1]))


def _before(place: dict[object, float], then_s: float) -> list[object]:
    """Those who are there since before that; who came first stands first."""
    return [one for one, _ in takewhile(lambda pair: pair[1] < then_s, place.items())]
