"""The process is killed while the database is locked: what was told is written, once (I6)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.outcomes import Disposition, Outcome
from store.database import Database
from tests.store.desk import at_work
from tests.store.room import MONDAY_9, Room

ONE_WORD = """
import asyncio, os, signal, sqlite3, sys
from pathlib import Path
from campaigns.outcomes import Disposition, Outcome
from dialer.killpoints import KillPoints
from dialer.effects import EndAttempt, NoteProgress
from store.database import Database
from store.journal import Journal, journal_path
from store.writer import Writer
from tests.store.room import MONDAY_9, Room

file = Path(sys.argv[1])

def kept(effect):
    print("kept", type(effect).__name__, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

async def live():
    async with Database(file, busy_timeout_s=0.2) as database:
        await database.upgrade()
        room = Room(database)
        campaign = await room.running_campaign(1)
        claim = await room.sent(campaign, MONDAY_9)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        points = KillPoints(os.environ)
        journal = Journal(journal_path(file), reach=points.reach)
        writer = Writer(database, done=print, failed=print, kept=kept, journal=journal)
        for effect in (
            NoteProgress(attempt=claim.attempt, bridged_at=MONDAY_9),
            NoteProgress(attempt=claim.attempt, ended_at=MONDAY_9),
            EndAttempt(
                attempt=claim.attempt, outcome=Outcome.SUCCESS, at=MONDAY_9,
                disposition=Disposition.SUCCESS, note="本人", reply="r",
            ),
        ):
            writer.submit(effect)
        await writer.run()

asyncio.run(live())
"""


async def _killed_at(file: Path, point: str) -> str:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", ONE_WORD, str(file)),
        cwd=Path(__file__).parents[2],
        env={"WAIHU_KILL_AT": point},
        stdout=subprocess.PIPE,
    )
    said, _ = await child.communicate()
    assert child.returncode == -9
    return said.decode()


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("journal.before_sync", " writes=3\n"),
        ("journal.after_sync", " writes=3\n"),
        ("", "kept EndAttempt\n"),
    ],
)
async def test_a_word_in_the_journal_of_a_killed_process_is_written_by_the_next_one_once(
    database_file: Path, point: str, said: str
) -> None:
    assert (await _killed_at(database_file, point)).endswith(said)

    async with Database(database_file) as database:
        room = Room(database)
        for _ in range(2):
            async with at_work(database) as desk:
                assert not desk.journal.used
                assert not len(desk.aside)
            assert await room.hopper.recover(MONDAY_9 + timedelta(seconds=3)) == ()
        (attempt,) = (await room.contacts.show(1)).attempts
    assert (attempt.outcome, attempt.disposition) == (Outcome.SUCCESS, Disposition.SUCCESS)
    assert attempt.note == "本人"
    assert (attempt.bridged_at, attempt.ended_at) == (MONDAY_9, MONDAY_9)
