"""What a list that is loaded again says of consent: heard, kept in the ledger, never over a no."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from campaigns.books import Books
from campaigns.calendars import unknown
from campaigns.campaign import Kind
from campaigns.consent import Consent, ConsentBasis
from campaigns.filter_text import read_filter
from campaigns.law.law_choice import LawChoice
from store import schema
from store.consent import Consents
from store.loading import begin
from store.sorting import OnDuplicate
from tests.campaigns.law_facts import LAWS
from tests.store.room import MONDAY_9, Room
from tests.store.test_loads import COUNTS, load, order, row

AGREED = Consent(basis=ConsentBasis.CONSENT, proof="form 1", given_at=MONDAY_9 - timedelta(days=3))
LATER = MONDAY_9 + timedelta(hours=1)


async def claimed(room: Room, campaign_id: int, at: datetime = LATER) -> list[int]:
    claims, _ = await room.hopper.claim(campaign_id, 9, at)
    return [claim.contact_id for claim in claims]


async def under_the_law(room: Room) -> int:
    room.database.use(Books(calendar=unknown, regulations=LAWS))
    changes = {"law": LawChoice(), "regulations": LAWS, "kind": Kind.SALES}
    return (await room.running_campaign(0, **changes)).id


async def loaded(room: Room, campaign_id: int, consent: Consent | None) -> None:
    campaign = (await room.campaigns.get(campaign_id, MONDAY_9)).campaign
    await load(room, campaign, [row(1, consent=consent)], duplicates=OnDuplicate.UPDATE)


async def test_who_waited_for_consent_is_called_when_a_list_brings_it(room: Room) -> None:
    campaign = await under_the_law(room)
    await loaded(room, campaign, None)
    assert await claimed(room, campaign, MONDAY_9) == []

    await loaded(room, campaign, AGREED)

    assert await claimed(room, campaign) == [1]


async def test_who_was_filtered_is_called_when_a_list_brings_the_field(room: Room) -> None:
    campaign = await room.running_campaign(0, filter=read_filter('city = "上海"'))
    await load(room, campaign, [row(1, custom={"city": "北京"})])
    assert await claimed(room, campaign.id, MONDAY_9) == []

    moved = row(1, custom={"city": "上海"})
    await load(room, campaign, [moved], duplicates=OnDuplicate.UPDATE)

    assert await claimed(room, campaign.id) == [1]


@pytest.mark.parametrize(
    ("given_at", "called"),
    [
        (AGREED.given_at, []),  # yesterday's list once more, as a nightly drop has it
        (None, []),
        (MONDAY_9 + timedelta(minutes=30), [1]),
    ],
)
async def test_a_list_gives_back_no_consent_that_was_withdrawn_since(
    room: Room, given_at: datetime | None, called: list[int]
) -> None:
    campaign = await under_the_law(room)
    await loaded(room, campaign, AGREED)
    await Consents(room.database).withdraw(1, "asked us to", "wang", MONDAY_9)

    await loaded(room, campaign, replace(AGREED, given_at=given_at))

    assert await claimed(room, campaign) == called


async def test_a_proof_that_a_list_replaces_stays_in_the_ledger(room: Room) -> None:
    campaign = await under_the_law(room)
    await loaded(room, campaign, AGREED)

    await loaded(room, campaign, replace(AGREED, proof="form 2"))
    await loaded(room, campaign, replace(AGREED, proof="form 2"))

    async with room.database.reading() as connection:
        wanted = select(schema.ledger.c.body).where(schema.ledger.c.kind == "consent.given")
        bodies = [json.loads(body) for body in await connection.scalars(wanted)]
    assert [(body["before"]["proof"], body["now"]["proof"]) for body in bodies] == [
        ("form 1", "form 2")
    ]


async def test_a_campaign_that_changes_during_a_load_loses_nobody(room: Room) -> None:
    campaign = await room.running_campaign(0, filter=read_filter('city = "上海"'))
    under_way = await begin(room.database, order(campaign), MONDAY_9)
    await room.campaigns.save(replace(campaign, filter=None), MONDAY_9)

    await under_way.add([row(1, custom={"city": "北京"})], MONDAY_9)
    await under_way.finish(COUNTS, MONDAY_9)

    await room.hopper.claim(campaign.id, 0, MONDAY_9)
    assert await claimed(room, campaign.id) == [1]
