"""A start on a database that is away for a while, and on one that will never do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt
from store.aside import Aside, aside_path
from store.awaiting import awaited
from store.database import Database
from store.errors import SchemaMismatchError, StoreUnusableError
from store.journal import Journal, journal_path
from store.writer import Writer
from tests.store.desk import at_work
from tests.store.faults import failing_disk, full, locked, locked_exclusively, read_only
from tests.store.room import MONDAY_9, Room

WITHIN_S = 20.0
Fault = Callable[[Database], AbstractAsyncContextManager[None]]


@pytest.fixture
async def room(target: Path | str, side_files: Path) -> AsyncIterator[Room]:
    async with Database(target, busy_timeout_s=0.1) as database:
        yield Room(database, beside=side_files)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(locked, id="locked"),
        pytest.param(locked_exclusively, id="locked exclusively"),
        pytest.param(full, id="full"),
        pytest.param(read_only, id="read-only"),
        pytest.param(failing_disk, id="disk fails"),
    ],
)
async def test_a_database_that_is_away_is_waited_for_and_told_of_once(
    room: Room, fault: Fault
) -> None:
    waits: asyncio.Queue[None] = asyncio.Queue()

    async def grow() -> None:
        async with room.database.writing() as connection:
            await connection.exec_driver_sql("UPDATE campaign SET state = state")
            await connection.exec_driver_sql("CREATE TABLE filler (t TEXT)")

    with capture_logs() as logs:
        async with asyncio.timeout(WITHIN_S):
            async with fault(room.database):
                starting = asyncio.create_task(
                    awaited(
                        grow,
                        stopping=asyncio.Event(),
                        waiting=lambda: waits.put_nowait(None),
                        pause_s=0.01,
                    )
                )
                await waits.get()
                await waits.get()
            assert await starting
    assert [line["event"] for line in logs] == ["store.awaited", "store.came"]
    assert "goes on by itself" in logs[0]["cure"]


async def test_what_an_earlier_run_left_is_taken_up_once_however_often_it_is_tried(
    room: Room,
) -> None:
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    word = EndAttempt(
        attempt=claim.attempt,
        outcome=Outcome.SUCCESS,
        disposition=Disposition.SUCCESS,
        at=MONDAY_9,
        reply="r",
    )
    async with locked(room.database), at_work(room.database, beside=room.beside) as desk:
        desk.writer.submit(word)
        assert await desk.hears() == ("kept", claim.attempt)
    assert room.beside is not None
    with Journal(journal_path(room.beside)) as journal:
        writer = Writer(
            room.database,
            done=lambda _: None,
            failed=lambda *_: None,
            journal=journal,
            aside=Aside(aside_path(room.beside)),
        )
        sizes: list[int] = []
        stopping = asyncio.Event()

        def look() -> None:
            sizes.append(len(writer.waiting))
            if len(sizes) == 3:
                stopping.set()

        async with locked(room.database):
            assert not await awaited(writer.catch_up, stopping=stopping, waiting=look, pause_s=0.01)
        assert sizes == [1, 1, 1]
        await writer.catch_up()
    shown = await room.contacts.show(claim.contact_id)
    assert [one.outcome for one in shown.attempts] == [Outcome.SUCCESS]


async def test_a_database_that_will_never_do_is_not_waited_for(room: Room) -> None:
    async with room.database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    async def gone() -> None:
        async with room.database.reading() as connection:
            await connection.execute(text("SELECT * FROM nowhere"))

    for work, refusal in ((room.database.upgrade, SchemaMismatchError), (gone, StoreUnusableError)):
        with pytest.raises(refusal):
            await awaited(work, stopping=asyncio.Event(), waiting=lambda: pytest.fail("it waits"))
