"""What the desk looks up: the card of the call, a contact, customers, the own day.

Owns: the reads behind each, and whose contacts an agent may look at: those of the own calls, and
those that a search of the agent's has found. Must not know how any of it is shown.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign
from campaigns.phone.numbers import caller_e164
from dialer.popping import Card
from store.call_notes import notes_of_number
from store.contacts import ContactRecord, Contacts
from store.customer_search import search
from store.errors import StoreError, UnknownContactError
from store.form_answers import answers_of_calls
from store.own_calls import own_promises
from store.own_day import own_day
from store.undisposed import waiting_calls
from supervisor.web.desk.card import (
    Beside,
    Plain,
    Reader,
    card_json,
    contact_json,
    form_json,
    outcomes_for,
)
from supervisor.web.desk.parts import Sitter

MOST_LATE = 20
WITHIN_S = 2.0
"""A card that comes later than the first words is of no use: it comes with what is there."""


def reader_of(sitter: Sitter) -> Reader:
    """Who reads, and by which clock."""
    site = ZoneInfo(sitter.parts.settings().site.zone)
    return Reader(sees_numbers=sitter.sees_numbers, now=sitter.now, site=site)


async def card(sitter: Sitter) -> Plain | None:
    """The card of the latest pop; None: there was none."""
    found = sitter.card()
    if found is None:
        return None
    sitter.parts.desks.may_see(sitter.agent, _people(found))
    return card_json(found, await _beside(sitter, found), reader_of(sitter))


def _people(found: Card) -> list[int]:
    people = found.found.people if found.found is not None else ()
    own = [] if found.offer.contact is None else [found.offer.contact]
    return [*own, *(one.contact for one in people)]


async def _beside(sitter: Sitter, found: Card) -> Beside:
    """What the pop does not hold. Where the database is slow, the card does without it."""
    offer, parts = found.offer, sitter.parts
    form = parts.forms.form(parts.settings().paths.forms, offer.campaign, offer.queue)
    campaign = _campaign(sitter, offer.campaign)
    place = parts.places.told(_e164(sitter, found), is_masked=not sitter.sees_numbers)
    try:
        async with asyncio.timeout(WITHIN_S):
            record = await _meant(sitter, found)
            notes = await notes_of_number(parts.database, _e164(sitter, found))
            history = found.found.history if found.found is not None else ()
            answers = await answers_of_calls(
                parts.database, [one.call for one in history if one.call]
            )
    except (TimeoutError, StoreError):
        return Beside(campaign=campaign, form=form, place=place)
    return Beside(
        record=record, campaign=campaign, answers=answers, notes=notes, form=form, place=place
    )


def _campaign(sitter: Sitter, name: str) -> Campaign | None:
    desks = sitter.parts.loop.engine.desks
    return next((desk.campaign for desk in desks if desk.campaign.name == name), None)


def _e164(sitter: Sitter, found: Card) -> str:
    if not found.offer.inbound:
        return found.offer.number
    return caller_e164(found.offer.number, sitter.parts.settings().inbound.country)


async def _meant(sitter: Sitter, found: Card) -> ContactRecord | None:
    """Whom the call is for, or the only one who has the number: of several nobody knows which."""
    people = _people(found)
    if found.offer.contact is None and len(set(people)) != 1:
        return None
    try:
        return await Contacts(sitter.parts.database).show(people[0])
    except UnknownContactError:
        return None


async def contact_record(sitter: Sitter, contact: int) -> ContactRecord:
    """A contact that the agent may look at.

    Raises:
        UnknownContactError: there is none, or it is none of the agent's.
    """
    if not sitter.parts.desks.sees(sitter.agent, contact):
        raise UnknownContactError(contact)
    return await Contacts(sitter.parts.database).show(contact)


async def contact(sitter: Sitter, number: int) -> Plain:
    """The same in plain values."""
    return contact_json(await contact_record(sitter, number), reader_of(sitter))


async def customers(sitter: Sitter, text: str) -> list[Plain]:
    """Who is found by a name, a reference or a number; these may be looked at from now on."""
    wanted = text.strip()
    e164 = caller_e164(wanted, sitter.parts.settings().inbound.country)
    found = await search(sitter.parts.database, wanted, e164) if wanted else []
    sitter.parts.desks.may_see(sitter.agent, [one.contact for one in found])
    number = reader_of(sitter).number
    return [
        {
            "contact": one.contact,
            "name": one.name,
            "reference": one.reference,
            "campaign": one.campaign,
            "number": number(one.e164) if one.e164 else "",
        }
        for one in found
    ]


async def today(sitter: Sitter) -> Plain:
    """The four figures of the own day, by the site's clock, and what still waits for a word."""
    zone = ZoneInfo(sitter.parts.settings().site.zone)
    local = sitter.now.astimezone(zone)
    midnight = datetime.combine(local.date(), time.min, zone).astimezone(UTC)
    day = await own_day(sitter.parts.database, sitter.agent, midnight)
    waiting = await waiting_calls(sitter.parts.database, sitter.agent)
    tomorrow = midnight + timedelta(days=1)
    promises = await own_promises(sitter.parts.database, sitter.agent, tomorrow)
    calls = day.answered + day.dialed
    number = reader_of(sitter).number
    sitter.parts.desks.may_see(sitter.agent, [one.contact_id for one in waiting])
    return {
        "calls": calls,
        "answered": day.answered,
        "successes": day.successes,
        "talk_s": round(day.talked_s / calls) if day.talked_s is not None and calls else None,
        "promises": [
            {"at": one.at.isoformat(), "name": one.name, "campaign": one.campaign}
            for one in promises
        ],
        "late": [
            {
                "call": one.attempt,
                "contact": one.contact_id,
                "name": one.name,
                "campaign": one.campaign,
                "number": number(one.e164),
                "at": one.at.isoformat(),
                "note": one.note,
                **_choices_for(sitter, one.campaign),
            }
            for one in waiting[:MOST_LATE]
        ],
    }


def _choices_for(sitter: Sitter, campaign: str) -> Plain:
    """What may be said of a call of that campaign, and asked in it."""
    form = sitter.parts.forms.form(sitter.parts.settings().paths.forms, campaign)
    return {
        "outcomes": outcomes_for(inbound=False, campaign=_campaign(sitter, campaign)),
        "form": form_json(form) if form else None,
    }
