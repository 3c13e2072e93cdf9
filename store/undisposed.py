"""Talks that ended without the agent's word: it may still be given.

Owns: finding them, for the engine (the last day's) and for whoever asks (all). Reads only;
`store.outcomes` takes the late word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.outcomes import Outcome
from dialer.messages import UndisposedCall
from store import schema
from store.database import Database

REMEMBERED: Final = timedelta(days=1)
"""For so long a word without an attempt's id may still mean such a call."""

_attempt = schema.attempt
_waits = _attempt.c.outcome == Outcome.UNDISPOSED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCall:
    """One such call, with what an operator wants to see of it."""

    attempt: str
    agent: str | None
    campaign: str
    contact_id: int
    name: str
    e164: str
    zone: str | None
    at: datetime
    note: str


async def undisposed_calls(
    connection: AsyncConnection, now: datetime
) -> tuple[UndisposedCall, ...]:
    """Those of the last day that have an agent, oldest first."""
    later = _attempt.alias("later")
    has_spoken_since = (
        select(later.c.id)
        .where(
            later.c.agent == _attempt.c.agent,
            later.c.claimed_at > _attempt.c.claimed_at,
            later.c.disposition.is_not(None),
        )
        .exists()
    )
    query = (
        select(_attempt.c.id, _attempt.c.agent, has_spoken_since.label("passed"))
        .where(_waits, _attempt.c.agent.is_not(None), _attempt.c.ended_at > now - REMEMBERED)
        .order_by(_attempt.c.ended_at, _attempt.c.id)
    )
    return tuple(
        UndisposedCall(attempt=row.id, agent=row.agent, passed=row.passed)
        for row in await connection.execute(query)
    )


async def waiting_calls(database: Database, agent: str | None = None) -> tuple[WaitingCall, ...]:
    """All that still wait for a word, of one agent or of all, oldest first."""
    async with database.reading() as connection:
        return tuple(
            WaitingCall(
                attempt=row.id,
                agent=row.agent,
                campaign=row.campaign,
                contact_id=row.contact_id,
                name=row.name,
                e164=row.e164,
                zone=row.zone,
                at=row.at,
                note=row.note,
            )
            for row in await connection.execute(_waiting(agent))
        )


def _waiting(agent: str | None) -> Select[*tuple[Any, ...]]:
    contact, number, campaign = schema.contact, schema.contact_number, schema.campaign
    query = (
        select(
            _attempt.c.id,
            _attempt.c.agent,
            campaign.c.name.label("campaign"),
            contact.c.id.label("contact_id"),
            contact.c.name,
            number.c.e164,
            contact.c.zone,
            _attempt.c.sent_at.label("at"),
            _attempt.c.note,
        )
        .join(contact, contact.c.id == _attempt.c.contact_id)
        .join(number, number.c.id == _attempt.c.number_id)
        .join(campaign, campaign.c.id == _attempt.c.campaign_id)
        .where(_waits)
        .order_by(_attempt.c.sent_at, _attempt.c.id)
    )
    return query if agent is None else query.where(_attempt.c.agent == agent)
