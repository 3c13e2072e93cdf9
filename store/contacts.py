"""Single contacts: finding, showing, appointing, reopening.

Owns: what an operator asks of one record. Must not load lists (`store.lists`) nor claim
(`store.hopper`); times are checked by `campaigns.retry`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.campaign_hours import due_in
from campaigns.contact import Contact, ContactState
from campaigns.judge import EngineFacts, Facts
from campaigns.ledger import EntryKind
from campaigns.outcomes import Disposition, Outcome
from campaigns.retry import DueBy
from store import schema
from store.appointing import refuse_if_barred, refuse_if_impossible, refuse_unknown_agent
from store.cases import load_case
from store.database import Database
from store.errors import ContactClosedError
from store.facts import AnyRow, load_campaign, load_one, lock_contact
from store.ledger import contact_subject, enter_act
from store.schema import AppointmentEnd, AttemptState
from store.settling import NewAppointment, end_open_appointment, open_appointment
from store.standing import code_of, waiting

LONGEST_ID = 18
"""Digits of the largest id that a database holds; more of them are no id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt as it stands in the database; times in aware UTC, None if it did not come."""

    id: str
    e164: str
    agent: str | None
    state: AttemptState
    claimed_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    disposition: Disposition | None
    counted: bool
    cause: int | None
    tech_cause: str
    dial_status: str
    reason: int | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRecord:
    """The open appointment and who made it."""

    at: datetime
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    """All that is on file of a contact.

    `next_attempt_at` is the due index's hint; `campaigns.judge` gives the true answer.
    """

    contact: Contact
    campaign: Campaign
    custom: Mapping[str, str]
    created_at: datetime
    next_attempt_at: datetime | None
    attempts: tuple[AttemptRecord, ...]
    appointment: AppointmentRecord | None


class Contacts:
    """The contacts in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, text: str, campaign_id: int | None = None) -> tuple[int, ...]:
        """Ids of the contacts that `text` names: a number (`+86…`), an id, or a reference.

        A reference goes before an id where both fit. Several campaigns may hold a number.
        """
        contact, number = schema.contact, schema.contact_number
        here = [contact.c.campaign_id == campaign_id] if campaign_id is not None else []
        by_number = select(number.c.contact_id).where(number.c.e164 == text)
        ways = [contact.c.id.in_(by_number), contact.c.reference == text]
        if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID:
            ways.append(contact.c.id == int(text))
        async with self._database.reading() as connection:
            for way in ways:
                query = select(contact.c.id).where(way, *here).order_by(contact.c.id)
                found = tuple(await connection.scalars(query))
                if found:
                    return found
        return ()

    async def show(self, contact_id: int) -> ContactRecord:
        """Everything on file of one contact.

        Raises:
            UnknownContactError: there is none.
        """
        async with self._database.reading() as connection:
            contact = (await load_one(connection, contact_id)).contact
            campaign, _ = await load_campaign(connection, contact.campaign_id)
            row = (await connection.execute(_own(contact_id))).one()
            return ContactRecord(
                contact=contact,
                campaign=campaign,
                custom=row.custom,
                created_at=row.created_at,
                next_attempt_at=row.next_attempt_at,
                attempts=await _attempts(connection, contact_id),
                appointment=await _appointment(connection, contact_id),
            )

    async def facts(
        self, contact_id: int, now: datetime, engine: EngineFacts | None = None
    ) -> Facts:
        """What the judge needs to say why a contact is, or is not, dialed.

        Raises:
            UnknownContactError: there is none.
        """
        async with self._database.reading() as connection:
            return replace(await load_case(connection, contact_id, now), engine=engine)

    async def appoint(
        self,
        contact_id: int,
        at: datetime,
        made_by: str,
        now: datetime,
        *,
        agent: str | None = None,
    ) -> None:
        """Promise a call at `at` (R4), in place of any earlier promise; `agent`: who alone calls.

        Raises:
            UnknownContactError: there is no such contact.
            UnknownAgentError: there is no such agent.
            ContactClosedError: the contact is not open.
            AppointmentRefusedError: past or outside the window; it names the nearest times.
            AppointmentBarredError: the contact may not be called then: do-not-call, no consent.
        """
        async with self._database.writing() as connection:
            await lock_contact(connection, contact_id)
            contact = (await load_one(connection, contact_id)).contact
            if contact.state is not ContactState.OPEN:
                raise ContactClosedError(contact_id, contact.state)
            campaign, _ = await load_campaign(connection, contact.campaign_id)
            refuse_if_impossible(contact, campaign, at, now)
            refuse_if_barred(await load_case(connection, contact_id, at), at)
            await refuse_unknown_agent(connection, agent)
            await end_open_appointment(connection, contact_id, AppointmentEnd.REPLACED)
            made = NewAppointment(at=at, made_by=made_by, made_at=now, agent=agent)
            await open_appointment(connection, contact_id, campaign.id, made)
            await hint_anew(connection, contact_id, campaign, now)

    async def reopen(self, contact_id: int, now: datetime, by: str = "") -> None:
        """Put a closed contact back into the pool; its earlier days no longer exhaust it.

        Numbers that were found wrong stay retired until they are corrected (R6).

        Raises:
            UnknownContactError: there is no such contact.
        """
        async with self._database.writing() as connection:
            await lock_contact(connection, contact_id)
            contact = (await load_one(connection, contact_id)).contact
            campaign, _ = await load_campaign(connection, contact.campaign_id)
            await connection.execute(
                update(schema.contact)
                .where(schema.contact.c.id == contact_id)
                .values(state=ContactState.OPEN.value, reopened_at=now)
            )
            await hint_anew(connection, contact_id, campaign, now)
            said = {"was": contact.state.value, "by": by, "campaign": contact.campaign_id}
            subject = contact_subject(contact_id)
            await enter_act(connection, EntryKind.CONTACT_REOPENED, subject, said, now)


async def hint_anew(
    connection: AsyncConnection, contact_id: int, campaign: Campaign, now: datetime
) -> None:
    """Write anew when the contact is due; one in the air is told by the end of its call."""
    known = await load_one(connection, contact_id)
    if known.in_call:
        return
    due = due_in(campaign, known.contact, now)
    # Whoever has used up the days is closed by the claim.
    again_at = now if due.by is DueBy.EXHAUSTED else due.at
    await connection.execute(
        update(schema.contact)
        .where(schema.contact.c.id == contact_id)
        .values(**waiting(code_of(due.waits_by(now)), again_at))
    )


def _own(contact_id: int) -> Select[dict[str, str], datetime, datetime]:
    contact = schema.contact
    return select(contact.c.custom, contact.c.created_at, contact.c.next_attempt_at).where(
        contact.c.id == contact_id
    )


async def _attempts(connection: AsyncConnection, contact_id: int) -> tuple[AttemptRecord, ...]:
    query = (
        select(schema.attempt, schema.contact_number.c.e164)
        .join(schema.contact_number, schema.contact_number.c.id == schema.attempt.c.number_id)
        .where(schema.attempt.c.contact_id == contact_id)
        .order_by(schema.attempt.c.claimed_at, schema.attempt.c.id)
    )
    return tuple(_attempt(row) for row in await connection.execute(query))


def _attempt(row: AnyRow) -> AttemptRecord:
    return AttemptRecord(
        id=row.id,
        e164=row.e164,
        agent=row.agent,
        state=AttemptState(row.state),
        claimed_at=row.claimed_at,
        sent_at=row.sent_at,
        answered_at=row.answered_at,
        bridged_at=row.bridged_at,
        ended_at=row.ended_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        disposition=Disposition(row.disposition) if row.disposition else None,
        counted=row.counted,
        cause=row.cause,
        tech_cause=row.tech_cause,
        dial_status=row.dial_status,
        reason=row.reason,
        note=row.note,
    )


async def _appointment(connection: AsyncConnection, contact_id: int) -> AppointmentRecord | None:
    appointment = schema.appointment
    row = (
        await connection.execute(
            select(appointment.c.at, appointment.c.made_by, appointment.c.made_at).where(
                appointment.c.contact_id == contact_id, appointment.c.closed.is_(None)
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return AppointmentRecord(at=row.at, made_by=row.made_by, made_at=row.made_at)
