"""One layer of calling hours: windows by weekday, in one zone, under one calendar, as instants.

Owns: what wall-clock windows mean in seconds. An instant is open when the wall clock in the zone
shows a time inside a window of the day that the calendar there shows. So an hour that a clock
change skips is no opening, and an hour that it repeats is open both times. A make-up workday has
Monday's windows; a holiday has none, or Sunday's. Must not know how layers are laid over each
other (`campaigns.hours`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaigns.calendars import Calendar, Holidays
from campaigns.windows import CallingWindows, Window

DAY_S = 86_400
LAST_DAY = 2_932_894
"""The last day of UTC that can be asked for: time ends with the year 9999, in some zones later."""

_DAY_MINUTES = 24 * 60
_HOUR_S = 3_600
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MONDAY, _SUNDAY = 0, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Windows on the wall clock of `zone`; without a `calendar` every day is its weekday.

    `holidays`: what a holiday of the calendar means.
    """

    windows: CallingWindows
    zone: ZoneInfo
    calendar: Calendar | None = None
    holidays: Holidays = Holidays.CLOSED
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        key = (self.windows, self.zone, self.calendar, self.holidays)
        object.__setattr__(self, "_hash", hash(key))

    def __hash__(self) -> int:
        return self._hash

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows of that date."""
        calendar, week = self.calendar, self.windows.days
        if calendar is None:
            return week[day.weekday()]
        if not calendar.is_covered(day):
            return ()
        if day in calendar.holidays:
            return week[_SUNDAY] if self.holidays is Holidays.AS_SUNDAY else ()
        return week[_MONDAY if day in calendar.workdays else day.weekday()]

    @property
    def known_until(self) -> datetime | None:
        """When the calendar's last day is over; None where it has no last day, or there is none."""
        if self.calendar is None or self.calendar.last is None:
            return None
        following = self.calendar.last + timedelta(days=1)
        midnight = datetime(following.year, following.month, following.day, tzinfo=self.zone)
        return midnight.astimezone(UTC)


class Stretch(NamedTuple):
    """Open seconds [start, end) since 1970, UTC. `window`: the same for parts of one window."""

    start: int
    end: int
    window: tuple[int, ...]


@lru_cache(maxsize=16_384)
def stretches_of(layer: Layer, utc_day: int) -> tuple[Stretch, ...]:
    """What is open in one day of UTC, in order. Days of UTC hold no surprise in any zone."""
    found: list[Stretch] = []
    for start, end, offset in _even_pieces(layer.zone, utc_day):
        for part in _open_parts(layer, start, end, offset):
            _append_or_extend(found, part)
    return tuple(found)


def _append_or_extend(found: list[Stretch], part: Stretch) -> None:
    if found and found[-1].end == part.start and found[-1].window == part.window:
        found[-1] = found[-1]._replace(end=part.end)
    else:
        found.append(part)


def _open_parts(layer: Layer, start: int, end: int, offset: int) -> Iterator[Stretch]:
    """The open parts of [start, end), where the wall clock runs `offset` seconds from UTC."""
    for day in range((start + offset) // DAY_S, (end - 1 + offset) // DAY_S + 1):
        midnight = day * DAY_S - offset
        for window in layer.windows_on(date.fromordinal(day + _EPOCH_ORDINAL)):
            opens = max(start, midnight + window.open * 60)
            closes = min(end, midnight + window.close * 60)
            if opens < closes:
                yield Stretch(opens, closes, (day * _DAY_MINUTES + window.open,))


def _even_pieces(zone: ZoneInfo, utc_day: int) -> Iterator[tuple[int, int, int]]:
    """One day of UTC cut at the zone's clock changes: (start, end, offset in seconds)."""
    if utc_day > LAST_DAY:
        return
    start = utc_day * DAY_S
    piece, offset = start, _offset(zone, start)
    for hour in range(start, start + DAY_S, _HOUR_S):
        if _offset(zone, hour + _HOUR_S) != offset:
            change = _change_within(zone, hour, offset)
            yield piece, change, offset
            piece, offset = change, _offset(zone, change)
    if piece < start + DAY_S:
        yield piece, start + DAY_S, offset


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
