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
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from campaigns.importing import ImportOrder, import_list
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


async def ours(path: Path, target: Path | str, rows: int, *, again: bool) -> None:
    async with Database(target) as database:
        await database.upgrade()
        wanted = CampaignFile.from_flags(CAMPAIGN).campaign(0, "Asia/Shanghai")
        campaign = await Campaigns(database).save(wanted, NOW)
        report = await import_list(ImportOrder(path=path, campaign=campaign), database, lambda: NOW)
        assert report.added == (0 if again else rows)
        assert report.refused == 0


@contextmanager
def peak_memory() -> Iterator[Callable[[], int]]:
    """Watch what this process and its children hold; gives the most, in MB (Linux)."""
    most, over = 0, threading.Event()

    def look() -> None:
        nonlocal most
        while not over.wait(0.1):
            most = max(most, _held())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    yield lambda: max(most, _held()) // 1024
    over.set()
    watcher.join()


def _held() -> int:
    """Private and shared pages of this process and its children, in KiB; shared ones by halves."""
    own = os.getpid()
    children = Path(f"/proc/{own}/task/{own}/children").read_text("ascii").split()
    total = 0
    for process in (str(own), *children):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare(rows: int, floor: str, works: dict[str, Callable[[], object]]) -> None:
    """Run one after the other; print each beside the floor."""
    took: dict[str, float] = {}
    for what, work in works.items():
        with peak_memory() as peak:
            took[what] = seconds(work)
            memory = f"{peak():5} MB at most" if what.startswith("ours") else ""
        ratio = f"x {took[what] / took[floor]:5.2f} the time"
        print(f"{what:58} {rows / took[what]:10,.0f} rows/s   {ratio}   {memory}", flush=True)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "list.csv"
        write_list(path, rows)
        print(f"{rows:,} rows")
        file = folder / "ours.db"
        raw = "SQLite, raw: executemany in batches, no checks"
        compare(
            rows,
            raw,
            {
                raw: lambda: raw_sqlite(path, folder / "raw.db"),
                "ours: load": lambda: asyncio.run(ours(path, file, rows, again=False)),
                "ours: the same list again": lambda: asyncio.run(
                    ours(path, file, rows, again=True)
                ),
            },
        )
        if len(sys.argv) > 2:  # noqa: PLR2004  the URL is the second
            url = sys.argv[2]
            copy = "PostgreSQL, raw: COPY, no checks"
            compare(
                rows,
                copy,
                {
                    copy: lambda: raw_copy(path, url),
                    "PostgreSQL, raw: COPY, temporary table, ON CONFLICT": lambda: raw_on_conflict(
                        path, url
                    ),
                    "ours: load": lambda: asyncio.run(ours(path, url, rows, again=False)),
                    "ours: the same list again": lambda: asyncio.run(
                        ours(path, url, rows, again=True)
                    ),
                },
            )


if __name__ == "__main__":
    main()
