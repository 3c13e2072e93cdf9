"""A thousand callers in the example hotline at once, on one process: p99 of a reply, memory a call.

    python benchmarks/ivr_sessions.py

This process plays the switch: each caller stays 2 to 4 s in every menu, then presses a key that
leads into the next, until the flow's bound takes the call away. What is measured is the time from
the switch's word to our next command. The server has a process of its own; its work for a reply is
what a busy machine does not change.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
import statistics
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import structlog

from agi.flow_call import Means
from agi.flow_desk import FlowDesk, Flows
from agi.flow_lookup import Lookups
from agi.flow_speech import Speech
from agi.handlers import make_routes
from agi.server import FastAgiServer, SessionLimits
from config.calendar_file import CalendarShelf
from routing.flow_talk import Done
from routing.loader import Surroundings, load_flow

EXAMPLE = Path(__file__).parents[1] / "examples" / "flows" / "hotline.toml"
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
ANSWER_MS = 20.0


async def nobody(_question: object) -> dict[str, str]:
    return {}


async def serve(ready: Connection) -> None:
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet, cache_logger_on_first_use=True)
    shelf = CalendarShelf(None, AT.date())
    flow = load_flow(EXAMPLE, Surroundings(zone="Asia/Shanghai", calendar=shelf.calendar))
    means = Means(
        lookups=Lookups(),
        voice=Speech((), Path()),
        keep_place=lambda _call, _wish: asyncio.sleep(0, result=Done()),
        note_answer=lambda _said: None,
        utc_now=lambda: AT,
        mono=time.monotonic,
    )
    routes = make_routes(nobody, FlowDesk(means, Flows(default=flow)))
    limits = SessionLimits(sessions=5_000, life_s=3_600)
    async with FastAgiServer(host="127.0.0.1", port=0, routes=routes, limits=limits) as server:
        ready.send(server.port)
        while True:
            await asyncio.sleep(0.05)
            if ready.poll():
                ready.recv()
                ready.send((server.counts().open, rss_kib(), time.process_time()))


def rss_kib() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


async def caller(nth: int, port: int, until: float, waits: list[float], random: Random) -> None:
    await asyncio.sleep(random.uniform(0, 3))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    header = {
        "agi_network_script": "inbound",
        "agi_uniqueid": f"1795319876.{nth}",
        "agi_callerid": f"139{nth:08}",
        "agi_extension": "4008000000",
    }
    writer.write("".join(f"{k}: {v}\n" for k, v in header.items()).encode() + b"\n")
    said = time.perf_counter()
    while line := await reader.readline():
        waits.append(time.perf_counter() - said)
        if time.monotonic() > until:
            break
        reply = b"200 result=0 endpos=8000\n"
        if line.startswith(b"GET DATA"):
            await asyncio.sleep(random.uniform(2, 4))
            reply = b"200 result=%s\n" % random.choice([b"1", b"*", b"*", b"*"])
        writer.write(reply)
        said = time.perf_counter()
    writer.close()


async def play(port: int, pipe: Connection, callers: int, seconds: float) -> None:
    pipe.send("?")
    _open, before, began_s = await asyncio.to_thread(pipe.recv)
    waits: list[float] = []
    until = time.monotonic() + seconds
    random = Random(7)  # noqa: S311  no secret
    async with asyncio.TaskGroup() as people:
        for nth in range(callers):
            people.create_task(caller(nth, port, until, waits, random))
        await asyncio.sleep(min(6.0, seconds / 2))
        pipe.send("?")
        living, during, _spent_s = await asyncio.to_thread(pipe.recv)
    pipe.send("?")
    _open, _after, ended_s = await asyncio.to_thread(pipe.recv)
    ms = sorted(one * 1000 for one in waits)
    p99 = ms[int(len(ms) * 0.99)]
    print(f"callers in the flow at once: {living} (of {callers})")
    print(f"replies: {len(ms)}; p50 {statistics.median(ms):.2f} ms, p99 {p99:.2f} ms")
    print(f"the server's own work: {(ended_s - began_s) / len(ms) * 1000:.2f} ms a reply")
    print(
        f"memory: {before} KiB without callers, {(during - before) / living:.1f} KiB a living call"
    )
    print(f"p99 under {ANSWER_MS:g} ms: {'yes' if p99 < ANSWER_MS else 'no'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=15.0)
    args = parser.parse_args()
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=lambda: asyncio.run(serve(theirs)), daemon=True)
    server.start()
    asyncio.run(play(mine.recv(), mine, args.callers, args.seconds))
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
