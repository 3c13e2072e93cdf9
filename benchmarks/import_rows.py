"""Rows a second of our import into SQLite, beside a load that checks nothing.

The reference is csv.reader and sqlite3's executemany in one transaction: no encoding found
out, no number read, no duplicate told, no claim let in between. It is the floor of the cost,
not a rival. Run:  python benchmarks/import_rows.py [rows]
"""

from __future__ import annotations

import asyncio
import csv
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from campaigns.importing import import_list
from campaigns.numbers import to_e164
from campaigns.readers import inspect_list, read_rows
from config.campaign_file import CampaignFile
from store.campaigns import Campaigns
from store.database import Database
from store.lists import Lists

ROWS = 50_000
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
CAMPAIGN = {
    "name": "benchmark",
    "kind": "callback",
    "dial_string": "PJSIP/{number}@trunk",
    "queue": "callback",
    "windows": {"every day": ["09:00-20:00"]},
}


def write_list(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["编号", "姓名", "手机", "小区", "备注"])
        for n in range(rows):
            number = f"{1380000 + n // 10_000}{n % 10_000:04}"
            writer.writerow([f"K{n}", "张三", number, "翠湖花园", "报修水管，已完成"])


def reference(path: Path, database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE contact (reference, name, phone, estate, note)")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        with connection:
            connection.executemany("INSERT INTO contact VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()


async def ours(path: Path, database_path: Path, *, again: bool) -> None:
    async with Database(database_path) as database:
        await database.upgrade()
        wanted = CampaignFile.from_flags(CAMPAIGN).campaign(0, "Asia/Shanghai")
        campaign = await Campaigns(database).save(wanted, NOW)
        report = await import_list(path, campaign, Lists(database), lambda: NOW)
        assert (report.added == 0) is again
        assert report.refused == 0


def read_only(path: Path) -> None:
    for _ in read_rows(inspect_list(path)):
        pass


def numbers_only(rows: int) -> None:
    for n in range(rows):
        to_e164(f"{1380000 + n // 10_000}{n % 10_000:04}", "CN")


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "list.csv"
        write_list(path, rows)
        database = folder / "ours.db"
        took = {
            "reference: csv.reader + executemany, no checks": seconds(
                lambda: reference(path, folder / "reference.db")
            ),
            "ours: load": seconds(lambda: asyncio.run(ours(path, database, again=False))),
            "ours: the same list again": seconds(
                lambda: asyncio.run(ours(path, database, again=True))
            ),
            "  of it: reading rows": seconds(lambda: read_only(path)),
            "  of it: E.164": seconds(lambda: numbers_only(rows)),
        }
    floor = next(iter(took.values()))
    print(f"{rows} rows")
    for what, duration in took.items():
        print(f"{what:50} {rows / duration:10,.0f} rows/s   x {duration / floor:6.1f} the time")


if __name__ == "__main__":
    main()
