"""Intervals of a site's clock: quarters of an hour, hours, days, weeks, months.

Owns: where an interval begins, also on a day that a clock change makes longer or shorter. Must not
know what is counted in it. Pure.

Every zone of today is a whole number of quarters away from UTC, so each edge is one of UTC's.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

QUARTER: Final = timedelta(minutes=15)
QUARTER_MS: Final = 900_000


class By(StrEnum):
    """How long an interval is."""

    INTERVAL = "interval"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def ms_of(at: datetime) -> int:
    """The moment in milliseconds since 1970."""
    since = at - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Intervals:
    """The intervals of one zone. Which one a quarter belongs to is reckoned once."""

    def __init__(self, by: By, zone: ZoneInfo) -> None:
        self._by = by
        self._zone = zone
        self._starts: dict[int, datetime] = {}

    def start(self, at: datetime) -> datetime:
        """The beginning, in UTC, of the interval that this moment lies in."""
        return self.start_of_quarter(ms_of(at) // QUARTER_MS)

    def start_of_quarter(self, quarter: int) -> datetime:
        """The same for a quarter of an hour, counted from 1970."""
        start = self._starts.get(quarter)
        if start is None:
            start = self._starts[quarter] = self._reckoned(_EPOCH + quarter * QUARTER)
        return start

    def _reckoned(self, quarter: datetime) -> datetime:
        if self._by is By.INTERVAL:
            return quarter
        local = quarter.astimezone(self._zone)
        if self._by is By.HOUR:
            # Within the hour nothing jumps but at its edges: the hour that is there twice is two.
            return quarter - timedelta(minutes=local.minute)
        day = local.date()
        if self._by is By.WEEK:
            day -= timedelta(days=day.weekday())
        if self._by is By.MONTH:
            day = day.replace(day=1)
        return datetime.combine(day, time.min, self._zone).astimezone(UTC)
