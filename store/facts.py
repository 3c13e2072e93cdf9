"""Reading what the rules ask for: contacts with their history, campaigns, do-not-call.

Owns: turning rows into the frozen values of `campaigns`. Must not decide anything. Every
function reads on the caller's connection, so that a judgement rests on one moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Row, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Appointment, Contact, ContactState, PastAttempt, PhoneNumber
from campaigns.outcomes import Outcome
from store import schema
from store.codec import decode_campaign
from store.errors import UnknownCampaignError

AnyRow = Row[*tuple[Any, ...]]

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)

_CONTACTS = select(
    schema.contact.c.id,
    schema.contact.c.campaign_id,
    schema.contact.c.zone,
    schema.contact.c.state,
    schema.contact.c.reopened_at,
    schema.contact.c.name,
    schema.contact.c.reference,
).where(schema.contact.c.id.in_(_IDS))

_NUMBERS = (
    select(
        schema.contact_number.c.contact_id,
        schema.contact_number.c.id,
        schema.contact_number.c.e164,
        schema.contact_number.c.position,
        schema.contact_number.c.retired,
    )
    .where(schema.contact_number.c.contact_id.in_(_IDS))
    .order_by(schema.contact_number.c.position)
)

_ATTEMPTS = select(
    schema.attempt.c.contact_id,
    schema.attempt.c.id,
    schema.attempt.c.sent_at,
    schema.attempt.c.claimed_at,
    schema.attempt.c.outcome,
    schema.attempt.c.number_id,
    schema.attempt.c.counted,
).where(schema.attempt.c.contact_id.in_(_IDS))

_APPOINTMENTS = select(
    schema.appointment.c.contact_id, schema.appointment.c.id, schema.appointment.c.at
).where(schema.appointment.c.contact_id.in_(_IDS), schema.appointment.c.closed.is_(None))

# `IS NULL` of the campaign means everywhere.
_DO_NOT_CALL = (
    select(schema.contact_number.c.contact_id, schema.do_not_call.c.reason)
    .join(schema.do_not_call, schema.do_not_call.c.e164 == schema.contact_number.c.e164)
    .where(
        schema.contact_number.c.contact_id.in_(_IDS),
        or_(
            schema.do_not_call.c.campaign_id.is_(None),
            schema.do_not_call.c.campaign_id == schema.contact_number.c.campaign_id,
        ),
    )
)

_IN_CALL = select(schema.attempt.c.contact_id, schema.attempt.c.id).where(
    and_(schema.attempt.c.contact_id.in_(_IDS), schema.attempt.c.outcome.is_(None))
)

_CAMPAIGN = select(
    schema.campaign.c.id,
    schema.campaign.c.name,
    schema.campaign.c.definition,
    schema.campaign.c.state,
).where(schema.campaign.c.id == bindparam("campaign_id"))


@lru_cache(maxsize=1024)
def zone_of(key: str) -> ZoneInfo:
    """The zone of that key."""
    return ZoneInfo(key)


async def load_campaign(
    connection: AsyncConnection, campaign_id: int
) -> tuple[Campaign, CampaignState]:
    """The campaign and its state as committed.

    Raises:
        UnknownCampaignError: there is none.
    """
    row = (await connection.execute(_CAMPAIGN, {"campaign_id": campaign_id})).one_or_none()
    if row is None:
        raise UnknownCampaignError(campaign_id)
    return decode_campaign(row.id, row.name, row.definition), CampaignState(row.state)


async def load_contacts(
    connection: AsyncConnection, ids: Sequence[int], *, without_attempt: str = ""
) -> dict[int, Contact]:
    """The contacts by id, with numbers, attempts and the open appointment.

    `without_attempt` leaves one attempt out: the one that is about to be judged must not
    count against itself.
    """
    given = {"ids": list(ids)}
    if not given["ids"]:
        return {}
    numbers = _by_contact(await connection.execute(_NUMBERS, given))
    attempts = _by_contact(await connection.execute(_ATTEMPTS, given))
    appointments = _by_contact(await connection.execute(_APPOINTMENTS, given))
    return {
        row.id: _contact(
            row,
            numbers=numbers[row.id],
            attempts=[past for past in attempts[row.id] if past.id != without_attempt],
            appointments=appointments[row.id],
        )
        for row in await connection.execute(_CONTACTS, given)
    }


async def load_do_not_call(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, str]:
    """Why a person is on the do-not-call list, by contact: any of its numbers is enough."""
    if not ids:
        return {}
    found = await connection.execute(_DO_NOT_CALL, {"ids": list(ids)})
    return {row.contact_id: row.reason for row in found}


async def load_in_call(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, str]:
    """The open attempt of each contact that has one."""
    if not ids:
        return {}
    found = await connection.execute(_IN_CALL, {"ids": list(ids)})
    return {row.contact_id: row.id for row in found}


def is_in_call(contact_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether an attempt at the contact of this column is open, as a condition."""
    return (
        select(schema.attempt.c.id)
        .where(schema.attempt.c.contact_id == contact_id, schema.attempt.c.outcome.is_(None))
        .exists()
    )


def _by_contact(rows: Iterable[AnyRow]) -> defaultdict[int, list[AnyRow]]:
    grouped: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for row in rows:
        grouped[row.contact_id].append(row)
    return grouped


def _contact(
    row: AnyRow,
    *,
    numbers: list[AnyRow],
    attempts: list[AnyRow],
    appointments: list[AnyRow],
) -> Contact:
    past = sorted((_past_attempt(found) for found in attempts), key=lambda made: made.placed_at)
    return Contact(
        id=row.id,
        campaign_id=row.campaign_id,
        zone=zone_of(row.zone) if row.zone else None,
        state=ContactState(row.state),
        numbers=tuple(_number(found) for found in numbers),
        attempts=tuple(past),
        appointment=next((Appointment(id=found.id, at=found.at) for found in appointments), None),
        reopened_at=row.reopened_at,
        name=row.name,
        reference=row.reference,
    )


def _number(row: AnyRow) -> PhoneNumber:
    retired = Outcome(row.retired) if row.retired else None
    return PhoneNumber(id=row.id, e164=row.e164, position=row.position, retired=retired)


def _past_attempt(row: AnyRow) -> PastAttempt:
    return PastAttempt(
        placed_at=row.sent_at or row.claimed_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        number_id=row.number_id,
        counted=row.counted,
    )
