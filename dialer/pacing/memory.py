"""What a campaign's pacer has learned, as plain numbers: kept over a restart.

Owns: its shape, and the refusal of what has another one. Must not know how it was learned, nor
where it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

from dialer.pacing.answers import Answers
from dialer.pacing.freeing import Freeing
from dialer.pacing.price import Price

SHAPE: Final = 2
"""Another number with each change of what the numbers mean."""

_MOST: Final = 1e9
_HAZARDS: Final = frozenset({"answers", "failures", "talk", "wrap"})
_LEAST_EXPOSURE_S: Final = 1.0
"""Each hazard begins with more than this in every stretch, and divides by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Numbers of no less than 0, as `memory()` of each part gives them.

    `price`: of `Price`. `answers`, `failures`, `answer_level`, `verdicts`: of `Answers`.
    `talk`, `wrap`: of `Freeing`.
    """

    price: tuple[float, ...]
    answers: tuple[float, ...]
    failures: tuple[float, ...]
    answer_level: tuple[float, ...]
    verdicts: tuple[float, ...]
    talk: tuple[float, ...]
    wrap: tuple[float, ...]


def gathered(price: Price, answers: Answers, freeing: Freeing) -> Memory:
    """What these have learned."""
    talk, wrap = freeing.memory()
    return Memory(price=price.memory(), talk=talk, wrap=wrap, **answers.memory())


def given_to(price: Price, answers: Answers, freeing: Freeing, memory: Memory) -> None:
    """Have them know it again."""
    price.remember(memory.price)
    answers.remember(memory.answers, memory.failures, memory.answer_level, memory.verdicts)
    freeing.remember(memory.talk, memory.wrap)


def to_plain(memory: Memory) -> dict[str, object]:
    """A dict that JSON can carry."""
    return {"shape": SHAPE, **{name: list(numbers) for name, numbers in asdict(memory).items()}}


def from_plain(plain: object) -> Memory | None:
    """The memory again; None if it is none, or has numbers that nobody can have learned."""
    if not isinstance(plain, Mapping) or plain.get("shape") != SHAPE:
        return None
    known: dict[str, tuple[float, ...]] = {}
    like = gathered(Price(0.0), Answers(), Freeing())
    for field in fields(Memory):
        fresh: tuple[float, ...] = getattr(like, field.name)
        numbers = _numbers(plain.get(field.name))
        if numbers is None or len(numbers) != len(fresh):
            return None
        if field.name in _HAZARDS and min(numbers[: len(numbers) // 2]) < _LEAST_EXPOSURE_S:
            return None
        known[field.name] = numbers
    return Memory(**known)


def _numbers(given: object) -> tuple[float, ...] | None:
    if not isinstance(given, list | tuple) or not all(map(_is_sound, given)):
        return None
    return tuple(map(float, given))


def _is_sound(given: object) -> bool:
    """A count or a number of seconds; not NaN, which is neither more nor less than anything."""
    return type(given) in {int, float} and 0 <= given <= _MOST  # type: ignore[operator]
