"""How fast 1, 2, 4 and 8 engines claim from one campaign on one PostgreSQL, each a process.

Run by hand: `python benchmarks/many_engines.py [contacts]`. Prints claims a second, the slowest
transactions of any engine, each engine's part, and the ratio to one engine alone. It ends with
an error if a contact was claimed twice or one was left.

The reference is one engine: what the others add is what PostgreSQL lets them do at once. Engines
beyond the number of cores add none; they must not take any away. The server is a private one
with `fsync` on, so a commit costs what this disk makes of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import psycopg

from campaigns.campaign import CampaignState
from campaigns.windows import ALL_DAY, CallingWindows
from store.campaigns import Campaigns
from store.database import Database
from store.hopper import Hopper
from store.lists import IMPORT_BATCH, Lists
from tests.private_postgres import PrivatePostgres
from tests.store.room import a_campaign, rows_of

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CONTACTS = 20_000
ENGINES = (1, 2, 4, 8)
AT_ONCE = 10
SLOW_PART = 0.99


async def load(url: str, contacts: int) -> int:
    async with Database(url) as database:
        await database.upgrade()
        windows = CallingWindows.every_day(ALL_DAY)
        made = await Campaigns(database).save(a_campaign(windows=windows), NOW)
        await Campaigns(database).set_state(made.id, CampaignState.RUNNING)
        for first in range(0, contacts, IMPORT_BATCH):
            count = min(IMPORT_BATCH, contacts - first)
            await Lists(database).import_batch(made.id, rows_of(count, first=first), NOW)
    return made.id


async def work(url: str, name: str, campaign_id: int) -> None:
    """One engine: say that it is ready, wait for the word, claim until nothing is left."""
    numbers = iter(range(10**9))
    async with Database(url, engine_id=name) as database:
        hopper = Hopper(database, name, lambda: f"{name[-3:]}{next(numbers):023d}")
        await hopper.recover(NOW)
        print("ready", flush=True)
        sys.stdin.readline()
        took, claimed, due = [], 0, NOW
        while due is not None and due <= NOW:
            began = time.perf_counter()
            claims, due = await hopper.claim(campaign_id, AT_ONCE, NOW)
            took.append(time.perf_counter() - began)
            claimed += len(claims)
    took.sort()
    slow_ms = took[int(len(took) * SLOW_PART)] * 1000
    print(json.dumps({"claimed": claimed, "p99_ms": slow_ms}), flush=True)


def measure(url: str, engines: int, campaign_id: int) -> tuple[float, list[dict[str, float]]]:
    """Claims a second of so many processes together, and what each says of itself."""
    here = [sys.executable, __file__, "--engine", url]
    processes = [
        subprocess.Popen(
            [*here, f"bench-{number:03d}", str(campaign_id)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(engines)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [json.loads(process.communicate()[0]) for process in processes]
    took_s = time.perf_counter() - began
    return sum(one["claimed"] for one in said) / took_s, said


def check(url: str, contacts: int) -> None:
    with psycopg.connect(url) as connection:
        claimed = connection.execute(
            "SELECT count(*), count(DISTINCT contact_id) FROM attempt"
        ).fetchone()
    assert claimed == (contacts, contacts), f"claimed, and distinct: {claimed}"


def main() -> None:
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS
    print(f"{os.cpu_count()} cores, {contacts:,} contacts, {AT_ONCE} a claim")
    with PrivatePostgres("--fsync") as server:
        with psycopg.connect(server.url, autocommit=True) as admin:
            admin.execute("CREATE DATABASE loaded")
        loaded = server.url.replace("/postgres?", "/loaded?")
        campaign_id = asyncio.run(load(loaded, contacts))
        alone = 0.0
        for engines in ENGINES:
            name = f"with{engines}"
            with psycopg.connect(server.url, autocommit=True) as admin:
                admin.execute(f"CREATE DATABASE {name} TEMPLATE loaded".encode())
            url = server.url.replace("/postgres?", f"/{name}?")
            rate, said = measure(url, engines, campaign_id)
            check(url, contacts)
            alone = alone or rate
            parts = [one["claimed"] / contacts for one in said]
            print(
                f"{engines} engines {rate:8,.0f} claims/s   {rate / alone:5.2f} x one alone"
                f"   p99 of a claim of {AT_ONCE} {max(one['p99_ms'] for one in said):6.1f} ms"
                f"   parts {min(parts):.1%} to {max(parts):.1%}"
            )
    print("no contact twice, none left")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--engine"]:
        asyncio.run(work(sys.argv[2], sys.argv[3], int(sys.argv[4])))
    else:
        main()
