"""A live engine's CPU for each call, with Redis, MQTT and figures on beside all off.

Run by hand: `python benchmarks/live_sinks_asterisk.py [CALLS_A_SECOND] [SECONDS]`. A real Asterisk,
its links and a real database, as in `tests/drill/load.py`; an engine in a process of its own.
`live_sinks.py` has more calls and agents, and an engine that has neither AMI nor database.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import structlog

from asterisk.lab.customers import Pace
from asterisk.lab.ports import free_port
from campaigns.campaign import CampaignState, Mode
from tests.drill.house import House, Size
from tests.real_mosquitto import real_mosquitto
from tests.real_redis import real_redis

CALLS_A_SECOND, SECONDS = 10.0, 40.0
AGENTS_A_CALL = 6
SETTLE_S = 10.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used (proc(5): utime and stime)."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS_A_SECOND


async def measured(folder: Path, cps: float, seconds: float) -> tuple[float, float]:
    """CPU of a core, and calls a second."""
    size = Size(
        agents=round(cps * AGENTS_A_CALL),
        mode=Mode.PROGRESSIVE,
        stock=round(cps * 120),
        cps=cps,
        pace=Pace(ring_s=(0.1, 0.5), talk_s=(0.5, 2.5)),
        think_s=(0.1, 0.4),
        wrap_up_s=5,
    )
    async with House(folder, size, Random("sinks")) as house:  # noqa: S311  no secret
        await house.engine.start()
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
    with TemporaryDirectory(prefix="live-sinks-") as name:
        folder = Path(name)
        for part in ("off", "on"):
            (folder / part).mkdir()
        off, calls_off = await measured(folder / "off", cps, seconds)
        with real_redis(folder) as redis, real_mosquitto(folder) as mqtt:
            os.environ |= {
                "WAIHU_REDIS_URL": f"redis://127.0.0.1:{redis.port}",
                "WAIHU_MQTT_HOST": "127.0.0.1",
                "WAIHU_MQTT_PORT": str(mqtt.port),
                "WAIHU_METRICS_ON": "true",
                "WAIHU_METRICS_PORT": str(free_port()),
            }
            on, calls_on = await measured(folder / "on", cps, seconds)
    each_off, each_on = 1000 * off / calls_off, 1000 * on / calls_on
    print(f"off: {100 * off:.1f} % of a core, {calls_off:.1f} calls/s, {each_off:.1f} ms a call")
    print(f"on:  {100 * on:.1f} % of a core, {calls_on:.1f} calls/s, {each_on:.1f} ms a call")
    print(f"ratio {each_on / each_off:.2f} (goal 1.15)")


if __name__ == "__main__":
    asyncio.run(main())
