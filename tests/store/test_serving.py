"""In which order contacts are served, and that the preview shows just that."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from campaigns.contact import ListState
from campaigns.judge import Code
from campaigns.outcomes import NotSent, Outcome
from campaigns.serving import ServingOrder
from campaigns.windows import ALL_DAY, CallingWindows, parse
from dialer.effects import EndAttempt
from store import schema
from store.upcoming import upcoming
from tests.store.room import MONDAY_9, Room
from tests.store.shelves import a_list, a_pool, claimed, set_list

HOUR = timedelta(hours=1)


async def test_the_first_priority_is_served_before_all_others(room: Room) -> None:
    campaign = await room.running_campaign(0)
    plain = await a_list(room, campaign, "plain")
    low = await a_pool(room, campaign, plain, 2, priority=9, due=MONDAY_9 - HOUR)
    high = await a_pool(room, campaign, plain, 2, priority=1)
    middle = await a_pool(room, campaign, plain, 2)

    assert await claimed(room, campaign, [1, 4, 1]) == [*high, *middle, *low]


async def test_where_the_first_priority_has_nobody_due_the_next_is_served(room: Room) -> None:
    campaign = await room.running_campaign(0)
    plain = await a_list(room, campaign, "plain")
    high = await a_pool(room, campaign, plain, 2, priority=1)
    low = await a_pool(room, campaign, plain, 2, priority=2)
    sent, _ = await room.hopper.claim(campaign.id, 2, MONDAY_9)
    await room.write(
        *(EndAttempt(attempt=one.attempt, outcome=Outcome.NOT_SENT, at=MONDAY_9) for one in sent)
    )

    assert await claimed(room, campaign, [2]) == low
    # A minute's rest is over: nobody has written them as ready, and yet they come first.
    assert await claimed(room, campaign, [1, 1], MONDAY_9 + HOUR) == high


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (ServingOrder.WAITING, [3, 1, 2, 4]),
        (ServingOrder.OLDEST, [1, 2, 3, 4]),
        (ServingOrder.NEWEST, [4, 3, 2, 1]),
    ],
)
async def test_each_order_is_kept_over_the_pools_of_a_priority(
    room: Room, order: ServingOrder, expected: list[int]
) -> None:
    campaign = await room.running_campaign(0, order=order)
    plain = await a_list(room, campaign, "plain")
    await a_pool(room, campaign, plain, 2)
    await a_pool(room, campaign, plain, 1, due=MONDAY_9 - HOUR)
    await a_pool(room, campaign, plain, 1)

    assert await claimed(room, campaign, [1, 2, 1]) == expected


async def test_who_was_called_least_comes_first(room: Room) -> None:
    campaign = await room.running_campaign(3, order=ServingOrder.LEAST_TRIED)
    for claim in (await room.hopper.claim(campaign.id, 2, MONDAY_9))[0]:
        await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)
        await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9))

    assert await claimed(room, campaign, [3], MONDAY_9 + 5 * HOUR) == [3, 1, 2]


async def test_another_order_holds_for_those_who_are_ready_already(room: Room) -> None:
    campaign = await room.running_campaign(0)
    plain = await a_list(room, campaign, "plain")
    ids = await a_pool(room, campaign, plain, 3)

    await room.campaigns.save(replace(campaign, order=ServingOrder.NEWEST), MONDAY_9)

    assert await claimed(room, campaign, [3]) == ids[::-1]


# ── parts of the calls ───────────────────────────────────────────────────────────────────


async def test_lists_get_their_parts_of_the_calls_whatever_the_claims_size(room: Room) -> None:
    campaign = await room.running_campaign(0)
    lists = {name: await a_list(room, campaign, name, share=part) for name, part in PARTS.items()}
    of = {
        contact: name
        for name, list_id in lists.items()
        for contact in await a_pool(room, campaign, list_id, 20)
    }

    found = [of[one] for one in await claimed(room, campaign, [1, 2, 3, 4, 1, 9])]

    assert Counter(found) == {"a": 12, "b": 6, "c": 2}
    for turn in range(1, 21):
        for name, part in PARTS.items():
            assert abs(found[:turn].count(name) - turn * part / 10) <= 1


PARTS = {"a": 6, "b": 3, "c": 1}


async def test_a_list_without_a_part_gets_what_the_others_leave(room: Room) -> None:
    campaign = await room.running_campaign(0)
    rest = await a_pool(room, campaign, await a_list(room, campaign, "rest"), 2)
    kept = await a_pool(room, campaign, await a_list(room, campaign, "kept", share=1), 2)

    assert await claimed(room, campaign, [1, 1, 1, 1]) == [*kept, *rest]


async def test_a_list_whose_contacts_may_not_be_dialed_loses_no_turn_by_it(room: Room) -> None:
    campaign = await room.running_campaign(0)
    one = await a_pool(room, campaign, await a_list(room, campaign, "one", share=1), 6)
    other = await a_pool(room, campaign, await a_list(room, campaign, "other", share=1), 3)
    async with room.database.writing() as connection:
        await connection.execute(
            update(schema.contact_number)
            .where(schema.contact_number.c.contact_id.in_(one[:3]))
            .values(retired=Outcome.VACANT)
        )

    found = await claimed(room, campaign, [1] * 6)

    assert found == [one[3], other[0], one[4], other[1], one[5], other[2]]


# ── lists and pools that are not served ──────────────────────────────────────────────────


@pytest.mark.parametrize("state", [s for s in ListState if s is not ListState.ACTIVE])
async def test_only_a_list_that_is_wanted_is_served(room: Room, state: ListState) -> None:
    campaign = await room.running_campaign(0)
    list_id = await a_list(room, campaign, "one")
    ids = await a_pool(room, campaign, list_id, 2)
    await set_list(room, list_id, state)

    assert await room.hopper.claim(campaign.id, 5, MONDAY_9) == ((), None)

    await set_list(room, list_id, ListState.ACTIVE)
    assert await claimed(room, campaign, [5]) == ids


@pytest.mark.parametrize(
    ("state", "code"),
    [(ListState.PAUSED, Code.LIST_PAUSED), (ListState.WITHDRAWN, Code.LIST_WITHDRAWN)],
)
async def test_a_list_that_is_taken_back_between_claim_and_sending_stops_the_call(
    room: Room, state: ListState, code: Code
) -> None:  # I3
    campaign = await room.running_campaign(0)
    list_id = await a_list(room, campaign, "one")
    await a_pool(room, campaign, list_id, 1)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    await set_list(room, list_id, state)

    verdict = await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)

    assert verdict.code is code
    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert attempt.note != NotSent.ENGINE
    assert attempt.outcome is Outcome.NOT_SENT


async def test_a_pool_whose_window_is_closed_is_not_even_touched(room: Room) -> None:
    campaign = await room.running_campaign(0)
    plain = await a_list(room, campaign, "plain")
    west = await a_pool(room, campaign, plain, 300, zone="Europe/London")
    here = await a_pool(room, campaign, plain, 2, priority=9)

    claims, next_due_at = await room.hopper.claim(campaign.id, 5, MONDAY_9)

    assert [claim.contact_id for claim in claims] == here
    assert next_due_at == MONDAY_9 + 8 * HOUR, "09:00 there"
    assert await _ready(room) == len(west)


async def _ready(room: Room) -> int:
    async with room.database.reading() as connection:
        query = select(func.count()).where(schema.contact.c.rank.is_not(None))
        return int(await connection.scalar(query) or 0)


# ── one agent's appointments ─────────────────────────────────────────────────────────────


async def promised(room: Room, contact: int, agent: str | None) -> None:
    await room.contacts.appoint(contact, MONDAY_9, "1001", MONDAY_9)
    async with room.database.writing() as connection:
        await connection.execute(
            update(schema.appointment)
            .where(schema.appointment.c.contact_id == contact)
            .values(agent=agent)
        )


async def test_whom_one_agent_was_promised_is_claimed_for_that_agent_alone(  # R4
    room: Room,
) -> None:
    campaign = await room.running_campaign(4)
    await promised(room, 3, "1002")

    assert await claimed(room, campaign, [1], agents=("1001",)) == [1]
    (claims, _) = await room.hopper.claim(campaign.id, 2, MONDAY_9, ("1001", "1002"))
    assert [(claim.contact_id, claim.agent) for claim in claims] == [(3, "1002"), (2, None)]


async def test_an_agent_is_given_one_promised_contact_at_a_time(room: Room) -> None:
    campaign = await room.running_campaign(3)
    for contact in (1, 2):
        await promised(room, contact, "1002")

    assert await claimed(room, campaign, [2], agents=("1001", "1002")) == [1, 3]
    assert await claimed(room, campaign, [2], agents=("1001", "1002")) == [2]


async def test_a_promise_that_is_missed_leaves_the_contact_to_anyone(room: Room) -> None:  # R4
    campaign = await room.running_campaign(1)
    await promised(room, 1, "1002")

    assert await claimed(room, campaign, [1], agents=("1001",)) == []
    _, next_due_at = await room.hopper.claim(campaign.id, 1, MONDAY_9, ("1001",))

    noon = MONDAY_9 + 3 * HOUR
    assert next_due_at == noon, "when the window that holds the promise is over"
    assert await claimed(room, campaign, [1], MONDAY_9 + 5 * HOUR, ("1001",)) == [1]


# ── the preview ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", ServingOrder)
async def test_the_preview_is_what_is_claimed_then(room: Room, order: ServingOrder) -> None:
    campaign = await room.running_campaign(4, order=order)
    halves = [await a_list(room, campaign, name, share=part) for name, part in PARTS.items()]
    for at, list_id in enumerate(halves):
        await a_pool(room, campaign, list_id, 5, due=MONDAY_9 - at * HOUR)
        await a_pool(room, campaign, list_id, 2, priority=1 + at)
    await set_list(room, halves[2], ListState.PAUSED)
    await promised(room, 2, None)
    await promised(room, 3, "1002")
    async with room.database.writing() as connection:
        await connection.execute(
            update(schema.contact_number)
            .where(schema.contact_number.c.contact_id.in_((6, 13)))
            .values(retired=Outcome.VACANT)
        )
    before = await _everything(room)

    shown = await upcoming(room.database, campaign.id, 100, MONDAY_9)
    few = await upcoming(room.database, campaign.id, 5, MONDAY_9)

    assert await _everything(room) == before, "looking changes nothing"
    ids = [one.contact.id for one in shown.contacts]
    assert [one.contact.id for one in few.contacts] == ids[:5]
    assert ids[:2] == [2, 3]
    assert shown.contacts[1].agent == "1002"
    sizes = [1, 2, 3, 1, 5, 8, 1, 1]
    assert await claimed(room, campaign, sizes, agents=("1001", "1002")) == ids
    assert len(ids) == 4 + 2 * 7 - 2


async def _everything(room: Room) -> list[tuple[object, ...]]:
    async with room.database.reading() as connection:
        query = select(schema.contact).order_by(schema.contact.c.id)
        return [tuple(row) for row in await connection.execute(query)]


async def test_at_night_the_preview_shows_who_is_dialed_in_the_morning(room: Room) -> None:
    campaign = await room.running_campaign(
        3, windows=CallingWindows.every_day(parse("10:00-11:00"))
    )

    shown = await upcoming(room.database, campaign.id, 2, MONDAY_9)

    assert shown.at == MONDAY_9 + HOUR
    assert [one.contact.id for one in shown.contacts] == [1, 2]


async def test_where_nobody_is_left_the_preview_is_empty(room: Room) -> None:
    campaign = await room.running_campaign(0, windows=CallingWindows.every_day(ALL_DAY))
    shown = await upcoming(room.database, campaign.id, 2, MONDAY_9)
    assert (shown.at, shown.contacts) == (None, ())
