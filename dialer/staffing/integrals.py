"""The integrals behind Erlang A: over the density of the wait that a caller meets.

Owns: the curve `f(x) = a·(1 - exp(-e·x))/e - n·x` of `dialer.staffing.erlang`, and the integrals
over exp(f), scaled by the height of its summit. `f` is concave, so there is one summit; pieces
around it are short enough for Gauss's rule, and no large terms of both signs are added. Must not
know calls, agents or shares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

# What is exp(-45) of the summit and lies beyond it adds nothing that a float could hold.
_DROP: Final = 45.0
_PIECES: Final = 3
_HALVINGS: Final = 6
_SMALL: Final = 1e-3
# Gauss and Legendre's rule of 12 points on [-1, 1]: the positive half of places and weights.
_GAUSS: Final = (
    (0.1252334085114689, 0.2491470458134028),
    (0.3678314989981802, 0.2334925365383548),
    (0.5873179542866175, 0.2031674267230659),
    (0.7699026741943047, 0.1600783285433462),
    (0.9041172563704749, 0.1069393259953184),
    (0.9815606342467192, 0.0471753363865118),
)
_RULE: Final = tuple((side * at, weight) for at, weight in _GAUSS for side in (-1, 1))


class Integrals(NamedTuple):
    """Over all waits above 0, where exp(f) is 1 at its summit.

    `every`: all of it; `in_time`: of who is patient so long, up to the threshold; `lost`: of who
    is not; `waited`: the wait itself, of who is patient so long.
    """

    every: float
    in_time: float
    lost: float
    waited: float


def without_end(free: float, within: float) -> Integrals:
    """The integrals where nobody gives up; `free`: agents less load, above 0."""
    return Integrals(1 / free, -math.expm1(-free * within) / free, 0.0, 1 / free**2)


def without_patience(agents: int) -> Integrals:
    """The integrals where everybody who must wait is gone at once."""
    return Integrals(1 / agents, 0.0, 1 / agents, 0.0)


class Curve:
    """The exponent f of the essay, seen from the summit of exp(f), which is at wait `summit`."""

    def __init__(self, load: float, agents: int, haste: float) -> None:
        self._load, self._agents, self._haste = load, agents, haste
        over = load / agents - 1
        self.summit = math.log1p(over) / haste if over > 0 else 0.0
        self.height = agents * _less_its_log(over) / haste if over > 0 else 0.0
        self._flat = min(load, agents)

    def below(self, away: float) -> float:
        """How far f lies below its summit, so far away from it."""
        bent = self._flat * _less_its_curve(self._haste * away) / self._haste
        return bent + (self._agents - self._flat) * away

    def integrals(self, within: float) -> Integrals:
        """`within`: the threshold."""
        every = in_time = lost = waited = 0.0
        for wait, weight in self._nodes(within):
            here = weight * math.exp(-self.below(wait - self.summit))
            gone = -math.expm1(-self._haste * wait)
            stayed = here * (1 - gone)
            every += here
            lost += here * gone
            waited += stayed * wait
            if wait < within:
                in_time += stayed
        return Integrals(every, in_time, lost, waited)

    def _nodes(self, within: float) -> Iterator[tuple[float, float]]:
        """Places and weights of Gauss's rule, on pieces that end where something bends."""
        ends = self._ends(within)
        for start, end in pairwise(ends):
            half = (end - start) / (2 * _PIECES)
            for piece in range(_PIECES):
                middle = start + (2 * piece + 1) * half
                for at, weight in _RULE:
                    yield middle + half * at, half * weight

    def _ends(self, within: float) -> list[float]:
        first = self.summit - self._reach(-1, self.summit) if self.summit else 0.0
        last = self.summit + self._reach(1, math.inf)
        patience = 1 / self._haste
        bends = (within, self.summit, *(times * patience for times in (0.5, 2, 8, 32)))
        return sorted({first, last, *(bend for bend in bends if first < bend < last)})

    def _reach(self, side: int, most: float) -> float:
        """How far on that side of the summit anything is left of it; `most`: no farther."""
        near, far = 0.0, min(most, _DROP / self._agents)
        while far < most and self.below(side * far) < _DROP:
            near, far = far, min(2 * far, most)
        for _ in range(_HALVINGS):
            middle = (near + far) / 2
            near, far = (near, middle) if self.below(side * middle) >= _DROP else (middle, far)
        return far


def _less_its_log(over: float) -> float:
    """`over - log(1 + over)`, exact where it is next to nothing."""
    if abs(over) > _SMALL:
        return over - math.log1p(over)
    return over**2 * (1 / 2 - over / 3 + over**2 / 4 - over**3 / 5)


def _less_its_curve(z: float) -> float:
    """`z - (1 - exp(-z))`, exact where it is next to nothing."""
    if abs(z) > _SMALL:
        return z + math.expm1(-z)
    return z**2 * (1 / 2 - z / 6 + z**2 / 24 - z**3 / 120)
