"""Several engines on one PostgreSQL: who waits for whom, and who has which name.

On SQLite there is one engine and one writer at a time; nothing of this can happen there.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import delete, insert, select, update

from campaigns.campaign import CampaignState
from campaigns.judge import Code
from campaigns.outcomes import Outcome
from campaigns.windows import ALL_DAY, CallingWindows
from dialer.effects import EndAttempt
from store import schema
from store.database import Database
from store.do_not_call import DoNotCallEntry, add_entry
from store.errors import EngineRunningError, StoreUnusableError
from store.hopper import Hopper
from store.locks import change_rules, lock_numbers
from tests.private_postgres import PrivatePostgres
from tests.store.room import MONDAY_9, Room

ENGINES = 8
CONTACTS = 200
AT_ONCE = 5
NOT_YET_S = 0.3
WITHIN_S = 10.0


@pytest.fixture
async def rooms(postgres_url: str) -> AsyncIterator[list[Room]]:
    """Eight engines, each with its own connections, name and ids."""
    ids = itertools.count()
    async with AsyncExitStack() as stack:
        made = []
        for number in range(ENGINES):
            name = f"engine-{number}"
            database = await stack.enter_async_context(Database(postgres_url, engine_id=name))
            room = Room(database, ids=ids)
            room.hopper = Hopper(database, name, room.make_id)
            await room.hopper.recover(MONDAY_9)
            made.append(room)
        yield made


async def all_day(room: Room, contacts: int) -> int:
    """A running campaign whose window is always open; its id."""
    windows = CallingWindows.every_day(ALL_DAY)
    return (await room.running_campaign(contacts, windows=windows)).id


async def claim_all(room: Room, campaign_id: int) -> list[int]:
    """What one engine gets until nothing is left."""
    got: list[int] = []
    due = MONDAY_9
    while due is not None and due <= MONDAY_9:
        claims, found = await room.hopper.claim(campaign_id, AT_ONCE, MONDAY_9)
        got += [claim.contact_id for claim in claims]
        due = found
    return got


async def test_eight_engines_claim_each_contact_once_and_leave_none(
    rooms: list[Room],
) -> None:  # I1
    campaign_id = await all_day(rooms[0], CONTACTS)

    async with asyncio.TaskGroup() as tasks:
        claiming = [tasks.create_task(claim_all(room, campaign_id)) for room in rooms]

    got = [task.result() for task in claiming]
    assert sorted(itertools.chain(*got)) == list(range(1, CONTACTS + 1))
    # None starved: what is a fair part is chance, but everyone had a turn.
    assert min(map(len, got)) >= AT_ONCE


async def test_the_kept_counts_are_true_after_eight_engines_at_once(rooms: list[Room]) -> None:
    campaign_id = await all_day(rooms[0], CONTACTS)
    async with asyncio.TaskGroup() as tasks:
        for room in rooms:
            tasks.create_task(claim_all(room, campaign_id))

    async with rooms[0].database.reading() as connection:
        kept = Counter[tuple[str, str]]()
        for row in await connection.execute(schema.tally.select()):
            kept[row.state, row.standing] += row.n
        counted = Counter[tuple[str, str]]()
        for row in await connection.execute(schema.contact.select()):
            counted[row.state, row.standing] += 1
    assert +kept == counted


async def test_an_engine_recovers_what_is_its_own_and_nothing_else(rooms: list[Room]) -> None:  # I2
    campaign_id = await all_day(rooms[0], 4)
    first, second = rooms[:2]
    ((mine,), _) = await first.hopper.claim(campaign_id, 1, MONDAY_9)
    ((other,), _) = await second.hopper.claim(campaign_id, 1, MONDAY_9)
    await second.hopper.mark_sent(other.attempt, "1001", MONDAY_9)

    assert await first.hopper.recover(MONDAY_9) == ()

    (freed,) = (await first.contacts.show(mine.contact_id)).attempts
    assert freed.outcome is Outcome.NOT_SENT
    (alive,) = (await first.contacts.show(other.contact_id)).attempts
    assert alive.outcome is None
    (found,) = await second.hopper.recover(MONDAY_9)
    assert found.attempt == other.attempt


async def test_whom_one_engine_holds_the_others_pass_over_without_waiting(
    rooms: list[Room],
) -> None:
    campaign_id = await all_day(rooms[0], 2)
    async with rooms[0].database.writing() as connection:
        await connection.execute(
            update(schema.contact).where(schema.contact.c.id == 1).values(name="held")
        )
        async with asyncio.timeout(WITHIN_S):
            claims, _ = await rooms[1].hopper.claim(campaign_id, 2, MONDAY_9)
        assert [claim.contact_id for claim in claims] == [2]


async def test_a_committed_do_not_call_is_obeyed_by_whoever_judges_after_it(
    rooms: list[Room],
) -> None:  # I3
    """The mark waits for the word that is being written, however it is interleaved."""
    campaign_id = await all_day(rooms[0], 1)
    ((claim,), _) = await rooms[0].hopper.claim(campaign_id, 1, MONDAY_9)
    entry = DoNotCallEntry(
        e164=claim.e164, campaign_id=None, source="operator", reason="asked", added_at=MONDAY_9
    )

    async with asyncio.TaskGroup() as tasks, rooms[1].database.writing() as connection:
        await add_entry(connection, entry)
        marking = tasks.create_task(rooms[0].hopper.mark_sent(claim.attempt, "", MONDAY_9))
        await asyncio.sleep(NOT_YET_S)
        assert not marking.done()

    assert marking.result().code is Code.DO_NOT_CALL


async def test_a_pause_is_obeyed_by_whoever_judges_after_it(rooms: list[Room]) -> None:  # I3
    campaign_id = await all_day(rooms[0], 1)
    ((claim,), _) = await rooms[0].hopper.claim(campaign_id, 1, MONDAY_9)
    await rooms[1].campaigns.set_state(campaign_id, CampaignState.PAUSED)

    verdict = await rooms[0].hopper.mark_sent(claim.attempt, "1001", MONDAY_9)

    assert verdict.code is Code.CAMPAIGN_PAUSED


async def test_two_engines_count_and_send_to_one_number_one_after_the_other(
    rooms: list[Room],
) -> None:
    """So that a cap on a number holds over all engines and campaigns."""
    campaign_id = await all_day(rooms[0], 1)
    ((claim,), _) = await rooms[0].hopper.claim(campaign_id, 1, MONDAY_9)

    async with asyncio.TaskGroup() as tasks, rooms[1].database.writing() as connection:
        await lock_numbers(connection, (claim.e164, "+8613000000001"))
        marking = tasks.create_task(rooms[0].hopper.mark_sent(claim.attempt, "", MONDAY_9))
        await asyncio.sleep(NOT_YET_S)
        assert not marking.done()

    assert marking.result().dialable


async def test_a_late_word_and_an_appointment_of_another_process_follow_each_other(
    rooms: list[Room],
) -> None:  # R4
    campaign_id = await all_day(rooms[0], 1)
    ((claim,), _) = await rooms[0].hopper.claim(campaign_id, 1, MONDAY_9)
    await rooms[0].hopper.mark_sent(claim.attempt, "1001", MONDAY_9)
    end = EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9)
    promised = MONDAY_9 + timedelta(hours=2)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(rooms[0].write(end))
        for room in rooms[1:4]:
            tasks.create_task(room.contacts.appoint(claim.contact_id, promised, "op", MONDAY_9))

    assert rooms[0].failed == []
    shown = await rooms[0].contacts.show(claim.contact_id)
    assert shown.appointment is not None
    assert shown.next_attempt_at == promised


async def test_changed_rules_reach_every_contact_though_all_engines_renew(
    rooms: list[Room],
) -> None:
    campaign_id = await all_day(rooms[0], 50)
    async with rooms[0].database.writing() as connection:
        await connection.execute(update(schema.contact).values(next_attempt_at=None))
        await connection.execute(update(schema.campaign).values(renewed_to=0))

    async with asyncio.TaskGroup() as tasks:
        claiming = [tasks.create_task(claim_all(room, campaign_id)) for room in rooms]

    got = itertools.chain(*(task.result() for task in claiming))
    assert sorted(got) == list(range(1, 51))


async def test_a_claim_waits_for_rules_that_are_being_changed(rooms: list[Room]) -> None:
    """Else it writes, after they are gone, who may not be dialed by them: nobody looks again."""
    campaign_id = await all_day(rooms[0], 2)
    entry = DoNotCallEntry(
        e164="+8613000000000", campaign_id=None, source="s", reason="r", added_at=MONDAY_9
    )
    await rooms[0].do_not_call.add(entry)

    async with asyncio.TaskGroup() as tasks, rooms[1].database.writing() as connection:
        await change_rules(connection)
        claiming = tasks.create_task(rooms[0].hopper.claim(campaign_id, 2, MONDAY_9))
        await asyncio.sleep(NOT_YET_S)
        assert not claiming.done()
        await connection.execute(delete(schema.do_not_call))

    assert len(claiming.result()[0]) == 1, "the other one is still to be looked at again"


async def test_who_writes_a_refusal_waits_for_the_list_before_it_holds_the_contact(
    rooms: list[Room],
) -> None:
    """Else it and a list that is being loaded wait for each other, and all calls for both."""
    campaign_id = await all_day(rooms[0], 1)
    ((claim,), _) = await rooms[0].hopper.claim(campaign_id, 1, MONDAY_9)
    await rooms[0].hopper.mark_sent(claim.attempt, "1001", MONDAY_9)
    refused = EndAttempt(attempt=claim.attempt, outcome=Outcome.REFUSED, at=MONDAY_9)

    async with asyncio.TaskGroup() as tasks, rooms[1].database.writing() as connection:
        await change_rules(connection)
        tasks.create_task(rooms[0].write(refused))
        await asyncio.sleep(NOT_YET_S)
        held = select(schema.contact.c.id).with_for_update(nowait=True)
        assert (await connection.execute(held)).all() == [(claim.contact_id,)]

    assert rooms[0].failed == []


# ── an engine's name ─────────────────────────────────────────────────────────────────────


async def test_a_second_engine_of_the_same_name_is_refused_with_the_holder_named(
    rooms: list[Room], postgres_url: str
) -> None:
    del rooms
    async with Database(postgres_url, engine_id="engine-3") as second:
        with pytest.raises(EngineRunningError, match="waihu engine-3 pid ") as refused:
            async with second.writing():
                pass
    assert " since 20" in refused.value.holder
    assert not refused.value.passes


async def test_a_name_is_free_again_once_its_engine_is_gone(postgres_url: str) -> None:
    for _ in range(2):
        async with Database(postgres_url, engine_id="engine-1") as database:
            await Hopper(database, "engine-1", lambda: "").recover(MONDAY_9)


async def test_an_engine_whose_name_another_has_meanwhile_writes_nothing(
    postgres_url: str, private_postgres: PrivatePostgres
) -> None:
    """It has lost its session, and must not go on as if it still had its name."""
    engine = insert(schema.engine)
    async with (
        Database(postgres_url, engine_id="engine-1") as first,
        Database(postgres_url, engine_id="engine-1") as second,
    ):
        async with first.writing() as connection:
            await connection.execute(engine.values(id="engine-1", started_at=MONDAY_9))
        _end_sessions(private_postgres.url, "waihu engine-1")
        async with second.writing() as connection:
            await connection.execute(engine.values(id="another", started_at=MONDAY_9))

        with pytest.raises(StoreUnusableError, match="has the name engine-1") as refused:
            async with first.writing():
                pass

    assert refused.value.passes  # it waits until it has its name again


def _end_sessions(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name LIKE %s || ' %%'",
            (name,),
        )
