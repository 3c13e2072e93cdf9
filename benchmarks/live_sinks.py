"""The engine's CPU with all sinks on beside all off: 500 agents and 50 calls a second.

Run by hand: `python benchmarks/live_sinks.py [SECONDS] [--profile]`. A whole engine at work in real
time, with its loop, AMI in bytes and SQLite; only telephones and people are not real, and their
CPU is taken off on both sides (`tests/whole_floor.py`). A real Redis and a real Mosquitto out of
Debian's packages take everything; the figures are scraped every 5 s. The picture itself is always
taken, for whoever watches, and so belongs to the reference.

Beside off and on there is a ratio out of the seconds with all on alone: by where the process is
found each 2 ms of its CPU, in a sink or elsewhere. It is the steadier one on a machine that others
use, which gives the engine now more and now less.

What a live engine does besides is left out: screen pops, desks, logs, and what Asterisk says that
nobody reads. So the reference is rather too small, and the ratio too large.
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NamedTuple

import structlog

from dialer.agents import Agent
from dialer.beside import BesideTheCalls
from dialer.effects import Effect
from dialer.messages import Message, Now
from supervisor.call_events import CallEvent, CallEvents
from supervisor.sinks.hub import Hub, Sink
from supervisor.sinks.metrics import Metrics, Vitals
from supervisor.sinks.mqtt import MqttPlace, MqttSink
from supervisor.sinks.notices import Notices
from supervisor.sinks.redis import RedisPlace, RedisSink
from supervisor.sinks.standing import Standing
from supervisor.sinks.topics import Keys, Topics
from tests.busy_floor import Load
from tests.real_mosquitto import real_mosquitto
from tests.real_redis import real_redis
from tests.whole_floor import WholeFloor, WiredRun, whole_floor

SECONDS = 15.0
SETTLE_S = 3.0
WARM_S = 35.0
"""Agents sign in, and the first calls find their ends."""

SCRAPE_EVERY_S = 5.0
ROUNDS = 5
"""Off and on in turn: a machine that others use is not the same for long."""

SAMPLE_S = 0.002
SINKS = (
    *("/supervisor/sinks/redis", "/supervisor/sinks/mqtt", "/supervisor/sinks/notices"),
    *("/supervisor/sinks/metrics", "/supervisor/call_events", "/dialer/beside"),
    *("/site-packages/redis/", "/site-packages/aiomqtt/", "/site-packages/paho/"),
)
"""Whose code runs for the sinks alone."""

CPS = 50
GOAL = 1.15
SITE = "bench"


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the edge


class Bench:
    """One floor, and the sinks that may be told of it."""

    def __init__(self, floor: WholeFloor, redis_port: int, mqtt_port: int) -> None:
        self.floor = floor
        self.told: Counter[str] = Counter()
        chance = Random("sinks")  # noqa: S311  no secret
        redis = RedisPlace(url=f"redis://127.0.0.1:{redis_port}")
        mqtt = MqttPlace(host="127.0.0.1", port=mqtt_port)
        self.redis = RedisSink(redis, Keys(SITE), Standing("redis", utc_now), utc_now, chance)
        self.mqtt = MqttSink(mqtt, Topics(SITE), Standing("mqtt", utc_now), utc_now, chance)
        self.hub = Hub(self.floor.snapshot, self.floor.now, [])
        self._announce: Callable[[Agent], None] = lambda _agent: None
        self._listen()

    def _listen(self) -> None:
        """Hear which agents change, as whoever stands beside a live engine."""
        engine = self.floor.run.engine
        take_changed = engine.floor.take_changed

        def taken() -> list[Agent]:
            changed = take_changed()
            for agent in changed:
                self._announce(agent)
            return changed

        engine.floor.take_changed = taken  # type: ignore[method-assign]  # the bench's ears

    def turn_on(self, metrics: Metrics) -> list[asyncio.Task[None]]:
        """Everything that a site can ask for."""
        remote = (self.redis, self.mqtt)
        notices = Notices(remote)

        def tell(event: CallEvent) -> None:
            self.told[event.event] += 1
            notices.event(event)

        events = CallEvents("bench", tell)
        beside = BesideTheCalls(time.monotonic)

        def witness(said: Message | Effect, now: Now) -> None:
            if events.hears(said):
                with beside.guarded("call events"):
                    events.witness(said, now)

        self.floor.run.loop.witnesses.append(witness)
        self.floor.run.loop.on_took = metrics.handled
        self._announce = lambda agent: events.agent_changed(agent, self.floor.now())
        self.hub = self._hub(remote)
        return [asyncio.create_task(self.hub.run()), asyncio.create_task(scrape(metrics))]

    def turn_off(self) -> list[asyncio.Task[None]]:
        """The picture alone."""
        loop = self.floor.run.loop
        del loop.witnesses[1:]  # the first is the floor's own
        loop.on_took, self._announce = None, lambda _agent: None
        self.hub = self._hub(())
        return [asyncio.create_task(self.hub.run())]

    def _hub(self, sinks: tuple[Sink, ...]) -> Hub:
        hub = Hub(self.floor.snapshot, self.floor.now, sinks)
        self.floor.stirred = hub.stir
        return hub


async def scrape(metrics: Metrics) -> None:
    while True:
        await asyncio.sleep(SCRAPE_EVERY_S)
        metrics.text()


class Samples:
    """Where the process is found as its CPU time goes by: in the sinks, or elsewhere."""

    def __init__(self, run: WiredRun) -> None:
        self._run = run
        self.found: Counter[str] = Counter()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Look at it while the block runs; the timer counts the CPU of all threads."""
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_S, SAMPLE_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    @property
    def ratio(self) -> float:
        """The engine with the sinks beside itself without."""
        return 1 + self.found["sinks"] / self.found["engine"]

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        if self._run.playing:
            return
        while frame is not None:
            if any(part in frame.f_code.co_filename for part in SINKS):
                self.found["sinks"] += 1
                return
            frame = frame.f_back
        self.found["engine"] += 1


class Spent(NamedTuple):
    """CPU of a core, and calls placed a second."""

    cpu: float
    rate: float

    @property
    def each_ms(self) -> float:
        """CPU for one call."""
        return 1000 * self.cpu / self.rate


def cpu_s(floor: WholeFloor) -> float:
    """CPU seconds of the engine so far, in all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime - floor.played_s


async def measured(floor: WholeFloor, tasks: list[asyncio.Task[None]], seconds: float) -> Spent:
    await asyncio.sleep(SETTLE_S)
    before, placed = cpu_s(floor), floor.placed
    await asyncio.sleep(seconds)
    spent = Spent((cpu_s(floor) - before) / seconds, (floor.placed - placed) / seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return spent


async def run(seconds: float, folder: Path, *, profile: bool) -> None:
    load = Load()
    contacts = round(CPS * (WARM_S + 2 * ROUNDS * (seconds + SETTLE_S)))
    with real_redis(folder) as redis, real_mosquitto(folder) as mqtt:
        async with whole_floor(folder, load, contacts) as floor:
            bench = Bench(floor, redis.port, mqtt.port)
            working = asyncio.create_task(floor.work())
            await asyncio.sleep(WARM_S)
            profiler = cProfile.Profile()
            samples = Samples(floor.run)
            off, on = await rounds(bench, samples, seconds, profiler if profile else None)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    report(off, on, sum(bench.told.values()) / (ROUNDS * (seconds + SETTLE_S)), bench)
    looks = sum(samples.found.values())
    print(
        f"while on: {samples.found['sinks']:,} of {looks:,} looks found the sinks at work: "
        f"ratio {samples.ratio:.2f} (goal {GOAL})"
    )
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


async def rounds(
    bench: Bench, samples: Samples, seconds: float, profiler: cProfile.Profile | None
) -> tuple[list[Spent], list[Spent]]:
    metrics = Metrics(
        engine="engine-1",
        version="0",
        latest=lambda: bench.hub.latest,
        vitals=lambda: Vitals(inbox=0, unwritten=0, viewers=0),
    )
    off, on = [], []
    for _ in range(ROUNDS):
        off.append(await measured(bench.floor, bench.turn_off(), seconds))
        if profiler:
            profiler.enable()
        with samples.taken():
            on.append(await measured(bench.floor, bench.turn_on(metrics), seconds))
        if profiler:
            profiler.disable()
    return off, on


def report(off: list[Spent], on: list[Spent], events: float, bench: Bench) -> None:
    agents = bench.hub.latest.agents if bench.hub.latest else ()
    print(f"{len(agents)} agents, {events:.0f} events a second, medians of {ROUNDS} rounds")
    for name, found in (("off", off), ("on", on)):
        cpu, rate = (median(one[n] for one in found) for n in (0, 1))
        each = ", ".join(f"{one.each_ms:.1f}" for one in found)
        print(
            f"{name:3} {100 * cpu:.1f} % of a core, {rate:.0f} calls placed a second: "
            f"{median(one.each_ms for one in found):.2f} ms a call ({each})"
        )
    each_off, each_on = (median(one.each_ms for one in found) for found in (off, on))
    print(
        f"ratio {each_on / each_off:.2f} (goal {GOAL}); {each_on - each_off:.2f} ms a call in all"
    )
    for sink in (bench.redis, bench.mqtt):
        print(f"{sink.name}: dropped {sink.standing.dropped}")


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    with TemporaryDirectory(prefix="live-sinks-") as folder:
        seconds = float(words[0]) if words else SECONDS
        asyncio.run(run(seconds, Path(folder), profile="--profile" in sys.argv))


if __name__ == "__main__":
    main()
