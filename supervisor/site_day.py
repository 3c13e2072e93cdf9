"""The site's clock for counting: milliseconds that never run back, and the local day.

Owns: when a new local day begins (also across a clock change) and where its midnight lies on
the monotonic clock. Must not know what is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from dialer.messages import Now


@dataclass(slots=True, kw_only=True)
class SiteDay:
    """`at_ms`: the latest reading. Whole milliseconds, so that parts of a time add up to it."""

    zone: ZoneInfo
    day: date | None = None
    at_ms: int = 0

    def advance(self, now: Now) -> int | None:
        """Take a reading; gives the instant of midnight when a new day has begun, else None.

        A reading older than the latest one counts as the latest. Where the clock is set back to
        yesterday, nothing begins: today's counts go on until the next midnight.
        """
        before_ms, day = self.at_ms, now.utc.astimezone(self.zone).date()
        now_ms = round(now.mono * 1000)
        if self.day is None:
            self.at_ms, self.day = now_ms, day
            return None
        self.at_ms = max(now_ms, before_ms)
        if day <= self.day:
            if now_ms > before_ms:
                self.day = day  # The clock was set back: the midnight to come begins a day again.
            return None
        self.day = day
        return min(max(now_ms - self._ms_since_midnight(now, day), before_ms), self.at_ms)

    def holds(self, at: datetime) -> bool:
        """Whether this moment lies in the day that is counted."""
        return at.astimezone(self.zone).date() == self.day

    def _ms_since_midnight(self, now: Now, day: date) -> int:
        midnight = datetime.combine(day, time.min, self.zone).astimezone(UTC)
        return round((now.utc - midnight).total_seconds() * 1000)
