"""How satisfied callers are: a weighted score of what they answered after the call (R16, R21).

Owns: R21's questions with their weights, and the score. Pure. Must not know how a question is
asked, nor where answers are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from supervisor.kpi import Figure, Formula

R21_WEIGHTS: Final[Mapping[str, int]] = MappingProxyType(
    {"response": 20, "quality": 30, "product": 25, "support": 15, "recommend": 10}
)
"""Response speed, quality, product, support effect, would recommend: in percent."""

HIGHEST_KEY: Final = 5
"""Questions are answered by a key from 1 to this one, unless a flow says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a caller typed: `key` from 1 to `highest`, and what the question weighed then."""

    question: str
    key: int
    highest: int
    weight: int

    @property
    def points(self) -> float:
        """Of 100: the highest key is all of them; of five keys, each is worth 20."""
        return 100 * self.key / self.highest


def satisfaction(answers: Iterable[Answer], *, calls: int, window: str) -> Figure:
    """The weighted mean of the points, from 0 to 100; questions not answered are left out.

    `calls`: how many the answers are of. Sums are kept, so that figures can be added up.
    """
    given = tuple(answers)
    points = sum(one.weight * one.points for one in given)
    weights = sum(one.weight for one in given)
    return Figure(
        value=points / weights if weights else None,
        numerator=points,
        denominator=weights,
        n=calls,
        window=window,
        formula=Formula.SATISFACTION,
    )
