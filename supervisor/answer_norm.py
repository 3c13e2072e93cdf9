"""What the answer rate usually is at this hour of the day: the norm beside the last 15 minutes.

Owns: which hours of which days are alike, and how many calls a norm rests on. Must not know
where the counts come from (`store.answer_hours`), nor how far off a rate may be
(`supervisor.alarm_rules`).

A norm is live answers ÷ placed of the same hour of the last 28 days (screens.md, band 1, figure 5):
of working days on a working day, of days off on one; where these have too few calls, of all days.
Hours are the site's own, also across a clock change. Today is no part of it: it is what is judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.calendars import Calendar

DAYS: Final = 28
"""Four weeks: each day of the week as often as any other."""

NORM_FROM: Final = 100
"""A norm rests on so many calls at least."""

_SATURDAY: Final = 5


class DayKind(StrEnum):
    """Whose hours a norm is made of."""

    WORKING = "working"
    OFF = "off"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class SameHour:
    """The hour on an earlier day: a local date, and from when until when in aware UTC."""

    day: date
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """What came of the calls that were placed in the hour on one day."""

    day: date
    placed: int
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NormView:
    """The norm as it is told. `hour`: its beginning by the site's clock, 0 to 23.

    `days`: how many days with calls it rests on, all of one kind (`DayKind`) or of any. `answered`
    of `placed`: their calls, and those that a person answered.
    """

    hour: int
    days: int
    day_kind: str
    placed: int
    answered: int


def same_hours(now: datetime, zone: ZoneInfo) -> tuple[SameHour, ...]:
    """The local hour that `now` lies in, on each day before that had it, the latest first."""
    local = now.astimezone(zone)
    days = (local.date() - timedelta(days=back) for back in range(1, DAYS + 1))
    hours = (_hour(day, local.hour, zone) for day in days)
    return tuple(hour for hour in hours if hour.begins.astimezone(zone).hour == local.hour)


def _hour(day: date, hour: int, zone: ZoneInfo) -> SameHour:
    begins = datetime.combine(day, time(hour), zone).astimezone(UTC)
    return SameHour(day=day, begins=begins, ends=begins + timedelta(hours=1))


def norm_of(
    counts: Iterable[DayCount], *, hour: int, today: date, calendar: Calendar | None
) -> NormView | None:
    """The norm for a day like `today`; None: there were too few calls on all of them together.

    `calendar`: the public holidays that the campaign keeps.
    """
    dialed = [count for count in counts if count.placed]
    works = is_worked(today, calendar)
    alike = [count for count in dialed if is_worked(count.day, calendar) is works]
    kind = DayKind.WORKING if works else DayKind.OFF
    for of_days, chosen in ((kind, alike), (DayKind.ALL, dialed)):
        placed = sum(count.placed for count in chosen)
        if placed >= NORM_FROM:
            return NormView(
                hour=hour,
                days=len(chosen),
                day_kind=of_days.value,
                placed=placed,
                answered=sum(count.answered for count in chosen),
            )
    return None


def is_worked(day: date, calendar: Calendar | None) -> bool:
    """Whether people work on it. Where the calendar does not reach, the weekday says it."""
    if calendar is not None and calendar.is_covered(day):
        if day in calendar.workdays:
            return True
        if day in calendar.holidays:
            return False
    return day.weekday() < _SATURDAY


def together(norms: Iterable[NormView]) -> NormView | None:
    """The norm of several campaigns as one: counts are added, rates never averaged.

    `days` is that of the one with most. None where there is none, or not all are of one hour.
    """
    every = list(norms)
    if len({norm.hour for norm in every}) != 1:
        return None
    kinds = {norm.day_kind for norm in every}
    return NormView(
        hour=every[0].hour,
        days=max(norm.days for norm in every),
        day_kind=kinds.pop() if len(kinds) == 1 else DayKind.ALL.value,
        placed=sum(norm.placed for norm in every),
        answered=sum(norm.answered for norm in every),
    )
