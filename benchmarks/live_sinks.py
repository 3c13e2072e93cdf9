"""The engine's CPU with all sinks on beside all off: 500 agents and 50 calls a second.

Run by hand: `python benchmarks/live_sinks.py [SECONDS] [--profile]`. The engine works in real time
on a virtual switch: what AMI and a database take comes on top in a live one, on both sides. A real
Redis and a real Mosquitto out of Debian's packages take everything; the figures are scraped every
5 s. The picture itself is always taken, for whoever watches, and so belongs to the reference.
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import resource
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import structlog

from dialer.agents import Agent
from dialer.messages import Message, Now
from supervisor.call_events import CallEvent, CallEvents
from supervisor.sinks.hub import Hub, Sink
from supervisor.sinks.metrics import Metrics, Vitals
from supervisor.sinks.mqtt import MqttPlace, MqttSink
from supervisor.sinks.notices import Notices
from supervisor.sinks.redis import RedisPlace, RedisSink
from supervisor.sinks.standing import Standing
from supervisor.sinks.topics import Keys, Topics
from tests.busy_floor import BusyFloor, Load
from tests.real_mosquitto import real_mosquitto
from tests.real_redis import real_redis

SECONDS = 20.0
SETTLE_S = 3.0
SCRAPE_EVERY_S = 5.0
ROUNDS = 3
"""Off and on in turn: a machine that others use is not the same for long."""

GOAL = 1.15
SITE = "bench"


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the edge


class Bench:
    """One floor, and the sinks that may be told of it."""

    def __init__(self, redis_port: int, mqtt_port: int) -> None:
        self.floor = BusyFloor(Load())
        self.told: Counter[str] = Counter()
        chance = Random("sinks")  # noqa: S311  no secret
        redis = RedisPlace(url=f"redis://127.0.0.1:{redis_port}")
        mqtt = MqttPlace(host="127.0.0.1", port=mqtt_port)
        self.redis = RedisSink(redis, Keys(SITE), Standing("redis", utc_now), utc_now, chance)
        self.mqtt = MqttSink(mqtt, Topics(SITE), Standing("mqtt", utc_now), utc_now, chance)
        self.hub = Hub(self.floor.snapshot, self.floor.now, [])
        self._witness: Callable[[object, Now], None] | None = None
        self._announce: Callable[[Agent], None] = lambda _agent: None
        self._listen()

    def _listen(self) -> None:
        """Stand beside the engine, as the loop of a live one does."""
        engine = self.floor.run.engine
        handle, take_changed = engine.handle, engine.floor.take_changed

        def heard(message: Message, now: Now) -> object:
            effects = handle(message, now)
            if self._witness is not None:
                self._witness(message, now)
                for effect in effects:
                    self._witness(effect, now)
            return effects

        def taken() -> list[Agent]:
            changed = take_changed()
            for agent in changed:
                self._announce(agent)
            return changed

        engine.handle = heard  # type: ignore[method-assign,assignment]  # the bench's ears
        engine.floor.take_changed = taken  # type: ignore[method-assign]  # as above

    def turn_on(self, metrics: Metrics) -> list[asyncio.Task[None]]:
        """Everything that a site can ask for."""
        remote = (self.redis, self.mqtt)
        notices = Notices(remote)

        def tell(event: CallEvent) -> None:
            self.told[event.event] += 1
            notices.event(event)

        events = CallEvents("bench", tell)
        self._witness = events.witness
        self._announce = lambda agent: events.agent_changed(agent, self.floor.now())
        self.hub = self._hub(remote)
        return [asyncio.create_task(self.hub.run()), asyncio.create_task(scrape(metrics))]

    def turn_off(self) -> list[asyncio.Task[None]]:
        """The picture alone."""
        self._witness, self._announce = None, lambda _agent: None
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


async def cpu_for(seconds: float) -> float:
    """CPU seconds a second."""
    await asyncio.sleep(SETTLE_S)
    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(seconds)
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used / seconds


async def measured(tasks: list[asyncio.Task[None]], seconds: float) -> float:
    used = await cpu_for(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return used


async def run(seconds: float, folder: Path, *, profile: bool) -> None:
    with real_redis(folder) as redis, real_mosquitto(folder) as mqtt:
        bench = Bench(redis.port, mqtt.port)
        bench.floor.warm_up()
        metrics = Metrics(
            engine="engine-1",
            version="0",
            latest=lambda: bench.hub.latest,
            vitals=lambda: Vitals(inbox=0, unwritten=0, viewers=0),
        )
        working = asyncio.create_task(bench.floor.work())
        off, on = [], []
        profiler = cProfile.Profile()
        for _ in range(ROUNDS):
            off.append(await measured(bench.turn_off(), seconds))
            placed = bench.floor.placed
            if profile:
                profiler.enable()
            on.append(await measured(bench.turn_on(metrics), seconds))
            profiler.disable()
            rate = (bench.floor.placed - placed) / (seconds + SETTLE_S)
        working.cancel()
    report(min(off), min(on), rate, bench)
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


def report(off: float, on: float, rate: float, bench: Bench) -> None:
    agents = bench.hub.latest.agents if bench.hub.latest else ()
    events = sum(bench.told.values()) / (ROUNDS * (SECONDS + SETTLE_S))
    print(f"{len(agents)} agents, {rate:.0f} calls placed a second, about {events:.0f} events")
    print(f"engine's CPU: {100 * off:.1f} % of a core with all sinks off, {100 * on:.1f} % with on")
    print(f"ratio {on / off:.2f} (goal {GOAL}); {100 * (on - off):.1f} % of a core in all")
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
