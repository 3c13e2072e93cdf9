"""Calling windows: at which instants a campaign may dial, in the contact's own zone.

Owns: windows of wall-clock time by weekday, and their meaning as instants. An instant is open
when the wall clock in the zone shows a time inside a window of the weekday that the calendar
there shows. So an hour that a clock change skips is no opening, and an hour that it repeats
is open both times. Must not know why anybody asks. Instants go in and come out in aware UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY_MINUTES = 24 * 60
_DAY_S = 86_400
_HOUR_S = 3_600
_DAYS_IN_WEEK = 7
_THURSDAY = 3  # the weekday of 1 January 1970, Monday being 0
_LAST_DAY = 2_932_894  # the calendar ends with the year 9999, a little later in some zones
# A clock change can swallow a week's only window, a change of the date line a whole day;
# neither does so in two weeks running. What four weeks do not show never comes.
_HORIZON_DAYS = 28
# The last time that is offered before a window closes: an appointment is named in minutes.
_LAST_OFFER_S = 60


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


def is_open(windows: CallingWindows, zone: ZoneInfo, t: datetime) -> bool:
    """Whether `t` lies in a window; the close itself is outside."""
    return _stretch_at(windows, zone, _seconds(t)) is not None


def next_open(windows: CallingWindows, zone: ZoneInfo, t: datetime) -> datetime | None:
    """The first open instant at or after `t`; None when there is no window at all."""
    at = _seconds(t)
    day = int(at // _DAY_S)
    for stretch in _stretches_from(windows, zone, day, day + _HORIZON_DAYS):
        if stretch.end > at:
            return _instant(stretch.start) if stretch.start > at else t.astimezone(UTC)
    return None


def open_until(windows: CallingWindows, zone: ZoneInfo, t: datetime) -> datetime | None:
    """When the window that holds `t` closes (local midnight at the latest); None outside."""
    stretch = _stretch_at(windows, zone, _seconds(t))
    return None if stretch is None else _instant(_whole_end(windows, zone, stretch))


def day_ends(zone: ZoneInfo, t: datetime) -> datetime:
    """When the local date that `t` lies in gives way to another: midnight, save for clock changes.

    Raises OverflowError at the end of the calendar.
    """
    end = open_until(_ALL_WEEK, zone, t)
    if end is None:
        raise OverflowError("the calendar ends with the year 9999")
    return end


def local_date(zone: ZoneInfo, t: datetime) -> date:
    """The date that the calendar shows in the zone at `t`."""
    return t.astimezone(zone).date()


def nearest_open(
    windows: CallingWindows, zone: ZoneInfo, t: datetime, not_before: datetime
) -> tuple[datetime | None, datetime | None]:
    """What to offer instead of a closed `t`: the nearest open times before and after it.

    The one before is a minute before that window closes (the close itself is outside), or its
    opening if it is shorter; None if that would be earlier than `not_before`.
    """
    return _last_before(windows, zone, _seconds(t), _seconds(not_before)), next_open(
        windows, zone, t
    )


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


# ── windows as stretches of seconds ──────────────────────────────────────────────────────


class _Stretch(NamedTuple):
    """Open seconds [start, end) since 1970, UTC. `window`: the same for parts of one window."""

    start: int
    end: int
    window: int


_ALL_WEEK = CallingWindows.every_day(ALL_DAY)


def _seconds(t: datetime) -> float:
    if t.tzinfo is None:
        raise ValueError(f"{t.isoformat()} has no zone: instants are aware")
    return t.timestamp()


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _stretch_at(windows: CallingWindows, zone: ZoneInfo, at: float) -> _Stretch | None:
    for stretch in _stretches(windows, zone, int(at // _DAY_S)):
        if stretch.start <= at < stretch.end:
            return stretch
    return None


def _stretches_from(
    windows: CallingWindows, zone: ZoneInfo, first_day: int, last_day: int
) -> Iterator[_Stretch]:
    for day in range(first_day, last_day + 1):
        yield from _stretches(windows, zone, day)


def _whole_end(windows: CallingWindows, zone: ZoneInfo, stretch: _Stretch) -> int:
    """Where the stretch ends if the window goes on past UTC midnight."""
    end = stretch.end
    while end % _DAY_S == 0:
        following = _stretch_at(windows, zone, end)
        if following is None or following.window != stretch.window:
            break
        end = following.end
    return end


def _last_before(
    windows: CallingWindows, zone: ZoneInfo, at: float, not_before: float
) -> datetime | None:
    last_day, first_day = int(at // _DAY_S), int(not_before // _DAY_S)
    for day in range(last_day, max(first_day, last_day - _HORIZON_DAYS) - 1, -1):
        for stretch in reversed(_stretches(windows, zone, day)):
            if stretch.end <= at:
                offer = max(stretch.start, stretch.end - _LAST_OFFER_S)
                return _instant(offer) if offer >= not_before else None
    return None


@lru_cache(maxsize=16_384)
def _stretches(windows: CallingWindows, zone: ZoneInfo, utc_day: int) -> tuple[_Stretch, ...]:
    """What is open in one day of UTC, in order. Days of UTC hold no surprise in any zone."""
    found: list[_Stretch] = []
    for start, end, offset in _even_pieces(zone, utc_day):
        for part in _open_parts(windows, start, end, offset):
            _append_or_extend(found, part)
    return tuple(found)


def _append_or_extend(found: list[_Stretch], part: _Stretch) -> None:
    if found and found[-1].end == part.start and found[-1].window == part.window:
        found[-1] = found[-1]._replace(end=part.end)
    else:
        found.append(part)


def _open_parts(windows: CallingWindows, start: int, end: int, offset: int) -> Iterator[_Stretch]:
    """The open parts of [start, end), where the wall clock runs `offset` seconds from UTC."""
    for day in range((start + offset) // _DAY_S, (end - 1 + offset) // _DAY_S + 1):
        midnight = day * _DAY_S - offset
        for window in windows.days[(day + _THURSDAY) % _DAYS_IN_WEEK]:
            opens = max(start, midnight + window.open * 60)
            closes = min(end, midnight + window.close * 60)
            if opens < closes:
                yield _Stretch(opens, closes, day * _DAY_MINUTES + window.open)


def _even_pieces(zone: ZoneInfo, utc_day: int) -> Iterator[tuple[int, int, int]]:
    """One day of UTC cut at the zone's clock changes: (start, end, offset in seconds)."""
    if utc_day > _LAST_DAY:
        return
    start = utc_day * _DAY_S
    piece, offset = start, _offset(zone, start)
    for hour in range(start, start + _DAY_S, _HOUR_S):
        if _offset(zone, hour + _HOUR_S) != offset:
            change = _change_within(zone, hour, offset)
            yield piece, change, offset
            piece, offset = change, _offset(zone, change)
    if piece < start + _DAY_S:
        yield piece, start + _DAY_S, offset


def _change_within(zone: ZoneInfo, hour: int, offset: int) -> int:
    """The first second after `hour` at which the zone's offset is no longer `offset`."""
    before, after = hour, hour + _HOUR_S
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    return after


def _offset(zone: ZoneInfo, seconds: int) -> int:
    offset = datetime.fromtimestamp(seconds, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())
