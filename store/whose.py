"""Which contact an attempt was made at.

Owns: the way from an attempt, or from an agent's latest one, to its contact. Reads only.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from store import schema
from store.database import Database

_attempt = schema.attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An attempt and its contact."""

    attempt: str
    contact_id: int


async def find_attempt(database: Database, attempt: str) -> Made | None:
    """The attempt of that id, None if there is none."""
    query = select(_attempt.c.id, _attempt.c.contact_id).where(_attempt.c.id == attempt)
    async with database.reading() as connection:
        row = (await connection.execute(query)).one_or_none()
    return None if row is None else Made(attempt=row.id, contact_id=row.contact_id)


async def latest_attempt_of(database: Database, agent: str) -> Made | None:
    """The agent's latest attempt, ended or not; None if there is none."""
    query = (
        select(_attempt.c.id, _attempt.c.contact_id)
        .where(_attempt.c.agent == agent)
        .order_by(_attempt.c.claimed_at.desc())
        .limit(1)
    )
    async with database.reading() as connection:
        row = (await connection.execute(query)).one_or_none()
    return None if row is None else Made(attempt=row.id, contact_id=row.contact_id)
