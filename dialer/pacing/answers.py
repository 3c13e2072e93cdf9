"""When calls in flight are answered by a person: learned by the age of a call.

Owns: the two ways in which a call in flight ends (a person answers; anything else), and the chance
of an answer within the next seconds. Must not know agents, nor how many calls are wanted.

An answer rate is the chance that a call ends in an answer; a ratio of finished calls lags by a ring
time, for no-answers end last. Here each second in flight is exposure: what was answered is held
against what was to be expected of calls of just those ages, and the ratio of the two, over the last
calls alone, moves the whole curve at once when a list turns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dialer.pacing.forecast import AHEAD_S, HORIZON_S, Forecast, of_one
from dialer.pacing.hazard import Hazard

OLDEST_S: Final = 48
"""A call that is older is treated as one of this age."""

_EDGES: Final = tuple(float(age) for age in range(OLDEST_S))
_GUESS_WEIGHT_S: Final = 30.0
_MEMORY_S: Final = 3000.0

_GUESSED_RATE: Final = 0.25
_GUESSED_RING_S: Final = 11.0
_GUESSED_SET_UP_S: Final = 2.5
_GUESSED_SPREAD: Final = 0.5
_GUESSED_LIMIT_S: Final = 30.0

_LONG: Final = 0.999
_SHORT: Final = 0.985
"""What the calls before one count for, in the long look at the level and in the short one."""
_WEIGHT: Final = 60.0
"""So many answers came as expected before the first call."""
_SURPRISE: Final = 2.5
"""So many standard deviations off is a list that has turned, and no chance."""
_TURN_MOST: Final = 3.0

_CAUTION: Final = 2.0
_CAUTIOUS_CALLS: Final = 20.0
"""Of a list that nobody has called yet three times as many answers are feared as guessed; with so
many calls seen, a quarter of that fear is left."""

_VERDICT_WEIGHT: Final = 0.01
"""What one verdict counts for beside those before."""
_ROUNDED_DOWN_S: Final = 0.01


@dataclass(slots=True)
class _Level:
    """Answers beside what was to be expected, the last calls counting most."""

    memory: float
    answered: float = 0.0
    expected: float = 0.0

    def learn(self, expected: float, *, answered: bool) -> None:
        self.answered = self.answered * self.memory + answered
        self.expected = self.expected * self.memory + expected

    @property
    def ratio(self) -> float:
        """Answers for each expected one."""
        return (self.answered + 1.0) / (self.expected + 1.0)


@dataclass(slots=True)
class _Verdict:
    """Person or machine, where each who picks up is judged: when, and with which result."""

    delay_s: float = 0.0
    persons: float = 1.0

    def learn(self, delay_s: float, *, person: bool) -> None:
        weight = _VERDICT_WEIGHT if self.delay_s else 1.0
        self.delay_s += weight * (delay_s - self.delay_s)
        self.persons += _VERDICT_WEIGHT * (person - self.persons)


class Answers:
    """What is known of one campaign's calls in flight; `news`: calls learned from since `renew`."""

    def __init__(self) -> None:
        self._answers = Hazard(
            _EDGES, _guessed_answers, weight_s=_GUESS_WEIGHT_S, memory_s=_MEMORY_S
        )
        self._failures = Hazard(
            _EDGES, _guessed_failures, weight_s=_GUESS_WEIGHT_S, memory_s=_MEMORY_S
        )
        self._long = _Level(_LONG, answered=_WEIGHT, expected=_WEIGHT)
        self._short = _Level(_SHORT)
        self._verdict = _Verdict()
        self._within: list[list[float]] = []
        self._forecasts: list[Forecast] = []
        self.news = 0
        self.renew()

    def learn(self, age_s: float, *, answered: bool) -> None:
        """A call was picked up at that age by a person, or ended in another way."""
        self.news += 1
        expected = self._answers.expected(age_s)
        self._long.learn(expected, answered=answered)
        self._short.learn(expected, answered=answered)
        if self._has_turned():
            self._long = replace(self._short, memory=_LONG)
        self._answers.learn(age_s, ended=answered)
        self._failures.learn(age_s, ended=not answered)

    def judged(self, delay_s: float, *, person: bool) -> None:
        """Who picked up was told a person, or not, so long after that."""
        self._verdict.learn(delay_s, person=person)

    def memory(self) -> Mapping[str, tuple[float, ...]]:
        """What was learned, by its name in `Memory`."""
        levels = (self._long, self._short)
        return {
            "answers": self._answers.memory(),
            "failures": self._failures.memory(),
            "answer_level": tuple(n for one in levels for n in (one.answered, one.expected)),
            "verdicts": (self._verdict.delay_s, self._verdict.persons),
        }

    def remember(
        self,
        answers: tuple[float, ...],
        failures: tuple[float, ...],
        answer_level: tuple[float, ...],
        verdicts: tuple[float, ...],
    ) -> None:
        """What `memory` has given."""
        self._answers.remember(answers)
        self._failures.remember(failures)
        answered, expected, *short = answer_level
        self._long = _Level(_LONG, answered, expected)
        self._short = _Level(_SHORT, *short)
        delay_s, persons = verdicts
        self._verdict = _Verdict(delay_s, min(persons, 1.0))
        self.renew()

    def _has_turned(self) -> bool:
        usual = self._short.expected * self._long.ratio
        return abs(self._short.answered - usual) > _SURPRISE * math.sqrt(usual + 1)

    @property
    def turn(self) -> float:
        """How the last calls were answered, beside what the curve expects: 1 as expected."""
        return min(max(self._long.ratio, 1 / _TURN_MOST), _TURN_MOST)

    @property
    def caution(self) -> float:
        """By how much answers may be more than was learned, while little was: 1 once it is known.

        A first burst of calls is placed before any of them tells what the list is like.
        """
        seen = max(self._answers.youngest_s - _GUESS_WEIGHT_S, 0.0)
        return 1 + _CAUTION / (1 + seen / _CAUTIOUS_CALLS) ** 2

    def renew(self) -> None:
        """Work the chances out anew from what was learned; the rest reads these."""
        self.news = 0
        turn = self.turn * self.caution
        left, answered = [1.0], [0.0]
        for age in range(OLDEST_S):
            hazard = self._answers.at(age + 0.5) * turn
            other = self._failures.at(age + 0.5)
            ends = 1 - math.exp(-hazard - other)
            share = hazard / (hazard + other) if hazard + other > 0 else 0.0
            answered.append(answered[-1] + left[-1] * ends * share)
            left.append(max(left[-1] * (1 - ends), 1e-6))
        answered += [answered[-1]] * HORIZON_S
        self._within = [
            [(answered[age + ahead] - answered[age]) / left[age] for ahead in range(HORIZON_S + 1)]
            for age in range(OLDEST_S + 1)
        ]
        delay_s = math.ceil(self._verdict.delay_s - _ROUNDED_DOWN_S)
        self._forecasts = [
            of_one(row[max(ahead_s - delay_s, 0)] for ahead_s in AHEAD_S) for row in self._within
        ]

    def forecast(self, age_s: float) -> Forecast:
        """Of a call of that age: a person who waits for an agent, by each moment ahead."""
        return self._forecasts[min(max(int(age_s), 0), OLDEST_S)]

    def of_judged(self, since_s: float) -> Forecast:
        """The same of a line that was picked up so long ago."""
        left_s = self._verdict.delay_s - since_s - _ROUNDED_DOWN_S
        return of_one(self._verdict.persons if ahead_s >= left_s else 0.0 for ahead_s in AHEAD_S)

    def within(self, age_s: float) -> Sequence[float]:
        """The chances that a call of that age is answered within 0, 1, … `HORIZON_S` seconds."""
        return self._within[min(max(int(age_s), 0), OLDEST_S)]

    @property
    def rate(self) -> float:
        """The chance that a call placed now is answered by a person."""
        return self._within[0][HORIZON_S]


def _guessed_answers(age_s: float) -> float:
    """A person picks up after a ring or three; a guess until calls have told."""
    rung_s = age_s - _GUESSED_SET_UP_S
    if rung_s <= 0:
        return 0.0
    z = math.log(rung_s / _GUESSED_RING_S) / _GUESSED_SPREAD
    density = math.exp(-z * z / 2) / (rung_s * _GUESSED_SPREAD * math.sqrt(2 * math.pi))
    return _GUESSED_RATE * density


def _guessed_failures(age_s: float) -> float:
    return 0.01 if age_s < _GUESSED_LIMIT_S else 1.0
