"""Contacts: found, judged, appointed, corrected.

Owns: these operations. A number never stands in an address: who is meant is told in the body, and
is known by its own number from then on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from campaigns.cli.contact_changes import LONGEST_PROOF, number_of_country
from campaigns.cli.contact_view import barred_then, contact_json, title, zone_of
from campaigns.cli.find import find_contacts
from campaigns.cli.why import answer_json, answers_on
from campaigns.consent import Consent, ConsentBasis
from config.language import _
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_times import read_time
from store.consent import Consents
from store.contacts import Contacts
from store.corrections import Correction, correct_number, withdraw_contact
from store.errors import AppointmentBarredError
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.fields import Body, ContactPath, Line, Moment, Name, Phone, Who, Why
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.visit import Visit, Visiting

router = APIRouter(route_class=GuardedRoute, tags=["contacts"])
Shown = dict[str, Any]


class Meant(Body):
    """Who is meant."""

    who: Who
    campaign: Annotated[Name | None, Field(description="Look in this campaign only.")] = None


@router.post("/contacts/find", **says("Find contacts and show them.", Right.LISTS, shapes.Contacts))
async def find_contact(visit: Visiting, body: Meant) -> Shown:
    """By phone number, reference or number; one may be in several campaigns."""
    found = await find_contacts(visit.database, body.who, body.campaign, visit.now)
    contacts = Contacts(visit.database)
    return {"contacts": [contact_json(await contacts.show(one)) for one in found]}


@router.post(
    "/contacts/why",
    **says(
        "May this contact be dialed now, which rule says so, and when will it be?",
        Right.LISTS,
        shapes.Verdicts,
    ),
)
async def why(visit: Visiting, body: Meant) -> Shown:
    """One answer for each campaign that has the contact."""
    found = await answers_on(visit.settings, visit.database, body.who, body.campaign, visit.now)
    return {"answers": [answer_json(one, visit.now) for one in found]}


@router.get("/contacts/{contact}", **says("Show a contact.", Right.LISTS, shapes.OneContact))
async def show_contact(visit: Visiting, contact: ContactPath) -> Shown:
    """Numbers, appointment, every call."""
    return await _shown(visit, contact)


async def _shown(visit: Visit, contact: int) -> Shown:
    return {"contact": contact_json(await Contacts(visit.database).show(contact))}


class Appointment(Body):
    """A call that is promised."""

    at: Moment
    agent: Annotated[Name | None, Field(description="Who alone is to make the call.")] = None


@router.put(
    "/contacts/{contact}/appointment",
    **says("Promise a contact a call at a time.", Right.LISTS, shapes.OneContact),
)
async def appoint(visit: Visiting, contact: ContactPath, body: Appointment) -> Shown:
    """In place of an earlier promise, on the contact's clock (R4)."""
    contacts = Contacts(visit.database)
    record = await contacts.show(contact)
    at = read_time(body.at, zone_of(record), visit.now)
    try:
        await contacts.appoint(contact, at, visit.who, visit.now, agent=body.agent)
    except AppointmentBarredError as error:
        text = barred_then(error, title(record))
        raise CommandError(text, reason="appointment_barred") from None
    await visit.tell_engine()
    return await _shown(visit, contact)


@router.post(
    "/contacts/{contact}/reopen",
    **says("Put a closed contact back into the pool.", Right.LISTS, shapes.OneContact),
)
async def reopen(visit: Visiting, contact: ContactPath) -> Shown:
    """Numbers that were found wrong stay retired (R6)."""
    await Contacts(visit.database).reopen(contact, visit.now, visit.who)
    await visit.tell_engine()
    return await _shown(visit, contact)


class RightNumber(Body):
    """The right number in the place of a wrong one."""

    number: Phone
    old: Annotated[Phone | None, Field(description="The wrong one, if there are several.")] = None


@router.post(
    "/contacts/{contact}/correct",
    **says("Put the right number in the place of a wrong one.", Right.LISTS, shapes.OneContact),
)
async def correct(visit: Visiting, contact: ContactPath, body: RightNumber) -> Shown:
    """Faulty data is open again (R6); the wrong number stays on file with its calls."""
    country = (await Contacts(visit.database).show(contact)).campaign.country
    number, of_country = number_of_country(body.number, country)
    correction = Correction(
        number=number,
        country=of_country,
        old=number_of_country(body.old, country)[0] if body.old else None,
        by=visit.who,
    )
    await correct_number(visit.database, contact, correction, visit.now)
    await visit.tell_engine()
    return await _shown(visit, contact)


class Withdrawal(Body):
    """Why a contact is taken out."""

    reason: Annotated[Name, Field(description="It is kept in the ledger.")]


@router.post(
    "/contacts/{contact}/withdraw",
    **says("Take a contact out of its campaign.", Right.LISTS, shapes.OneContact),
)
async def withdraw(visit: Visiting, contact: ContactPath, body: Withdrawal) -> Shown:
    """It is not called any more, until it is reopened."""
    await withdraw_contact(visit.database, contact, body.reason, visit.who, visit.now)
    await visit.tell_engine()
    return await _shown(visit, contact)


class Ground(Body):
    """On what ground a contact may be called."""

    basis: ConsentBasis
    proof: Annotated[Line, Field(max_length=LONGEST_PROOF)] = ""
    at: Moment | None = None


@router.put(
    "/contacts/{contact}/consent",
    **says("Note on what ground a contact may be called.", Right.LISTS, shapes.OneContact),
)
async def give_consent(visit: Visiting, contact: ContactPath, body: Ground) -> Shown:
    """One contact's own; a campaign's is in its description."""
    record = await Contacts(visit.database).show(contact)
    given_at = _given_at(visit, body, zone=zone_of(record).key)
    ground = Consent(basis=body.basis, proof=body.proof, given_at=given_at)
    await Consents(visit.database).give(contact, ground, visit.who, visit.now)
    await visit.tell_engine()
    return await _shown(visit, contact)


def _given_at(visit: Visit, body: Ground, *, zone: str) -> datetime:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    given_at = visit.now if body.at is None else read_time(body.at, ZoneInfo(zone), visit.now)
    if given_at > visit.now:
        raise CommandError(_("a consent cannot be of the future"), ExitCode.USAGE)
    return given_at


class TakenBack(Body):
    """Why a consent is taken back."""

    why: Why = ""


@router.post(
    "/contacts/{contact}/consent/withdraw",
    **says("The contact takes its consent back.", Right.LISTS, shapes.OneContact),
)
async def take_consent_back(
    visit: Visiting, contact: ContactPath, body: TakenBack | None = None
) -> Shown:
    """Nobody calls it any more on that ground."""
    await Contacts(visit.database).show(contact)
    why = "" if body is None else body.why
    await Consents(visit.database).withdraw(contact, why, visit.who, visit.now)
    await visit.tell_engine()
    return await _shown(visit, contact)
