"""How fast contacts are claimed, beside what SQLite itself does on the same disk.

Run by hand: `python benchmarks/claim.py [contacts]`. Prints rates and ratios.

The reference is the bare `sqlite3` module with the store's own settings (WAL, synchronous FULL)
and one narrow table: commits of a single insert, and of inserts in batches. A claim does more:
it reads due contacts with numbers, attempts, appointments and do-not-call, judges each,
writes an attempt and a hint, and commits.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, CampaignState, Kind, Mode
from campaigns.outcomes import Outcome
from campaigns.retry import RetryPolicy
from campaigns.windows import ALL_DAY, CallingWindows
from dialer.effects import EndAttempt
from dialer.messages import Claim
from store.campaigns import Campaigns
from store.database import Database
from store.hopper import Hopper
from store.lists import IMPORT_BATCH, Lists, NewContact
from store.writer import Writer

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CONTACTS = 200_000
SECONDS = 1.0
BATCHES = (1, 10, 100)
REFERENCE_BATCH = 1000


def campaign() -> Campaign:
    return Campaign(
        id=0,
        name="benchmark",
        kind=Kind.CALLBACK,
        mode=Mode.PROGRESSIVE,
        dial_string="Local/{number}@people",
        caller_id="+862150000000",
        queue="waihu-benchmark",
        ring_timeout_s=30,
        windows=CallingWindows.every_day(ALL_DAY),
        zone=ZoneInfo("Asia/Shanghai"),
        retry=RetryPolicy(),
        max_calls=1000,
        cps=1000.0,
        wrap_up_s=30,
    )


def row(index: int) -> NewContact:
    return NewContact(
        reference=f"C{index}",
        name=f"张{index}",
        zone=None,
        numbers=(f"+8613{index:09d}",),
        custom={"district": "徐汇", "building": str(index % 97)},
    )


def plain_commits(file: Path, batch: int) -> float:
    """Rows a second of the bare module, so many inserts to a commit."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, word TEXT)")
    started = time.perf_counter()
    done = 0
    while time.perf_counter() - started < SECONDS:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO plain (word) VALUES (?)", [("attempt",) for _ in range(batch)]
        )
        connection.execute("COMMIT")
        done += batch
    rate = done / (time.perf_counter() - started)
    connection.close()
    return rate


async def rate_of(work: Callable[[], Awaitable[int]]) -> tuple[float, float]:
    """Things done a second, and the slowest single piece of work in milliseconds."""
    started = time.perf_counter()
    done, slowest = 0, 0.0
    while time.perf_counter() - started < SECONDS:
        before = time.perf_counter()
        done += await work()
        slowest = max(slowest, time.perf_counter() - before)
    return done / (time.perf_counter() - started), slowest * 1000


async def load(lists: Lists, campaign_id: int, contacts: int) -> tuple[float, float]:
    """Rows a second of the import, and its slowest batch in milliseconds."""
    started = time.perf_counter()
    slowest = 0.0
    for first in range(0, contacts, IMPORT_BATCH):
        rows = [row(index) for index in range(first, min(first + IMPORT_BATCH, contacts))]
        before = time.perf_counter()
        await lists.import_batch(campaign_id, rows, NOW)
        slowest = max(slowest, time.perf_counter() - before)
    return contacts / (time.perf_counter() - started), slowest * 1000


async def measure(folder: Path, contacts: int) -> None:
    single = plain_commits(folder / "plain.sqlite3", 1)
    batched = plain_commits(folder / "plain.sqlite3", REFERENCE_BATCH)
    print(f"bare sqlite3, one insert a commit   {single:10,.0f} rows/s")
    print(f"bare sqlite3, {REFERENCE_BATCH} inserts a commit {batched:9,.0f} rows/s")
    async with Database(folder / "waihu.sqlite3") as database:
        await database.upgrade()
        made = await Campaigns(database).save(campaign(), NOW)
        await Campaigns(database).set_state(made.id, CampaignState.RUNNING)
        rate, slowest = await load(Lists(database), made.id, contacts)
        print(
            f"import of {contacts:,} contacts        {rate:10,.0f} rows/s"
            f"   {rate / batched:6.3f} x bare batches, slowest batch {slowest:.0f} ms"
        )
        await measure_calls(database, made.id, single)


async def measure_calls(database: Database, campaign_id: int, single: float) -> None:
    ids = itertools.count()
    hopper = Hopper(database, "benchmark", lambda: f"{next(ids):026d}")
    await hopper.recover(NOW)
    claimed: list[Claim] = []

    async def claim(batch: int) -> int:
        claims, _ = await hopper.claim(campaign_id, batch, NOW)
        claimed.extend(claims)
        return len(claims)

    for batch in BATCHES:
        rate, slowest = await rate_of(lambda batch=batch: claim(batch))  # type: ignore[misc]  # a default binds the loop's value
        print(
            f"claim, {batch:3} at once                 {rate:10,.0f} claims/s"
            f" {rate / single:6.2f} x bare single commits, slowest {slowest:.0f} ms"
        )
    sent: list[Claim] = []

    async def mark() -> int:
        one = claimed.pop()
        await hopper.mark_sent(one.attempt, "1001", NOW)
        sent.append(one)
        return 1

    rate, slowest = await rate_of(mark)
    print(
        f"mark as sent                        {rate:10,.0f} marks/s"
        f"  {rate / single:6.2f} x bare single commits, slowest {slowest:.0f} ms"
    )
    await measure_outcomes(database, sent, single)


async def measure_outcomes(database: Database, sent: list[Claim], single: float) -> None:
    refused: list[Exception] = []
    writer = Writer(database, done=lambda _: None, failed=lambda _, error: refused.append(error))
    at = NOW + timedelta(minutes=1)
    for claim in sent:
        writer.submit(EndAttempt(attempt=claim.attempt, outcome=Outcome.NO_ANSWER, at=at))
    writer.close()
    started = time.perf_counter()
    await writer.run()
    rate = len(sent) / (time.perf_counter() - started)
    assert not refused, refused[0]
    print(
        f"outcomes through the writer         {rate:10,.0f} outcomes/s"
        f" {rate / single:4.2f} x bare single commits"
    )


def main() -> None:
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS
    # In the working directory: a temporary folder may be memory and not a disk.
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        asyncio.run(measure(Path(folder), contacts))


if __name__ == "__main__":
    main()
