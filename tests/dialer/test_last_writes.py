"""At its end the engine waits for writes that would be lost with it, and for no others."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt, SaveSlot
from dialer.last_writes import write_the_rest
from dialer.unfinished_loads import finish_loads
from store.database import Database
from store.errors import StoreUnusableError
from tests.store.desk import at_work
from tests.store.faults import locked
from tests.store.room import MONDAY_9, Room
from tests.store.test_updates import shown_and_killed, with_changes, with_people

SEAT = SaveSlot(agent="1001", slot="7001")
END_AT = MONDAY_9 + timedelta(minutes=1)


@pytest.fixture
async def room(tmp_path: Path, empty_file: Path) -> AsyncIterator[Room]:
    """That another program keeps writing is told after 0.3 s, not 10."""
    file = shutil.copy(empty_file, tmp_path / "waihu.db")
    async with Database(file, busy_timeout_s=0.3) as database:
        yield Room(database)


async def test_a_seat_and_what_the_journal_has_hold_up_no_end(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    with capture_logs() as logs:
        async with locked(room.database), at_work(room.database) as desk:
            desk.writer.submit(SEAT)
            desk.writer.submit(
                EndAttempt(
                    attempt=claim.attempt,
                    outcome=Outcome.SUCCESS,
                    disposition=Disposition.SUCCESS,
                    at=END_AT,
                )
            )
            assert await desk.hears() == ("kept", claim.attempt)
            began_at = time.monotonic()
            assert not await write_the_rest(desk.writer)
            assert time.monotonic() - began_at < 5.0
    told = {line["event"]: line.get("writes") for line in logs}
    assert told["writes.left_in_journal"] == 1
    assert "write.given_up" not in told


async def test_with_a_database_that_is_well_the_last_seat_is_saved(room: Room) -> None:
    async with at_work(room.database) as desk:
        desk.writer.submit(SEAT)
        assert await write_the_rest(desk.writer)


async def test_only_what_nobody_keeps_is_told_as_lost(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.last_writes.WRITE_REST_S", 0.5)
    campaign = await room.running_campaign(2)
    first, second = [await room.sent(campaign, MONDAY_9) for _ in range(2)]
    with capture_logs() as logs:
        async with locked(room.database), at_work(room.database, journal_bytes=200) as desk:
            for claim in (first, second):
                desk.writer.submit(
                    EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=END_AT)
                )
            desk.writer.submit(SEAT)
            while not desk.journal.used:  # noqa: ASYNC110  nobody tells of what is no word
                await asyncio.sleep(0.02)
            assert not await write_the_rest(desk.writer)
    told = {line["event"]: line.get("writes") for line in logs}
    assert (told["writes.left_in_journal"], told["write.given_up"]) == (1, 1)


async def test_a_load_is_left_alone_though_the_driver_tells_the_end_as_a_fault(
    room: Room,
) -> None:
    campaign = await with_people(room)
    await shown_and_killed(room, await with_changes(room, campaign))
    under_way = asyncio.Event()

    @contextmanager
    def told_as_a_fault() -> Iterator[None]:
        under_way.set()
        try:
            yield
        except asyncio.CancelledError:
            raise StoreUnusableError("it", "another command is in progress") from None

    room.database.watched = told_as_a_fault
    finishing = asyncio.create_task(finish_loads(room.database))
    await under_way.wait()
    finishing.cancel()

    done, _ = await asyncio.wait([finishing], timeout=5.0)
    assert done
