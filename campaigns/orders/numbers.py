"""The number of an order: nine digits that can be read out, typed on a phone, and checked.

Owns: how one is made and what is none. The last digit is Damm's check digit: any one digit that
is mistyped, and any two neighbours that are swapped, make a number that nobody has. The others are
drawn by chance, so that nobody can count up from the own number to another's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

LENGTH: Final = 9
_FIRST, _LAST = 10 ** (LENGTH - 2), 10 ** (LENGTH - 1) - 1
_BETWEEN: Final = re.compile(r"[\s.-]+")

# H. Michael Damm, "Total anti-symmetrische Quasigruppen" (Marburg, 2004), order 10.
_DAMM: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def draw_number(random: Random) -> str:
    """A number; whether somebody has it already is the store's to see."""
    digits = str(random.randint(_FIRST, _LAST))
    return digits + str(_interim(digits))


def read_number(text: str) -> str | None:
    """The number in what was written or typed (`123-456-789`); None where it cannot be one."""
    digits = _BETWEEN.sub("", text)
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        return None
    return digits if _interim(digits) == 0 else None


def _interim(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
