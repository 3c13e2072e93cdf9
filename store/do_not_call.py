"""The do-not-call list: of one campaign, or of all.

Owns: who is on it, since when and why. Whether that stops a call is the judge's word, who
reads it (`store.facts`) in the transaction of the claim and again in that of the sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store import schema
from store.database import Database
from store.facts import AnyRow
from store.locks import change_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotCallEntry:
    """One number that must not be called; `campaign_id` None: by no campaign."""

    e164: str
    campaign_id: int | None
    source: str
    reason: str
    added_at: datetime


class DoNotCall:
    """The list in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: DoNotCallEntry) -> bool:
        """Put a number on the list; False if it was there already (the older word stays)."""
        async with self._database.writing() as connection:
            return await add_entry(connection, entry)

    async def check(self, e164: str) -> tuple[DoNotCallEntry, ...]:
        """All entries for a number, the one for every campaign first."""
        listed = schema.do_not_call
        query = select(listed).where(listed.c.e164 == e164).order_by(listed.c.id)
        async with self._database.reading() as connection:
            entries = tuple(_entry(row) for row in await connection.execute(query))
        return tuple(sorted(entries, key=lambda entry: entry.campaign_id or 0))

    async def entries(self, *, limit: int = 1000) -> tuple[DoNotCallEntry, ...]:
        """The newest entries, at most `limit`."""
        listed = schema.do_not_call
        query = select(listed).order_by(listed.c.id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return tuple(_entry(row) for row in await connection.execute(query))


async def add_entry(connection: AsyncConnection, entry: DoNotCallEntry) -> bool:
    """Put a number on the list in the caller's transaction; False if it was there already."""
    await change_rules(connection)
    listed = schema.do_not_call
    same_reach = (
        listed.c.campaign_id.is_(None)
        if entry.campaign_id is None
        else or_(listed.c.campaign_id.is_(None), listed.c.campaign_id == entry.campaign_id)
    )
    there = await connection.execute(
        select(listed.c.id).where(listed.c.e164 == entry.e164, same_reach)
    )
    if there.first() is not None:
        return False
    await connection.execute(
        listed.insert().values(
            e164=entry.e164,
            campaign_id=entry.campaign_id,
            source=entry.source,
            reason=entry.reason,
            added_at=entry.added_at,
        )
    )
    return True


def _entry(row: AnyRow) -> DoNotCallEntry:
    return DoNotCallEntry(
        e164=row.e164,
        campaign_id=row.campaign_id,
        source=row.source,
        reason=row.reason,
        added_at=row.added_at,
    )
