"""Working days: by when something is due that may take so many of them (R13).

Owns: the count. A day is worked when its windows are open under the calendar, make-up workdays
too. The day on which a time begins does not count, and it ends when business closes on the last
day (Civil Code of China, articles 201 and 203): from Friday afternoon one working day ends on
Monday at the close. Must not know what is due.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from campaigns.hours import local_date
from campaigns.layers import Layer

_HORIZON_DAYS: Final = 3_660


def working_days_after(layer: Layer, start: datetime, days: int) -> datetime:
    """When the `days`-th working day after the local date of `start` closes; aware UTC.

    With 0 days: the close of that day itself, or of the first working day after it.
    Where the calendar has ended a day is what its weekday says: something must be due.

    Raises:
        ValueError: no day of ten years is worked.
    """
    first = local_date(layer.zone, start)
    left = days
    for day in _days_from(first if days == 0 else first + timedelta(days=1)):
        close = _close(layer, day)
        if close is None or close <= start:
            continue
        left -= 1
        if left <= 0:
            return close
    raise ValueError("no working day within ten years")


def _days_from(first: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(_HORIZON_DAYS))


def _close(layer: Layer, day: date) -> datetime | None:
    calendar = layer.calendar
    known = calendar is None or calendar.is_covered(day)
    windows = (layer if known else replace(layer, calendar=None)).windows_on(day)
    if not windows:
        return None
    midnight = datetime.combine(day, time(), layer.zone)
    return (midnight + timedelta(minutes=windows[-1].close)).astimezone(UTC)
