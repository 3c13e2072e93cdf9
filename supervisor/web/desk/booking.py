"""Promising a call: which times are allowed for a contact, and which are offered instead (R4).

Owns: the quick choices, what a typed time means on the contact's clock, and the load of each half
hour. Must not know the rules (`campaigns.appointments`) nor how a promise is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.appointment_slots import SLOT, nearest_slots
from campaigns.appointments import check_appointment
from campaigns.campaign_hours import hours_of, zone_for
from campaigns.hours import Hours
from store.appointment_load import HALF_HOUR, promised
from store.contacts import ContactRecord
from store.database import Database

Plain = dict[str, object]

TODAY_AT: Final = time(18)
MORNING: Final = time(9)
AFTERNOON: Final = time(14)
LOAD_HALF_HOURS: Final = 24
"""Twelve hours of the day: from eight to eight on the contact's clock."""
LOAD_FROM: Final = time(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The contact's hours and clock, and the moment of the question."""

    hours: Hours
    zone: ZoneInfo
    site: ZoneInfo
    now: datetime

    @classmethod
    def of(cls, record: ContactRecord, site: ZoneInfo, now: datetime) -> Clock:
        """The clock of one contact."""
        return cls(
            hours=hours_of(record.campaign, record.contact),
            zone=zone_for(record.campaign, record.contact),
            site=site,
            now=now,
        )

    def local(self, at: datetime) -> str:
        """The moment as the contact's wall shows it."""
        return at.astimezone(self.zone).isoformat(timespec="minutes")

    def read(self, text: str) -> datetime:
        """A moment as it was typed, by the contact's clock unless it names its own.

        Raises:
            ValueError: it is no moment.
        """
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)


def quick_times(zone: ZoneInfo, now: datetime) -> Mapping[str, datetime]:
    """The choices of one key, as people say them; on the grid, never before `now`."""
    today = now.astimezone(zone).date()
    tomorrow = today + timedelta(days=1)
    return {
        "half_hour": _on_grid(now + timedelta(minutes=30)),
        "two_hours": _on_grid(now + timedelta(hours=2)),
        "today_18": datetime.combine(today, TODAY_AT, zone).astimezone(UTC),
        "tomorrow_morning": datetime.combine(tomorrow, MORNING, zone).astimezone(UTC),
        "tomorrow_afternoon": datetime.combine(tomorrow, AFTERNOON, zone).astimezone(UTC),
    }


def judged(clock: Clock, at: datetime) -> Plain:
    """Whether a call may be promised for that time; if not, why, and the nearest that may."""
    refusal = check_appointment(at, clock.hours, clock.now)
    told: Plain = {"at": at.isoformat(), "local": clock.local(at), "fault": None, "slots": []}
    if refusal is None:
        return told
    slots = nearest_slots(at, clock.hours, clock.now)
    offered = [{"at": one.isoformat(), "local": clock.local(one)} for one in slots]
    return {**told, "fault": refusal.fault.value, "slots": offered}


async def times_json(
    database: Database, record: ContactRecord, clock: Clock, asked: datetime | None
) -> Plain:
    """All that the page shows of promising: quick choices, the time asked for, the day's load."""
    day = (asked or clock.now).astimezone(clock.zone).date()
    begins = datetime.combine(day, LOAD_FROM, clock.zone).astimezone(UTC)
    ends = begins + LOAD_HALF_HOURS * HALF_HOUR
    load = await promised(database, record.campaign.id, begins, ends)
    bars = [begins + nth * HALF_HOUR for nth in range(LOAD_HALF_HOURS)]
    return {
        "zone": clock.zone.key,
        "differs": clock.now.astimezone(clock.zone).utcoffset()
        != clock.now.astimezone(clock.site).utcoffset(),
        "now_local": clock.local(clock.now),
        "quick": {
            name: judged(clock, at) for name, at in quick_times(clock.zone, clock.now).items()
        },
        "asked": None if asked is None else judged(clock, asked),
        "load": [{"local": clock.local(bar), "promised": load.get(bar, 0)} for bar in bars],
    }


def _on_grid(at: datetime) -> datetime:
    """The next quarter of an hour: nobody is promised a call at 14:07."""
    over = timedelta(seconds=at.timestamp() % SLOT.total_seconds())
    return at + (SLOT - over) if over else at
