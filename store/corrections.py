"""What an operator mends on a contact: a wrong number replaced, a contact taken out.

Owns: those writes, each with its entry in the ledger. A number that was found wrong stays on
file with its calls: the right one comes in its place (R6). Must not decide when the contact is
dialed next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.campaign_hours import due_in
from campaigns.contact import Contact, ContactState, PhoneNumber
from campaigns.ledger import EntryKind
from campaigns.outcomes import Outcome
from campaigns.retry import DueBy
from store import schema
from store.contacts import hint_anew
from store.database import Database
from store.errors import NumberTakenError, UnknownNumberError, WhichNumberError
from store.facts import load_campaign, load_one, lock_contact
from store.ledger import contact_subject, enter_act
from store.locks import change_rules
from store.moving import move_with_numbers
from store.schema import AppointmentEnd
from store.settling import end_open_appointment
from store.standing import closed

_contact = schema.contact
_number = schema.contact_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The number that is right, in place of `old`; None: of the only one that can be meant.

    `country`: ISO, of the new number; empty where nobody knows.
    """

    number: str
    old: str | None = None
    country: str = ""
    by: str = ""


async def correct_number(
    database: Database, contact_id: int, correction: Correction, now: datetime
) -> None:
    """Put the right number in the wrong one's place; the contact is open again (R6).

    Raises:
        UnknownContactError, UnknownNumberError: there is none to correct.
        WhichNumberError: several may be meant.
        NumberTakenError: another contact of the campaign has the number.
    """
    async with database.writing() as connection:
        await change_rules(connection)
        await lock_contact(connection, contact_id)
        contact = (await load_one(connection, contact_id)).contact
        old = _meant(contact, correction)
        before = await _owner(connection, contact, correction.number)
        if before not in {None, contact_id}:
            raise NumberTakenError(correction.number, int(before or 0))
        if old.e164 != correction.number:
            await _retire(connection, old)
        if before is None:
            await _add(connection, contact, old, correction)
        else:
            await _revive(connection, contact, correction.number)
        after = (await load_one(connection, contact_id)).contact
        await move_with_numbers(connection, contact, after, now)
        await _open(connection, contact, now)
        said = {"was": old.e164, "found": old.retired, "by": correction.by}
        body = {**said, "number": correction.number}
        await _note(connection, EntryKind.CONTACT_CORRECTED, contact, body, now)


async def withdraw_contact(
    database: Database, contact_id: int, why: str, by: str, now: datetime
) -> None:
    """Take a contact out of its campaign; it can be reopened. A call under way is let end.

    Raises:
        UnknownContactError: there is no such contact.
    """
    async with database.writing() as connection:
        await change_rules(connection)
        await lock_contact(connection, contact_id)
        contact = (await load_one(connection, contact_id)).contact
        await connection.execute(
            update(_contact)
            .where(_contact.c.id == contact_id)
            .values(state=ContactState.WITHDRAWN.value, **closed())
        )
        await end_open_appointment(connection, contact_id, AppointmentEnd.CLOSED)
        body = {"why": why, "by": by, "was": contact.state.value}
        await _note(connection, EntryKind.CONTACT_WITHDRAWN, contact, body, now)


def _meant(contact: Contact, correction: Correction) -> PhoneNumber:
    """The number that is wrong: the named one, else the only one found so, else the only one."""
    if correction.old is not None:
        named = [number for number in contact.numbers if number.e164 == correction.old]
        if not named:
            raise UnknownNumberError(correction.old, contact.id)
        return named[0]
    retired = [number for number in contact.numbers if number.retired is not None]
    for candidates in (retired, list(contact.numbers)):
        if len(candidates) == 1:
            return candidates[0]
    raise WhichNumberError(contact.id)


async def _owner(connection: AsyncConnection, contact: Contact, e164: str) -> int | None:
    found: int | None = await connection.scalar(
        select(_number.c.contact_id).where(
            _number.c.campaign_id == contact.campaign_id, _number.c.e164 == e164
        )
    )
    return found


async def _retire(connection: AsyncConnection, old: PhoneNumber) -> None:
    """A number that somebody knows to be wrong is not dialed, even if no call has found it so."""
    if old.retired is None:
        await connection.execute(
            update(_number)
            .where(_number.c.id == old.id)
            .values(retired=Outcome.NUMBER_CHANGED.value)
        )


async def _add(
    connection: AsyncConnection, contact: Contact, old: PhoneNumber, correction: Correction
) -> None:
    await connection.execute(
        insert(_number).values(
            contact_id=contact.id,
            campaign_id=contact.campaign_id,
            e164=correction.number,
            position=old.position,
            kind=old.kind,
            country=correction.country,
        )
    )


async def _revive(connection: AsyncConnection, contact: Contact, e164: str) -> None:
    """It is the contact's already, and right after all."""
    await connection.execute(
        update(_number)
        .where(_number.c.contact_id == contact.id, _number.c.e164 == e164)
        .values(retired=None)
    )


async def _open(connection: AsyncConnection, contact: Contact, now: datetime) -> None:
    """Only what was faulty or exhausted is opened: who is done, or withdrawn, stays so."""
    campaign, _ = await load_campaign(connection, contact.campaign_id)
    if _is_used_up(contact, campaign, now):
        await connection.execute(
            update(_contact)
            .where(_contact.c.id == contact.id)
            .values(state=ContactState.OPEN.value, reopened_at=now)
        )
    elif contact.state is not ContactState.OPEN:
        return
    await hint_anew(connection, contact.id, campaign, now)


def _is_used_up(contact: Contact, campaign: Campaign, now: datetime) -> bool:
    """Also who is exhausted while waiting, though no claim has noticed it yet."""
    if contact.state is ContactState.OPEN:
        return due_in(campaign, contact, now).by is DueBy.EXHAUSTED
    return contact.state in {ContactState.FAULTY, ContactState.EXHAUSTED}


async def _note(
    connection: AsyncConnection,
    kind: EntryKind,
    contact: Contact,
    body: dict[str, Any],
    now: datetime,
) -> None:
    said = {**body, "campaign": contact.campaign_id, "reference": contact.reference}
    await enter_act(connection, kind, contact_subject(contact.id), said, now)
