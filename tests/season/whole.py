"""One season from an empty folder to its books."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from campaigns.books import Books
from config.calendar_file import CalendarShelf
from config.regulation_file import load_regulations
from store.database import Database
from tests.season.season import LAWS, START, Season

__all__ = ["LAWS", "a_season"]


async def a_season(
    file: Path,
    *,
    contacts: int,
    days: int,
    calls_a_day: int,
    seed: int,
    said: Callable[[str], None] = lambda _: None,
) -> Season:
    """Live through one; the database at `file` holds all that was done."""
    books = Books(
        calendar=CalendarShelf(None, START.date()).calendar, regulations=load_regulations()
    )
    async with Database(file, books=books) as database:
        season = Season(
            database=database,
            books=books,
            folder=file.parent,
            contacts=contacts,
            days=days,
            calls_a_day=calls_a_day,
            random=Random(seed),
            said=said,
        )
        await season.run()
    return season
