"""Whether a database has the tables of the schema, and nothing else."""

from __future__ import annotations

from functools import partial

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from store import schema

SQLITE_ONLY = {
    "fk_attempt_number_id",
    *(
        f"fk_{table}_campaign_id"
        for table in ("contact", "contact_number", "attempt", "appointment")
    ),
}


def differences(connection: Connection) -> list[object]:
    """What there is and should not be, and what should be and is not."""
    opts = {"compare_type": True, "include_object": partial(_is_made, connection.dialect.name)}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, schema.metadata))


def _is_made(kind: str, *asked: object) -> bool:
    """Whether the database is to have it; what it has and is not to have is told all the same."""
    _made, name, type_, reflected, _other = asked
    left_out = kind == "postgresql" and type_ == "foreign_key_constraint" and name in SQLITE_ONLY
    return bool(reflected) or not left_out
