"""A live engine's CPU for each call, with Redis, MQTT and figures on beside all off.

Run by hand: `python benchmarks/live_sinks_asterisk.py [CALLS_A_SECOND] [SECONDS]`. A real Asterisk,
its links and a real database, as in `tests/drill/load.py`; an engine in a process of its own, which
is started anew for each round. `live_sinks.py` has more calls and agents than the machine carries
beside an Asterisk.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import structlog

from asterisk.lab.customers import Pace
from asterisk.lab.ports import free_port
from campaigns.campaign import CampaignState, Mode
from tests.drill.house import House, Size
from tests.real_mosquitto import real_mosquitto
from tests.real_redis import real_redis

CALLS_A_SECOND, SECONDS = 10.0, 30.0
ROUNDS = 3
"""Off and on in turn: a machine that others use is not the same for long."""

AGENTS_A_CALL = 6
SETTLE_S = 10.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used (proc(5): utime and stime)."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS_A_SECOND


async def measured(house: House, seconds: float, extra: Mapping[str, str]) -> tuple[float, float]:
    """CPU of a core, and calls a second, of an engine that is started with `extra` settings."""
    await house.top_up()
    os.environ |= extra
    await house.engine.start()
    for name in extra:
        del os.environ[name]
    await house.engine.takes_over(house.witness)
    await house.wants(CampaignState.RUNNING)
    await asyncio.sleep(SETTLE_S)
    pid, calls = house.engine.pid, len(house.witness.calls)
    before = cpu_s(pid)
    await asyncio.sleep(seconds)
    used, made = cpu_s(pid) - before, len(house.witness.calls) - calls
    await house.wants(CampaignState.PAUSED)
    await house.engine.stop()
    return used / seconds, made / seconds


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    defaults = (CALLS_A_SECOND, SECONDS)
    cps, seconds = (*map(float, sys.argv[1:]), *defaults[len(sys.argv) - 1 :])
    size = Size(
        agents=round(cps * AGENTS_A_CALL),
        mode=Mode.PROGRESSIVE,
        stock=round(cps * (SETTLE_S + seconds) * 2),
        cps=cps,
        pace=Pace(ring_s=(0.1, 0.5), talk_s=(0.5, 2.5)),
        think_s=(0.1, 0.4),
        wrap_up_s=5,
    )
    found: dict[str, list[tuple[float, float]]] = {"off": [], "on": []}
    with TemporaryDirectory(prefix="live-sinks-") as name:
        folder = Path(name)
        with real_redis(folder) as redis, real_mosquitto(folder) as mqtt:
            sinks = {
                "WAIHU_REDIS_URL": f"redis://127.0.0.1:{redis.port}",
                "WAIHU_MQTT_HOST": "127.0.0.1",
                "WAIHU_MQTT_PORT": str(mqtt.port),
                "WAIHU_METRICS_ON": "true",
                "WAIHU_METRICS_PORT": str(free_port()),
            }
            async with House(folder, size, Random("sinks")) as house:  # noqa: S311  no secret
                for _ in range(ROUNDS):
                    for part, extra in (("off", {}), ("on", sinks)):
                        found[part].append(await measured(house, seconds, extra))
    report(found)


def report(found: Mapping[str, list[tuple[float, float]]]) -> None:
    each = {}
    for part, rounds in found.items():
        cpu, rate = (median(one[n] for one in rounds) for n in (0, 1))
        spent = [1000 * used / made for used, made in rounds]
        each[part] = median(spent)
        told = ", ".join(f"{one:.1f}" for one in spent)
        print(
            f"{part:3} {100 * cpu:.1f} % of a core, {rate:.1f} calls/s, "
            f"{each[part]:.1f} ms a call ({told})"
        )
    print(f"ratio {each['on'] / each['off']:.2f} (goal 1.15)")


if __name__ == "__main__":
    asyncio.run(main())
