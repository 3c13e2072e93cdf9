"""Reading campaigns, and contacts with their history.

Owns: turning rows into the frozen values of `campaigns`. Must not decide anything, nor know what
else the judge asks for (`store.cases`). Every
function reads on the caller's connection, so that a judgement rests on one moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.consent import Consent, ConsentBasis
from campaigns.contact import (
    Appointment,
    Contact,
    ContactState,
    ListState,
    PastAttempt,
    PhoneNumber,
    PlaceKept,
)
from campaigns.outcomes import Outcome
from routing.turns import CallBackReason
from store import schema
from store.codec import decode_campaign
from store.database import books_of
from store.errors import UnknownCampaignError, UnknownContactError
from store.prepared import Prepared, Question, together

AnyRow = Row[*tuple[Any, ...]]

# Of a contact that was loaded before there were pools.
_PLAIN_PRIORITY: Final = 5
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)

_CONTACTS = (
    select(
        schema.contact.c.id,
        schema.contact.c.campaign_id,
        schema.contact.c.zone,
        schema.contact.c.state,
        schema.contact.c.reopened_at,
        schema.contact.c.name,
        schema.contact.c.reference,
        schema.contact.c.consent,
        schema.contact.c.consent_proof,
        schema.contact.c.consent_at,
        schema.contact.c.created_at,
        schema.pool.c.priority,
        schema.pool.c.zones,
        schema.call_list.c.name.label("list_name"),
        schema.call_list.c.state.label("list_state"),
        schema.appointment.c.id.label("appointment_id"),
        schema.appointment.c.at.label("appointment_at"),
        schema.appointment.c.agent.label("appointment_agent"),
        schema.call_back.c.queue.label("place_queue"),
        schema.call_back.c.joined_at.label("place_joined_at"),
        schema.call_back.c.made_at.label("place_made_at"),
        schema.call_back.c.reason.label("place_reason"),
    )
    .outerjoin(schema.pool, schema.pool.c.id == schema.contact.c.pool_id)
    .outerjoin(schema.call_list, schema.call_list.c.id == schema.pool.c.list_id)
    .outerjoin(
        schema.appointment,
        and_(
            schema.appointment.c.contact_id == schema.contact.c.id,
            schema.appointment.c.closed.is_(None),
        ),
    )
    .outerjoin(
        schema.call_back,
        and_(
            schema.call_back.c.contact_id == schema.contact.c.id,
            schema.call_back.c.closed.is_(None),
        ),
    )
    .where(schema.contact.c.id.in_(_IDS))
)
_WITH_CUSTOM = _CONTACTS.add_columns(schema.contact.c.custom)
_WITHOUT = _CONTACTS.add_columns(null().label("custom"))


def _held(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """For a claim: whom another engine holds is left to it."""
    return query.with_for_update(of=schema.contact, key_share=True, skip_locked=True)


# By whether they are held, and whether their custom cells are wanted.
_QUERIES = {
    (False, False): Prepared(_WITHOUT),
    (False, True): Prepared(_WITH_CUSTOM),
    (True, False): Prepared(_held(_WITHOUT)),
    (True, True): Prepared(_held(_WITH_CUSTOM)),
}

_NUMBERS = Prepared(
    select(
        schema.contact_number.c.contact_id,
        schema.contact_number.c.id,
        schema.contact_number.c.e164,
        schema.contact_number.c.position,
        schema.contact_number.c.kind,
        schema.contact_number.c.country,
        schema.contact_number.c.retired,
    )
    .where(schema.contact_number.c.contact_id.in_(_IDS))
    .order_by(schema.contact_number.c.position)
)

_ATTEMPTS = Prepared(
    select(
        schema.attempt.c.contact_id,
        schema.attempt.c.id,
        schema.attempt.c.sent_at,
        schema.attempt.c.claimed_at,
        schema.attempt.c.outcome,
        schema.attempt.c.number_id,
        schema.attempt.c.counted,
    ).where(schema.attempt.c.contact_id.in_(_IDS))
)

_CAMPAIGN = Prepared(
    select(
        schema.campaign.c.id,
        schema.campaign.c.name,
        schema.campaign.c.definition,
        schema.campaign.c.state,
    ).where(schema.campaign.c.id == bindparam("campaign_id"))
)


@lru_cache(maxsize=1024)
def zone_of(key: str) -> ZoneInfo:
    """The zone of that key."""
    return ZoneInfo(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A contact with its history. `in_call`: an attempt of ours at it is open."""

    contact: Contact
    in_call: bool


async def load_campaign(
    connection: AsyncConnection, campaign_id: int
) -> tuple[Campaign, CampaignState]:
    """The campaign and its state as committed.

    Raises:
        UnknownCampaignError: there is none.
    """
    query, given = of_campaign(campaign_id)
    return campaign_of(connection, campaign_id, await query.rows(connection, given))


def of_campaign(campaign_id: int) -> Question:
    """The question for them."""
    return _CAMPAIGN, {"campaign_id": campaign_id}


def campaign_of(
    connection: AsyncConnection, campaign_id: int, rows: Sequence[AnyRow]
) -> tuple[Campaign, CampaignState]:
    """What it found.

    Raises:
        UnknownCampaignError: nothing.
    """
    if not rows:
        raise UnknownCampaignError(campaign_id)
    row = rows[0]
    campaign = decode_campaign(row.id, row.name, row.definition, books_of(connection))
    return campaign, CampaignState(row.state)


async def load_known(
    connection: AsyncConnection,
    ids: Sequence[int],
    *,
    without_attempt: str = "",
    with_custom: bool = False,
    holds: bool = False,
) -> dict[int, Known]:
    """The contacts with their history, by id.

    `without_attempt` leaves one attempt out: the one that is about to be judged must not
    count against itself. `with_custom`: with the cells that came in with them. `holds`: they are
    locked, and those that another engine holds left out.
    """
    given = {"ids": list(ids)}
    if not given["ids"]:
        return {}
    # First of all, so that what is read of the contacts is read when they are held.
    contacts, its_numbers, its_attempts = await together(
        connection, (_QUERIES[holds, with_custom], given), (_NUMBERS, given), (_ATTEMPTS, given)
    )
    numbers, attempts = _by_contact(its_numbers), _by_contact(its_attempts)
    return {
        row.id: _known(
            row,
            numbers[row.id],
            [past for past in attempts[row.id] if past.id != without_attempt],
        )
        for row in contacts
    }


async def load_one(
    connection: AsyncConnection, contact_id: int, *, without_attempt: str = ""
) -> Known:
    """All that the rules ask about one contact.

    Raises:
        UnknownContactError: there is none.
    """
    known = await load_known(connection, [contact_id], without_attempt=without_attempt)
    if contact_id not in known:
        raise UnknownContactError(contact_id)
    return known[contact_id]


async def lock_contact(connection: AsyncConnection, contact_id: int) -> None:
    """Until the commit nobody else claims, settles or appoints the contact (PostgreSQL)."""
    contact = schema.contact
    query = select(contact.c.id).where(contact.c.id == contact_id)
    await connection.execute(query.with_for_update(key_share=True))


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


def _known(row: AnyRow, numbers: list[AnyRow], attempts: list[AnyRow]) -> Known:
    past = sorted((_past_attempt(found) for found in attempts), key=lambda made: made.placed_at)
    contact = Contact(
        id=row.id,
        campaign_id=row.campaign_id,
        zone=zone_of(row.zone) if row.zone else None,
        state=ContactState(row.state),
        numbers=tuple(_number(found) for found in numbers),
        attempts=tuple(past),
        appointment=_appointment(row),
        reopened_at=row.reopened_at,
        name=row.name,
        reference=row.reference,
        zones=_zones(row.zones),
        consent=_consent(row),
        list_name=row.list_name or "",
        list_state=ListState(row.list_state or ListState.ACTIVE),
        priority=row.priority or _PLAIN_PRIORITY,
        loaded_at=row.created_at,
        custom=row.custom or {},
        place=_place(row),
    )
    return Known(contact=contact, in_call=any(made.outcome is None for made in past))


@lru_cache(maxsize=1024)
def _zones(keys: str | None) -> tuple[ZoneInfo, ...]:
    return tuple(zone_of(key) for key in keys.split("|")) if keys else ()


def _consent(row: AnyRow) -> Consent | None:
    if row.consent is None:
        return None
    return Consent(
        basis=ConsentBasis(row.consent),
        proof=row.consent_proof or "",
        given_at=row.consent_at,
    )


def _appointment(row: AnyRow) -> Appointment | None:
    if row.appointment_id is None:
        return None
    return Appointment(id=row.appointment_id, at=row.appointment_at, agent=row.appointment_agent)


def _place(row: AnyRow) -> PlaceKept | None:
    if row.place_queue is None:
        return None
    wished = row.place_reason == CallBackReason.WISH
    return PlaceKept(
        queue=row.place_queue,
        joined_at=row.place_joined_at,
        wished_at=row.place_made_at if wished else None,
    )


def _number(row: AnyRow) -> PhoneNumber:
    retired = Outcome(row.retired) if row.retired else None
    return PhoneNumber(
        id=row.id,
        e164=row.e164,
        position=row.position,
        retired=retired,
        kind=row.kind,
        country=row.country,
    )


def _past_attempt(row: AnyRow) -> PastAttempt:
    return PastAttempt(
        placed_at=row.sent_at or row.claimed_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        number_id=row.number_id,
        counted=row.counted,
    )
