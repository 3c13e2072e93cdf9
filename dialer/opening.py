"""Opening the database that the settings name.

Owns: from settings to a `Database`. Must not know who wants it, nor what for.
"""

from __future__ import annotations

from campaigns.books import NO_BOOKS, Books
from config.database import password_of, target_of
from config.settings import Settings
from store.database import BUSY_TIMEOUT_S, Database


def database_of(
    settings: Settings,
    *,
    books: Books = NO_BOOKS,
    engine_id: str | None = None,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
) -> Database:
    """The database, not opened yet. `engine_id`: it is an engine that wants it.

    Raises:
        ConfigError: the password's file is not as it must be.
    """
    return Database(
        target_of(settings),
        busy_timeout_s=busy_timeout_s,
        books=books,
        password=password_of(settings),
        engine_id=engine_id,
    )
