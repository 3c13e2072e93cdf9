"""A word and the end of its call: what had no room, and what no column holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import AmendAttempt, EndAttempt
from store.database import Database
from store.errors import StoreConflictError
from store.journal import Journal
from store.keeping import Keeper, Write
from tests.store.desk import at_work
from tests.store.faults import locked
from tests.store.room import MONDAY_9, Room

ENDED_AT = MONDAY_9 + timedelta(minutes=1)
EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


@pytest.fixture
async def room(target: Path | str, side_files: Path) -> AsyncIterator[Room]:
    """As everywhere, but that another program keeps writing is told after 0.3 s, not 10."""
    async with Database(target, busy_timeout_s=0.3) as database:
        yield Room(database, beside=side_files)


def undisposed(attempt: str, note: str = "") -> EndAttempt:
    return EndAttempt(attempt=attempt, outcome=Outcome.UNDISPOSED, at=ENDED_AT, note=note)


def refused(attempt: str) -> AmendAttempt:
    return AmendAttempt(attempt=attempt, disposition=Disposition.REFUSED, at=ENDED_AT, reply="r")


async def test_a_late_word_outlives_the_end_of_its_call_that_had_no_room(room: Room) -> None:  # I6
    """The journal has room for words alone."""
    campaign = await room.running_campaign(3)
    claim = await room.sent(campaign, MONDAY_9)
    small = at_work(room.database, beside=room.beside, journal_bytes=4096, for_words=4096)
    async with small as desk, locked(room.database):
        desk.writer.submit(undisposed(claim.attempt))
        desk.writer.submit(refused(claim.attempt))
        assert await desk.hears() == ("kept", claim.attempt)
    async with at_work(room.database, beside=room.beside) as next_life:
        assert not len(next_life.aside)
    assert await room.do_not_call.check(claim.e164)


@pytest.mark.parametrize(
    "at", [datetime.max.replace(tzinfo=WEST), datetime.min.replace(tzinfo=EAST)]
)
async def test_a_moment_that_no_database_holds_stops_nobody_else(room: Room, at: datetime) -> None:
    campaign = await room.running_campaign(3)
    odd, next_one = [await room.sent(campaign, MONDAY_9) for _ in range(2)]
    appointment = EndAttempt(
        attempt=odd.attempt,
        outcome=Outcome.APPOINTMENT,
        disposition=Disposition.APPOINTMENT,
        appointment_at=at,
        at=ENDED_AT,
    )
    async with at_work(room.database, beside=room.beside) as desk:
        desk.writer.submit(appointment)
        desk.writer.submit(undisposed(next_one.attempt))
        assert await desk.hears() == ("failed", odd.attempt)
        assert isinstance(desk.errors[0], StoreConflictError)
        assert await desk.hears() == ("done", next_one.attempt)
        assert [one.write["attempt"] for one in desk.aside.kept] == [odd.attempt]


async def test_a_number_that_no_database_holds_is_told_as_such(room: Room) -> None:
    with pytest.raises(StoreConflictError):
        await room.contacts.show(1 << 70)


async def test_what_had_no_room_is_kept_once_the_journal_is_empty_again(tmp_path: Path) -> None:
    with Journal(tmp_path / "waihu.db.pending", size=4096, for_words=0) as journal:
        keeper = Keeper(journal, kept=print, failed=print, clock=lambda: 0.0)
        line = [Write(effect=undisposed(n, note="x" * 3800), since=0.0) for n in "ab"]
        await keeper.keep(line, at_once=True)
        assert [one.kept for one in line] == [True, False]

        taken_by_the_database = line.pop(0)
        assert taken_by_the_database.kept
        for _ in range(2):
            await keeper.keep(line, at_once=True)
        assert [one.kept for one in line] == [True]
