"""A disk that fails once or is slow: the journal is tried again, and the engine goes on."""

from __future__ import annotations

import asyncio
import os
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
        while not desk.writer.safe:  # noqa: ASYNC110  nobody tells when it is kept
            await asyncio.sleep(0.02)


async def test_what_a_disk_refused_once_is_offered_to_the_journal_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    async with locked(room.database):
        async with at_work(room.database) as desk:
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
            assert not desk.writer.safe
            await until_safe(desk)
    async with at_work(room.database) as next_life:
        assert not next_life.journal.used
    assert await room.do_not_call.check(claim.e164)
