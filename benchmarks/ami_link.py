"""AMI events a second: our link with its translation, beside a bare parse and plain panoramisk.

    python benchmarks/ami_link.py [CAPTURE]

CAPTURE is a recorded AMI stream, plain or compressed as .zst; without one, a synthetic stream
with the events of a queue load is made. All three read the same bytes in chunks of 64 KiB, in
alternating rounds of one run, so that only the ratios need to be believed. "Bare" splits at blank
lines and makes a dict of every message, which is the least that a reader of all events can do.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import zstandard
from panoramisk.ami_protocol import AMIProtocol

from asterisk.link import Connection
from dialer.switch_events import SwitchEvent

ROUNDS = 5
CHUNK = 65_536
BANNER = b"Asterisk Call Manager/9.0.0\r\n"
LIMIT = 40_000_000
"""Bytes read of a capture: enough for steady figures, little enough for many rounds."""

MIX = {
    "VarSet": 31,
    "Newexten": 16,
    "DeviceStateChange": 14,
    "TestEvent": 6,
    "Newchannel": 6,
    "NewCallerid": 6,
    "NewConnectedLine": 6,
    "Newstate": 6,
    "Hangup": 6,
    "SoftHangupRequest": 4,
    "LocalBridge": 3,
    "DialBegin": 3,
    "HangupRequest": 3,
    "DialEnd": 3,
    "QueueMemberStatus": 2,
    "BridgeEnter": 2,
    "BridgeLeave": 2,
    "OriginateResponse": 2,
    "DialState": 2,
    "QueueCallerJoin": 1,
    "AgentCalled": 1,
    "QueueCallerLeave": 1,
    "AgentConnect": 1,
    "AgentComplete": 1,
}
"""Events of a mixed queue load, in as many of a hundred and a few more."""

CHANNEL = """Privilege: call,all
Timestamp: 1795311436.109978
Channel: Local/pick-1-9-{n}@cust-00002b62;1
ChannelState: 6
ChannelStateDesc: Up
CallerIDNum: 5550100
CallerIDName: 张三
ConnectedLineNum: 5550100
ConnectedLineName: <unknown>
Language: en
AccountCode: none
Context: waihu-answered
Exten: s
Priority: 1
Uniqueid: 01k9xg3v5m{n:016d}
Linkedid: 01k9xg3v5m{n:016d}
"""


def synthetic(calls: int = 400) -> bytes:
    headers = CHANNEL.replace("\n", "\r\n")
    one = [name for name, times in MIX.items() for _ in range(times)]
    return "".join(
        f"Event: {name}\r\n{headers.format(n=n)}Cause: 16\r\nQueue: waihu-a\r\n\r\n"
        for n in range(calls)
        for name in one
    ).encode()


def recorded(path: Path) -> bytes:
    if path.suffix != ".zst":
        stream = path.read_bytes()[:LIMIT]
    else:
        with path.open("rb") as file:
            stream = zstandard.ZstdDecompressor().stream_reader(file).read(LIMIT)
    return stream[: stream.rfind(b"\r\n\r\n") + 4]


def chunks(stream: bytes) -> Iterator[bytes]:
    yield BANNER
    for start in range(0, len(stream), CHUNK):
        yield stream[start : start + CHUNK]


def bare(stream: bytes) -> int:
    rest, count = b"", 0
    for chunk in chunks(stream):
        *messages, rest = (rest + chunk).split(b"\r\n\r\n")
        for message in messages:
            lines = message.decode().split("\r\n")
            dict(line.split(": ", 1) for line in lines if ": " in line)
            count += 1
    return count


def ours(stream: bytes) -> int:
    told: list[SwitchEvent] = []
    connection = Connection(told.append)
    connection.open()
    for chunk in chunks(stream):
        connection.data_received(chunk)
    return len(told)


class Sink:
    """What panoramisk hands its events to."""

    def __init__(self) -> None:
        self.count = 0

    def dispatch(self, _event: Any) -> None:
        """Take one event."""
        self.count += 1


def panoramisk(stream: bytes) -> int:
    protocol, sink = AMIProtocol(), Sink()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = sink, "utf8"
    for chunk in chunks(stream):
        protocol.data_received(chunk)
    return sink.count


READERS: dict[str, Callable[[bytes], int]] = {
    "bare parse": bare,
    "ours": ours,
    "panoramisk": panoramisk,
}


async def main() -> None:
    stream = recorded(Path(sys.argv[1])) if len(sys.argv) > 1 else synthetic()
    events = stream.count(b"\r\n\r\n")
    rates: dict[str, list[float]] = {name: [] for name in READERS}
    useful = 0
    for _ in range(ROUNDS):
        for name, read in READERS.items():
            began = time.perf_counter()
            count = read(stream)
            rates[name].append(events / (time.perf_counter() - began))
            useful = count if name == "ours" else useful
    print(f"{events:,} messages, {len(stream) / 1e6:.1f} MB, {useful:,} of use, {ROUNDS} rounds")
    median = {name: statistics.median(found) for name, found in rates.items()}
    for name, found in rates.items():
        print(f"{name:12} {median[name]:9,.0f}/s  ({min(found):,.0f} to {max(found):,.0f})")
    print(f"ours / bare parse  {median['ours'] / median['bare parse']:.2f}")
    print(f"ours / panoramisk  {median['ours'] / median['panoramisk']:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
