"""What is on file of a person whom an agent is about to hear: who, history, open work orders (R11).

Owns: those questions, in one snapshot, each by an index and with a limit. Must not know how a
screen shows it, nor which call it is for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.orders.order import Order
from campaigns.orders.states import LIVING
from store import schema
from store.database import Database
from store.order_rows import order_of

PEOPLE: Final = 5
HISTORY: Final = 5
ORDERS: Final = 10

_contact = schema.contact
_number = schema.contact_number
_campaign = schema.campaign
_attempt = schema.attempt
_stay = schema.queue_call
_order = schema.work_order
_barred = schema.do_not_call


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact who may be the one: several may share a number."""

    contact: int
    campaign: str
    name: str
    reference: str
    custom: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A call before this one: which way, and what came of it (an outcome, or a queue's end).

    `call`: its id; of one of ours the attempt.
    """

    at: datetime
    inbound: bool
    where: str
    what: str
    agent: str
    note: str = ""
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """All of it. `history`: latest first. `barred`: the number is on the do-not-call list.

    `subject`: what the caller chose in the flow, of a call that came in.
    """

    people: tuple[Person, ...] = ()
    history: tuple[Past, ...] = ()
    orders: tuple[Order, ...] = ()
    barred: bool = False
    subject: str = ""


async def on_file(
    database: Database, e164: str, now: datetime, *, contact: int | None = None, call: str = ""
) -> OnFile:
    """What is known of a number. `contact`: whom an outbound call is for; `call`: that is asked of.

    Raises:
        StoreError: the database cannot be read.
    """
    async with database.reading() as connection:
        ids = await _contacts_of(connection, e164, contact)
        return OnFile(
            people=await _people(connection, ids),
            history=await _history(connection, ids, e164, call),
            orders=await _orders(connection, e164),
            barred=await _is_barred(connection, e164, now),
            subject=await _subject(connection, call),
        )


async def _contacts_of(
    connection: AsyncConnection, e164: str, contact: int | None
) -> Sequence[int]:
    if contact is not None:
        return [contact]
    if not e164:
        return []
    query = (
        select(_number.c.contact_id)
        .where(_number.c.e164 == e164)
        .order_by(_number.c.contact_id.desc())
        .limit(PEOPLE)
    )
    return list(await connection.scalars(query))


async def _people(connection: AsyncConnection, ids: Sequence[int]) -> tuple[Person, ...]:
    if not ids:
        return ()
    query = (
        select(_contact, _campaign.c.name.label("campaign"))
        .join(_campaign, _campaign.c.id == _contact.c.campaign_id)
        .where(_contact.c.id.in_(ids))
        .order_by(_contact.c.id.desc())
    )
    return tuple(
        Person(
            contact=row.id,
            campaign=row.campaign,
            name=row.name,
            reference=row.reference,
            custom={str(key): str(value) for key, value in row.custom.items()},
        )
        for row in await connection.execute(query)
    )


async def _history(
    connection: AsyncConnection, ids: Sequence[int], e164: str, call: str
) -> tuple[Past, ...]:
    past = [*await _attempts(connection, ids, call), *await _stays(connection, e164, call)]
    return tuple(sorted(past, key=lambda one: one.at, reverse=True)[:HISTORY])


async def _attempts(connection: AsyncConnection, ids: Sequence[int], call: str) -> list[Past]:
    if not ids:
        return []
    query = (
        select(_attempt, _campaign.c.name.label("campaign"))
        .join(_campaign, _campaign.c.id == _attempt.c.campaign_id)
        .where(
            _attempt.c.contact_id.in_(ids),
            _attempt.c.id != call,
            _attempt.c.outcome.is_not(None),
            _attempt.c.sent_at.is_not(None),
        )
        .order_by(_attempt.c.claimed_at.desc())
        .limit(HISTORY)
    )
    return [
        Past(
            at=row.sent_at,
            inbound=False,
            where=row.campaign,
            what=row.outcome,
            agent=row.agent or "",
            note=row.note,
            call=row.id,
        )
        for row in await connection.execute(query)
    ]


async def _stays(connection: AsyncConnection, e164: str, call: str) -> list[Past]:
    if not e164:
        return []
    query = (
        select(_stay)
        .where(_stay.c.number == e164, _stay.c.call_id != call)
        .order_by(_stay.c.joined_at.desc())
        .limit(HISTORY)
    )
    return [
        Past(
            at=row.joined_at,
            inbound=True,
            where=row.queue,
            what=row.how,
            agent=row.agent or "",
            call=row.call_id,
        )
        for row in await connection.execute(query)
    ]


async def _orders(connection: AsyncConnection, e164: str) -> tuple[Order, ...]:
    if not e164:
        return ()
    living = [state.value for state in LIVING]
    query = (
        select(_order)
        .where(_order.c.e164 == e164, _order.c.state.in_(living))
        .order_by(_order.c.id.desc())
        .limit(ORDERS)
    )
    return tuple(map(order_of, await connection.execute(query)))


async def _is_barred(connection: AsyncConnection, e164: str, now: datetime) -> bool:
    """By an entry of its own: patterns are for the dialing, not for who is on the line."""
    holds = or_(_barred.c.expires_at.is_(None), _barred.c.expires_at > now)
    query = select(func.count()).select_from(_barred).where(_barred.c.e164 == e164, holds)
    return bool(e164) and bool(await connection.scalar(query))


async def _subject(connection: AsyncConnection, call: str) -> str:
    calls = schema.inbound_call
    found = await connection.scalar(select(calls.c.subject).where(calls.c.id == call))
    return found or ""
