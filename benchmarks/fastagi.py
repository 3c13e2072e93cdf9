"""FastAGI: our server beside a bare asyncio line server that says the same five commands.

    python benchmarks/fastagi.py

The reference, "bare", is `asyncio.start_server` with readline and write: no time-outs, no limits,
no parsing, no counters. What ours costs more is the price of those. Each server has a process of
its own; this one plays the switch, 200 calls at once. Rounds alternate, so that whatever else the
machine does falls on both; the ratio is taken round by round.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import NamedTuple

import structlog

from agi.server import FastAgiServer, SessionLimits
from agi.session import Session
from agi.wire import Request

COMMANDS = 5
HEADER = (
    b"agi_network: yes\n"
    b"agi_network_script: bench\n"
    b"agi_request: agi://127.0.0.1/bench\n"
    b"agi_channel: Local/s@waihu-00000000;2\n"
    b"agi_language: en\n"
    b"agi_type: Local\n"
    b"agi_uniqueid: 1795319876.1\n"
    b"agi_version: 22.10.1\n"
    b"agi_callerid: unknown\n"
    b"agi_calleridname: unknown\n"
    b"agi_callingpres: 0\n"
    b"agi_callingani2: 0\n"
    b"agi_callington: 0\n"
    b"agi_callingtns: 0\n"
    b"agi_dnid: unknown\n"
    b"agi_rdnis: unknown\n"
    b"agi_context: waihu-inbound\n"
    b"agi_extension: s\n"
    b"agi_priority: 2\n"
    b"agi_enhanced: 0.0\n"
    b"agi_accountcode: \n"
    b"agi_threadid: 139881806198464\n"
    b"\n"
)
REPLY = b"200 result=1\n"


# ── the two servers ──────────────────────────────────────────────────────────────────────


async def set_five(session: Session, _request: Request) -> None:
    for number in range(COMMANDS):
        await session.set_variable("WAIHU_BENCH", str(number))


async def serve_ours(ready: Connection) -> None:
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet, cache_logger_on_first_use=True)
    limits = SessionLimits(sessions=1000)
    routes = {"bench": set_five}
    async with FastAgiServer(host="127.0.0.1", port=0, routes=routes, limits=limits) as server:
        ready.send(server.port)
        await asyncio.Event().wait()


async def say_five(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.readline() != b"\n":
        pass
    for number in range(COMMANDS):
        writer.write(b'SET VARIABLE "WAIHU_BENCH" "%d"\n' % number)
        await writer.drain()
        await reader.readline()
    writer.close()
    await writer.wait_closed()


async def serve_bare(ready: Connection) -> None:
    server = await asyncio.start_server(say_five, "127.0.0.1", 0, backlog=1024)
    ready.send(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


SERVERS = {"ours": serve_ours, "bare": serve_bare}


def run_server(name: str, ready: Connection) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(SERVERS[name](ready))


@contextlib.contextmanager
def server_process(name: str) -> Iterator[int]:
    """Start a server in its own process and give its port."""
    theirs, ours = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run_server, args=(name, ours))
    process.start()
    try:
        yield theirs.recv()
    finally:
        process.terminate()
        process.join()


# ── the switch ───────────────────────────────────────────────────────────────────────────


class Call(asyncio.Protocol):
    """One call: tells its header, answers every line, and is done when the server closes."""

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.commands = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Tell the header."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(HEADER)

    def data_received(self, data: bytes) -> None:
        """Answer each line."""
        lines = data.count(b"\n")
        self.commands += lines
        self._transport.write(REPLY * lines)

    def connection_lost(self, _error: Exception | None) -> None:
        """Be done."""
        self.done.set_result(None)


async def call_until(port: int, deadline: float, took_s: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while (began := time.perf_counter()) < deadline:
        _transport, call = await loop.create_connection(Call, "127.0.0.1", port)
        await call.done
        assert call.commands == COMMANDS, "the server said something else"
        took_s.append(time.perf_counter() - began)


class Round(NamedTuple):
    """Sessions a second, and milliseconds from connect to close."""

    rate: float
    p50_ms: float
    p99_ms: float


async def measure(port: int, at_once: int, seconds: float) -> Round:
    took_s: list[float] = []
    began = time.perf_counter()
    calls = (call_until(port, began + seconds, took_s) for _ in range(at_once))
    await asyncio.gather(*calls)
    elapsed_s = time.perf_counter() - began
    percentiles = statistics.quantiles(took_s, n=100)
    return Round(len(took_s) / elapsed_s, percentiles[49] * 1000, percentiles[98] * 1000)


def compare(rounds: int, at_once: int, seconds: float) -> dict[str, list[Round]]:
    """Alternate, beginning with the other one each time; a short round first warms both."""
    found: dict[str, list[Round]] = {name: [] for name in SERVERS}
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(server_process(name)) for name in SERVERS}
        for port in ports.values():
            asyncio.run(measure(port, at_once, 0.5))
        for number in range(rounds):
            for name in sorted(ports, reverse=bool(number % 2)):
                found[name].append(asyncio.run(measure(ports[name], at_once, seconds)))
    return found


def show(found: dict[str, list[Round]], at_once: int) -> None:
    print(f"FastAGI, {COMMANDS} commands a session, {at_once} at once, medians of rounds")
    for name, rounds in found.items():
        rate, p50, p99 = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"  {name}: {rate:7.0f} sessions/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")
    pairs = list(zip(found["ours"], found["bare"], strict=True))
    for label, ratios in (
        ("sessions/s", [ours.rate / bare.rate for ours, bare in pairs]),
        ("p99", [ours.p99_ms / bare.p99_ms for ours, bare in pairs]),
    ):
        middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
        print(f"  ours / bare, {label}: {middle:.2f} (rounds {low:.2f} to {high:.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    show(compare(options.rounds, options.at_once, options.seconds), options.at_once)


if __name__ == "__main__":
    main()
