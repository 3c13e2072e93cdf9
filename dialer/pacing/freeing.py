"""When busy agents will be free: learned by how long each has talked, or has worked after it.

Owns: the two stages of a call at the agent (talk, wrap-up), and the chance to be free within the
next seconds. Must not know calls in flight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import mul
from typing import Final

from dialer.pacing.forecast import AHEAD_S, HORIZON_S, Forecast, of_one
from dialer.pacing.hazard import Hazard

_TALK_EDGES: Final = (
    *(0.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 80.0, 100.0),
    *(130.0, 160.0, 200.0, 250.0, 300.0, 400.0, 500.0, 700.0, 1000.0),
)
_WRAP_EDGES: Final = (
    *(0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 13.0, 16.0, 20.0, 25.0, 30.0, 40.0, 60.0, 90.0),
)
_GUESSED_TALK_S: Final = 120.0
_GUESSED_WRAP_S: Final = 18.0

GRACE_S: Final = 2
"""So long a person may wait for an agent: every law that names a time names this one."""

TALK_STEP_S: Final = 10
"""The chances of those who talk are kept by ages of so many seconds."""
_NOT_YET: Final = 0.8
"""Who is not free yet counts less than who is: a call for him can still be placed when he is."""

_AHEAD_S: Final = HORIZON_S + GRACE_S + 1
_OLDEST_TALK_S: Final = 1000
_OLDEST_WRAP_S: Final = 120


class Freeing:
    """What is known of one campaign's agents at work."""

    def __init__(self) -> None:
        self._talk = Hazard(
            _TALK_EDGES, lambda _age_s: 1 / _GUESSED_TALK_S, weight_s=60.0, memory_s=40_000.0
        )
        self._wrap = Hazard(
            _WRAP_EDGES, lambda _age_s: 1 / _GUESSED_WRAP_S, weight_s=40.0, memory_s=20_000.0
        )
        self._of_wraps: list[float] = []
        self._from_fresh_wrap: list[float] = []
        self._of_talks: list[float] = []
        self._forecasts: dict[tuple[str, int], Forecast] = {}
        self.renew()

    def learn_talk(self, length_s: float, *, ended: bool) -> None:
        """Somebody talked so long, and hung up then, or was only seen until then."""
        self._talk.learn(length_s, ended=ended)

    def learn_wrap(self, length_s: float, *, ended: bool) -> None:
        """A wrap-up took so long."""
        self._wrap.learn(length_s, ended=ended)

    def memory(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """What was learned of talks, and of wrap-ups."""
        return self._talk.memory(), self._wrap.memory()

    def remember(self, talk: tuple[float, ...], wrap: tuple[float, ...]) -> None:
        """What `memory` has given."""
        self._talk.remember(talk)
        self._wrap.remember(wrap)
        self.renew()

    def renew(self) -> None:
        """Work the chances out anew from what was learned; the rest reads these."""
        self._of_wraps = _expected(self._wrap, _OLDEST_WRAP_S + _AHEAD_S)
        self._of_talks = _expected(self._talk, _OLDEST_TALK_S + _AHEAD_S)
        self._from_fresh_wrap = _ends_within(self._of_wraps, 0, _AHEAD_S)
        self._forecasts = {}

    def talking(self, age_s: float) -> Forecast:
        """Of who has talked so long: an agent for a person who waits, by each moment ahead."""
        step = min(max(int(age_s / TALK_STEP_S), 0), _OLDEST_TALK_S // TALK_STEP_S)
        known = self._forecasts.get(("talk", step))
        return known or self._keep("talk", step, self._from_talk(step * TALK_STEP_S))

    def wrapping(self, age_s: float) -> Forecast:
        """The same of who has been in wrap-up so long."""
        age = min(max(int(age_s), 0), _OLDEST_WRAP_S)
        known = self._forecasts.get(("wrap", age))
        return known or self._keep("wrap", age, _ends_within(self._of_wraps, age, _AHEAD_S))

    def _keep(self, stage: str, age: int, chances: Sequence[float]) -> Forecast:
        made = of_one(chances[ahead_s + GRACE_S] * _NOT_YET for ahead_s in AHEAD_S)
        self._forecasts[stage, age] = made
        return made

    def _from_talk(self, age_s: int) -> list[float]:
        """The chances to have hung up in one second, and to be free in a later one."""
        ends = _ends_within(self._of_talks, age_s, _AHEAD_S)
        each = [after - before for before, after in pairwise(ends)]
        latest_first = self._from_fresh_wrap[_AHEAD_S:0:-1]
        return [sum(map(mul, each, latest_first[_AHEAD_S - ahead :])) for ahead in range(_AHEAD_S)]


def _expected(hazard: Hazard, until_s: int) -> list[float]:
    """Ends to be expected within 0, 1, … seconds, of what goes on however often it ends."""
    return list(accumulate(hazard.by_second(until_s), initial=0.0))


def _ends_within(expected: Sequence[float], age_s: int, ahead_s: int) -> list[float]:
    """The chances to end within 0, 1, … seconds of what has lasted so long."""
    so_far = expected[age_s]
    return [-math.expm1(so_far - later) for later in expected[age_s : age_s + ahead_s + 1]]
