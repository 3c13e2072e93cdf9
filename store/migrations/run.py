"""Alembic, run from the installed package and on our own connection.

Owns: where the scripts are and which revision is the newest. Must not open a database.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

SCRIPTS = Path(__file__).parent


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file."""
    config = Config()
    # Alembic reads `%` as the start of an interpolation.
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@cache
def newest_revision() -> str:
    """The revision that this program works with."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise LookupError("the program has lost its migrations")
    return head


def run_upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision, inside the caller's transaction.

    Raises:
        LookupError: the database is at a revision that this program does not know.
    """
    try:
        command.upgrade(alembic_config(connection), "head")
    except CommandError as error:
        raise LookupError(str(error)) from error
