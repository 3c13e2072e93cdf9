"""How the contacts of a campaign stand, in cases worked by hand."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from campaigns.contact import ListState
from campaigns.outcomes import Outcome
from dialer.effects import EndAttempt
from dialer.messages import CampaignRecord
from store import schema
from store.database import Database
from store.hopper import Hopper
from tests.store.room import MONDAY_9, Room
from tests.store.shelves import a_list, a_pool, set_list

NOON = MONDAY_9 + timedelta(hours=3)


async def standing(room: Room, now: object = MONDAY_9) -> CampaignRecord:
    (record,) = await room.campaigns.records(now)  # type: ignore[arg-type]  # a moment
    return record


async def test_each_contact_stands_in_one_place(room: Room) -> None:
    campaign = await room.running_campaign(0)
    lists = [await a_list(room, campaign, name) for name in ("a", "b", "c", "d")]
    await a_pool(room, campaign, lists[0], 5)
    await a_pool(room, campaign, lists[1], 2)
    await a_pool(room, campaign, lists[2], 3)
    await a_pool(room, campaign, lists[3], 9)
    await a_pool(room, campaign, lists[0], 4, zone="Europe/London")
    ends = (Outcome.NO_ANSWER, Outcome.SUCCESS, None)
    for outcome in ends:
        claim = await room.sent(campaign, MONDAY_9)
        if outcome is not None:
            await room.write(EndAttempt(attempt=claim.attempt, outcome=outcome, at=MONDAY_9))
    await set_list(room, lists[1], ListState.PAUSED)
    await set_list(room, lists[2], ListState.WITHDRAWN)
    await set_list(room, lists[3], ListState.LOADING)

    record = await standing(room)

    assert record.due_contacts == 2
    assert record.held_contacts == {
        "delay": 1,
        "in_call": 1,
        "outside_window": 4,
        "list_paused": 2,
        "list_withdrawn": 3,
    }
    assert record.closed_contacts == {"done": 1}
    assert record.contacts == 14, "nobody sees a list that is still being loaded"
    assert record.open_contacts == 10
    assert record.next_due_at == MONDAY_9


async def test_who_has_waited_long_enough_may_be_dialed_though_nobody_has_looked(
    room: Room,
) -> None:  # R5
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9))

    before, after = await standing(room), await standing(room, NOON + timedelta(hours=2))

    assert (before.due_contacts, after.due_contacts) == (0, 1)
    assert before.next_due_at == NOON + timedelta(hours=2)
    assert sum(after.held_contacts.values()) == 0


async def test_when_the_window_closes_all_wait_for_it(room: Room) -> None:
    campaign = await room.running_campaign(0)
    await a_pool(room, campaign, await a_list(room, campaign, "a"), 3)

    record = await standing(room, NOON)

    assert (record.due_contacts, record.shut_out_contacts) == (0, 3)
    assert record.next_due_at == NOON + timedelta(hours=2)


async def test_counts_of_connections_that_are_gone_are_added_up(room: Room, target: object) -> None:
    campaign = await room.running_campaign(3)
    async with Database(target) as other:  # type: ignore[arg-type]  # a path or a URL
        await Hopper(other, "engine-2", room.make_id).claim(campaign.id, 0, MONDAY_9)
        await room.hopper.claim(campaign.id, 1, MONDAY_9)
    before = await standing(room)

    await room.hopper.recover(MONDAY_9)

    after = await standing(room)
    assert before.contacts == after.contacts == 3
    async with room.database.reading() as connection:
        shards = set(await connection.scalars(select(schema.tally.c.shard)))
    assert len(shards) <= 2
