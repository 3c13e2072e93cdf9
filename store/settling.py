"""Writing what the end of an attempt does to its contact, as `campaigns.retry` says.

Owns: the rows that a settlement touches: number, contact, appointment, do-not-call. Runs in
the caller's transaction, the one of the outcome. Must not decide anything of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.campaign_hours import hours_of, zone_for
from campaigns.contact import Contact, ContactState
from campaigns.do_not_call import Barred
from campaigns.judge import Code
from campaigns.outcomes import Outcome
from campaigns.retry import Settlement, settle
from store import schema
from store.barring import load_entries
from store.consent import withdraw_of_number
from store.do_not_call import REFUSED, DoNotCallEntry, add_entry
from store.facts import Known, load_one, lock_contact
from store.schema import AppointmentEnd
from store.standing import closed, code_of, in_call, waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedAttempt:
    """An attempt whose outcome has just been written."""

    id: str
    contact_id: int
    number_id: int
    agent: str | None
    placed_at: datetime
    counted: bool
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAppointment:
    """What the customer asked for, and who wrote it down. `agent`: who alone is to call."""

    at: datetime
    made_by: str
    made_at: datetime
    agent: str | None = None


async def settle_contact(
    connection: AsyncConnection,
    ended: EndedAttempt,
    campaign: Campaign,
    now: datetime,
    appointment: NewAppointment | None = None,
) -> Settlement:
    """Apply the settlement of an ended attempt; its outcome is in the database already."""
    await lock_contact(connection, ended.contact_id)
    if appointment is not None:
        await _use_or_replace(connection, ended, appointment, campaign.id)
    known = await load_one(connection, ended.contact_id)
    settlement = settle(
        known.contact,
        ended.number_id,
        ended.outcome,
        campaign.retry,
        hours_of(campaign, known.contact),
        zone_for(campaign, known.contact),
        now,
    )
    await _write_contact(connection, known, settlement, now)
    await _write_number(connection, ended.number_id, settlement)
    if settlement.close_appointment:
        await _close_appointment(connection, ended, known.contact)
    if settlement.do_not_call:
        await _refuse_for_good(connection, ended, now)
    return settlement


async def open_appointment(
    connection: AsyncConnection, contact_id: int, campaign_id: int, appointment: NewAppointment
) -> None:
    """Write an appointment; the one before must be closed."""
    await connection.execute(
        schema.appointment.insert().values(
            campaign_id=campaign_id,
            contact_id=contact_id,
            at=appointment.at,
            agent=appointment.agent,
            made_by=appointment.made_by,
            made_at=appointment.made_at,
        )
    )


async def end_open_appointment(
    connection: AsyncConnection,
    contact_id: int,
    end: AppointmentEnd,
    used_by: str | None = None,
) -> None:
    """Close the contact's open appointment, if it has one."""
    await connection.execute(
        update(schema.appointment)
        .where(
            schema.appointment.c.contact_id == contact_id,
            schema.appointment.c.closed.is_(None),
        )
        .values(closed=end.value, used_by=used_by)
    )


async def _use_or_replace(
    connection: AsyncConnection, ended: EndedAttempt, new: NewAppointment, campaign_id: int
) -> None:
    contact = (await load_one(connection, ended.contact_id)).contact
    end = AppointmentEnd.USED if _used_up(contact, ended) else AppointmentEnd.REPLACED
    used_by = ended.id if end is AppointmentEnd.USED else None
    await end_open_appointment(connection, ended.contact_id, end, used_by)
    await open_appointment(connection, ended.contact_id, campaign_id, new)


def _used_up(contact: Contact, ended: EndedAttempt) -> bool:
    """An appointment is used up by a counted attempt at or after it (R4)."""
    open_one = contact.appointment
    return open_one is not None and ended.counted and ended.placed_at >= open_one.at


async def _write_contact(
    connection: AsyncConnection, known: Known, settlement: Settlement, now: datetime
) -> None:
    # A late word may come while the next attempt is in the air: then that one's end says when.
    stands = closed()
    if known.in_call:
        stands = in_call()
    elif settlement.state is ContactState.OPEN:
        entries = await load_entries(connection, known.contact)
        stands = _barred(known.contact, entries, settlement, now) or waiting(
            code_of(settlement.waits_by), settlement.next_at
        )
    await connection.execute(
        update(schema.contact)
        .where(schema.contact.c.id == known.contact.id)
        .values(state=settlement.state.value, **stands)
    )


def _barred(
    contact: Contact, entries: Iterable[Barred], settlement: Settlement, now: datetime
) -> dict[str, Any] | None:
    """The columns of a contact that was put on the do-not-call list during its call; None: not."""
    holding = [one for one in entries if one.holds(contact.campaign_id, now)]
    if not holding:
        return None
    times = [settlement.next_at, *(one.expires_at for one in holding)]
    known_times = [at for at in times if at is not None]
    by_itself = len(known_times) == len(times)
    return waiting(Code.DO_NOT_CALL.value, max(known_times) if by_itself else None)


async def _write_number(
    connection: AsyncConnection, number_id: int, settlement: Settlement
) -> None:
    if settlement.retire_number is None:
        return
    await connection.execute(
        update(schema.contact_number)
        .where(schema.contact_number.c.id == number_id)
        .values(retired=settlement.retire_number.value)
    )


async def _close_appointment(
    connection: AsyncConnection, ended: EndedAttempt, contact: Contact
) -> None:
    used = _used_up(contact, ended)
    await end_open_appointment(
        connection,
        ended.contact_id,
        AppointmentEnd.USED if used else AppointmentEnd.CLOSED,
        ended.id if used else None,
    )


async def _refuse_for_good(connection: AsyncConnection, ended: EndedAttempt, now: datetime) -> None:
    """Who refuses is not called by any campaign again, on the number that was dialed.

    Whatever the person had agreed to is taken back with it.
    """
    e164 = await connection.scalar(
        select(schema.contact_number.c.e164).where(schema.contact_number.c.id == ended.number_id)
    )
    entry = DoNotCallEntry(
        e164=str(e164),
        campaign_id=None,
        source=f"attempt {ended.id}",
        reason=REFUSED,
        added_at=now,
    )
    await add_entry(connection, entry, by=ended.agent or "")
    await withdraw_of_number(connection, entry.e164, entry.source, now)
