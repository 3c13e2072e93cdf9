"""Whether the public holidays are known that the campaigns keep, and for how long still.

Owns: these findings. Must not know where a calendar comes from (`config.calendar_file`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from asterisk.doctor.codes import Check, Code
from asterisk.doctor.findings import Finding, found, not_checked
from campaigns.books import NO_BOOKS, Books
from campaigns.calendars import Calendar
from campaigns.campaign import Campaign
from config.books import load_books
from config.errors import ConfigError
from config.settings import Settings

WARNED_BEFORE = timedelta(days=30)
"""So long before its last day a calendar is warned of."""


def examine_books(settings: Settings, today: date) -> tuple[Books, list[Finding]]:
    """The books of this site, or the fault in them."""
    try:
        return load_books(settings, today), []
    except ConfigError as error:
        return NO_BOOKS, [found(Check.CALENDARS, Code.CALENDAR_BROKEN, reason=error)]


def examine_calendars(
    campaigns: Iterable[Campaign] | None, folder: Path | None, today: date
) -> list[Finding]:
    """One finding for each calendar that a campaign keeps. `folder`: where the operator's are."""
    if campaigns is None:
        return [not_checked(Check.CALENDARS, Check.DATABASE)]
    kept = {one.calendar.name: one.calendar for one in campaigns if one.calendar is not None}
    findings = [_finding(calendar, folder, today) for _, calendar in sorted(kept.items())]
    return findings or [found(Check.CALENDARS, Code.CALENDAR_NONE)]


def _finding(calendar: Calendar, folder: Path | None, today: date) -> Finding:
    name, last = calendar.name, calendar.last
    if not calendar.is_known:
        return found(Check.CALENDARS, Code.CALENDAR_UNKNOWN, calendar=name, folder=folder)
    if last is None or today < last - WARNED_BEFORE:
        return found(Check.CALENDARS, Code.CALENDAR_OK, calendar=name, last=last)
    code = Code.CALENDAR_ENDS if today <= last else Code.CALENDAR_ENDED
    file = f"{name}-{last.year + 1}.toml"
    return found(Check.CALENDARS, code, calendar=name, last=last, folder=folder, file=file)
