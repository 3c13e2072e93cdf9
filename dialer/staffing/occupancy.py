"""How busy a dialer keeps a team: the one place where plans of seats take it from.

Owns: occupancy (talk and wrap-up of the time staffed) by team size. Must not know why: it is
measured (`docs/pacing.md`, cap 3 %, three of ten calls answered, talks of two minutes). Whoever
knows better for a campaign, from its own history or from a simulation, gives an `Occupancy` of
their own.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

Occupancy = Callable[[int], float]
"""The share of their time that so many agents talk or write, 0 to 1; more agents, no less."""


class Dialing(StrEnum):
    """How the calls are placed: one for each free agent, or more while others are busy."""

    PREDICTIVE = "predictive"
    PROGRESSIVE = "progressive"


_ONE_TO_ONE: Final = 0.656
_PREDICTIVE: Final = (
    (1, 0.661),
    (2, 0.712),
    (5, 0.774),
    (10, 0.825),
    (20, 0.877),
    (50, 0.926),
    (100, 0.955),
    (200, 0.973),
)


def measured(dialing: Dialing) -> Occupancy:
    """What was measured for that way of dialing.

    Between two sizes of the table it goes by the logarithm of the size; beyond the last it stays.
    """
    return _predictive if dialing is Dialing.PREDICTIVE else _progressive


def steady(share: float) -> Occupancy:
    """The same for every size."""
    return lambda _agents: share


def _progressive(_agents: int) -> float:
    return _ONE_TO_ONE


def _predictive(agents: int) -> float:
    table = dict(_PREDICTIVE)
    return by_size(tuple(table), table.__getitem__, agents)


def by_size(sizes: Sequence[int], of: Callable[[int], float], agents: int) -> float:
    """What is known `of` some sizes, for any: between two by the logarithm of the size.

    Beyond the first and the last it stays as it is; a larger team has no less.
    """
    place = bisect_left(sizes, agents)
    if place == len(sizes):
        return of(sizes[-1])
    if sizes[place] == agents or not place:
        return of(sizes[place])
    small, large = sizes[place - 1], sizes[place]
    low = of(small)
    high = max(of(large), low)
    return low + (high - low) * math.log(agents / small) / math.log(large / small)
