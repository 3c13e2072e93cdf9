"""Public holidays and make-up workdays: which days are not what their weekday says.

Owns: the calendar of one country or part of one, for the span of days it is known for, and the
choice of a campaign what a holiday means. Must not know where the dates come from
(`config.calendar_file`) nor times of day (`campaigns.layers`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Holidays(StrEnum):
    """What a campaign does on a public holiday: nothing, or what it does on a Sunday."""

    CLOSED = "closed"
    AS_SUNDAY = "as sunday"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days off and the make-up workdays of `name` (`CN`, `US-FL`).

    `workdays`: weekend days that are worked to make up for a long holiday (调休). `first` and
    `last`: the span of days that it is known for; None: endless. Outside of it nobody knows
    what is a holiday, so nothing is open there: a campaign refuses to run rather than guess.

    Raises ValueError for a day that is both, or a span that ends before it begins.
    """

    name: str
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    first: date | None = None
    last: date | None = None
    # Calendars are part of the key of a cache that is asked millions of times a simulated month.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if both := self.holidays & self.workdays:
            raise ValueError(f"{min(both)} is both a holiday and a workday")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"the calendar ends on {self.last}, before it begins on {self.first}")
        key = (self.name, self.holidays, self.workdays, self.first, self.last)
        object.__setattr__(self, "_hash", hash(key))

    def __hash__(self) -> int:
        return self._hash

    def is_covered(self, day: date) -> bool:
        """Whether it is known what that day is."""
        begun = self.first is None or self.first <= day
        return begun and (self.last is None or day <= self.last)

    @property
    def is_known(self) -> bool:
        """False for one of which only the name is known."""
        return self.last != date.min


def unknown(name: str) -> Calendar:
    """A calendar that is named but nowhere to be found: it covers no day of ours."""
    return Calendar(name=name, first=date.min, last=date.min)
