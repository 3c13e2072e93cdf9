"""Calling windows of a week: which times of day are open on which weekday.

Owns: the type and its notation (`09:00-12:00`). Must not know zones, dates nor instants
(`campaigns.layers`, `campaigns.hours`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

_DAY_MINUTES = 24 * 60
_DAYS_IN_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of one day, [open, close): minutes since midnight, close at most 1440 (24:00).

    Raises ValueError unless 0 <= open < close <= 1440.
    """

    open: int
    close: int

    def __post_init__(self) -> None:
        if not 0 <= self.open < self.close <= _DAY_MINUTES:
            raise ValueError(f"window {self} does not open before it closes, within one day")

    def __str__(self) -> str:
        return f"{_clock(self.open)}-{_clock(self.close)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingWindows:
    """The windows of a week: seven tuples, Monday first, each in order and without overlap.

    Raises ValueError when it is not so.
    """

    days: tuple[tuple[Window, ...], ...]
    # Windows are the key of a cache that is asked millions of times a simulated month.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.days) != _DAYS_IN_WEEK:
            raise ValueError(f"a week has 7 days of windows, Monday first, not {len(self.days)}")
        for day in self.days:
            _refuse_overlap(day)
        object.__setattr__(self, "_hash", hash(self.days))

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def every_day(cls, *windows: Window) -> CallingWindows:
        """The same windows on all seven days."""
        return cls(days=(windows,) * _DAYS_IN_WEEK)


ALL_DAY = Window(open=0, close=_DAY_MINUTES)


def parse(text: str) -> Window:
    """Read `09:00-12:00` (or `20:00-24:00`). Raises ValueError that says what is wrong."""
    match = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*", text, re.ASCII)
    if match is None:
        raise ValueError(f"{text!r} is no window: write it as 09:00-12:00")
    open_h, open_m, close_h, close_m = (int(part) for part in match.groups())
    opens, closes = _minutes(text, open_h, open_m), _minutes(text, close_h, close_m)
    if opens >= closes:
        raise ValueError(_not_before(text, opens, closes))
    return Window(open=opens, close=closes)


# ── reading ──────────────────────────────────────────────────────────────────────────────


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(text: str, hours: int, minutes: int) -> int:
    total = hours * 60 + minutes
    if minutes >= 60 or total > _DAY_MINUTES:  # noqa: PLR2004  # minutes in an hour
        raise ValueError(f"{text!r}: {hours:02}:{minutes:02} is no time of day (00:00 to 24:00)")
    return total


def _not_before(text: str, opens: int, closes: int) -> str:
    if opens == closes:
        return f"{text!r} opens and closes at the same time"
    return (
        f"{text!r} closes before it opens; a night is two windows: "
        f"{_clock(opens)}-24:00 and, on the next day, 00:00-{_clock(closes)}"
    )


def _refuse_overlap(day: tuple[Window, ...]) -> None:
    for first, second in pairwise(day):
        if second.open < first.open:
            raise ValueError(f"windows {first} and {second} are not in order")
        if second.open < first.close:
            raise ValueError(f"windows {first} and {second} overlap")
