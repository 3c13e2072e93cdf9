"""The kill matrix: the engine dies at every named place, again and again, amid living calls.

    python -m tests.drill.matrix [--mode predictive] [--seeds 25] [--points call.in_bridge,…] …

One Asterisk serves all of it. Owns: the order of deaths, the chance in them (from the seed), and
the checks after each. Exit code 1: a rule was broken; it is named with the attempt and the end of
the engine's log.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import structlog
from rich.console import Console

from campaigns.campaign import CampaignState, Mode
from dialer.agents import State
from dialer.killpoints import POINTS, STORE_AWAY_POINTS, UNKEPT_POINTS
from tests.drill import pages
from tests.drill.books import appointments, attempts
from tests.drill.engine import KILLED
from tests.drill.figures import (
    ASTERISK_KILLED,
    BOTH_KILLED,
    FILLING,
    FIRST_FILLING,
    Figures,
    save,
    summary,
    table,
)
from tests.drill.house import House, Size
from tests.drill.invariants import (
    Evidence,
    Violation,
    dialed_twice,
    freed_and_dialed,
    service,
    violations,
)
from tests.drill.waiting import until

AGENTS_A_CALL = 1.2
"""So many agents for each call that is to live: some are always between two calls."""

TRIES = 4
"""So many lives has the engine to die at its place, with half the passages in each."""

TAKEOVER_S, DIALING_S = 5.0, 10.0
"""I8."""

FULL, EMPTY = 0.9, 0.6
"""Parts of the calls that are to live: filled up to the one, filled again below the other."""

FILL_WITHIN_S = 90.0
QUIET_WITHIN_S = 120.0
LOGINS = 3
AT_MESSAGE = "call.at_message"
OUT_S = 2.5
"""Longer than somebody who answered is kept waiting for an agent."""
PASSAGES = {
    "login.before_commit": LOGINS - 1,
    "login.after_commit": LOGINS - 1,
    "journal.before_sync": 4,
    "journal.after_sync": 4,
    "claim.before_commit": 6,
    "claim.after_commit": 6,
    "outcome.before_commit": 10,
    "call.after_answer": 40,
    "call.in_bridge": 40,
    "call.after_hangup": 40,
    AT_MESSAGE: 3,
}
"""The n-th passage is drawn from 1 to this: places are passed more or less often in a second."""
USUAL_PASSAGES = 16

POINTS_OF = {Mode.PROGRESSIVE: POINTS, Mode.PREDICTIVE: (*POINTS, *UNKEPT_POINTS)}
"""Where the engine dies in a drill of either mode."""

BOLD_CAP = Fraction(1, 2)
"""Of those who answer, so many may find nobody in a predictive drill: the message is to be met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to kill, and how often.

    `timed`: a recovery that takes longer than I8 allows breaks a rule. `longest_life`: the most
    passages of a place that the engine survives. `lives_at_most_s`: a place that was not passed by
    then is not waited for any longer in that life. `size`: of the site; else it fits the calls.
    """

    points: tuple[str, ...]
    seeds: int = 25
    calls: int = 50
    asterisk_kills: int = 10
    both_kills: int = 10
    timed: bool = True
    longest_life: int = 40
    lives_at_most_s: float = 11.0
    mode: Mode = Mode.PROGRESSIVE
    size: Size | None = None


class Drill:
    """One drill in `folder`. `say`: prints a line for whoever watches."""

    def __init__(self, folder: Path, plan: Plan, say: Callable[[str], None]) -> None:
        self.plan = plan
        size = plan.size or _size(plan)
        self.house = House(folder, size, Random("people"))
        self.figures = Figures(seeds=plan.seeds, agents=size.agents)
        self.broken: dict[tuple[str, str], Violation] = {}
        self._say = say
        self._awake: list[tuple[float, float]] = []
        self._settled_at = 0.0
        self._begun = time.monotonic()
        self._done = 0
        self._planned = len(plan.points) * plan.seeds + plan.asterisk_kills + plan.both_kills

    async def run(self) -> None:
        """All deaths of the plan, the end in peace, and the last check."""
        self.figures.date = time.strftime("%Y-%m-%d")
        self.figures.commit = await asyncio.to_thread(pages.commit)
        async with self.house as house:
            self.figures.asterisk = await house.asterisk_version()
            await self._fill()
            for seed in range(self.plan.seeds):
                for point in self.plan.points:
                    await self._die_at(point, seed)
            for seed in range(self.plan.asterisk_kills):
                await self._kill_asterisk(seed)
            for seed in range(self.plan.both_kills):
                await self._kill_both(seed)
            await self._end_in_peace()
        self._count()

    # ── the engine's deaths ──────────────────────────────────────────────────────────────

    async def _die_at(self, point: str, seed: int) -> None:
        if len(self.house.witness.alive) < EMPTY * self.plan.calls:
            await self._fill()
        random = Random(f"{point}:{seed}")
        most = min(PASSAGES.get(point, USUAL_PASSAGES), self.plan.longest_life)
        few = len(self.house.witness.alive) < FULL * self.plan.calls
        passage = random.randint(max(1, most // 2) if few else 1, most)
        for tried in range(TRIES):
            await asyncio.sleep(random.uniform(0.0, 0.8))
            if await self._live(point, f"{point}:{max(1, passage >> tried)}"):
                break
        await self._step(point)

    async def _live(self, cause: str, kill_at: str = "") -> bool:
        """One life of the engine, to its death at the place or, where it is not passed, ours.

        Whether it died where it was to die.
        """
        house, figures = self.house, self.figures.cause(cause)
        await house.top_up()
        await house.engine.start(kill_at)
        taking = asyncio.create_task(house.engine.takes_over(house.witness))
        filled = asyncio.create_task(self._is_full()) if not kill_at else None
        helping = asyncio.create_task(self._help_to(cause, taking))
        try:
            if filled is not None:
                await filled
                code = None
            else:
                code = await house.engine.dies(self.plan.lives_at_most_s)
            if code is None:
                figures.missed += bool(kill_at)
                await house.engine.kill()
            elif code != KILLED:
                self._break("alive", "", f"the engine ended by itself with {code}")
        finally:
            taking.cancel()
            helping.cancel()
            taken, _ = await asyncio.gather(taking, helping, return_exceptions=True)
        figures.deaths += 1
        figures.alive += len(house.witness.alive)
        self._time(cause, taken if isinstance(taken, tuple) else None)
        return code is not None

    async def _help_to(self, cause: str, taking: asyncio.Future[tuple[float, int]]) -> None:
        """Bring about what is rare.

        Agents who log in; a database that is not to be had; an answer with nobody there for it.
        """
        if cause.startswith("login."):
            await until(self._answers, self.plan.lives_at_most_s, "the engine answers")
            self.house.people.call_anew(LOGINS)
        if cause == AT_MESSAGE:
            await asyncio.shield(taking)
            while True:
                await until(self._rings, self.plan.lives_at_most_s, "somebody's phone rings")
                self.house.people.step_out(OUT_S)
                await asyncio.sleep(2 * OUT_S)
        if cause in STORE_AWAY_POINTS:
            await asyncio.shield(taking)
            with self.house.database_away():
                await asyncio.sleep(self.plan.lives_at_most_s)

    def _rings(self) -> bool:
        return any(call.answered_at is None for call in self.house.witness.alive.values())

    def _time(self, cause: str, taken: tuple[float, int] | None) -> None:
        """Note how long the recovery took, as far as this life came (I8)."""
        engine, figures = self.house.engine, self.figures.cause(cause)
        lived = engine.died_at - engine.started_at
        if taken is not None:
            figures.takeover_s = max(figures.takeover_s, taken[0])
            figures.taken_over += taken[1]
            self._awake.append((engine.started_at + taken[0], engine.died_at))
            self._settled_at = engine.started_at
        made = [c.made_at - engine.started_at for c in self.house.witness.calls.values()]
        dialing = min((after for after in made if after > 0), default=None)
        if dialing is not None:
            figures.dialing_s = max(figures.dialing_s, dialing)
        if cause == FIRST_FILLING:  # the agents have still to log in
            return
        slow = []
        if (taken[0] if taken else lived) > TAKEOVER_S:
            missing = ", ".join(engine.missing)
            slow.append(f"{cause}: calls not taken over within {TAKEOVER_S:g} s: {missing}")
        if (dialing if dialing is not None else lived) > DIALING_S:
            slow.append(f"{cause}: not dialing within {DIALING_S:g} s")
        self.figures.slow += bool(slow)
        for text in slow if self.plan.timed else ():
            self._break("I8", "", text)

    def _falls_asleep(self) -> None:
        if self._awake and self._awake[-1][1] == math.inf:
            self._awake[-1] = (self._awake[-1][0], time.time())

    async def _fill(self) -> None:
        """A life that only fills the lines; I8 holds for each but the very first."""
        cause = FILLING if self.figures.causes else FIRST_FILLING
        await self._live(cause)
        await self._check(cause)

    async def _is_full(self) -> None:
        wanted = FULL * self.plan.calls
        await until(lambda: len(self.house.witness.alive) >= wanted, FILL_WITHIN_S, "full")

    # ── the switch's deaths ──────────────────────────────────────────────────────────────

    async def _under_load(self, random: Random) -> None:
        """An engine at work, the lines full, and some moment of it."""
        house = self.house
        if not house.engine.alive:
            await house.engine.start()
            await house.engine.takes_over(house.witness)
        await self._is_full()
        await asyncio.sleep(random.uniform(0.0, 2.0))

    async def _kill_asterisk(self, seed: int) -> None:
        house, random = self.house, Random(f"asterisk:{seed}")
        await self._under_load(random)
        died = self._switch_dies(ASTERISK_KILLED)
        await house.switch.fall()
        await asyncio.sleep(random.uniform(0.0, 2.0))
        await self._comes_back(ASTERISK_KILLED, died)
        await self._step(ASTERISK_KILLED)

    async def _kill_both(self, seed: int) -> None:
        house, random = self.house, Random(f"both:{seed}")
        await self._under_load(random)
        died = self._switch_dies(BOTH_KILLED)
        await asyncio.gather(house.switch.fall(), house.engine.kill())
        await asyncio.sleep(random.uniform(0.0, 1.0))
        await house.engine.start()
        await self._comes_back(BOTH_KILLED, died)
        await self._step(BOTH_KILLED)

    def _switch_dies(self, cause: str) -> float:
        figures = self.figures.cause(cause)
        self._falls_asleep()
        figures.deaths += 1
        figures.alive += len(self.house.witness.alive)
        return time.time()

    async def _comes_back(self, cause: str, died: float) -> None:
        """The switch starts again; times are from its start to the link and to the next call."""
        house, figures = self.house, self.figures.cause(cause)
        begun = time.time()
        await house.switch.rise()

        async def linked() -> bool:
            seen = await house.engine.snapshot()
            return (
                seen is not None
                and seen.link_up
                and seen.link_since is not None
                and (seen.link_since.timestamp() > died)
            )

        await until(linked, FILL_WITHIN_S, "the link is up again")
        figures.takeover_s = max(figures.takeover_s, time.time() - begun)

        def dialed() -> bool:
            return any(call.made_at > begun for call in house.witness.calls.values())

        await until(dialed, FILL_WITHIN_S, "dialing again")
        figures.dialing_s = max(figures.dialing_s, time.time() - begun)
        self._awake.append((time.time(), math.inf))

    # ── the end ──────────────────────────────────────────────────────────────────────────

    async def _end_in_peace(self) -> None:
        """No more calls; every one that lives ends, every agent is free, and nothing is left."""
        house = self.house
        if not house.engine.alive:
            await house.engine.start()
        await until(self._answers, FILL_WITHIN_S, "the engine answers")
        await house.wants(CampaignState.PAUSED)
        agents = len(house.logins)
        try:
            await until(lambda: not house.witness.alive, QUIET_WITHIN_S, "no call lives")
            await until(
                lambda: house.people.are(State.IDLE) == agents, QUIET_WITHIN_S, "all are free"
            )
            await until(self._all_ended, QUIET_WITHIN_S, "every attempt has ended")
        except AssertionError as late:
            self._break("I2", "", f"{late}; agents: {house.people.states}")
        for member in await house.paused_members():
            self._break("I5", "", f"left paused in the queue: {member}")
        house.people.go_home()
        with contextlib.suppress(AssertionError):
            await until(self._silent, FILL_WITHIN_S, "no channel is left")
        for channel in await house.channels():
            self._break("I11", "", f"a channel is left over: {channel}")
        if (code := await house.engine.stop()) != 0:
            self._break("alive", "", f"the engine stopped with {code}")
        await self._check("the end", over=True)

    async def _answers(self) -> bool:
        return await self.house.engine.snapshot() is not None

    async def _all_ended(self) -> bool:
        rows = await asyncio.to_thread(attempts, self.house.engine.database)
        return all(row.outcome is not None for row in rows.values())

    async def _silent(self) -> bool:
        return not await self.house.channels()

    # ── checks ───────────────────────────────────────────────────────────────────────────

    async def _step(self, cause: str) -> None:
        await self._check(cause)
        await self.house.top_up()
        self._done += 1
        spent = time.monotonic() - self._begun
        left = spent / self._done * (self._planned - self._done)
        figures = self.figures.cause(cause)
        self._say(
            f"{self._done:4}/{self._planned}  {cause:28} alive {len(self.house.witness.alive):3}  "
            f"takeover ≤ {figures.takeover_s:4.1f} s  dialing ≤ {figures.dialing_s:4.1f} s  "
            f"broken {len(self.broken)}  {left / 60:5.1f} min left"
        )

    async def _evidence(self, *, over: bool) -> Evidence:
        house = self.house
        # What was told as saved by now must be on the disk by now: words first, books second.
        # A life that did not last may have left words in its journal for the next.
        told = house.people.saved_at.items()
        kept = {attempt for attempt, at in told if over or at < self._settled_at}
        saved = {attempt: house.people.saved[attempt] for attempt in kept}
        calls = dict(house.witness.calls)
        path = house.engine.database
        rows, made = await asyncio.to_thread(lambda: (attempts(path), appointments(path)))
        return Evidence(
            calls=calls,
            rows=rows,
            appointments=made,
            saved=saved,
            awake=tuple(self._awake),
            impossible=tuple(house.witness.impossible),
            log=tuple(house.engine.new_lines()),
            max_calls=house.size.max_calls,
            unkept=house.size.mode is Mode.PREDICTIVE,
            cps=house.size.cps,
            now=time.time(),
            over=over,
        )

    async def _check(self, cause: str, *, over: bool = False) -> None:
        self._seen = await self._evidence(over=over)
        for one in violations(self._seen):
            self._break(one.rule, one.attempt, f"{one.text} (seen after: {cause})")

    def _break(self, rule: str, attempt: str, text: str) -> None:
        key = (rule, attempt or text)
        if key in self.broken:
            return
        self.broken[key] = Violation(rule=rule, attempt=attempt, text=text)
        self._say(f"BROKEN {rule} {attempt}: {text}\n{self.house.engine.tail(attempt)}")

    def _count(self) -> None:
        seen, figures = self._seen, self.figures
        served = service(seen)
        figures.minutes = round((time.monotonic() - self._begun) / 60, 1)
        figures.calls_dialed = len(seen.calls)
        figures.answered = served.answered
        figures.answered_unwatched = served.unwatched
        figures.answered_unwatched_late = served.unwatched_late
        figures.slowest_service_s = round(served.slowest_s, 2)
        figures.words_saved = len(seen.saved)
        for row in seen.rows.values():
            name = row.outcome or "none"
            figures.ended_as[name] = figures.ended_as.get(name, 0) + 1
        figures.freed_and_dialed = len(freed_and_dialed(seen))
        figures.contacts_dialed_twice = len(dialed_twice(seen.calls.values()))
        figures.outcomes_lost = sum(one.rule == "I2" for one in self.broken.values())
        figures.words_lost = sum(one.rule == "I6" for one in self.broken.values())
        figures.violations = len(self.broken)
        figures.sum_up()


def _size(plan: Plan) -> Size:
    """As many agents as the calls that are to live need; in predictive there are too few."""
    if plan.mode is Mode.PREDICTIVE:
        return Size(agents=plan.calls, mode=plan.mode, cap=BOLD_CAP)
    return Size(agents=round(plan.calls * AGENTS_A_CALL))


def _plan(words: argparse.Namespace) -> Plan:
    mode = Mode(words.mode)
    known = POINTS_OF[mode]
    points = tuple(words.points.split(",")) if words.points else known
    unknown = sorted(set(points) - set(known))
    if unknown:
        raise SystemExit(f"unknown kill point {unknown[0]}; known are {', '.join(known)}")
    return Plan(
        mode=mode,
        points=points,
        seeds=words.seeds,
        calls=words.calls,
        asterisk_kills=words.asterisk_kills,
        both_kills=words.both_kills,
        timed=not words.untimed,
    )


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="drill", description="Kill everything, lose nothing.")
    parser.add_argument("--seeds", type=int, default=25, help="deaths at each kill point")
    parser.add_argument("--mode", choices=[one.value for one in POINTS_OF], default="progressive")
    parser.add_argument("--points", default="", help="some kill points, with commas (all)")
    parser.add_argument("--calls", type=int, default=50, help="calls that live at each death")
    parser.add_argument("--asterisk-kills", type=int, default=10)
    parser.add_argument("--both-kills", type=int, default=10)
    parser.add_argument("--untimed", action="store_true", help="a slow recovery breaks no rule")
    parser.add_argument("--out", type=Path, help="write the figures there, as JSON")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the figures in docs/ and quote them, if no rule is broken",
    )
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run the drill that the command line asks for; 1 where a rule was broken."""
    given = _arguments(words)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # the dead switch's connections
    console = Console(highlight=False, soft_wrap=True)
    folder = Path(mkdtemp(prefix="drill-"))
    console.print(f"The drill's database and logs are in {folder}")
    drill = Drill(folder, _plan(given), console.print)
    asyncio.run(drill.run())
    console.print(table(drill.figures))
    for one in drill.broken.values():
        console.print(f"BROKEN {one.rule} {one.attempt}: {one.text}")
    console.print(summary(drill.figures))
    if given.out is not None:
        save(drill.figures, given.out)
    if given.keep and not drill.broken:
        kept = {Mode.PROGRESSIVE: pages.DRILL, Mode.PREDICTIVE: pages.PREDICTIVE_DRILL}
        save(drill.figures, kept[drill.plan.mode])
        pages.rewrite()
    return 1 if drill.broken else 0


if __name__ == "__main__":
    sys.exit(main())
