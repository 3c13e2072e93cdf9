"""The books that campaigns name, as this site has them.

Owns: where each is looked up. Must not know what is in them.
"""

from __future__ import annotations

from datetime import date

from campaigns.books import Books
from config.calendar_file import CalendarShelf
from config.regulation_file import load_regulations
from config.settings import Settings


def load_books(settings: Settings, today: date) -> Books:
    """The books of the site's folders and of the program's own.

    Raises:
        ConfigError: a file is wrong.
    """
    return Books(
        calendar=CalendarShelf(settings.paths.calendars, today).calendar,
        regulations=load_regulations(settings.paths.regulations),
    )
