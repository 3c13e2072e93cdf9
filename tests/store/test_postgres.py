"""What only PostgreSQL can do to us: a server that ends, falls, refuses and quotes rows."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from campaigns.outcomes import Disposition, NotSent, Outcome
from dialer.effects import EndAttempt
from store.candidates import Asked, pick
from store.database import Database
from store.errors import (
    Blame,
    EngineRunningError,
    StoreBusyError,
    StoreConflictError,
    StoreError,
    StoreUnusableError,
)
from store.facts import load_campaign
from store.hopper import Hopper
from store.on_file import look_up
from tests.private_postgres import PrivatePostgres
from tests.store.desk import at_work
from tests.store.room import MONDAY_9, Room

WITHIN_S = 10.0
PHONE = "+86138" + "00138000"
# How often this session has read each of the tables whole that grow with lists and calls.
READ_WHOLE = """
SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname IN
  ('contact', 'contact_number', 'attempt', 'appointment', 'do_not_call', 'tally')
"""


@pytest.fixture
async def room(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    """An engine that has its name, and whose patience with locks is short."""
    beside = tmp_path_factory.mktemp("beside") / "waihu.db"
    database = Database(postgres_url, busy_timeout_s=0.3, engine_id="engine-1")
    async with database:
        yield Room(database, beside=beside)


@pytest.fixture
def server(private_postgres: PrivatePostgres) -> Iterator[PrivatePostgres]:
    """The server; it runs again afterwards, whatever a test did to it."""
    yield private_postgres
    private_postgres.order("start")


# ── the server goes and comes ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["fall", "stop"])
async def test_a_word_given_while_the_server_is_away_is_written_once_it_is_back(
    room: Room, server: PrivatePostgres, how: str
) -> None:  # I6
    campaign = await room.running_campaign(2)
    claim = await room.sent(campaign, MONDAY_9)
    word = EndAttempt(
        attempt=claim.attempt,
        outcome=Outcome.SUCCESS,
        disposition=Disposition.SUCCESS,
        at=MONDAY_9,
        reply="r",
    )
    async with at_work(room.database, beside=room.beside) as desk:
        server.order(how)
        desk.writer.submit(word)
        assert await desk.hears() == ("kept", claim.attempt)
        server.order("start")
        await desk.rests()

    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert attempt.outcome is Outcome.SUCCESS


async def test_without_a_server_nothing_is_claimed_and_it_may_pass(
    room: Room, server: PrivatePostgres
) -> None:
    campaign = await room.running_campaign(1)
    server.order("stop")

    for _ in range(2):
        with pytest.raises(StoreUnusableError) as refused:
            await room.hopper.claim(campaign.id, 1, MONDAY_9)
        assert (refused.value.blame, refused.value.passes) == (Blame.DATABASE, True)

    server.order("start")
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    assert len(claims) == 1


async def test_a_session_that_is_ended_amid_a_claim_leaves_nothing_behind(
    room: Room, server: PrivatePostgres
) -> None:  # I1
    campaign = await room.running_campaign(3)
    room.hopper = Hopper(
        room.database, "engine-1", room.make_id, reach=lambda _: end_sessions(server)
    )
    with pytest.raises(StoreUnusableError) as refused:
        await room.hopper.claim(campaign.id, 3, MONDAY_9)
    assert (refused.value.blame, refused.value.passes) == (Blame.DATABASE, True)

    room.hopper = Hopper(room.database, "engine-1", room.make_id)
    claims, _ = await room.hopper.claim(campaign.id, 3, MONDAY_9)
    assert [claim.contact_id for claim in claims] == [1, 2, 3]


async def test_a_claim_whose_commit_was_done_and_never_answered_is_given_back(
    room: Room, server: PrivatePostgres
) -> None:  # I1, I2
    """It waits for a replica that is not there, after it is on the disk; then its session ends."""
    campaign = await room.running_campaign(1)
    settings(server, "ALTER SYSTEM SET synchronous_standby_names = 'nowhere'")
    try:
        claiming = asyncio.create_task(room.hopper.claim(campaign.id, 1, MONDAY_9))
        await waits_for_the_replica(server)
        end_sessions(server)
        with pytest.raises(StoreError):
            await claiming
    finally:
        settings(server, "ALTER SYSTEM RESET synchronous_standby_names")
    (lost,) = (await room.contacts.show(1)).attempts
    assert lost.outcome is None  # nobody knows of it, and its contact is in the air

    await room.hopper.claim(campaign.id, 1, MONDAY_9)
    (freed,) = (await room.contacts.show(1)).attempts
    assert (freed.outcome, freed.note) == (Outcome.NOT_SENT, NotSent.ENGINE)
    later = MONDAY_9 + timedelta(hours=1)
    claims, _ = await room.hopper.claim(campaign.id, 1, later)
    assert [claim.contact_id for claim in claims] == [1]


def end_sessions(server: PrivatePostgres) -> None:
    """As an administrator ends them."""
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name LIKE 'waihu engine-1 %%'"
        )


def settings(server: PrivatePostgres, change: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(change.encode())
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("SELECT pg_sleep(0.2)")


async def waits_for_the_replica(server: PrivatePostgres) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    async with asyncio.timeout(WITHIN_S):
        async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as admin:
            while await (await admin.execute(waiting)).fetchone() == (0,):  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.02)


# ── what it refuses ──────────────────────────────────────────────────────────────────────


async def test_a_lock_of_another_process_is_told_as_busy(room: Room, postgres_url: str) -> None:
    await room.running_campaign(1)
    async with Database(postgres_url) as other, other.writing() as connection:
        await connection.execute(text("UPDATE contact SET name = 'held'"))
        with pytest.raises(StoreBusyError):
            await room.contacts.reopen(1, MONDAY_9)


async def test_two_that_wait_for_each_other_end_as_busy_not_for_ever(
    room: Room, postgres_url: str
) -> None:
    await room.running_campaign(2)
    name = text("UPDATE contact SET name = name WHERE id = :id")
    both = asyncio.Barrier(2)
    async with Database(postgres_url) as other:

        async def cross(database: Database, first: int, then: int) -> None:
            async with database.writing() as connection:
                await connection.execute(name, {"id": first})
                await both.wait()
                await connection.execute(name, {"id": then})

        done = await asyncio.gather(
            cross(room.database, 1, 2), cross(other, 2, 1), return_exceptions=True
        )
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "StoreBusyError"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a\0b", id="a zero in a text"),
        pytest.param("x" * 300, id="too long"),
    ],
)
async def test_a_value_that_no_column_holds_is_a_conflict_of_that_row(
    room: Room, value: str
) -> None:
    with pytest.raises(StoreConflictError, match="a value cannot be saved") as refused:
        async with room.database.writing() as connection:
            await connection.execute(
                text("INSERT INTO agent (login, name) VALUES ('1001', :name)"), {"name": value}
            )
    assert value not in "".join(traceback.format_exception(refused.value))


async def test_what_a_row_held_is_in_no_error_though_postgresql_quotes_it(room: Room) -> None:  # I9
    await room.running_campaign(1)
    listed = text(
        "INSERT INTO do_not_call (e164, source, reason, added_at) VALUES (:e, '', '', now())"
    )

    async def list_it() -> None:
        async with room.database.writing() as connection:
            await connection.execute(listed, {"e": PHONE})

    await list_it()
    with pytest.raises(StoreConflictError, match="uq_do_not_call_everywhere") as refused:
        await list_it()
    assert PHONE not in "".join(traceback.format_exception(refused.value))
    with pytest.raises(StoreConflictError) as odd:
        async with room.database.writing() as connection:
            await connection.execute(
                text("UPDATE campaign SET renewed_to = CAST(CAST(:e AS text) AS integer)"),
                {"e": f"x{PHONE}"},
            )
    assert PHONE not in "".join(traceback.format_exception(odd.value))


async def test_a_server_without_our_database_is_said_so_and_not_waited_for(
    private_postgres: PrivatePostgres,
) -> None:
    url = private_postgres.url.replace("/postgres?", "/nowhere?")
    async with Database(url) as database:
        with pytest.raises(StoreUnusableError, match='"nowhere" does not exist') as refused:
            await database.check()
    assert not refused.value.passes


async def test_no_server_at_all_may_pass(tmp_path_factory: pytest.TempPathFactory) -> None:
    nowhere = tmp_path_factory.mktemp("nowhere")
    async with Database(f"postgresql://waihu@/waihu?host={nowhere}") as database:
        with pytest.raises(StoreUnusableError) as refused:
            await database.check()
    assert refused.value.passes


@pytest.mark.parametrize("secret", ["hunter2"])
async def test_the_password_is_in_no_text_about_the_database(secret: str) -> None:  # I9
    async with Database("postgresql://waihu@127.0.0.1:1/waihu", password=secret) as database:
        with pytest.raises(StoreUnusableError) as refused:
            await database.check()
    assert secret not in "".join(traceback.format_exception(refused.value)) + database.target


async def test_a_first_upgrade_by_two_at_once_makes_the_tables_once(
    private_postgres: PrivatePostgres,
) -> None:
    with psycopg.connect(private_postgres.url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE raced")
    url = private_postgres.url.replace("/postgres?", "/raced?")
    async with Database(url) as first, Database(url) as second:
        await asyncio.gather(first.upgrade(), second.upgrade())
        await first.check()
    with psycopg.connect(private_postgres.url, autocommit=True) as admin:
        admin.execute("DROP DATABASE raced")


async def test_a_snapshot_that_is_read_from_cannot_be_written_through(room: Room) -> None:
    with pytest.raises(StoreUnusableError, match="read-only transaction"):
        async with room.database.reading() as connection:
            await connection.execute(text("DELETE FROM agent"))


async def test_commits_are_on_the_disk_whatever_the_role_was_given(
    room: Room, postgres_url: str
) -> None:  # I6
    """The tests' own server has it off; whoever writes puts it on."""
    async with room.database.writing() as connection:
        assert await connection.scalar(text("SHOW synchronous_commit")) == "on"
    with psycopg.connect(postgres_url) as plain:
        assert plain.execute("SHOW synchronous_commit").fetchone() == ("off",)


async def test_an_engine_starts_only_with_its_name(room: Room, postgres_url: str) -> None:
    await room.running_campaign(1)
    async with Database(postgres_url, engine_id="engine-1") as second:
        with pytest.raises(EngineRunningError):
            await second.upgrade()


async def test_what_a_claim_asks_is_found_by_an_index(room: Room) -> None:
    """Tables without statistics, and nearly empty: what is planned now is kept when they are full.

    A whole table read for each claim takes seconds once there are millions of rows.
    """
    made = await room.running_campaign(3)
    async with room.database.writing() as connection:
        campaign, _ = await load_campaign(connection, made.id)
        asked = Asked(campaign=campaign, count=2, now=MONDAY_9, agents=None)
        before = set(await connection.execute(text(READ_WHOLE)))
        picked = await pick(connection, asked)
        after = set(await connection.execute(text(READ_WHOLE)))
    assert len(picked.dialable) == 2
    assert {table for table, times in after - before if times} == set()


async def test_what_a_load_asks_is_found_by_an_index(room: Room) -> None:
    """As above: a load fills tables of which there are no statistics yet."""
    campaign = await room.running_campaign(500)
    e164s = [f"+86138{n:08}" for n in range(200)]
    async with room.database.writing() as connection:
        before = set(await connection.execute(text(READ_WHOLE)))
        await look_up(connection, campaign.id, e164s, MONDAY_9)
        after = set(await connection.execute(text(READ_WHOLE)))
    assert {table for table, times in after - before if times} == set()
