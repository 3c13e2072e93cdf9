"""The books that a campaign names instead of copying: today, the calendars of public holidays.

Owns: how a name becomes its content wherever a campaign is read. Must not know where the content
comes from: the program level hands in what looks it up (`config.calendar_file`). A new edition is
a new `Books`; campaigns that were read with the old one are read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.calendars import Calendar, unknown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Books:
    """What to look names up with; each is asked often, and keeps what it has found."""

    calendar: Callable[[str], Calendar]


NO_BOOKS = Books(calendar=unknown)
"""Nothing is known: a campaign that names a calendar does not run."""
