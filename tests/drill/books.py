"""What the database says, read past the product: plain SQL on the file, by a reader of its own.

Owns: the rows of attempts as they are. Must not know what they ought to be.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

COLUMNS = (
    "id",
    "contact_id",
    "agent",
    "state",
    "sent_at",
    "answered_at",
    "bridged_at",
    "ended_at",
    "outcome",
    "disposition",
    "note",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attempt on file; moments are seconds of the wall clock. `appointment_at`: made by it."""

    id: str
    contact_id: int
    agent: str | None
    state: str
    sent_at: float | None
    answered_at: float | None
    bridged_at: float | None
    ended_at: float | None
    outcome: str | None
    disposition: str | None
    note: str


def attempts(database: Path) -> dict[str, Row]:
    """Every attempt on file, by id."""
    query = f"SELECT {', '.join(COLUMNS)} FROM attempt"  # noqa: S608  names of ours alone
    return {row.id: row for row in (_row(values) for values in _read(database, query))}


def appointments(database: Path) -> dict[int, set[float]]:
    """When each contact is to be called again, by contact."""
    found: dict[int, set[float]] = {}
    for contact, at in _read(database, "SELECT contact_id, at FROM appointment"):
        found.setdefault(contact, set()).add(_seconds(at) or 0.0)
    return found


def _read(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(query).fetchall()


def _row(values: tuple[object, ...]) -> Row:
    named = dict(zip(COLUMNS, values, strict=True))
    for moment in ("sent_at", "answered_at", "bridged_at", "ended_at"):
        named[moment] = _seconds(named[moment])
    return Row(**named)


def contacts_used_up(database: Path) -> int:
    """How many contacts have an attempt on file that keeps them from another one today."""
    query = "SELECT count(DISTINCT contact_id) FROM attempt WHERE outcome IS NOT 'not_sent'"
    ((number,),) = _read(database, query)
    return int(str(number))


def _seconds(text: object) -> float | None:
    if text is None:
        return None
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC).timestamp()
