"""Calendars of public holidays: from files, else from the `holidays` library.

Owns: the form of a calendar file, how the files of several years become one calendar, and what the
library is asked. A country whose holidays are settled year by year (China) comes from files only:
past the last one nobody guesses. Must not know who keeps the holidays (`campaigns.calendars`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from campaigns.calendars import Calendar, unknown
from config.errors import ConfigError
from config.faults import faults_of
from config.toml_file import read_toml

SHIPPED: Final = Path(__file__).parent / "calendars"
"""The files that come with the program."""

_NAME: Final = re.compile(r"(?P<country>[A-Z]{2})(-(?P<part>[A-Z0-9]{1,3}))?")
_BY_NOTICE: Final = frozenset({"CN"})
_YEARS_BACK, _YEARS_AHEAD = 1, 2
_DAY: Final = timedelta(days=1)


def calendar_name(name: str) -> str:
    """Check that it may be a calendar's name: a country, or a part of one.

    Raises:
        ValueError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f'"{name}" is not a calendar (write CN, TW, US, US-FL, GB-ENG)')
    return name


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Holiday(_Table):
    """One holiday, from its first to its last day, and the workdays that make up for it."""

    name: str
    first: date
    last: date
    workdays: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _not_backwards(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"ends on {self.last}, before it begins on {self.first}")
        return self

    @property
    def days(self) -> Iterator[date]:
        """Each of its days."""
        return _days(self.first, self.last)


class CalendarFile(_Table):
    """What a file says: a span of days, all of whose holidays are known, and by which notice."""

    calendar: Annotated[str, AfterValidator(calendar_name)]
    source: str
    first: date
    last: date
    holidays: tuple[Holiday, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _makes_a_calendar(self) -> Self:
        self.content()
        return self

    def content(self) -> Calendar:
        """The calendar of this span. A holiday may reach over its ends, as New Year does.

        Raises:
            ValueError: a day is both holiday and workday, or the span ends before it begins.
        """
        return Calendar(
            name=self.calendar,
            holidays=frozenset(day for holiday in self.holidays for day in holiday.days),
            workdays=frozenset(day for holiday in self.holidays for day in holiday.workdays),
            first=self.first,
            last=self.last,
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one file.

        Raises:
            ConfigError: all faults at once, with their lines.
        """
        file = read_toml(path)
        try:
            return cls.model_validate(file.data)
        except ValidationError as error:
            raise ConfigError.of(faults_of(error, cls, file.line_of), file=path) from error


class CalendarShelf:
    """All calendars that can be named. A file of the operator's replaces a shipped one's.

    Args:
        folder: the operator's files; it need not be there.
        today: around which years the library is asked.

    Raises:
        ConfigError: a file is wrong.
    """

    def __init__(self, folder: Path | None, today: date) -> None:
        self._today = today
        self._found = dict(_from_files(folder))

    def calendar(self, name: str) -> Calendar:
        """The calendar of that name; one that is not known if there is none (`is_known`)."""
        if name not in self._found:
            self._found[name] = self._not_on_file(name)
        return self._found[name]

    def _not_on_file(self, name: str) -> Calendar:
        match = _NAME.fullmatch(name)
        if match is None or match["country"] in _BY_NOTICE:
            return unknown(name)
        years = range(self._today.year - _YEARS_BACK, self._today.year + _YEARS_AHEAD + 1)
        return _from_library(name, match["country"], match["part"], years) or unknown(name)


def _from_files(folder: Path | None) -> Iterator[tuple[str, Calendar]]:
    paths = _files_in(SHIPPED) | ({} if folder is None else _files_in(folder))
    files = [(CalendarFile.load(path).content(), path) for path in paths.values()]
    files.sort(key=lambda it: (it[0].name, it[0].first or date.min))
    for name, group in groupby(files, key=lambda it: it[0].name):
        yield name, _joined(list(group))


def _files_in(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted(folder.glob("*.toml"))}


def _joined(parts: list[tuple[Calendar, Path]]) -> Calendar:
    """One calendar of the spans in order; a hole between two would be guessing."""
    whole = parts[0][0]
    for part, path in parts[1:]:
        if whole.last is not None and part.first is not None and part.first > whole.last + _DAY:
            raise ConfigError(f"{whole.name} is not known from {whole.last + _DAY} on", file=path)
        try:
            whole = _two(whole, part)
        except ValueError as error:
            raise ConfigError(str(error), file=path) from error
    return whole


def _two(one: Calendar, other: Calendar) -> Calendar:
    return Calendar(
        name=one.name,
        holidays=one.holidays | other.holidays,
        workdays=one.workdays | other.workdays,
        first=one.first,
        last=max(one.last or date.max, other.last or date.max),
    )


def _from_library(name: str, country: str, part: str | None, years: range) -> Calendar | None:
    import holidays  # noqa: PLC0415  large, and only for a campaign that names such a calendar

    try:
        known = holidays.country_holidays(country, subdiv=part, years=years)
    except NotImplementedError:
        return None
    last_year = min(years[-1], known.end_year)
    return Calendar(
        name=name,
        holidays=frozenset(_within(known, years)),
        workdays=frozenset(_within(known.weekend_workdays, years)) - frozenset(known),
        first=date(years[0], 1, 1),
        last=date(last_year, 12, 31),
    )


def _within(days: Iterable[date], years: range) -> Iterator[date]:
    return (day for day in days if day.year in years)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + _DAY * step for step in range((last - first).days + 1))
