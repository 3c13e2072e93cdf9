"""The times that people write into a list's cells.

Owns: the notations of a date and of a time of day. Must not know which column they stand in,
nor whether the time suits anyone.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

_LONGEST: Final = 64
_WRITTEN: Final = re.compile(
    r"""
    (?P<year>2[01]\d\d) (?:\s*[-/.年]\s*) (?P<month>\d{1,2}) (?:\s*[-/.月]\s*) (?P<day>\d{1,2})
    \s*日? (?P<clock>
        (?:\s+|T|(?<=日))
        (?P<hour>\d{1,2}) \s*[:时點点時]\s* (?P<minute>\d{1,2})? \s*分?
        (?: :? (?P<second>\d{1,2}) (?:\.0+)? 秒? )?
        \s* (?P<offset> Z | [+-]\d\d:?\d\d )?
    )?
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)


def read_moment(text: str, zone: ZoneInfo, *, date_is_enough: bool = False) -> datetime | None:
    """Return the moment in aware UTC, None where the text names none.

    Understood: `2026-11-25 15:00`, `2026/11/25 15:00`, `2026.11.25 15:00`,
    `2026年11月25日 15:00` or `15点`, ISO 8601 with an offset; else the time is `zone`'s own. A
    time that the zone's clocks leave out is none; of one that they show twice, the first holds.
    `date_is_enough`: without a time of day it is the day's beginning.
    """
    if len(text) > _LONGEST:
        return None
    written = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if written is None or not (written["clock"] or date_is_enough):
        return None
    numbers = (written[name] for name in ("year", "month", "day", "hour", "minute", "second"))
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=_offset(written) or zone)
    except ValueError:
        return None
    moment = local.astimezone(UTC)
    there = moment.astimezone(local.tzinfo).replace(tzinfo=None)
    return moment if there == local.replace(tzinfo=None) else None


def _offset(written: re.Match[str]) -> timezone | None:
    """Return the offset that stands behind an ISO time."""
    offset = written["offset"]
    if offset is None:
        return None
    if offset in "Zz":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if offset[0] == "-" else ahead)
