"""Calendars on file by name: read with the books at hand, and read again with new ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaigns.books import NO_BOOKS, Books
from campaigns.calendars import Calendar, Holidays, unknown
from campaigns.contact import PhoneNumber
from campaigns.judge import Code
from campaigns.outcomes import Outcome
from campaigns.retry_policy import NumberOrder, RetryPolicy
from dialer.effects import EndAttempt
from store.codec import decode_campaign, encode_campaign
from store.database import Database
from store.lists import NewContact
from tests.store.room import MONDAY_9, Room, a_campaign

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = Calendar(
    name="CN",
    holidays=frozenset({date(2026, 11, 24)}),
    first=date(2026, 1, 1),
    last=date(2026, 12, 31),
)
NEXT_YEARS = replace(CN, last=date(2027, 12, 31))
NEW_YEARS_EVE = datetime(2026, 12, 31, 19, 50, tzinfo=SHANGHAI).astimezone(UTC)
NEW_YEAR = datetime(2027, 1, 1, 10, tzinfo=SHANGHAI).astimezone(UTC)


def books(calendar: Calendar) -> Books:
    return Books(calendar=lambda name: calendar if name == calendar.name else unknown(name))


@pytest.fixture
async def room(database_file: Path) -> AsyncIterator[Room]:
    async with Database(database_file, books=books(CN)) as database:
        await database.upgrade()
        yield Room(database)


def test_the_definition_keeps_the_name_and_the_books_give_the_dates() -> None:
    campaign = a_campaign(
        id=1,
        calendar=CN,
        holidays=Holidays.AS_SUNDAY,
        retry=RetryPolicy(open_hours_only=True, numbers=NumberOrder.ALTERNATE),
    )
    text = encode_campaign(campaign)
    assert "2026-11-24" not in text
    assert decode_campaign(1, campaign.name, text, books(CN)) == campaign
    without = decode_campaign(1, campaign.name, text, NO_BOOKS)
    assert without == replace(campaign, calendar=unknown("CN"))


def test_a_definition_from_before_the_calendars_keeps_none() -> None:
    campaign = a_campaign(id=1)
    words = encode_campaign(campaign).replace(', "calendar": null, "holidays": "closed"', "")
    assert "calendar" not in words
    assert decode_campaign(1, campaign.name, words, books(CN)) == campaign


async def test_nobody_is_claimed_on_a_holiday_and_everybody_after_it(room: Room) -> None:
    campaign = await room.running_campaign(3, calendar=CN)
    tuesday = MONDAY_9 + timedelta(days=1)
    claims, next_due_at = await room.hopper.claim(campaign.id, 3, tuesday)
    assert (claims, next_due_at) == ((), tuesday + timedelta(days=1))
    claims, _ = await room.hopper.claim(campaign.id, 3, tuesday + timedelta(days=1))
    assert len(claims) == 3


async def test_a_call_claimed_before_midnight_is_not_sent_into_a_holiday(room: Room) -> None:
    campaign = await room.running_campaign(1, calendar=CN)
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    verdict = await room.hopper.mark_sent(claims[0].attempt, "1001", MONDAY_9 + timedelta(days=1))
    assert verdict.code is Code.HOLIDAY


async def test_past_the_last_day_nobody_is_claimed_and_a_new_calendar_brings_all_back(
    room: Room,
) -> None:
    campaign = await room.running_campaign(4, NEW_YEARS_EVE, calendar=CN)
    one = await room.sent(campaign, NEW_YEARS_EVE)
    ended = EndAttempt(attempt=one.attempt, outcome=Outcome.NO_ANSWER, at=NEW_YEARS_EVE)
    await room.write(ended)

    claims, next_due_at = await room.hopper.claim(campaign.id, 4, NEW_YEAR)
    midnight = datetime(2027, 1, 2, tzinfo=SHANGHAI).astimezone(UTC)
    assert (claims, next_due_at) == ((), midnight)

    await room.campaigns.take_books(books(NEXT_YEARS), NEW_YEAR)
    claims, _ = await room.hopper.claim(campaign.id, 4, NEW_YEAR)
    assert len(claims) == 4, "the one who was called last year as well"


async def test_the_same_calendar_again_moves_no_hint(room: Room) -> None:
    campaign = await room.running_campaign(1, calendar=CN)
    (claim,), _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    before = (await room.contacts.show(claim.contact_id)).next_attempt_at
    await room.campaigns.take_books(books(replace(CN)), MONDAY_9 + timedelta(hours=1))
    assert (await room.contacts.show(claim.contact_id)).next_attempt_at == before


async def test_the_attempt_is_of_the_number_that_the_strategy_chose(room: Room) -> None:
    policy = RetryPolicy(numbers=NumberOrder.ALTERNATE, delay=timedelta(hours=1))
    campaign = await room.running_campaign(0, retry=policy)
    two = NewContact(
        reference="C1",
        name="张",
        zone=None,
        numbers=("+8613800000001", "+8613800000002"),
        custom={},
    )
    await room.lists.import_batch(campaign.id, [two], MONDAY_9)
    dialed = []
    for hour, outcome in enumerate((Outcome.NO_ANSWER, Outcome.BUSY, Outcome.NO_ANSWER)):
        at = MONDAY_9 + timedelta(hours=hour)
        claim = await room.sent(campaign, at)
        dialed.append(claim.e164)
        await room.write(EndAttempt(attempt=claim.attempt, outcome=outcome, at=at))
    assert dialed == ["+8613800000001", "+8613800000002", "+8613800000002"]
    shown = await room.contacts.show(claim.contact_id)
    assert [made.e164 for made in shown.attempts] == dialed
    numbers: dict[int, PhoneNumber] = {number.id: number for number in shown.contact.numbers}
    assert [numbers[past.number_id].e164 for past in shown.contact.attempts] == dialed
