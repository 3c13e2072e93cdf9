"""Whose call it was: no agent gives the word for another's.

Owns: that question. Must not know what the word is.
"""

from __future__ import annotations

from sqlalchemy import select

from store import schema
from store.database import Database


async def is_own_attempt(database: Database, attempt: str, agent: str) -> bool:
    """Whether that outbound call is on file as this agent's.

    Raises:
        StoreError: the database cannot be read.
    """
    query = select(schema.attempt.c.agent).where(schema.attempt.c.id == attempt)
    async with database.reading() as connection:
        return bool(await connection.scalar(query) == agent)


async def caller_of(database: Database, call: str, agent: str) -> str | None:
    """The caller's number of a call that this agent took, "" where it was withheld.

    None: it is not on file as this agent's.

    Raises:
        StoreError: the database cannot be read.
    """
    stay = schema.queue_call
    query = select(stay.c.number).where(stay.c.call_id == call, stay.c.agent == agent)
    async with database.reading() as connection:
        row = (await connection.execute(query)).first()
    return None if row is None else row.number or ""
