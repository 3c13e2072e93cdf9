"""The law's word on contacts on file: nobody is lost by it, and nobody is called against it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from campaigns.books import NO_BOOKS, Books
from campaigns.calendars import unknown
from campaigns.campaign import Campaign
from campaigns.consent import Consent, ConsentBasis
from campaigns.judge import Code, judge
from campaigns.law.law_choice import LawChoice
from campaigns.outcomes import Outcome
from campaigns.retry_policy import RetryPolicy
from campaigns.windows import CallingWindows, parse
from store import schema
from store.consent import Consents
from store.corrections import Correction, correct_number, withdraw_contact
from store.database import Database
from store.lists import NewContact
from store.locks import hold_rules
from tests.campaigns.law_facts import LAWS, NEW_YORK
from tests.store.room import MONDAY_9, Room

# Monday 23 November 2026, 12:00 in New York.
NOON = MONDAY_9 + timedelta(hours=16)
ALL_DAY = CallingWindows.every_day(parse("00:00-24:00"))


async def american(room: Room, **changes: Any) -> Campaign:
    """A running campaign of one contact in New York, under the law."""
    room.database.use(Books(calendar=unknown, regulations=LAWS))
    agreed = Consent(basis=ConsentBasis.CONTRACT, proof="HT-1", given_at=None)
    there = {"zone": NEW_YORK, "windows": ALL_DAY, "law": LawChoice(), "consent": agreed}
    return await room.running_campaign(1, NOON, regulations=LAWS, **(there | changes))


async def set_numbers(room: Room, country: str, e164: str) -> None:
    async with room.database.writing() as connection:
        await connection.execute(update(schema.contact_number).values(country=country, e164=e164))
        await connection.execute(update(schema.pool).values(countries=country))


async def answered(
    room: Room,
    campaign: Campaign,
    outcome: Outcome,
    count: int,
    at: datetime,
    *,
    counted: bool = False,
) -> None:
    """So many calls of the campaign that a person answered, to contacts of nobody's business."""
    async with room.database.writing() as connection:
        number = (await connection.execute(select(schema.contact_number))).first()
        assert number is not None
        rows = [
            {
                "id": room.make_id(),
                "engine_id": "engine-1",
                "campaign_id": campaign.id,
                "contact_id": number.contact_id,
                "number_id": number.id,
                "state": "ended",
                "claimed_at": at,
                "sent_at": at,
                "answered_at": at,
                "ended_at": at,
                "outcome": outcome.value,
                "counted": counted,
                "tech_cause": "",
                "dial_status": "",
                "note": "",
            }
            for _ in range(count)
        ]
        await connection.execute(insert(schema.attempt), rows)


async def test_who_was_refused_for_the_abandoned_share_is_dialed_when_it_is_good_again(
    room: Room,
) -> None:
    campaign = await american(room)
    await set_numbers(room, "US", "+12125550001")
    earlier = NOON - timedelta(days=8)
    await answered(room, campaign, Outcome.ABANDONED, 2, earlier)
    refused, _ = await room.hopper.claim(campaign.id, 1, NOON)
    facts = await room.contacts.facts(1, NOON)
    assert refused == ()

    verdict = judge(facts, NOON)
    assert verdict.code is Code.ABANDON_RATE
    assert verdict.until is not None, "a new block starts clean"
    assert judge(await room.contacts.facts(1, verdict.until), verdict.until).dialable

    await answered(room, campaign, Outcome.UNSUCCESSFUL, 100, earlier)
    later = NOON + timedelta(hours=1)
    claims, _ = await room.hopper.claim(campaign.id, 1, later)

    assert [claim.contact_id for claim in claims] == [1]


async def test_who_was_refused_for_want_of_a_regulation_is_dialed_when_it_is_there(
    room: Room,
) -> None:
    campaign = await american(room)
    await set_numbers(room, "US", "+12125550001")
    room.database.use(NO_BOOKS)
    await room.hopper.claim(campaign.id, 1, NOON)
    assert judge(await room.contacts.facts(1, NOON), NOON).code is Code.LAW_UNKNOWN

    room.database.use(Books(calendar=unknown, regulations=LAWS))  # as after a restart
    later = NOON + timedelta(hours=1)
    claims, _ = await room.hopper.claim(campaign.id, 1, later)

    assert [claim.contact_id for claim in claims] == [1]


async def test_a_number_is_corrected_whose_contact_has_used_up_its_days(room: Room) -> None:
    campaign = await room.running_campaign(1, retry=RetryPolicy(max_days=1))
    await answered(room, campaign, Outcome.UNSUCCESSFUL, 1, MONDAY_9, counted=True)
    tuesday = MONDAY_9 + timedelta(days=1)

    right = Correction(number="+8613911112222", country="CN", by="wang")
    await correct_number(room.database, 1, right, tuesday)

    claims, _ = await room.hopper.claim(campaign.id, 1, tuesday)
    assert [claim.e164 for claim in claims] == ["+8613911112222"], "as if it had been noticed"


@pytest.mark.parametrize(
    ("number", "country", "closed", "opens"),
    [
        ("+12125550001", "US", "2026-11-23T07:00", "2026-11-23T13:00"),  # 02:00, 08:00 there
        ("+8613911112222", "CN", "2026-11-22T23:30", "2026-11-23T01:00"),
    ],
)
async def test_who_gets_the_number_of_another_place_is_called_by_its_clock(
    room: Room, number: str, country: str, closed: str, opens: str
) -> None:
    room.database.use(Books(calendar=unknown, regulations=LAWS))
    agreed = Consent(basis=ConsentBasis.CONTRACT, proof="HT-1", given_at=None)
    changes = {"law": LawChoice(), "consent": agreed, "windows": ALL_DAY}
    campaign = await room.running_campaign(2, MONDAY_9, **changes)

    right = Correction(number=number, country=country, by="wang", old="+8613000000000")
    await correct_number(room.database, 1, right, MONDAY_9)

    async def claimed(at: str) -> list[str]:
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        judged = judge(await room.contacts.facts(1, moment), moment)
        claims, _ = await room.hopper.claim(campaign.id, 9, moment)
        found = [claim.e164 for claim in claims if claim.contact_id == 1]
        assert judged.dialable == bool(found), "why says what is done"
        return found

    assert await claimed(closed) == []
    assert await claimed(opens) == [number]


async def test_a_zone_that_was_told_stays_when_the_number_changes(room: Room) -> None:
    campaign = await room.running_campaign(0)
    new = NewContact(
        reference="C1", name="A", zone="Asia/Urumqi", numbers=("+8613000000001",), custom={}
    )
    await room.lists.import_batch(campaign.id, [new], MONDAY_9)

    right = Correction(number="+12125550001", country="US", by="wang")
    await correct_number(room.database, 1, right, MONDAY_9)

    contact = (await room.contacts.facts(1, MONDAY_9)).contact
    assert contact.zone is not None
    assert (contact.zone.key, contact.zones) == ("Asia/Urumqi", ())


@pytest.mark.parametrize("change", ["consent", "contact", "number"])
async def test_what_forbids_a_call_waits_for_whoever_judges_one_now(  # I3
    room: Room, target: Path | str, change: str
) -> None:
    await room.running_campaign(1)
    agreed = Consent(basis=ConsentBasis.CONSENT, proof="form 1", given_at=None)
    await Consents(room.database).give(1, agreed, "wang", MONDAY_9)
    other = Database(target)
    acts = {
        "consent": lambda: Consents(other).withdraw(1, "asked us to", "wang", MONDAY_9),
        "contact": lambda: withdraw_contact(other, 1, "moved", "wang", MONDAY_9),
        "number": lambda: correct_number(
            other, 1, Correction(number="+8613911112222", country="CN"), MONDAY_9
        ),
    }

    async with room.database.writing() as connection:
        await hold_rules(connection)
        done = asyncio.ensure_future(acts[change]())
        await asyncio.wait([done], timeout=0.3)
        assert not done.done()
    await done
    await other.close()
