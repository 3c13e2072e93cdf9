"""What a simulated customer does: decided by the last two digits of the number.

Owns: the behaviours, the mix that shares them out over 00-99, and the pace of rings and talks.
Pure: the lab's dialplan and the simulated agents read the same table, so both know what a
number will do. Must not know how a behaviour is acted out (the lab's dialplan).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

HUNDRED = 100
_STRIDE = 37
_LAST_TWO = re.compile(r"[0-9]{2}$")


class Behaviour(StrEnum):
    """What becomes of a call to this customer. The names are extensions of the lab's dialplan."""

    ANSWERS = "answers"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VACANT = "vacant"
    NUMBER_CHANGED = "number_changed"
    REJECTED = "rejected"
    CONGESTION = "congestion"
    SWITCHED_OFF = "switched_off"
    FAX = "fax"
    MACHINE = "machine"
    HANGS_UP_EARLY = "hangs_up_early"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Which behaviour belongs to each pair of last digits: a hundred of them, 00 first."""

    by_digits: tuple[Behaviour, ...]

    def __post_init__(self) -> None:
        if len(self.by_digits) != HUNDRED:
            raise ValueError("a mix names the behaviour of 100 pairs of digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things take, in seconds from shortest to longest.

    `ring_s`: until a customer answers or rejects; `talk_s`: until an answering person hangs up.
    """

    ring_s: tuple[float, float] = (1.0, 4.0)
    talk_s: tuple[float, float] = (5.0, 15.0)

    def __post_init__(self) -> None:
        for name in ("ring_s", "talk_s"):
            shortest, longest = getattr(self, name)
            if not 0 <= shortest <= longest:
                raise ValueError(f"{name}: from shortest to longest, none negative")


def mix_of(percentages: Mapping[str, int]) -> Mix:
    """A mix from whole percentages by behaviour, as a campaign file's [lab.mix] has them.

    Neighbouring numbers get different behaviours, so that a list in order is no procession.

    Raises:
        ValueError: an unknown behaviour, a negative share, or a sum other than 100.
    """
    unknown = sorted(set(percentages) - set(Behaviour))
    if unknown:
        raise ValueError(f"unknown behaviour {unknown[0]!r}; known: {', '.join(Behaviour)}")
    if any(share < 0 for share in percentages.values()):
        raise ValueError("a percentage must not be negative")
    if sum(percentages.values()) != HUNDRED:
        raise ValueError(f"the percentages sum to {sum(percentages.values())}, not to 100")
    row = [b for b in Behaviour for _ in range(percentages.get(b, 0))]
    return Mix(by_digits=tuple(row[digits * _STRIDE % HUNDRED] for digits in range(HUNDRED)))


DEFAULT_MIX = mix_of(
    {
        Behaviour.ANSWERS: 52,
        Behaviour.BUSY: 9,
        Behaviour.NO_ANSWER: 12,
        Behaviour.VACANT: 5,
        Behaviour.NUMBER_CHANGED: 2,
        Behaviour.REJECTED: 4,
        Behaviour.CONGESTION: 2,
        Behaviour.SWITCHED_OFF: 4,
        Behaviour.FAX: 2,
        Behaviour.MACHINE: 5,
        Behaviour.HANGS_UP_EARLY: 3,
    }
)


def behaviour_of(number: str, mix: Mix) -> Behaviour:
    """What the customer at `number` (or at its last digits alone) does.

    Raises:
        ValueError: the number does not end in two digits.
    """
    digits = _LAST_TWO.search(number)
    if digits is None:
        raise ValueError("a lab number ends in two digits")
    return mix.by_digits[int(digits[0])]
