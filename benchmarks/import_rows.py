"""Rows a second of our import, end to end, beside the same rows loaded raw in the same run.

Ours reads the file, normalises and validates every number, asks for duplicates, faulty and
do-not-call numbers, writes contacts, numbers and counts in short transactions, and shows them
all at once. The references check nothing; they write the same columns into the same tables
without triggers: SQLite by executemany, PostgreSQL by COPY, and by COPY into a temporary table and
INSERT … ON CONFLICT. They are the floor of the cost, not rivals.

Run:  python benchmarks/import_rows.py [rows] [postgresql://… of an empty database]
"""

from __future__ import annotations

import asyncio
import csv
import os
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from campaigns.campaign import Campaign
from campaigns.lists.importing import ImportOrder, import_list
from config.campaign_file import CampaignFile
from store.campaigns import Campaigns
from store.database import Database

ROWS = 1_000_000
RAW_BATCH = 10_000
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
CAMPAIGN = {
    "name": "benchmark",
    "kind": "callback",
    "dial_string": "PJSIP/{number}@trunk",
    "queue": "callback",
    "windows": {"every day": ["09:00-20:00"]},
}
PREFIXES = ("138", "139", "150", "158", "186", "188", "135", "136")
RAW_TABLES = (
    "CREATE TABLE raw_contact (id INTEGER PRIMARY KEY, reference TEXT, name TEXT, custom TEXT)",
    "CREATE TABLE raw_number (contact_id INTEGER, e164 TEXT UNIQUE)",
)


def write_list(path: Path, rows: int) -> None:
    """Write so many people, each with a number of its own, in no order."""
    shuffled = random.Random(4).sample(range(10**8), rows)  # noqa: S311  the same in each run
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["编号", "姓名", "手机", "小区", "备注"])
        for n, tail in enumerate(shuffled):
            number = f"{PREFIXES[n % len(PREFIXES)]}{tail:08}"
            writer.writerow([f"K{n}", "张三", number, "翠湖花园", "报修水管，已完成"])


def raw_rows(path: Path) -> Iterator[tuple[list[tuple[object, ...]], list[tuple[object, ...]]]]:
    """The same rows in batches, as two tables take them."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        contacts: list[tuple[object, ...]] = []
        numbers: list[tuple[object, ...]] = []
        for n, (reference, name, phone, estate, note) in enumerate(rows):
            contacts.append((n, reference, name, f'{{"小区":"{estate}","备注":"{note}"}}'))
            numbers.append((n, f"+86{phone}"))
            if len(contacts) == RAW_BATCH:
                yield contacts, numbers
                contacts, numbers = [], []
    if contacts:
        yield contacts, numbers


def raw_sqlite(path: Path, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for table in RAW_TABLES:
            connection.execute(table)
        for contacts, numbers in raw_rows(path):
            with connection:
                connection.executemany("INSERT INTO raw_contact VALUES (?, ?, ?, ?)", contacts)
                connection.executemany("INSERT INTO raw_number VALUES (?, ?)", numbers)


def raw_copy(path: Path, url: str) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        _raw_tables(cursor)
        for contacts, numbers in raw_rows(path):
            for table, rows in (("raw_contact", contacts), ("raw_number", numbers)):
                _copy(cursor, table, rows)
            connection.commit()


def raw_on_conflict(path: Path, url: str) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        _raw_tables(cursor)
        cursor.execute("CREATE TEMP TABLE staged (contact_id INTEGER, e164 TEXT)")
        for contacts, numbers in raw_rows(path):
            _copy(cursor, "raw_contact", contacts)
            _copy(cursor, "staged", numbers)
            cursor.execute("INSERT INTO raw_number SELECT * FROM staged ON CONFLICT DO NOTHING")
            cursor.execute("TRUNCATE staged")
            connection.commit()


def _raw_tables(cursor: psycopg.Cursor) -> None:
    cursor.execute("DROP TABLE IF EXISTS raw_contact, raw_number")
    for table in RAW_TABLES:
        cursor.execute(table)


def _copy(cursor: psycopg.Cursor, table: str, rows: list[tuple[object, ...]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


async def prepare(target: Path | str) -> Campaign:
    """Make the tables and the campaign."""
    async with Database(target) as database:
        await database.upgrade()
        wanted = CampaignFile.from_flags(CAMPAIGN).campaign(0, "Asia/Shanghai")
        return await Campaigns(database).save(wanted, NOW)


async def ours(
    path: Path, target: Path | str, campaign: Campaign, rows: int, *, again: bool
) -> None:
    async with Database(target) as database:
        report = await import_list(ImportOrder(path=path, campaign=campaign), database, lambda: NOW)
        assert report.added == (0 if again else rows)
        assert report.refused == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a piece of work took: wall seconds, and CPU seconds of this process and the other.

    `held_kib`: the most that each of the two held.
    """

    wall_s: float
    here_s: float
    there_s: float
    held_kib: tuple[int, int]


def cost_of(work: Callable[[], object]) -> Cost:
    """Do it, and look meanwhile at what this process and its children hold (Linux)."""
    most = [0, 0]
    over = threading.Event()

    def look() -> None:
        while not over.wait(1.0):
            most[:] = map(max, most, _held())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    began, before = time.perf_counter(), os.times()
    work()
    wall_s, after = time.perf_counter() - began, os.times()
    over.set()
    watcher.join()
    return Cost(
        wall_s=wall_s,
        here_s=after.user + after.system - before.user - before.system,
        there_s=after.children_user
        + after.children_system
        - before.children_user
        - before.children_system,
        held_kib=(most[0], most[1]),
    )


def _held() -> tuple[int, int]:
    """KiB of this process and of its children; pages that several use are divided."""
    own = os.getpid()
    children = Path(f"/proc/{own}/task/{own}/children").read_text("ascii").split()
    return _held_by(str(own)), sum(map(_held_by, children))


def _held_by(process: str) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def compare(rows: int, works: dict[str, Callable[[], object]]) -> None:
    """Run one after the other; print each beside the first, which is the floor."""
    floor_s = 0.0
    for what, work in works.items():
        cost = cost_of(work)
        floor_s = floor_s or cost.wall_s
        here, there = (kib // 1024 for kib in cost.held_kib)
        print(
            f"{what:52} {rows / cost.wall_s:9,.0f} rows/s  x {cost.wall_s / floor_s:5.2f} the time"
            f"  CPU {cost.here_s / rows * 1e6:5.1f} + {cost.there_s / rows * 1e6:5.1f} us a row"
            f"  {here:4} + {there:3} MB",
            flush=True,
        )


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "list.csv"
        write_list(path, rows)
        print(f"{rows:,} rows; CPU and memory: the process that inserts + the one that checks")
        raw = {
            "SQLite, raw: executemany in batches": lambda: raw_sqlite(path, folder / "raw.db"),
        }
        compare(rows, raw | _our_works(path, folder / "ours.db", rows))
        if len(sys.argv) > 2:  # noqa: PLR2004  the URL is the second
            url = sys.argv[2]
            raw = {
                "PostgreSQL, raw: COPY": lambda: raw_copy(path, url),
                "PostgreSQL, raw: COPY, ON CONFLICT": lambda: raw_on_conflict(path, url),
            }
            compare(rows, raw | _our_works(path, url, rows))


def _our_works(path: Path, target: Path | str, rows: int) -> dict[str, Callable[[], object]]:
    campaign = asyncio.run(prepare(target))
    return {
        "ours: load": lambda: asyncio.run(ours(path, target, campaign, rows, again=False)),
        "ours: the same list again": lambda: asyncio.run(
            ours(path, target, campaign, rows, again=True)
        ),
    }


if __name__ == "__main__":
    main()
