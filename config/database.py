"""Where the database is, and by what password it is opened.

Owns: the choice between SQLite's file and a PostgreSQL. Must not open the database.
"""

from __future__ import annotations

from pathlib import Path

from config.secret_files import read_secret
from config.settings import Settings


def target_of(settings: Settings) -> Path | str:
    """The file, or the URL."""
    url = settings.database.url
    return settings.paths.database if url is None else url.get_secret_value()


def password_of(settings: Settings) -> str | None:
    """The password that the settings give; None: PostgreSQL's own ways count.

    Raises:
        ConfigError: its file cannot be read, is empty, or others may read it.
    """
    given = settings.database
    if given.password is not None:
        return given.password.get_secret_value()
    path = given.password_file
    return None if path is None else read_secret(path, "database.password_file")
