"""Whose call it was: no agent gives the word for another's.

Owns: that question, for calls of ours and for those that came in. Must not know what the word is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from campaigns.outcomes import Disposition
from store import schema
from store.database import Database

MOST_PROMISES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAttempt:
    """An outbound call of the agent's: whom it was for, and the word that is on file, if any."""

    contact: int
    disposition: Disposition | None


async def own_attempt(database: Database, attempt: str, agent: str) -> OwnAttempt | None:
    """That outbound call; None: it is not on file as this agent's.

    Raises:
        StoreError: the database cannot be read.
    """
    query = select(schema.attempt).where(
        schema.attempt.c.id == attempt, schema.attempt.c.agent == agent
    )
    async with database.reading() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    word = Disposition(row.disposition) if row.disposition else None
    return OwnAttempt(contact=row.contact_id, disposition=word)


async def is_anothers(database: Database, attempt: str, agent: str) -> bool:
    """Whether that outbound call has ended as another agent's; of a living one the engine knows.

    Raises:
        StoreError: the database cannot be read.
    """
    query = select(schema.attempt.c.agent).where(
        schema.attempt.c.id == attempt, schema.attempt.c.outcome.is_not(None)
    )
    async with database.reading() as connection:
        whose = (await connection.execute(query)).scalar_one_or_none()
    return whose not in (None, agent)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPromise:
    """A call that this agent alone is to make."""

    at: datetime
    name: str
    campaign: str


async def own_promises(database: Database, agent: str, until: datetime) -> Sequence[OwnPromise]:
    """The next open ones, those that are late among them.

    Raises:
        StoreError: the database cannot be read.
    """
    promise, contact, campaign = schema.appointment, schema.contact, schema.campaign
    query = (
        select(promise.c.at, contact.c.name, campaign.c.name.label("campaign"))
        .join(contact, contact.c.id == promise.c.contact_id)
        .join(campaign, campaign.c.id == promise.c.campaign_id)
        .where(promise.c.closed.is_(None), promise.c.agent == agent, promise.c.at < until)
        .order_by(promise.c.at)
        .limit(MOST_PROMISES)
    )
    async with database.reading() as connection:
        return [
            OwnPromise(at=row.at, name=row.name, campaign=row.campaign)
            for row in await connection.execute(query)
        ]
