"""Calling hours: at which instants a contact may be dialed, all layers taken together.

Owns: the laying of layers over each other (the campaign's windows, the law's), and the questions
that the rules ask of them. An instant is open when every layer is open. Must not know why anybody
asks. Instants go in and come out in aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, reduce
from zoneinfo import ZoneInfo

from campaigns.layers import DAY_S, LAST_DAY, Layer, Stretch, stretches_of
from campaigns.windows import ALL_DAY, CallingWindows

__all__ = [
    "Hours",
    "Layer",
    "day_ends",
    "is_open",
    "local_date",
    "look_again",
    "nearest_open",
    "next_open",
    "open_time_over",
    "open_until",
]

# Layers in several zones may meet in summer time only. What a whole year does not show never
# comes; so long a search is made once a day for each set of hours.
_HORIZON_DAYS = 366
# The last time that is offered before a window closes: an appointment is named in minutes.
_LAST_OFFER_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Layers that must all be open; without any it is always open."""

    layers: tuple[Layer, ...]
    # Hours are the key of a cache that is asked millions of times a simulated month.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(self.layers))

    def __hash__(self) -> int:
        return self._hash

    @property
    def known_until(self) -> datetime | None:
        """When the first of the calendars ends; None where none does."""
        ends = (layer.known_until for layer in self.layers)
        return min((end for end in ends if end is not None), default=None)


def is_open(hours: Hours, t: datetime) -> bool:
    """Whether every layer is open at `t`; a close itself is outside."""
    return _stretch_at(hours, _seconds(t)) is not None


def next_open(hours: Hours, t: datetime) -> datetime | None:
    """The first open instant at or after `t`; None when a year shows none."""
    stretch = _next_stretch(hours, _seconds(t))
    if stretch is None:
        return None
    return _instant(stretch.start) if stretch.start > t.timestamp() else t.astimezone(UTC)


@lru_cache(maxsize=1024)
def open_until(hours: Hours, t: datetime) -> datetime | None:
    """When the stretch that holds `t` ends (midnight of a layer at the latest); None outside."""
    stretch = _stretch_at(hours, _seconds(t))
    return None if stretch is None else _instant(_whole_end(hours, stretch))


def nearest_open(
    hours: Hours, t: datetime, not_before: datetime
) -> tuple[datetime | None, datetime | None]:
    """What to offer instead of a closed `t`: the nearest open times before and after it.

    The one before is a minute before that stretch ends (the close itself is outside), or its
    opening if it is shorter; None if that would be earlier than `not_before`.
    """
    return _last_before(hours, _seconds(t), _seconds(not_before)), next_open(hours, t)


def open_time_over(hours: Hours, since: datetime, span: timedelta) -> datetime | None:
    """When the open time since `since` adds up to `span`; None when it never does.

    Never before `since`; the end of the stretch in which the sum is reached, at the latest.
    """
    at, left = _seconds(since), span.total_seconds()
    while left > 0:
        stretch = _next_stretch(hours, at)
        if stretch is None:
            return None
        begins = max(at, stretch.start)
        at = min(begins + left, stretch.end)
        left -= at - begins
    return datetime.fromtimestamp(at, UTC)


def look_again(hours: Hours, zone: ZoneInfo, t: datetime, now: datetime) -> datetime | None:
    """When to see whether a new calendar has come, if only for want of one nothing opens from `t`.

    That is the end of the first calendar, and after it every midnight of `zone`. None: there is
    an opening, or there would be none anyway.
    """
    ends = hours.known_until
    if ends is None or next_open(hours, t) is not None:
        return None
    without = Hours(layers=tuple(replace(layer, calendar=None) for layer in hours.layers))
    if next_open(without, t) is None:
        return None
    return ends if ends > now else day_ends(zone, now)


def day_ends(zone: ZoneInfo, t: datetime) -> datetime:
    """When the local date that `t` lies in gives way to another: midnight, save for clock changes.

    Raises OverflowError at the end of time.
    """
    end = open_until(_all_week(zone), t)
    if end is None:
        raise OverflowError("time ends with the year 9999")
    return end


def local_date(zone: ZoneInfo, t: datetime) -> date:
    """The date that the wall calendar shows in the zone at `t`."""
    return t.astimezone(zone).date()


# ── stretches of all layers together ─────────────────────────────────────────────────────


@lru_cache(maxsize=1024)
def _all_week(zone: ZoneInfo) -> Hours:
    return Hours(layers=(Layer(windows=CallingWindows.every_day(ALL_DAY), zone=zone),))


def _seconds(t: datetime) -> float:
    if t.tzinfo is None:
        raise ValueError(f"{t.isoformat()} has no zone: instants are aware")
    return t.timestamp()


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _stretch_at(hours: Hours, at: float) -> Stretch | None:
    for stretch in _stretches(hours, int(at // DAY_S)):
        if stretch.start <= at < stretch.end:
            return stretch
    return None


def _next_stretch(hours: Hours, at: float) -> Stretch | None:
    """The stretch that holds `at`, else the first one after it."""
    day = int(at // DAY_S)
    for stretch in _stretches(hours, day):
        if stretch.end > at:
            return stretch
    return _first_from(hours, day + 1)


@lru_cache(maxsize=16_384)
def _first_from(hours: Hours, utc_day: int) -> Stretch | None:
    for day in range(utc_day, utc_day + _HORIZON_DAYS):
        if found := _stretches(hours, day):
            return found[0]
    return None


def _whole_end(hours: Hours, stretch: Stretch) -> int:
    """Where the stretch ends if its windows go on past UTC midnight."""
    end = stretch.end
    while end % DAY_S == 0:
        following = _stretch_at(hours, end)
        if following is None or following.window != stretch.window:
            break
        end = following.end
    return end


def _last_before(hours: Hours, at: float, not_before: float) -> datetime | None:
    last_day, first_day = int(at // DAY_S), int(not_before // DAY_S)
    for day in range(last_day, max(first_day, last_day - _HORIZON_DAYS) - 1, -1):
        for stretch in reversed(_stretches(hours, day)):
            if stretch.end <= at:
                offer = max(stretch.start, stretch.end - _LAST_OFFER_S)
                return _instant(offer) if offer >= not_before else None
    return None


@lru_cache(maxsize=16_384)
def _stretches(hours: Hours, utc_day: int) -> tuple[Stretch, ...]:
    """What is open in one day of UTC, in order."""
    if not hours.layers:
        return _whole_day(utc_day)
    layers = (stretches_of(layer, utc_day) for layer in hours.layers)
    return reduce(lambda one, other: tuple(_common(one, other)), layers)


def _whole_day(utc_day: int) -> tuple[Stretch, ...]:
    if utc_day > LAST_DAY:
        return ()
    return (Stretch(utc_day * DAY_S, (utc_day + 1) * DAY_S, (utc_day,)),)


def _common(one: tuple[Stretch, ...], other: tuple[Stretch, ...]) -> Iterator[Stretch]:
    """What lies in both, in order."""
    for left in one:
        for right in other:
            start, end = max(left.start, right.start), min(left.end, right.end)
            if start < end:
                yield Stretch(start, end, left.window + right.window)
