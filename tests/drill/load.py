"""An hour of load: ten short calls a second, and nothing grows.

    python -m tests.drill.load [--mode predictive] [--minutes 60] [--cps 10] [--keep]

A real Asterisk, an engine in a process of its own, agents whose talks last a second or two. Owns:
the course of the hour and what must be so at its end (I2, I11). Exit code 1 where it is not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import structlog
from rich.console import Console

from asterisk.lab.customers import Pace
from campaigns.campaign import CampaignState, Mode
from dialer.agents import State
from store.database import READERS
from tests.drill import pages
from tests.drill.books import appointments, attempts
from tests.drill.house import House, Size
from tests.drill.invariants import (
    Evidence,
    dialed_twice,
    live_and_abandoned,
    service,
    violations,
)
from tests.drill.vitals import Sample, chart, memory_kb, take
from tests.drill.waiting import until

AGENTS_A_CPS = {Mode.PROGRESSIVE: 6, Mode.PREDICTIVE: 1.4}
"""A call keeps its agent for about two seconds, word included; the others are in reserve.

In predictive there are hardly more than the talks need, so that the pacer has to look ahead.
"""

THROTTLE = 1.1
"""The cap is a little above what is wanted, for a cap is seldom reached in every second."""

SUSTAINED = 0.9

PACE = Pace(ring_s=(0.1, 0.5), talk_s=(0.5, 2.5))
THINK_S = (0.1, 0.4)
SAMPLE_EVERY_S = 10.0
FLAT_WITHIN = 1.10
STEADY_PART = 12
"""The first twelfth warms up; the second one is compared with the last."""
LONG_ENOUGH_S = 600.0
"""A shorter run is no witness of memory: only counted, and looked at for leftovers."""
QUIET_WITHIN_S = 60.0
MAY_STAY = {"files": 2 * READERS}
"""The database keeps as many readers open as were needed at once, of two files each."""


@dataclass(slots=True, kw_only=True)
class LoadFigures:
    date: str = ""
    commit: str = ""
    asterisk: str = ""
    minutes: float = 0.0
    cps: float = 0.0
    agents: int = 0
    calls_dialed: int = 0
    calls_a_second: float = 0.0
    ended_as: dict[str, int] = field(default_factory=dict)
    words_saved: int = 0
    live: int = 0
    abandoned: int = 0
    slowest_service_s: float = 0.0
    memory_growth: float = 1.0
    rss_mb_first: float = 0.0
    rss_mb_last: float = 0.0
    idle_before: dict[str, int] = field(default_factory=dict)
    idle_after: dict[str, int] = field(default_factory=dict)
    database_mb: float = 0.0


class Load:
    """One run in `folder`. `warm_s`: of load before the idle engine is looked at the first time.

    In predictive, the cap on those who answer and meet nobody must hold as well.
    """

    def __init__(
        self,
        folder: Path,
        *,
        load_s: float,
        cps: float,
        mode: Mode = Mode.PROGRESSIVE,
        warm_s: float = 20.0,
        every_s: float = SAMPLE_EVERY_S,
        say: Callable[[str], None],
    ) -> None:
        agents = max(4, round(cps * AGENTS_A_CPS[mode]))
        size = Size(
            agents=agents,
            mode=mode,
            stock=round(cps * 120),
            cps=cps * THROTTLE,
            pace=PACE,
            think_s=THINK_S,
            wrap_up_s=5,
        )
        self.house = House(folder, size, Random("load"))
        self.figures = LoadFigures(cps=cps, agents=agents, minutes=round(load_s / 60, 2))
        self.samples: list[Sample] = []
        self.faults: list[str] = []
        self._load_s, self._warm_s, self._every_s = load_s, warm_s, every_s
        self._say = say

    async def run(self) -> None:
        """Warm up, rest, carry the load, rest again, and compare the two rests."""
        self.figures.date = time.strftime("%Y-%m-%d")
        self.figures.commit = await asyncio.to_thread(pages.commit)
        async with self.house as house:
            self.figures.asterisk = await house.asterisk_version()
            await house.engine.start()
            _, _ = await house.engine.takes_over(house.witness)
            await self._carry(self._warm_s, keep=False)
            before = await self._rest()
            dialed = len(house.witness.calls)
            await house.wants(CampaignState.RUNNING)
            took = await self._carry(self._load_s, keep=True)
            self.figures.calls_a_second = round((len(house.witness.calls) - dialed) / took, 2)
            after = await self._rest()
            self._compare(before, after)
            await self._agrees()
            if (code := await house.engine.stop()) != 0:
                self.faults.append(f"the engine stopped with {code}")

    async def _carry(self, seconds: float, *, keep: bool) -> float:
        house, begun = self.house, time.monotonic()
        while (spent := time.monotonic() - begun) < seconds:
            await asyncio.sleep(min(self._every_s, seconds - spent))
            await house.top_up()
            sample = await take(house, begun)
            if keep:
                self.samples.append(sample)
                self._say(_line(sample, len(house.witness.calls), seconds))
        return time.monotonic() - begun

    async def _rest(self) -> Sample:
        """No more calls; wait until those that live have ended and everybody is free."""
        house, agents = self.house, len(self.house.logins)
        await house.wants(CampaignState.PAUSED)
        await until(lambda: not house.witness.alive, QUIET_WITHIN_S, "no call lives")
        await until(
            lambda: house.people.are(State.IDLE) == agents, QUIET_WITHIN_S, "all agents are free"
        )
        await until(self._all_ended, QUIET_WITHIN_S, "every attempt has ended")
        await asyncio.sleep(1.0)  # the agents' last connections close
        return await take(house, time.monotonic())

    async def _all_ended(self) -> bool:
        rows = await asyncio.to_thread(attempts, self.house.engine.database)
        return all(row.outcome is not None for row in rows.values())

    def _compare(self, before: Sample, after: Sample) -> None:
        figures = self.figures
        figures.idle_before, figures.idle_after = before.left, after.left
        for name, count in after.left.items():
            if count > before.left[name] + MAY_STAY.get(name, 0):
                self.faults.append(
                    f"left over: {name} {count}, before the load {before.left[name]}"
                )
        figures.database_mb = round(after.database_kb / 1024, 1)
        part = self._load_s / STEADY_PART
        if self._load_s < LONG_ENOUGH_S:
            return
        first, last = memory_kb(self.samples, part, part)
        figures.memory_growth = round(last / first, 3)
        figures.rss_mb_first, figures.rss_mb_last = round(first / 1024, 1), round(last / 1024, 1)
        if figures.calls_a_second < SUSTAINED * figures.cps:
            self.faults.append(f"only {figures.calls_a_second} calls a second were dialed")
        if figures.memory_growth > FLAT_WITHIN:
            self.faults.append(f"memory grew to {figures.memory_growth:.3f} of what it was")

    async def _agrees(self) -> None:
        """The switch and the books tell of the same calls, and no rule is broken."""
        house, figures = self.house, self.figures
        path = house.engine.database
        saved = dict(house.people.saved)
        rows, made = await asyncio.to_thread(lambda: (attempts(path), appointments(path)))
        calls = house.witness.calls
        seen = Evidence(
            calls=calls,
            rows=rows,
            appointments=made,
            saved=saved,
            awake=((house.engine.started_at, time.time()),),
            impossible=tuple(house.witness.impossible),
            log=tuple(house.engine.new_lines()),
            max_calls=house.size.max_calls,
            unkept=house.size.mode is Mode.PREDICTIVE,
            cps=house.size.cps,
            now=time.time(),
            over=True,
        )
        self.faults += [f"{one.rule} {one.attempt}: {one.text}" for one in violations(seen)]
        sent = [row.id for row in rows.values() if row.sent_at is not None]
        unseen = [attempt for attempt in sent if attempt not in calls]
        if unseen:
            self.faults.append(f"{len(unseen)} are on file as sent, and nobody saw them dialed")
        figures.calls_dialed = len(calls)
        figures.words_saved = len(saved)
        for row in rows.values():
            name = row.outcome or "none"
            figures.ended_as[name] = figures.ended_as.get(name, 0) + 1
        if dialed_twice(calls.values()):
            self.faults.append("contacts were dialed twice")
        figures.slowest_service_s = round(service(seen).slowest_s, 2)
        figures.live, figures.abandoned = live_and_abandoned(rows)
        cap = house.size.cap
        if house.size.mode is Mode.PREDICTIVE and figures.abandoned > cap * figures.live:
            found = f"{figures.abandoned} of {figures.live} who answered"
            self.faults.append(f"{found} met nobody, and the cap is {float(cap):.1%}")


def _line(sample: Sample, dialed: int, seconds: float) -> str:
    left = max(0.0, seconds - sample.at_s) / 60
    return (
        f"{sample.at_s:6.0f} s  {dialed:6} calls  rss {sample.rss_kb / 1024:6.1f} MB  "
        f"tasks {sample.tasks:4}  files {sample.files:3}  threads {sample.threads:2}  "
        f"channels {sample.channels:4}  database {sample.database_kb / 1024:6.1f} MB  "
        f"{left:5.1f} min left"
    )


def save(figures: LoadFigures, path: Path) -> None:
    """Write them for the next reader."""
    text = json.dumps(asdict(figures), indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")


def main(words: Sequence[str] | None = None) -> int:
    """Run the load that the command line asks for; 1 where something grew or was left over."""
    parser = argparse.ArgumentParser(prog="load", description="Ten calls a second for an hour.")
    parser.add_argument(
        "--mode", choices=[one.value for one in AGENTS_A_CPS], default="progressive"
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--cps", type=float, default=10.0, help="calls a second")
    parser.add_argument("--out", type=Path, help="write the figures there, as JSON")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the figures in docs/ and quote them, if nothing is broken",
    )
    given = parser.parse_args(words)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    console = Console(highlight=False, soft_wrap=True)
    folder = Path(mkdtemp(prefix="load-"))
    console.print(f"The load's database and logs are in {folder}")
    load = Load(
        folder,
        load_s=given.minutes * 60,
        cps=given.cps,
        mode=Mode(given.mode),
        say=console.print,
    )
    asyncio.run(load.run())
    figures = load.figures
    for name in ("rss_kb", "tasks", "files", "channels", "database_kb"):
        console.print(f"{name:12} {chart(load.samples, lambda one, n=name: getattr(one, n))}")
    console.print(json.dumps(asdict(figures), indent=2, ensure_ascii=False))
    for fault in load.faults:
        console.print(f"BROKEN {fault}")
    if given.out is not None:
        save(figures, given.out)
    if given.keep and not load.faults:
        kept = {Mode.PROGRESSIVE: pages.LOAD, Mode.PREDICTIVE: pages.PREDICTIVE_LOAD}
        save(figures, kept[Mode(given.mode)])
        pages.rewrite()
    return 1 if load.faults else 0


if __name__ == "__main__":
    sys.exit(main())
