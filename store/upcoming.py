"""Who is dialed next: a preview by the claim's own look, writing nothing.

Owns: the question that a claim asks, asked in a read-only transaction and as if every agent were
there. Must not know how the answer is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.number_choice import number_to_dial
from store import schema
from store.candidates import Asked, Picked, pick
from store.database import Database
from store.facts import load_campaign
from store.pools import next_due_of

MOST_JUDGED: Final = 5_000
"""A preview goes on past those who may not be dialed as several claims would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextContact:
    """One contact whose turn comes: whom, on which number, from which list.

    `tries` counted so far. `due_at`: since when it may be dialed. `appointment_at`: what brings it
    its turn, if there is a promise; `agent`: who alone keeps it.
    """

    contact: Contact
    e164: str
    list_name: str
    priority: int
    tries: int
    due_at: datetime | None
    appointment_at: datetime | None
    agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """The contacts that are next at `at`: now, or when the next ones fall due; None: never.

    `refused_now`: one that seemed ready and is not, where nobody may be dialed now.
    """

    at: datetime | None
    contacts: tuple[NextContact, ...]
    refused_now: int | None = None


async def upcoming(database: Database, campaign_id: int, count: int, now: datetime) -> Upcoming:
    """The next `count` contacts of a campaign, in the order in which they will be dialed.

    Where nobody may be dialed now, those of the next moment at which somebody may. The campaign is
    taken to be running.

    Raises:
        UnknownCampaignError: there is none.
    """
    async with database.reading() as connection:
        campaign, _ = await load_campaign(connection, campaign_id)
        at: datetime | None = now
        picked = await _picked(connection, campaign, count, now)
        refused = None if picked.dialable else next(iter(picked.refused), None)
        if not picked.dialable:
            at = await _next_moment(connection, campaign, picked, now)
            if at is not None:
                picked = await _picked(connection, campaign, count, at)
        rows = await _rows(connection, [contact.id for contact in picked.dialable])
        found = (_next(contact, campaign, picked, rows) for contact in picked.dialable)
        return Upcoming(at=at, contacts=tuple(found), refused_now=refused)


async def _picked(
    connection: AsyncConnection, campaign: Campaign, count: int, now: datetime
) -> Picked:
    asked = Asked(
        campaign=campaign, count=count, now=now, agents=None, most=MOST_JUDGED, holds=False
    )
    return await pick(connection, asked)


async def _next_moment(
    connection: AsyncConnection, campaign: Campaign, picked: Picked, now: datetime
) -> datetime | None:
    """When somebody falls due whom this look has not refused, or one that it has."""
    seen = frozenset(picked.refused) | frozenset(picked.exhausted)
    others = await next_due_of(connection, campaign, now, without=seen)
    times = [again_at for _, again_at in picked.refused.values()]
    return min((at for at in (others, *times) if at is not None and at > now), default=None)


def _next(
    contact: Contact, campaign: Campaign, picked: Picked, rows: Mapping[int, NextRow]
) -> NextContact:
    number = number_to_dial(contact, campaign.retry.numbers)
    row, appointment = rows[contact.id], contact.appointment
    return NextContact(
        contact=contact,
        e164=number.e164 if number else "",
        list_name=row.list_name,
        priority=row.priority,
        tries=sum(past.counted for past in contact.attempts),
        due_at=row.due_at,
        appointment_at=appointment.at if appointment else None,
        agent=picked.agents.get(contact.id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRow:
    """What of a contact is not the rules' business."""

    list_name: str
    priority: int
    due_at: datetime | None


async def _rows(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, NextRow]:
    contact, pool, lists = schema.contact, schema.pool, schema.call_list
    query = (
        select(contact.c.id, contact.c.next_attempt_at, pool.c.priority, lists.c.name)
        .join(pool, pool.c.id == contact.c.pool_id)
        .join(lists, lists.c.id == pool.c.list_id)
        .where(contact.c.id.in_(ids))
    )
    return {
        row.id: NextRow(list_name=row.name, priority=row.priority, due_at=row.next_attempt_at)
        for row in await connection.execute(query)
    }
