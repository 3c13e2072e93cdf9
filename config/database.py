"""Where the database is, and by what password it is opened.

Owns: the choice between SQLite's file and a PostgreSQL, and reading the password's file. Must not
open the database.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from config.errors import ConfigError
from config.settings import Settings

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


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
    return None if given.password_file is None else _read(given.password_file)


def _read(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"database.password_file: {path}: {why}") from error
    if mode & _OTHERS:
        raise ConfigError(
            f"database.password_file: others may read {path} (mode {mode:04o}); chmod 600 {path}"
        )
    if not lines or not lines[0]:
        raise ConfigError(f"database.password_file: {path} is empty")
    return lines[0]
