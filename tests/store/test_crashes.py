"""What holds through crashes: random histories in virtual time, and a process that is killed."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from campaigns.contact import ContactState
from campaigns.outcomes import Outcome
from dialer.effects import EndAttempt
from dialer.messages import Claim
from store import schema
from store.database import Database
from store.facts import load_known
from tests.store.room import MONDAY_9, Room

CALL_OUTCOMES = [
    Outcome.NO_ANSWER,
    Outcome.BUSY,
    Outcome.CONGESTION,
    Outcome.SUCCESS,
    Outcome.VACANT,
    Outcome.FAILED,
    Outcome.UNSUCCESSFUL,
]


class History:
    """One engine's life on one file: random steps, and a crash between any two."""

    def __init__(self, file: Path, random: Random) -> None:
        self.file = file
        self.random = random
        self.ids = itertools.count()
        self.now = MONDAY_9
        self.room = Room(Database(file), ids=self.ids)
        self.claimed: list[Claim] = []
        self.sent: list[Claim] = []
        self.originated: Counter[str] = Counter()

    async def begin(self) -> None:
        await self.room.database.upgrade()
        self.campaign = await self.room.running_campaign(6, now=self.now)

    async def step(self, name: str) -> None:
        self.now += timedelta(seconds=self.random.choice((1, 30, 3600)))
        await getattr(self, name)()
        await self.check()

    async def claim(self) -> None:
        count = self.random.randint(1, 3)
        claims, _ = await self.room.hopper.claim(self.campaign.id, count, self.now)
        assert len(claims) <= count
        self.claimed += claims

    async def mark_sent(self) -> None:
        if not self.claimed:
            return
        claim = self.claimed.pop()
        verdict = await self.room.hopper.mark_sent(claim.attempt, "1001", self.now)
        if verdict.dialable:
            self.originated[claim.attempt] += 1
            self.sent.append(claim)

    async def release(self) -> None:
        if self.claimed:
            await self._write(self.claimed.pop().attempt, Outcome.NOT_SENT)

    async def end(self) -> None:
        if self.sent:
            outcome = self.random.choice(CALL_OUTCOMES)
            await self._write(self.sent.pop(0).attempt, outcome)

    async def crash(self) -> None:
        """The process is gone: all that it knew is lost, the file stays."""
        await self.room.database.close()
        self.room = Room(Database(self.file), ids=self.ids)
        self.claimed.clear()
        unfinished = await self.room.hopper.recover(self.now)
        sent = {claim.attempt for claim in self.sent}
        assert {attempt.attempt for attempt in unfinished} == sent
        for attempt in unfinished:
            await self._write(attempt.attempt, Outcome.LOST)
        self.sent.clear()

    async def _write(self, attempt: str, outcome: Outcome) -> None:
        await self.room.write(EndAttempt(attempt=attempt, outcome=outcome, at=self.now))
        assert self.room.failed == []

    async def check(self) -> None:
        """I1, I2 and R5 as the database shows them."""
        assert all(times == 1 for times in self.originated.values())
        in_the_air = {claim.attempt for claim in self.claimed + self.sent}
        async with self.room.database.reading() as connection:
            rows = list(await connection.execute(select(schema.attempt)))
            ids = list(await connection.scalars(select(schema.contact.c.id)))
            contacts = [known.contact for known in (await load_known(connection, ids)).values()]
            hints = {
                row.id: row.next_attempt_at
                for row in await connection.execute(select(schema.contact))
            }
        open_rows = [row for row in rows if row.outcome is None]
        assert {row.id for row in open_rows} == in_the_air
        assert len({row.contact_id for row in open_rows}) == len(open_rows)
        for contact in contacts:
            flying = contact.id in {row.contact_id for row in open_rows}
            waits = contact.state is ContactState.OPEN and not flying
            assert (hints[contact.id] is not None) is waits
            self._check_cap([row for row in rows if row.contact_id == contact.id])

    def _check_cap(self, rows: list[object]) -> None:
        days = Counter(
            row.sent_at.astimezone(self.campaign.zone).date()  # type: ignore[attr-defined]  # rows have the table's columns
            for row in rows
            if row.counted  # type: ignore[attr-defined]  # as above
        )
        assert all(count <= self.campaign.retry.daily_attempts for count in days.values())


STEPS = ("claim", "claim", "mark_sent", "mark_sent", "end", "end", "release", "crash")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(st.sampled_from(STEPS), max_size=30), random=st.randoms())
async def test_one_claim_is_at_most_one_call_and_every_attempt_ends_once(  # I1, I2, R5
    steps: list[str], random: Random
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder) / "waihu.sqlite3", random)
        try:
            await history.begin()
            for step in [*steps, "crash"]:
                await history.step(step)
            assert history.sent == []
        finally:
            await history.room.database.close()


# ── kill -9 ──────────────────────────────────────────────────────────────────────────────

ONE_CALL = """
import asyncio, os, signal, sys
from pathlib import Path
from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt, NoteProgress
from store.database import Database
from store.hopper import Hopper
from store.writer import Writer
from tests.store.room import MONDAY_9, Room

file, armed = Path(sys.argv[1]), sys.argv[2]

def reach(point):
    print(point, flush=True)
    if point == armed:
        os.kill(os.getpid(), signal.SIGKILL)

def told(effect):
    print("told", type(effect).__name__, flush=True)

async def live():
    async with Database(file) as database:
        await database.upgrade()
        room = Room(database)
        campaign = await room.running_campaign(1)
        hopper = Hopper(database, "engine-1", room.make_id, reach=reach)
        ((claim,), _) = await hopper.claim(campaign.id, 1, MONDAY_9)
        print("claimed", flush=True)
        await hopper.mark_sent(claim.attempt, "1001", MONDAY_9)
        writer = Writer(database, done=told, failed=print, reach=reach)
        writer.submit(NoteProgress(attempt=claim.attempt, answered_at=MONDAY_9))
        word = sys.argv[3]
        writer.submit(EndAttempt(
            attempt=claim.attempt, outcome=Outcome(word), at=MONDAY_9,
            disposition=Disposition(word) if word == "success" else None,
        ))
        writer.close()
        await writer.run()
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(live())
"""


async def _killed_at(file: Path, point: str, word: str) -> list[str]:
    """Run one call in a process of its own, killed at the point; what it said until then."""
    root = Path(__file__).parents[2]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        ONE_CALL,
        str(file),
        point,
        word,
        cwd=root,
        stdout=subprocess.PIPE,
    )
    said, _ = await child.communicate()
    assert child.returncode == -9
    return said.decode().splitlines()


@pytest.mark.parametrize(
    ("point", "word", "left", "unfinished"),
    [
        ("claim.before_commit", "success", [], 0),
        ("claim.after_commit", "success", [Outcome.NOT_SENT], 0),
        ("sent.after_commit", "success", [None], 1),
        ("disposition.before_commit", "success", [None], 1),
        ("disposition.after_commit", "success", [Outcome.SUCCESS], 0),
        ("outcome.before_commit", "busy", [None], 1),
        ("at the end", "busy", [Outcome.BUSY], 0),
    ],
)
async def test_a_process_that_is_killed_leaves_what_it_had_committed(  # I2, I6
    database_file: Path, point: str, word: str, left: list[Outcome | None], unfinished: int
) -> None:
    said = await _killed_at(database_file, point, word)

    async with Database(database_file) as database:
        room = Room(database)
        open_ones = await room.hopper.recover(MONDAY_9 + timedelta(seconds=3))
        attempts = (await room.contacts.show(1)).attempts

    assert [attempt.outcome for attempt in attempts] == left
    assert len(open_ones) == unfinished
    if "told EndAttempt" in said:
        assert attempts[0].outcome == word
