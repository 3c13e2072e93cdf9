"""The vital signs of a running engine, taken now and then.

Owns: what is sampled and how two times of a run are compared. Must not know what load there is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from dialer.client import EngineClient
from dialer.wire import Do
from tests.drill.house import House

BARS = "▁▂▃▄▅▆▇█"
CHART_WIDTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """`at_s`: since the load began. `calls`: that the engine knows; `channels`: on the switch."""

    at_s: float
    rss_kb: int
    files: int
    threads: int
    tasks: int
    waiting: int
    calls: int
    channels: int
    database_kb: int

    @property
    def left(self) -> dict[str, int]:
        """What must be the same whenever nothing is going on."""
        named = asdict(self)
        return {name: named[name] for name in ("files", "tasks", "waiting", "calls", "channels")}


async def take(house: House, begun: float) -> Sample:
    """One sample of the engine's process, of the engine, and of the switch."""
    channels = len(await house.channels())
    async with EngineClient(house.engine.socket) as engine:
        told = (await engine.ask(Do.VITALS)).facts
        status, files = await asyncio.to_thread(_of_process, house.engine.pid)
    return Sample(
        at_s=round(time.monotonic() - begun, 1),
        rss_kb=status["VmRSS"],
        files=files,
        threads=status["Threads"],
        tasks=int(str(told["tasks"])),
        waiting=int(str(told["waiting"])),
        calls=int(str(told["calls"])),
        channels=channels,
        database_kb=await asyncio.to_thread(_size_kb, house.engine.database),
    )


def _of_process(pid: int) -> tuple[dict[str, int], int]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    words = [line.split() for line in lines if line.startswith(("VmRSS:", "Threads:"))]
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return {name.rstrip(":"): int(value) for name, value, *_ in words}, files


def _size_kb(database: Path) -> int:
    sides = (database, database.with_name(f"{database.name}-wal"))
    return sum(one.stat().st_size for one in sides if one.exists()) // 1024


def memory_kb(samples: Sequence[Sample], steady_s: float, span_s: float) -> tuple[float, float]:
    """Memory at the steady beginning and at the end: medians of `span_s` seconds each."""
    end = samples[-1].at_s
    first = [one.rss_kb for one in samples if steady_s <= one.at_s <= steady_s + span_s]
    last = [one.rss_kb for one in samples if one.at_s >= end - span_s]
    return median(first), median(last)


def chart(samples: Sequence[Sample], of: Callable[[Sample], int]) -> str:
    """A line of bars over time, from 0 to the highest."""
    step = max(1, len(samples) // CHART_WIDTH)
    values = [of(one) for one in samples[::step]]
    most = max(*values, 1)
    return "".join(BARS[min(7, value * 8 // (most + 1))] for value in values) + f" {most}"
