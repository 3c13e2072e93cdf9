"""FastAGI on a real Asterisk, 200 calls at once: ours, panoramisk's own server, and no AGI at all.

    python benchmarks/fastagi_asterisk.py

A call answers, sets five variables, and hangs up. "none" sets them in the dialplan; with the others
a FastAGI server does, one command each, in a process of its own. As soon as a call has ended the
next one begins. A private Asterisk has the calls (`make parts` brings it); rounds alternate, so
that whatever else the machine does falls on all, and ratios are taken round by round. "ours in one"
is what a call of ours pays really: all five in one command.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import structlog
from panoramisk.fast_agi import Application

from agi.server import FastAgiServer, SessionLimits
from agi.session import Session
from agi.wire import Request
from asterisk.lab.phones import AmiWire
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import find_asterisk
from asterisk.render import PbxFacts, QueueFacts

COMMANDS: Final = 5
ROOT = Path(__file__).parents[1]
HOST: Final = "127.0.0.1"


# ── the servers ──────────────────────────────────────────────────────────────────────────


async def set_five(session: Session, _request: Request) -> None:
    for number in range(COMMANDS):
        await session.set_variable(f"WAIHU_BENCH{number}", str(number))


async def set_at_once(session: Session, _request: Request) -> None:
    await session.set_variables({f"WAIHU_BENCH{nth}": str(nth) for nth in range(COMMANDS)})


async def serve_ours(ready: Connection) -> None:
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet, cache_logger_on_first_use=True)
    limits = SessionLimits(sessions=1000)
    routes = {"five": set_five, "one": set_at_once}
    async with FastAgiServer(host=HOST, port=0, routes=routes, limits=limits) as server:
        ready.send(server.port)
        await asyncio.Event().wait()


async def say_five(request: object) -> None:
    for number in range(COMMANDS):
        await request.send_command(f'SET VARIABLE "WAIHU_BENCH{number}" "{number}"')  # type: ignore[attr-defined]  # panoramisk has no types


async def serve_panoramisk(ready: Connection) -> None:
    application = Application()
    application.add_route("five", say_five)
    server = await asyncio.start_server(application.handler, HOST, 0, backlog=1024)
    ready.send(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


def run_server(serve: Callable[[Connection], Awaitable[None]], ready: Connection) -> None:
    async def run() -> None:
        await serve(ready)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


@contextlib.contextmanager
def server_process(serve: Callable[[Connection], Awaitable[None]]) -> Iterator[int]:
    """Start a server in its own process and give its port."""
    theirs, mine = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run_server, args=(serve, mine))
    process.start()
    try:
        yield theirs.recv()
    finally:
        process.terminate()
        process.join()


# ── the switch ───────────────────────────────────────────────────────────────────────────


def dialplan(ours: int, theirs: int) -> str:
    sets = "".join(f" same => n,Set(WAIHU_BENCH{nth}={nth})\n" for nth in range(COMMANDS))
    doing = {
        "none": sets,
        "ours": f" same => n,AGI(agi://{HOST}:{ours}/five)\n",
        "ours in one": f" same => n,AGI(agi://{HOST}:{ours}/one)\n",
        "panoramisk": f" same => n,AGI(agi://{HOST}:{theirs}/five)\n",
    }
    far = "[bench-far]\nexten => s,1,Wait(60)\n"
    return far + "".join(
        f"[bench-{extension(name)}]\nexten => s,1,Answer()\n{lines} same => n,Hangup(16)\n"
        for name, lines in doing.items()
    )


SERVERS: Final = ("none", "panoramisk", "ours", "ours in one")


def extension(name: str) -> str:
    return name.replace(" ", "-")


class BenchAsterisk(LabAsterisk):
    """The lab's, with the bench's own contexts."""

    contexts = ""

    def _configure(self) -> None:
        super()._configure()
        assert self._layout is not None
        with (self._layout.etc / "extensions.conf").open("a", encoding="ascii") as file:
            file.write(self.contexts)


class Round:
    """So many calls at once through one context, for some seconds."""

    def __init__(self, wire: AmiWire, name: str, numbers: Iterator[int]) -> None:
        self.took_s: list[float] = []
        self._wire = wire
        self._channel = f"Local/s@bench-{extension(name)}/n"
        self._numbers = numbers
        self._began: dict[str, float] = {}

    def begin(self) -> None:
        """Order one more call."""
        call = f"bench{next(self._numbers):021}"
        self._began[call] = time.perf_counter()
        self._wire.send(
            {
                "Action": "Originate",
                "ActionID": call,
                "ChannelId": call,
                "Channel": self._channel,
                "Context": "bench-far",
                "Exten": "s",
                "Priority": "1",
                "Async": "true",
            }
        )

    async def run(self, at_once: int, seconds: float) -> tuple[float, float, float]:
        """Calls a second, and milliseconds from the order to the end: median and 99th of 100."""
        began = time.perf_counter()
        for _call in range(at_once):
            self.begin()
        while self._began:
            message = await self._wire.receive()
            now = time.perf_counter()
            if message.get("Event") != "Hangup":
                continue
            if (since := self._began.pop(message["Uniqueid"], None)) is None:
                continue
            self.took_s.append(now - since)
            if now - began < seconds:
                self.begin()
        elapsed_s = time.perf_counter() - began
        percentiles = statistics.quantiles(self.took_s, n=100)
        return len(self.took_s) / elapsed_s, percentiles[49] * 1000, percentiles[98] * 1000


async def compare(options: argparse.Namespace, ours: int, theirs: int) -> None:
    facts = PbxFacts(ami_secret="0" * 12, slots=1, queues=(QueueFacts(name="waihu-inbound"),))
    with tempfile.TemporaryDirectory(prefix="waihu-bench-") as folder:
        lab = BenchAsterisk(find_asterisk(ROOT / ".parts"), Path(folder), facts)
        lab.contexts = dialplan(ours, theirs)
        await lab.start()
        wire = await AmiWire.open(lab.ami_host, lab.ami_port, lab.lab_user, lab.lab_secret)
        try:
            numbers = iter(range(10**9))
            found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in SERVERS}
            for name in SERVERS:
                await Round(wire, name, numbers).run(options.at_once, 0.5)
            for nth in range(options.rounds):
                for name in SERVERS[:: -1 if nth % 2 else 1]:
                    one = await Round(wire, name, numbers).run(options.at_once, options.seconds)
                    found[name].append(one)
        finally:
            await wire.close()
            await lab.stop()
    show(found, options.at_once)


def show(found: dict[str, list[tuple[float, float, float]]], at_once: int) -> None:
    print(f"FastAGI on a real Asterisk, {COMMANDS} variables a call, {at_once} calls at once")
    for name, rounds in found.items():
        rate, p50, p99 = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"  {name + ':':12} {rate:5.0f} calls/s   p50 {p50:5.0f} ms   p99 {p99:5.0f} ms")
    for one, other in (("ours", "panoramisk"), ("ours", "none"), ("ours in one", "none")):
        pairs = list(zip(found[one], found[other], strict=True))
        rates = [mine[0] / theirs[0] for mine, theirs in pairs]
        late = [mine[2] / theirs[2] for mine, theirs in pairs]
        print(
            f"  {one} / {other}: calls/s {statistics.median(rates):.2f} "
            f"({min(rates):.2f} to {max(rates):.2f}), p99 {statistics.median(late):.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    with server_process(serve_ours) as ours, server_process(serve_panoramisk) as theirs:
        asyncio.run(compare(options, ours, theirs))


if __name__ == "__main__":
    sys.exit(main())
