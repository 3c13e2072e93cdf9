"""How long the next 100 contacts take from a long list, and its counts, beside a short list.

Run by hand: `python benchmarks/claim_ten_million.py [--url URL] [SIZE …]`, sizes 100000 and
10000000 if none are given. Without a URL it makes SQLite files in the working directory; with one
(`postgresql://…`, an empty database) it makes its tables there and drops them again.

Of each list 30 % are due: two thirds of them ready, one third, called four hours ago, not looked at
since. 50 % wait, 20 % are done. One in a hundred of the due numbers is on the do-not-call list. The
campaign is held by the law of China: each contact's own consent with its proof, legal hours, and
the caps per number over all campaigns. The claims are the hopper's own: read, judged by all rules,
attempts written, committed. They are measured twice: with those who are due in the first priority,
and with nobody due in it. The mark of a call as sent, with its entry in the ledger, comes after.

The reference is a plain read of 100 rows by an index on the same database.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.books import Books
from campaigns.calendars import unknown
from campaigns.campaign import Campaign, CampaignState, Kind, Mode
from campaigns.law.law_choice import LawChoice
from campaigns.retry import RetryPolicy
from campaigns.serving import ServingOrder, rank_of
from campaigns.windows import ALL_DAY, CallingWindows
from config.regulation_file import load_regulations
from dialer.app import spare_what_stays
from dialer.messages import Claim
from store import schema
from store.campaigns import Campaigns
from store.database import Database
from store.hopper import Hopper
from store.migrations import triggers

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SIZES = (100_000, 10_000_000)
CLAIMED_AT_ONCE = 100
CLAIMS = 400
LOOKS = 20
ROWS_AT_ONCE = 500_000
MARKS = 200
TABLES = (schema.contact, schema.contact_number, schema.attempt)


def campaign() -> Campaign:
    return Campaign(
        id=0,
        name="benchmark",
        kind=Kind.SALES,
        mode=Mode.PROGRESSIVE,
        dial_string="Local/{number}@people",
        caller_id="",
        queue="waihu-benchmark",
        ring_timeout_s=30,
        windows=CallingWindows.every_day(ALL_DAY),
        zone=ZoneInfo("Asia/Shanghai"),
        retry=RetryPolicy(),
        max_calls=1000,
        cps=1000.0,
        wrap_up_s=30,
        law=LawChoice(profiles=("cn",)),
    )


def books() -> Books:
    return Books(calendar=unknown, regulations=load_regulations())


# ── the list ─────────────────────────────────────────────────────────────────────────────

NUMBERS = {
    "sqlite": "WITH RECURSIVE g (n) AS "
    "(SELECT :first UNION ALL SELECT n + 1 FROM g WHERE n < :last) {0} FROM g",
    "postgresql": "{0} FROM "
    "generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS g (n)",
}
# Ten contacts: two ready, one due and not looked at, five who wait, two done.
KIND = "CASE WHEN n % 10 < 2 THEN 1 WHEN n % 10 = 2 THEN 2 WHEN n % 10 < 8 THEN 3 ELSE 4 END"
CONTACTS = f"""
INSERT INTO contact (id, campaign_id, pool_id, line, reference, name, state, custom, standing,
                     next_attempt_at, rank, consent, consent_proof, consent_at, created_at)
SELECT n, 1, CASE WHEN {KIND} = 3 THEN 1 ELSE 2 + n % 3 END, n, 'C' || n, 'name ' || n,
       CASE WHEN {KIND} = 4 THEN 'done' ELSE 'open' END, '{{"district": "north"}}',
       CASE {KIND} WHEN 1 THEN 'ready' WHEN 4 THEN '' ELSE 'delay' END,
       CASE {KIND} WHEN 1 THEN :loaded WHEN 2 THEN :due WHEN 3 THEN :later END,
       CASE {KIND} WHEN 1 THEN :rank + n END, 'consent', 'form ' || n, :loaded, :loaded
"""
CONTACT_NUMBERS = """
INSERT INTO contact_number (id, contact_id, campaign_id, e164, position, kind, country)
SELECT n, n, 1, '+8613' || substr(CAST(1000000000 + n AS text), 2), 0, 'mobile', 'CN'
"""
ATTEMPTS = """
INSERT INTO attempt (id, engine_id, campaign_id, contact_id, number_id, agent, state, claimed_at,
                     sent_at, ended_at, outcome, counted, tech_cause, dial_status, note)
SELECT substr(CAST(100000000000000000 + n AS text), 2) || 'past00000', 'benchmark', 1, n * 10 + 2,
       n * 10 + 2, '1001', 'ended', :called, :called, :called, 'no_answer', {true}, '', '', ''
"""
BARRED = """
INSERT INTO do_not_call (e164, source, reason, added_at)
SELECT '+8613' || substr(CAST(1000000000 + n * 1000 + 1 AS text), 2), 'list', 'asked', :called
"""
TALLY = """
INSERT INTO tally (pool_id, state, standing, shard, n)
SELECT pool_id, state, standing, 0, count(*) FROM contact GROUP BY pool_id, state, standing
"""


async def fill(database: Database, size: int) -> None:
    """The list by plain SQL, with triggers and indexes put aside meanwhile."""
    async with database.writing() as connection:
        kind = connection.dialect.name
        await connection.execute(
            text("INSERT INTO engine (id, started_at) VALUES ('benchmark', :at)"),
            {"at": stamp(kind)},
        )
        await lists(connection, kind)
        await put_aside(connection, kind)
    await insert(database, CONTACTS, size)
    await insert(database, CONTACT_NUMBERS, size)
    await insert(database, ATTEMPTS, size // 10 - 1)
    await insert(database, BARRED, size // 1000 - 1)
    async with database.writing() as connection:
        await connection.execute(text(TALLY))
        await put_back(connection, kind)
    if kind == "postgresql":
        async with database.writing() as connection:
            await connection.exec_driver_sql("ANALYZE")


async def lists(connection: AsyncConnection, kind: str) -> None:
    await connection.execute(
        text(
            "INSERT INTO call_list (id, campaign_id, name, state, created_at) "
            "VALUES (1, 1, 'list', 'active', :at)"
        ),
        {"at": stamp(kind)},
    )
    for pool, priority in ((1, 1), (2, 5), (3, 5), (4, 5)):
        await connection.execute(
            text(
                "INSERT INTO pool (id, campaign_id, list_id, priority, zones, countries) "
                "VALUES (:pool, 1, 1, :priority, '', 'CN')"
            ),
            {"pool": pool, "priority": priority},
        )


async def put_aside(connection: AsyncConnection, kind: str) -> None:
    if kind == "sqlite":
        for name in ("contact_comes", "contact_goes", "contact_leaves", "contact_arrives"):
            await connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        for table in TABLES:
            await connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL")
    for table in TABLES:
        for index in table.indexes:
            await connection.exec_driver_sql(f"DROP INDEX {index.name}")


async def put_back(connection: AsyncConnection, kind: str) -> None:
    for table in TABLES:
        for index in table.indexes:
            await connection.run_sync(index.create)
    if kind == "sqlite":
        for made in triggers.SQLITE[:4]:
            await connection.exec_driver_sql(made)
    else:
        for table in TABLES:
            await connection.exec_driver_sql(f"ALTER TABLE {table.name} ENABLE TRIGGER ALL")


async def insert(database: Database, what: str, last: int) -> None:
    for first in range(1, last + 1, ROWS_AT_ONCE):
        async with database.writing() as connection:
            kind = connection.dialect.name
            true = "1" if kind == "sqlite" else "true"
            given = {
                "first": first,
                "last": min(first + ROWS_AT_ONCE - 1, last),
                "loaded": stamp(kind, hours=-24),
                "due": stamp(kind, hours=-1),
                "later": stamp(kind, hours=3),
                "called": stamp(kind, hours=-5),
                "rank": rank_of(ServingOrder.WAITING, 1, 0, 0, NOW - timedelta(days=1)),
            }
            query = text(NUMBERS[kind].format(what.replace("{true}", true)))
            if kind == "sqlite":
                query = text(split(what.replace("{true}", true)))
            await connection.execute(
                query, {k: v for k, v in given.items() if f":{k}" in str(query)}
            )


def split(what: str) -> str:
    """SQLite wants the numbers before the SELECT: INSERT … WITH … SELECT."""
    head, select = what.split("SELECT", 1)
    return head + NUMBERS["sqlite"].format("SELECT" + select)


def stamp(kind: str, hours: int = 0) -> str | datetime:
    """A moment as the database keeps it."""
    at = NOW + timedelta(hours=hours)
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if kind == "sqlite" else at


# ── what is measured ─────────────────────────────────────────────────────────────────────


async def times_ms(work: Callable[[], Awaitable[object]], times: int) -> list[float]:
    found = []
    for _ in range(times):
        started = time.perf_counter()
        await work()
        found.append((time.perf_counter() - started) * 1000)
    return found


def said(what: str, found: Sequence[float]) -> float:
    ordered = sorted(found)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    print(f"  {what:44} p50 {p50:7.2f} ms   p99 {p99:7.2f} ms", flush=True)
    return p50


async def measure(database: Database, size: int) -> dict[str, float]:
    print(f"{size:,} contacts in {database.target}", flush=True)
    campaigns = Campaigns(database)
    made = await campaigns.save(campaign(), NOW)
    await campaigns.set_state(made.id, CampaignState.RUNNING)
    started = time.perf_counter()
    await fill(database, size)
    print(f"  filled in {time.perf_counter() - started:.0f} s", flush=True)
    await come_to_rest(database)
    print(f"  {await standing(campaigns)}", flush=True)
    looks = await times_ms(lambda: campaigns.get(1, NOW), LOOKS)
    reads = await times_ms(lambda: plain(database), LOOKS)
    found = {
        "counts": said("counts of the campaign", looks),
        "read": said("a plain read of 100 rows", reads),
    }
    spare_what_stays()
    ids = itertools.count()
    hopper = Hopper(database, "benchmark", lambda: f"{next(ids):026d}")
    claims: list[Claim] = []
    for what, priority in (("nobody due in the first priority", 5), ("all due in the first", 1)):
        async with database.writing() as connection:
            await connection.execute(
                text("UPDATE pool SET priority = :one WHERE id > 1"), {"one": priority}
            )

        async def claim() -> None:
            got, _ = await hopper.claim(1, CLAIMED_AT_ONCE, NOW)
            assert len(got) == CLAIMED_AT_ONCE
            claims.extend(got)

        await times_ms(claim, 3)
        found[what] = said(f"next 100, {what}", await times_ms(claim, min(CLAIMS, size // 1000)))
        print(f"  {found[what] / found['read']:.1f} x the plain read")
    marks = iter(claims)

    async def mark() -> None:
        assert (await hopper.mark_sent(next(marks).attempt, "1001", NOW)).dialable

    found["mark"] = said("one call marked as sent", await times_ms(mark, MARKS))
    return found


async def come_to_rest(database: Database) -> None:
    """What PostgreSQL tidies up in the background after such a fill is over before the claims."""
    async with database.writing() as connection:
        if connection.dialect.name == "sqlite":
            return
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await connection.rollback()
        await driver.set_autocommit(True)
        for order in ("VACUUM ANALYZE", "CHECKPOINT"):
            await driver.execute(order)
        await driver.set_autocommit(False)
        await connection.begin()


async def standing(campaigns: Campaigns) -> str:
    """Where the contacts stand, which is how many there are."""
    record = await campaigns.get(1, NOW)
    held = sum(record.held_contacts.values())
    closed = sum(record.closed_contacts.values())
    return f"{record.due_contacts:,} may be dialed, {held:,} wait, {closed:,} are done"


async def plain(database: Database) -> None:
    async with database.reading() as connection:
        query = (
            "SELECT * FROM contact WHERE pool_id = 3 AND rank IS NOT NULL ORDER BY rank LIMIT 100"
        )
        (await connection.exec_driver_sql(query)).all()


async def on_sqlite(size: int) -> dict[str, float]:
    # In the working directory: a temporary folder may be memory and not a disk.
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        async with Database(Path(folder) / "waihu.sqlite3", books=books()) as database:
            await database.upgrade()
            return await measure(database, size)


async def on_server(url: str, size: int) -> dict[str, float]:
    async with Database(url, books=books()) as database:
        await database.upgrade()
        try:
            return await measure(database, size)
        finally:
            async with database.writing() as connection:
                await connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                await connection.exec_driver_sql("CREATE SCHEMA public")


async def run(url: str | None, sizes: Sequence[int]) -> None:
    short: dict[str, float] | None = None
    for size in sizes:
        found = await (on_sqlite(size) if url is None else on_server(url, size))
        for what, p50 in found.items():
            if short is not None:
                print(f"  p50 of {what}: {p50 / short[what]:.2f} x that at {sizes[0]:,}")
        short = short or found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url")
    parser.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    given = parser.parse_args()
    asyncio.run(run(given.url, given.sizes or SIZES))


if __name__ == "__main__":
    main()
