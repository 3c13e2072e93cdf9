"""In which time zones a number can lie.

Owns: the way from a number to its zones, by the library's table of prefixes, and which zones
need not be told apart. The table is for those who load lists: the engine never imports this.
Must not know what hours are allowed where.

A number whose digits tell the place has the zones of that place. Any other could be anywhere
in its country: a toll-free number, and a mobile in most countries. Who is called there is
called in the hours that are allowed in all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

from campaigns.phone.numbers import GoodNumber

_COUNTRY_CODES: Final = frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))
_LENGTHS: Final = tuple(range(TIMEZONE_LONGEST_PREFIX, 0, -1))
_LOOK_AHEAD: Final = timedelta(days=2 * 366)
_DAY: Final = timedelta(days=1)
_STEP: Final = timedelta(minutes=15)


def zones_of(number: GoodNumber) -> tuple[str, ...]:
    """Return the names of all zones that the number can lie in; empty where none is known."""
    digits = number.e164[1:]
    known = digits if number.geographic else _country_code(digits)
    for length in _LENGTHS:
        if (zones := TIMEZONE_DATA.get(known[:length])) is not None:
            return tuple(zones)
    return ()


def zones_of_all(numbers: Sequence[GoodNumber], today: date) -> tuple[str | None, tuple[str, ...]]:
    """Return the one zone that the numbers lie in, else all that they can lie in.

    No zone and none at all: nobody knows where they lie.
    """
    possible = (
        zones_of(numbers[0])
        if len(numbers) == 1
        else tuple(dict.fromkeys(chain.from_iterable(map(zones_of, numbers))))
    )
    if len(possible) > 1:
        possible = different_clocks(possible, today)
    if len(possible) == 1:
        return possible[0], ()
    return None, possible


@lru_cache(maxsize=4096)
def different_clocks(zones: tuple[str, ...], today: date) -> tuple[str, ...]:
    """Return one zone for each clock among `zones`, sorted.

    Two zones are one when they show the same time at every moment of the two years to come.
    Of those that agree, the name is kept that most prefixes have: London, not Guernsey.
    """
    kept: dict[tuple[tuple[datetime, timedelta], ...], str] = {}
    for zone in sorted(zones, key=lambda zone: (-_prefixes()[zone], zone)):
        kept.setdefault(_clock(zone, today), zone)
    return tuple(sorted(kept.values()))


@cache
def _prefixes() -> Counter[str]:
    return Counter(zones[0] for zones in TIMEZONE_DATA.values() if len(zones) == 1)


@lru_cache(maxsize=1024)
def _clock(zone: str, today: date) -> tuple[tuple[datetime, timedelta], ...]:
    """Return the zone's distance from UTC today, and each change of it to come."""
    began = datetime(today.year, today.month, today.day, tzinfo=UTC)
    return tuple(_changes(ZoneInfo(zone), began, began + _LOOK_AHEAD))


def _changes(zone: ZoneInfo, at: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    offset = _offset(zone, at)
    yield at, offset
    while at < end:
        if _offset(zone, at + _DAY) != offset:
            while (changed := _offset(zone, at)) == offset:
                at += _STEP
            offset = changed
            yield at, offset
        else:
            at += _DAY


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _country_code(digits: str) -> str:
    return next(code for n in (1, 2, 3) if (code := digits[:n]) in _COUNTRY_CODES)
