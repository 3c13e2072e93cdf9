"""From an event in the engine to the screens of 200 viewers: delay, bytes, and the engine's CPU.

Run by hand: `python benchmarks/event_to_screen.py [VIEWERS] [SECONDS]`. 500 agents at work with 50
calls a second on a virtual switch; the viewers are a process of their own, with a socket each, and
one more is a Chromium with the wallboard, in which the change of an agent's cell is timed.
The references: a whole picture a second, which is what polling gives, and the engine alone.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from bisect import bisect_right
from collections import defaultdict
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Page

from supervisor.frames import Frame
from supervisor.sinks.hub import Hub
from supervisor.sinks.sse import Streams
from supervisor.web.server import Address, serving
from tests.busy_floor import BusyFloor, Load
from tests.real_chromium import chromium
from tests.web.board_stage import Stage

VIEWERS, SECONDS = 200, 30.0
AS_VIEWERS = "--viewers"
SETTLE_S = 3.0
TIMED_EACH = 10
"""One in so many viewers reads what it is told: a process that read for all would be slow."""


# ── the viewers ──────────────────────────────────────────────────────────────────────────


async def watch(
    port: int, behind_s: float, until_s: float, found: dict[str, list[float]], *, timed: bool
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    writer.write(b"GET /live HTTP/1.1\r\nHost: here\r\n\r\n")
    began, size = time.monotonic(), 0.0
    while time.monotonic() - began < until_s:
        line = await reader.readline()
        if not line:
            break
        if time.monotonic() - began < SETTLE_S:
            continue
        size += len(line)
        if timed and line.startswith(b"data: {"):
            now_s = time.time() - behind_s
            found["delay"] += delays(json.loads(line[6:]), now_s)
    found["bytes"].append(size / (until_s - SETTLE_S))
    writer.close()


def delays(frame: dict[str, dict[str, dict[str, str] | None]], now_s: float) -> list[float]:
    """How long ago each agent whom the frame tells of has changed; of a whole picture, nothing."""
    if frame["full"]:
        return []
    told = [agent.get("since") for agent in frame.get("agents", {}).values() if agent]
    return [now_s - datetime.fromisoformat(since).timestamp() for since in told if since]


async def view(port: int, behind_s: float, viewers: int, seconds: float) -> None:
    found: dict[str, list[float]] = {"delay": [], "bytes": []}
    await asyncio.gather(
        *(
            watch(port, behind_s, seconds, found, timed=number % TIMED_EACH == 0)
            for number in range(viewers)
        )
    )
    print(json.dumps(found))


# ── the browser ──────────────────────────────────────────────────────────────────────────

TIMED = """() => {
  window.seen = [];
  new MutationObserver((changes) => {
    for (const { target } of changes) window.seen.push([target.dataset.name, target.dataset.look, Date.now()]);
  }).observe(document.querySelector("#agents"), { subtree: true, attributeFilter: ["data-look"] });
}"""  # noqa: E501


class Changes:
    """What agents changed to, and when the engine knew: a sink among the others."""

    name = "bench"

    def __init__(self) -> None:
        self.behind_s = 0.0
        self._known: dict[tuple[str, str], list[float]] = defaultdict(list)

    def offer(self, frame: Frame) -> None:
        """Note each agent whose state is another."""
        for agent, told in frame.changes.get("agents", {}).items():
            if isinstance(told, dict) and "look" in told and "since" in told:
                at_s = datetime.fromisoformat(told["since"]).timestamp() + self.behind_s
                self._known[agent, told["look"]].append(at_s)

    async def run(self) -> None:
        """Nothing is carried out."""

    def delays(self, seen: list[tuple[str, str, float]]) -> list[float]:
        """How long after the engine knew of it each change was in the page."""
        found = []
        for agent, look, at_ms in seen:
            known = self._known.get((agent, look), [])
            place = bisect_right(known, at_ms / 1000)
            if place:
                found.append(at_ms / 1000 - known[place - 1])
        return found


async def timed_page(stack: AsyncExitStack, port: int) -> Page:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    browser = await stack.enter_async_context(chromium(folder))
    page = await browser.new_page()
    await page.goto(f"http://127.0.0.1:{port}/wall")
    await page.wait_for_selector("#agents li")
    await page.evaluate(TIMED)
    return page


# ── the engine ───────────────────────────────────────────────────────────────────────────


async def engine(viewers: int, seconds: float) -> None:
    print(f"500 agents, 50 calls a second, {viewers} viewers, {seconds:g} s")
    floor = BusyFloor(Load())
    floor.warm_up()
    working = asyncio.create_task(floor.work())
    alone_s = await cpu_for(seconds / 3)
    streams, changes = Streams(utc_now), Changes()
    hub = Hub(floor.snapshot, floor.now, [streams, changes])
    floor.stirred = hub.stir
    showing = asyncio.create_task(hub.run())
    shown_s = await cpu_for(seconds / 3)

    stage = Stage()
    stage.streams, stage.hub = streams, hub
    address = Address(host="127.0.0.1", port=0)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(serving(stage.app, address, streams.stop))
        behind_s = (utc_now() - floor.now().utc).total_seconds()
        changes.behind_s = behind_s
        page = await timed_page(stack, port)
        told = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__, AS_VIEWERS),
            *(str(port), str(behind_s), str(viewers), str(seconds)),
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 30,
        )
        placed = floor.placed
        watched_s = await cpu_for(seconds)
        rate = (floor.placed - placed) / seconds
        found = json.loads((await told.communicate())[0])
        found["screen"] = changes.delays(await page.evaluate("window.seen"))
    showing.cancel()
    working.cancel()
    whole = len(hub.frame.full_json) if hub.frame else 0
    report(found, whole, rate)
    print(
        f"engine's CPU: {100 * alone_s:.1f} % of a core alone, {100 * shown_s:.1f} % with the "
        f"picture taken and encoded, {100 * watched_s:.1f} % with {viewers} viewers"
    )


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the edge


async def cpu_for(seconds: float) -> float:
    """CPU seconds a second."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(seconds)
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used / seconds


def report(found: dict[str, list[float]], whole: int, rate: float) -> None:
    print(f"calls placed a second: {rate:.0f}")
    for what, key in (("event to viewer", "delay"), ("event to the page's cells", "screen")):
        delay_ms = sorted(1000 * one for one in found[key])
        p50, p95, p99 = (delay_ms[int(len(delay_ms) * part)] for part in (0.5, 0.95, 0.99))
        print(
            f"{what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms (goal 250), p99 {p99:.0f} ms (goal 500), "
            f"longest {delay_ms[-1]:.0f} ms ({len(delay_ms):,} changes of agents)"
        )
    each = sum(found["bytes"]) / len(found["bytes"])
    print(
        f"bytes a second and viewer: {each:,.0f}; a whole picture is {whole:,}, once a second "
        f"{whole / each:.1f} times as many, as often as deltas {5 * whole / each:.1f} times"
    )


def main() -> None:
    if AS_VIEWERS in sys.argv:
        port, behind_s, viewers, seconds = sys.argv[2:]
        asyncio.run(view(int(port), float(behind_s), int(viewers), float(seconds)))
        return
    defaults = (str(VIEWERS), str(SECONDS))
    viewers, seconds = (*sys.argv[1:], *defaults[len(sys.argv) - 1 :])
    asyncio.run(engine(int(viewers), float(seconds)))


if __name__ == "__main__":
    main()
