"""The books that a campaign names instead of copying: calendars of holidays, and regulations.

Owns: how a name becomes its content wherever a campaign is read. Must not know where the content
comes from: the program level hands in what looks it up (`config.calendar_file`,
`config.regulation_file`). A new edition is a new `Books`; campaigns that were read with the old
one are read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.calendars import Calendar, unknown
from campaigns.law.regulation import NO_REGULATIONS, Regulations


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Books:
    """What to look names up with; `calendar` is asked often, and keeps what it has found."""

    calendar: Callable[[str], Calendar]
    regulations: Regulations = NO_REGULATIONS


NO_BOOKS = Books(calendar=unknown)
"""Nothing is known: a campaign that names a calendar or a profile does not run."""
