"""How long something lasts: fixed, lognormal, or as it lasted before.

Owns: the distributions of a model, all in seconds. Chance is passed in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """Always the same."""

    mean: float

    def draw(self, _: Random) -> float:
        """How long it lasts this time."""
        return self.mean


@dataclass(frozen=True, kw_only=True)
class Lognormal:
    """The usual shape of rings, talks and wrap-ups: many short ones, some long ones.

    `cv`: the standard deviation as a share of the mean.
    """

    mean: float
    cv: float

    @cached_property
    def _shape(self) -> tuple[float, float]:
        variance = math.log1p(self.cv**2)
        return math.log(self.mean) - variance / 2, math.sqrt(variance)

    def draw(self, random: Random) -> float:
        """How long it lasts this time."""
        return math.exp(random.gauss(*self._shape))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """As it lasted before: each of `seconds` is as likely as the others."""

    seconds: Sequence[float]

    @cached_property
    def mean(self) -> float:
        """The mean of them."""
        return math.fsum(self.seconds) / len(self.seconds)

    def draw(self, random: Random) -> float:
        """How long it lasts this time."""
        return self.seconds[int(random.random() * len(self.seconds))]


Times = Fixed | Lognormal | Sample
