"""How many agents and how many answers to expect by each moment ahead, and who is left alone.

Owns: the moments ahead, sums of chances over them with mean and variance, and the abandons that
follow. Must not know how the chances were learned.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

HORIZON_S: Final = 32
"""So far ahead it is looked: hardly a call rings for longer."""

STEP_S: Final = 2
AHEAD_S: Final = range(0, HORIZON_S + 1, STEP_S)
"""The moments ahead, in seconds from now."""

_NOTHING: Final[Sequence[float]] = (0.0,) * len(AHEAD_S)
_TINY: Final = 1e-4
_SQRT_HALF: Final = math.sqrt(0.5)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected by each moment ahead: the mean, and the variance."""

    mean: Sequence[float]
    variance: Sequence[float]


def of_one(chances: Iterable[float]) -> Forecast:
    """One that happens by each moment with that chance, or not."""
    mean = tuple(chances)
    return Forecast(mean, tuple(chance * (1 - chance) for chance in mean))


def added(parts: Iterable[tuple[Forecast, float]]) -> Forecast:
    """So many of each, or such a part of it, independent of each other."""
    means, variances = [_NOTHING], [_NOTHING]
    for one, count in parts:
        if count == 1:
            means.append(one.mean)
            variances.append(one.variance)
        else:
            means.append([count * chance for chance in one.mean])
            variances.append([count * spread for spread in one.variance])
    # Whole columns at once: this is made for every decision, of each age among calls and agents.
    return Forecast(
        [sum(moment) for moment in zip(*means, strict=True)],
        [sum(moment) for moment in zip(*variances, strict=True)],
    )


def abandons(agents: Forecast, answers: Forecast, call: Forecast, more: int) -> float:
    """Abandons to be expected of the `answers`, and of so many more calls like `call`.

    Nobody is there for an answer where agents by then are no more than answers before; both are
    taken for normal.
    """
    total = before = spread = 0.0
    moments = zip(
        *(agents.mean, agents.variance, answers.mean, answers.variance),
        *(call.mean, call.variance),
        strict=True,
    )
    for free, free_variance, others, others_variance, own, own_variance in moments:
        by_then = others + more * own
        spread_then = others_variance + more * own_variance
        now = by_then - before
        if now > 0:
            # A call is no rival of itself. The mean less the variance is the sum of squared
            # chances; half of what that gains is the chance of each to have come before itself.
            itself = (1 - (spread_then - spread) / now) / 2
            first = (before + by_then) / 2 - itself
            sure = free_variance + (spread + spread_then) / 2 - itself * (1 - itself)
            z = (0.5 - free + first) / math.sqrt(max(sure, 0.0) + _TINY)
            total += now * math.erfc(-z * _SQRT_HALF)
        before, spread = by_then, spread_then
    return total / 2
