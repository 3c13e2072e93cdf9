"""A disk that fails once or is slow: the journal is tried again, and the engine goes on."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt
from store import journal
from store.database import Database
from store.errors import NotKeptError
from tests.store.desk import WITHIN_S, Desk, at_work
from tests.store.faults import locked
from tests.store.room import MONDAY_9, Room

ENDED_AT = MONDAY_9 + timedelta(minutes=1)
SLOW_S = 2.0


@pytest.fixture
async def room(database_file: Path) -> AsyncIterator[Room]:
    """As everywhere, but that another program keeps writing is told after 0.3 s, not 10."""
    async with Database(database_file, busy_timeout_s=0.3) as database:
        await database.upgrade()
        yield Room(database)


def fails_first(sync: Callable[[int], None]) -> Callable[[int], None]:
    """A disk whose first answer is an error, and whose later ones are not."""
    said: list[int] = []

    def once(descriptor: int) -> None:
        said.append(descriptor)
        if len(said) == 1:
            raise OSError(5, "Input/output error")
        sync(descriptor)

    return once


async def until_safe(desk: Desk) -> None:
    async with asyncio.timeout(WITHIN_S):
        while desk.writer.at_risk:  # noqa: ASYNC110  nobody tells when it is kept
            await asyncio.sleep(0.02)


async def test_what_a_disk_refused_once_is_offered_to_the_journal_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    async with locked(room.database), at_work(room.database, beside=room.beside) as desk:
        monkeypatch.setattr(journal.os, "fdatasync", fails_first(os.fdatasync))
        desk.writer.submit(
            EndAttempt(
                attempt=claim.attempt,
                outcome=Outcome.REFUSED,
                disposition=Disposition.REFUSED,
                at=ENDED_AT,
            )
        )
        assert await desk.hears() == ("failed", claim.attempt)
        assert isinstance(desk.errors[0], NotKeptError)
        assert desk.writer.at_risk == 1
        await until_safe(desk)
    async with at_work(room.database, beside=room.beside) as next_life:
        assert not next_life.journal.used
    assert await room.do_not_call.check(claim.e164)


async def test_a_slow_disk_does_not_stand_in_the_way_of_the_engine(  # I4
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set aside is synced in a thread: everything else goes on meanwhile."""
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    sync, gaps = os.fsync, [0.0]

    def slow(descriptor: int) -> None:
        time.sleep(SLOW_S)
        sync(descriptor)

    async def watch() -> None:
        while True:
            began_at = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - began_at)

    async with at_work(room.database, beside=room.beside) as desk:
        monkeypatch.setattr(os, "fsync", slow)
        watching = asyncio.create_task(watch())
        desk.writer.submit(
            EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=ENDED_AT, note="half \ud800")
        )
        assert await desk.hears() == ("failed", claim.attempt)
        await desk.rests()
        await asyncio.sleep(0.05)  # the watch has its turn
        watching.cancel()
    assert len(desk.aside) == 1
    assert max(gaps) < SLOW_S / 2
