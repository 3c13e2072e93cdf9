"""Numbers as those see them who need not see all of them (R25).

Owns: how much of a number is shown on screens and in what other programs are told. Logs hide more
(`dialer.logs`). Pure.
"""

from __future__ import annotations

from typing import Final

HIDDEN: Final = "****"
_CHINA: Final = "+86"
_LONG: Final = 10
_MIDDLE: Final = 7


def masked(number: str) -> str:
    """A number as `138****5678`; of a shorter one less is shown, of none nothing.

    +8613800138000 is shown as in China, 138****8000; +442079460123 as 442****0123; 8001 as ****1.
    """
    plain = number.strip().removeprefix(_CHINA).removeprefix("+")
    if len(plain) >= _LONG:
        return f"{plain[:3]}{HIDDEN}{plain[-4:]}"
    if len(plain) >= _MIDDLE:
        return f"{plain[:1]}{HIDDEN}{plain[-2:]}"
    return f"{HIDDEN}{plain[-1:]}" if plain else ""
