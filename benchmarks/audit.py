"""`waihu audit verify` over so many calls (argument; a million as said in the docs).

Prints the time to enter them one by one as the engine does (hash and insert alone), the time to
verify all, and as reference the bare SHA-256 over the same bodies.

    .venv/bin/python benchmarks/audit.py 1000000
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from campaigns.ledger import Entry, EntryKind, Head, Note, follow
from store.database import Database
from store.ledger_check import check_ledger

FIRST = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BODY = {
    "number": "+8613800138000",
    "campaign": {"id": 1, "name": "callback", "kind": "callback"},
    "contact": {"id": 1, "reference": "C1"},
    "engine": "engine-1",
    "agent": "1001",
    "mode": "progressive",
    "hours": {
        "zone": "Asia/Shanghai",
        "local": "2026-11-23T09:00:00+08:00",
        "open_until": "2026-11-23T04:00:00+00:00",
        "windows": [{"zone": "Asia/Shanghai", "windows": ["09:00-12:00"], "calendar": "CN"}],
    },
    "dials_today": {"made": 0, "cap": 3},
    "law": [{"profile": "cn", "version": "2026-11-22", "digest": "0" * 64, "limits": []}],
    "consent": {"contact": None, "campaign": {"basis": "contract", "proof": ""}},
}


def entries(count: int) -> Iterator[Entry]:
    """A chain of calls."""
    head = Head()
    for number in range(count):
        note = Note(
            chain="engine-1",
            at=FIRST + timedelta(milliseconds=100 * number),
            kind=EntryKind.CALL,
            subject=f"{number:026d}",
            body=BODY,
        )
        entry = follow(head, note)
        head = Head(seq=entry.seq, hash=entry.hash)
        yield entry


def fill(file: Path, count: int) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(
            "INSERT INTO engine (id, started_at) VALUES ('engine-1', '2026-11-23 00:00:00.000000')"
        )
        rows = (
            (*row[:2], row[2].strftime("%Y-%m-%d %H:%M:%S.%f"), *row[3:])
            for row in map(astuple, entries(count))
        )
        connection.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute(
            "INSERT INTO attempt (id, engine_id, campaign_id, contact_id, number_id, state, "
            "claimed_at, sent_at, outcome, counted, tech_cause, dial_status, note) "
            "SELECT subject, chain, 1, seq, seq, 'ended', at, at, 'busy', 1, '', '', '' "
            "FROM ledger WHERE kind = 'call'"
        )
        connection.commit()


async def verify(file: Path) -> int:
    async with Database(file) as database:
        checked = await check_ledger(database, lambda _done, _all: None)
        assert checked.fault is None, checked.fault
        return checked.entries


async def new(file: Path) -> None:
    async with Database(file) as database:
        await database.upgrade()


def main(count: int) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "waihu.sqlite3"
        asyncio.run(new(file))
        began = perf_counter()
        fill(file, count)
        filled = perf_counter() - began
        began = perf_counter()
        checked = asyncio.run(verify(file))
        verified = perf_counter() - began
        began = perf_counter()
        text = repr(BODY).encode()
        for _ in range(count):
            hashlib.sha256(text).hexdigest()
        bare = perf_counter() - began
    print(f"{count:,} calls entered in {filled:.1f} s, {count / filled:,.0f} a second")
    print(f"{checked:,} entries verified in {verified:.1f} s, {checked / verified:,.0f} a second")
    print(f"the bare hashes of as many bodies: {bare:.1f} s, {verified / bare:.1f} times less")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
