"""What a recording costs the link, and how fast one is replayed.

    python benchmarks/recording.py [CAPTURE]

First the link's reading of a stream with and without a recording, in alternating rounds of one
run, so that only the ratio needs to be believed: once counting only the event loop's own time,
which is what calls wait for, and once with the writing thread's share of the processor. Then the
replay, messages a second, both readings of the file included. CAPTURE is a recorded AMI stream;
without one, a synthetic stream with the events of a queue load is made.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from ami_link import chunks, recorded, synthetic

from asterisk.capture import Capture
from asterisk.link import Connection
from asterisk.recording import Recording, RecordingPolicy
from dialer.replay import Replay
from dialer.replay_record import Ahead
from dialer.replay_stream import Playback
from dialer.switch_events import SwitchEvent

ROUNDS = 5
PACE = 100.0


def read(stream: bytes, tap: Recording | None) -> None:
    told: list[SwitchEvent] = []
    connection = Connection(told.append, tap)
    connection.open()
    for chunk in chunks(stream):
        connection.data_received(chunk)


def timed(stream: bytes, folder: Path | None) -> tuple[float, float]:
    """Seconds of this thread alone, and of the whole process until all is on the disk."""
    tap = None
    if folder is not None:
        policy = RecordingPolicy(folder=folder, max_file_bytes=50_000_000, files=2)
        tap = Recording(policy, key=bytes(16))
        tap.start()
    thread, process = time.thread_time(), time.process_time()
    read(stream, tap)
    thread = time.thread_time() - thread
    if tap is not None:
        tap.close()
    return thread, time.process_time() - process


def replayed(path: Path) -> int:
    capture, ahead = Capture(path), Ahead(PACE)
    for message in capture.messages():
        ahead.read(message)
    record = ahead.finish(capture.dropped)
    playback = Playback(record, Replay(record, lambda _decision: None), PACE)
    for message in capture.messages():
        playback.feed(message)
    return record.counts.messages


async def main() -> None:
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    stream = recorded(given) if given else synthetic()
    messages = stream.count(b"\r\n\r\n")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder)
        plain, taped = [], []
        for _ in range(ROUNDS):
            plain.append(timed(stream, None))
            taped.append(timed(stream, target / "recordings"))
        for which, name in enumerate(("event loop", "processor")):
            without = messages / statistics.median(pair[which] for pair in plain)
            with_it = messages / statistics.median(pair[which] for pair in taped)
            ratio = with_it / without
            print(f"{name:10}  {without:9,.0f}/s without, {with_it:9,.0f}/s with: {ratio:.2f}")
        if given is None:
            given = target / "synthetic.ami"
            given.write_bytes(stream)
        began = time.perf_counter()
        count = replayed(given)
        took = time.perf_counter() - began
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(f"replay      {count / took:9,.0f}/s, {count:,} messages; this process {most:.0f} MB")


asyncio.run(main())
