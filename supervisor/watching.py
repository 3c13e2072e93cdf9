"""What a picture says beside those before it: alarms, and the last hour.

Owns: the one memory of pictures that a running engine has; every viewer is shown what it says.
Must not know who watches.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from supervisor.alarm_rules import Limits
from supervisor.alarms import Alarms
from supervisor.last_hour import LastHour
from supervisor.snapshot import AlarmView, Snapshot

OLD_AFTER_S: Final = 3.0
"""By a picture older than this nothing is judged."""

LOOK_EVERY_S: Final = 0.9
"""Thresholds are in whole seconds: more looks would find the same, at a price."""

Acknowledge = Callable[[str, str], Awaitable[AlarmView | None]]
"""Takes the id of an alarm and who sees to it; None: it does not stand (any more)."""


class Watching:
    """Looks at the pictures, and adds alarms and the minutes of the last hour to each.

    `limits`: gives those that hold now.
    """

    def __init__(self, limits: Callable[[], Limits]) -> None:
        self._limits = limits
        self._alarms = Alarms()
        self._hour = LastHour()
        self._looked_at: datetime | None = None

    def seen(self, snapshot: Snapshot, now: datetime) -> Snapshot:
        """The picture with what it means at `now` (aware UTC)."""
        if self._is_due(snapshot, now):
            self._looked_at = snapshot.ts
            self._hour.saw(snapshot)
            self._alarms.seen(snapshot, self._hour.recent, self._limits())
        return replace(snapshot, alarms=self._alarms.views(), minutes=self._hour.minutes)

    def acknowledge(self, alarm: str, by: str, at: datetime) -> AlarmView | None:
        """Somebody sees to an alarm; None: it does not stand (any more)."""
        return self._alarms.acknowledge(alarm, by, at)

    def _is_due(self, snapshot: Snapshot, now: datetime) -> bool:
        if (now - snapshot.ts).total_seconds() > OLD_AFTER_S:
            return False
        if self._looked_at is None:
            return True
        # A clock that was set back is no reason to look away until it has caught up.
        return not 0 <= (snapshot.ts - self._looked_at).total_seconds() < LOOK_EVERY_S
