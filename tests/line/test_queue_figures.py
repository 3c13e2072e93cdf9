"""Our record of queues against an independent count of Asterisk's queue_log: equal to the call.

Random calls on a real Asterisk: answered, transferred, given up soon and late, timed out, several
queues; then the same with the engine killed amid it, and import-log after that (R10, R18). The
number of calls is small here; `make queue-figures` runs the two thousand.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from asterisk.lab.process import LabAsterisk
from dialer.cli_queue_log import take_files
from store import schema
from store.queue_log_import import SETTLES, Imported, LogImport
from tests.line.queue_counting import Counted, count_log
from tests.line.site import Site, utc_now
from tests.line.waiting import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLS = int(os.environ.get("WAIHU_QUEUE_CALLS", "90"))
A_SECOND = 15.0
QUEUES = ("waihu-slow", "waihu-pair", "waihu-tree")
NUMBERS = ("4001", "4002", "4003")
MEMBERS = 15
AGENT = "Local/139000000{n:02}@waihu-lab-customers/n"
FLOW = (
    """\
start = "which"
rescue = "waihu-slow"
languages = ["en"]
[step.which]
do = "branch"
when = [
    { fact = "dialed", is = "4001", to = "waihu-slow" },
    { fact = "dialed", is = "4002", to = "waihu-pair" },
]
otherwise = "waihu-tree"
"""
    + "".join(
        f"""\
[step.{queue}]
do = "queue"
queue = "{queue}"
wait_s = {wait_s}
timed_out = "{after}"
"""
        for queue, wait_s, after in (
            ("waihu-slow", 2, "bye"),
            ("waihu-pair", 3, "waihu-slow"),
            ("waihu-tree", 4, "bye"),
        )
    )
    + '[step.bye]\ndo = "hangup"\n'
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    switch: LabAsterisk, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("figures")
    (folder / "flows").mkdir()
    (folder / "flows" / "which.toml").write_text(FLOW, "utf-8")
    async with Site(switch, folder, {}) as site:
        inbound = site.settings.inbound.model_copy(update={"flow": "which"})
        paths = site.settings.paths.model_copy(update={"flows": folder / "flows"})
        news = {"inbound": inbound, "paths": paths}
        site.settings = site.settings.model_copy(update=news)
        for n in range(MEMBERS):
            for queue in (*QUEUES, "waihu-inbound"):
                if queue == "waihu-inbound" or n % len(QUEUES) == QUEUES.index(queue):
                    site.view.act(
                        "QueueAdd",
                        Queue=queue,
                        Interface=AGENT.format(n=n),
                        MemberName=f"member-{n}",
                    )
        yield site
        for n in range(MEMBERS):
            for queue in (*QUEUES, "waihu-inbound"):
                if queue == "waihu-inbound" or n % len(QUEUES) == QUEUES.index(queue):
                    site.view.act("QueueRemove", Queue=queue, Interface=AGENT.format(n=n))
                    name = f"member-{n}"
                    await site.view.event("QueueMemberRemoved", Queue=queue, MemberName=name)


class Callers:
    """People who call at random; `calls` are the ids of their channels."""

    def __init__(self, site: Site, random: Random) -> None:
        self.calls: set[str] = set()
        self._site = site
        self._random = random
        self._ends: set[asyncio.Task[None]] = set()
        self._moving: set[str] = set()
        self._soon(self._transfer())

    async def call(self, count: int) -> None:
        """So many calls, each with its patience; some of those who talk are transferred."""
        for _ in range(count):
            await asyncio.sleep(self._random.expovariate(A_SECOND))
            number = self._random.choice(NUMBERS)
            call = self._site.view.call(
                f"Local/138{self._random.randrange(10**8):08}@waihu-lab-caller/n",
                context="waihu-inbound",
                exten=number,
                CallerID=f"138{self._random.randrange(10**8):08}",
            )
            self.calls.add(call)
            fate = self._random.random()
            if fate < 0.4:
                self._soon(self._hangs_up(call, self._random.uniform(0.1, 6.5)))
            elif fate < 0.6:
                self._moving.add(call)

    def _soon(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    async def _hangs_up(self, call: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self._site.view.hang_up(call)

    async def _transfer(self) -> None:
        """Each call that is to be transferred is, as soon as its agent is heard."""
        place = len(self._site.view.since(0))
        while True:
            await asyncio.sleep(0.05)
            news = self._site.view.since(place)
            place += len(news)
            for heard in news:
                if heard.headers.get("Uniqueid") in self._moving and heard.says("AgentConnect", {}):
                    self._moving.discard(heard.headers["Uniqueid"])
                    self._soon(self._move(heard.headers["DestChannel"]))

    async def _move(self, member: str) -> None:
        await asyncio.sleep(0.1)
        self._site.view.act(
            "BlindTransfer",
            Channel=member,
            Context="waihu-lab-customers",
            Exten="13900000001",
        )

    async def are_gone(self, patience_s: float = 4.0) -> None:
        """All have hung up; who still waits after so long does it now."""
        await asyncio.sleep(patience_s)
        for call in self.calls:
            self._site.view.hang_up(call)

        async def look() -> bool:
            living = {one["Uniqueid"] for one in await self._site.view.channels()}
            return not living & self.calls

        await wait_for(look, within_s=60.0, what="the end of all calls")
        for task in list(self._ends):
            task.cancel()


async def rows_of(site: Site, calls: Collection[str]) -> list[Any]:
    stay = schema.queue_call
    async with site.database.reading() as connection:
        found = await connection.execute(select(stay).order_by(stay.c.joined_at))
        return [row for row in found if row.call_id in calls]


def differences(counted: Counted, rows: list[Any]) -> dict[str, object]:
    """What the record and the independent count do not agree on."""
    ends = Counter((row.call_id, row.queue, row.how) for row in rows)
    answered = [row for row in rows if row.how == "answered"]
    agents = Counter((row.call_id, row.queue, row.agent) for row in answered)
    told = [row for row in answered if row.ended_by is not None]
    talks = Counter((row.call_id, row.queue, row.ended_by) for row in told)
    untold = Counter((row.call_id, row.queue) for row in answered if row.ended_by is None)
    waits: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        waits.setdefault((row.call_id, row.queue), []).append(row.waited_ms / 1000)
    found = {
        "ends": (counted.ends - ends, ends - counted.ends),
        "agents": (counted.agents - agents, agents - counted.agents),
        # Asterisk's own word on who ended a talk is lost where both ends hang up at once.
        "talks": (
            Counter((call, queue) for call, queue, _ in (counted.talks - talks).elements())
            - untold,
            talks - counted.talks,
        ),
        "transfers": {row.call_id for row in answered if row.transferred}
        ^ {call for call, _, by in counted.talks if by == "transfer"},
        "waits": {
            key: (both, waits.get(key))
            for key, both in counted.waits.items()
            if len(both) != len(waits.get(key, []))
            or any(abs(a - b) > 1.5 for a, b in zip(both, waits[key], strict=True))
        },
    }
    return {name: what for name, what in found.items() if what and any(what)}


def log_since(switch: LabAsterisk, offset: int) -> list[str]:
    with (switch.run / "log" / "queue_log").open(encoding="utf-8") as file:
        file.seek(offset)
        return file.readlines()


async def settled(site: Site, counted: Counted, calls: Collection[str]) -> list[Any]:
    """The record, once the engine has written as much as the log holds, or has had the time."""
    rows: list[Any] = []
    for _ in range(50):
        rows = await rows_of(site, calls)
        if not differences(counted, rows):
            break
        await asyncio.sleep(0.1)
    return rows


async def test_the_record_is_the_queue_log_to_the_call(site: Site, switch: LabAsterisk) -> None:
    offset = (switch.run / "log" / "queue_log").stat().st_size
    callers = Callers(site, Random(7))
    await site.start_engine()
    await callers.call(CALLS)
    await callers.are_gone()
    counted = count_log(log_since(switch, offset), callers.calls)
    rows = await settled(site, counted, callers.calls)
    await site.stop_engine()
    assert differences(counted, rows) == {}
    seen = Counter(row.how for row in rows)
    print(f"{len(callers.calls)} calls, {len(rows)} stays: {dict(seen)}")  # noqa: T201  with -s
    assert len(rows) >= CALLS * 0.9
    assert min(seen["answered"], seen["abandoned"], seen["timeout"]) >= CALLS // 20
    assert any(row.transferred for row in rows)
    assert sum(row.how == "answered" and row.ended_by is None for row in rows) <= CALLS // 10
    short = {row.call_id for row in rows if row.how == "abandoned" and row.waited_ms <= 5_000}
    assert short


async def test_after_a_kill_the_log_fills_the_gap_and_doubles_nothing(
    site: Site, switch: LabAsterisk, tmp_path: Path
) -> None:
    offset = (switch.run / "log" / "queue_log").stat().st_size
    callers = Callers(site, Random(8))
    engine = await site.start_process()
    await callers.call(CALLS // 3)
    engine.kill()
    await engine.wait()
    await callers.call(CALLS // 3)
    await site.start_process()
    await callers.call(CALLS // 3)
    await callers.are_gone()
    await asyncio.sleep(3.0)
    before = await rows_of(site, callers.calls)

    lines = log_since(switch, offset)
    counted = count_log(lines, callers.calls)
    log = tmp_path / "queue_log"
    log.write_text("".join(lines), "utf-8")
    first = await import_log(site, log)
    rows = await rows_of(site, callers.calls)
    assert differences(counted, rows) == {}
    print(f"{len(before)} seen live, then {first}: {len(rows)} stays")  # noqa: T201  with -s
    assert first.added > 0
    assert len(before) + first.added == len(rows)
    again = await import_log(site, log)
    assert (again.added, again.completed, again.known) == (0, 0, len(rows))
    await site.stop_engine()


async def import_log(site: Site, log: Path) -> Imported:
    taking = LogImport(
        database=site.database, read_number=lambda text: text, now=utc_now() + 2 * SETTLES
    )
    read = await take_files([log], taking)
    assert read.bad == []
    return taking.done
