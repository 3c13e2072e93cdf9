"""Times as operators read and write them: local, 24 hours, with the zone named.

Owns: the notation, both ways. Must not read a clock nor know whose time it is: `now` and the
zone are given.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from config.language import _
from dialer.cli_errors import CommandError, ExitCode

# Beyond these no clock of ours can be asked: a slip of the finger, not a time.
YEARS: Final = range(1970, 3000)
MONTH: Final = timedelta(days=31)
_TIME_OF_DAY: Final = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """`today 14:00 (Asia/Shanghai)`, `2026-11-25 Wed 15:00 (Asia/Shanghai)`."""
    return f"{moment_without_zone(at, zone, now)} ({zone.key})"


def moment_without_zone(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The same where the zone is named already."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return _("today {clock}").format(clock=clock)
    if local.date() == today + timedelta(days=1):
        return _("tomorrow {clock}").format(clock=clock)
    return f"{local:%Y-%m-%d} {weekday(local.weekday())} {clock}"


def weekday(day: int) -> str:
    """The short name of a day, Monday being 0."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return names[day]


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """The date and the time in a table whose heading names the zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def iso(at: datetime | None) -> str | None:
    """The moment for a program: ISO 8601 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat()


def duration(seconds: float) -> str:
    """`45 s`, `10 min`, `4 h`, `1 h 30 min`."""
    total = round(seconds)
    if total < 60 or total % 60:  # noqa: PLR2004  seconds in a minute
        return _("{n} s").format(n=total)
    hours, minutes = divmod(total // 60, 60)
    parts = [_("{n} h").format(n=hours)] if hours else []
    parts += [_("{n} min").format(n=minutes)] if minutes else []
    return " ".join(parts)


def read_time(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Read `2026-11-25 15:00` and `15:00` (today) on the zone's clock, or ISO 8601 with offset.

    Raises:
        CommandError: it is none of these, or the clock skips that time.
    """
    written = text.strip()
    local = _today_at(written, zone, now) or _parsed(written)
    if local.year not in YEARS:
        raise _unreadable(text)
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    at = local.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != local:
        said = _("{time} does not exist in {zone}: the clocks skip it that day")
        raise CommandError(said.format(time=written, zone=zone.key), ExitCode.USAGE)
    return at


def read_day(text: str, zone: ZoneInfo) -> datetime:
    """Read `2026-11-25`: the beginning of that day on the zone's clock.

    Raises:
        CommandError: it is none.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        said = _("“{text}” is no day; write 2026-11-25")
        raise CommandError(said.format(text=text), ExitCode.USAGE) from None
    if day.year not in YEARS:
        raise _unreadable(text)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def month_or_days(
    since: str | None, until: str | None, zone: ZoneInfo, now: datetime
) -> tuple[datetime, datetime]:
    """From the one day on and before the other; where none is said, the last 31 days.

    Raises:
        CommandError: one is no day, or they are the wrong way round.
    """
    last = now if until is None else read_day(until, zone)
    first = last - MONTH if since is None else read_day(since, zone)
    if first >= last:
        raise CommandError(_("--since is not before --until"), ExitCode.USAGE)
    return first, last


def last_moment(day: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When that day (`2026-12-31`) is over on the zone's clock; None: never.

    Raises:
        CommandError: it is no day, or is over already.
    """
    if day is None:
        return None
    # A day has 23 to 25 hours: 36 after its beginning it is the next one.
    following = read_day(day, zone).astimezone(zone) + timedelta(hours=36)
    ends = read_day(following.date().isoformat(), zone)
    if ends <= now:
        raise CommandError(_("{day} is over already").format(day=day), ExitCode.USAGE)
    return ends


def _today_at(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    match = _TIME_OF_DAY.fullmatch(text)
    if match is None:
        return None
    try:
        clock = time(int(match[1]), int(match[2]))
    except ValueError:
        raise _unreadable(text) from None
    return datetime.combine(now.astimezone(zone).date(), clock)


def _parsed(text: str) -> datetime:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise _unreadable(text) from None
    # A date alone would mean midnight, which nobody means.
    if not re.search(r"\d[T ]\d", text):
        raise _unreadable(text)
    return local


def _unreadable(text: str) -> CommandError:
    said = _("“{text}” is no time; write 15:00, 2026-11-25 15:00 or 2026-11-25T15:00+08:00")
    return CommandError(said.format(text=text), ExitCode.USAGE)
