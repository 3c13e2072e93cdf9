"""One life of the engine's program: what `dialer.app` joins, driven by virtual time.

The engine, the store and the writer are the real ones, on a real SQLite file. Store work takes
a little virtual time and may be refused; a crash drops what was under way and keeps the file.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.engine import Engine, EnginePolicy
from dialer.ids import attempt_id
from dialer.messages import (
    AmendAttempt,
    Amended,
    AnswerAsk,
    Claimed,
    Effect,
    EndAttempt,
    Found,
    HangUp,
    JoinQueues,
    LeaveQueues,
    LoginAgent,
    Message,
    NoteProgress,
    Now,
    Originate,
    PauseMember,
    PlayTone,
    PlayUnserved,
    Reply,
    ReplyCode,
    SaveSlot,
    SentJudged,
    SlotSaved,
    Stopped,
    StoreEffect,
    Survey,
    Tick,
    Unfinished,
)
from routing.inbound import InboundRoutes
from store.database import Database
from store.errors import StoreBusyError, StoreError, StoreUnusableError
from store.hopper import Hopper
from store.outcomes import WriteEffect
from store.perform import Store
from store.writer import Writer
from supervisor.statistics import Statistics
from tests.dialer.world_time import FIRST_MONO, VirtualTime
from tests.dialer.world_wire import Wire

SLOTS = tuple(str(7001 + n) for n in range(8))
TICK_S = 0.1
COMMAND = "command:"
ZONE = ZoneInfo("Asia/Shanghai")


class ShakyDatabase(Database):
    """A database that another program keeps busy now and then, with probability `busy`."""

    def __init__(self, file: Path, random: Random) -> None:
        super().__init__(file)
        self._random = random
        self.busy = 0.0

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        self._refuse_at_random()
        async with super().writing() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        self._refuse_at_random()
        async with super().reading() as connection:
            yield connection

    def _refuse_at_random(self) -> None:
        if self._random.random() < self.busy:
            raise StoreBusyError(10.0)


class Process:
    """An engine that runs until `die` (or until it has stopped by itself).

    `on_effect` and `on_handled` are for those who watch; `on_reply` for those who asked.
    """

    def __init__(
        self, time: VirtualTime, random: Random, wire: Wire, database: ShakyDatabase
    ) -> None:
        self._time, self._random, self._wire, self._database = time, random, wire, database
        policy = EnginePolicy(slots=SLOTS, routes=InboundRoutes(default="waihu-inbound"))
        self.engine = Engine(policy, Statistics(ZONE))
        self.alive = True
        self.ready = False
        self.started_at = time.t
        self.slowest_store_s = 0.03
        self.trace: deque[tuple[float, object]] = deque(maxlen=400)
        self.findings: list[Found] = []
        self.refused_writes: list[tuple[WriteEffect, StoreError]] = []
        self.on_effect: Callable[[Effect], None] = lambda _: None
        self.on_handled: Callable[[Message], None] = lambda _: None
        self.on_reply: Callable[[Reply], None] = lambda _: None
        self.on_stopped: Callable[[], None] = lambda: None
        self._asks: dict[str, Callable[[Mapping[str, str]], None]] = {}
        self._writes: list[WriteEffect] = []
        self._write_due = False
        self._tick_at = math.inf
        self._hopper = Hopper(database, "engine-1", lambda: attempt_id(time.now.utc, random))
        self._writer = Writer(database, done=self._written, failed=self._not_written)
        self._store = Store(database, self._hopper, self._writer)
        self._writing: asyncio.Task[None] | None = None

    # ── from start to end ────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Recover, load, and begin to tick; then the link may come up."""
        self._writing = asyncio.create_task(self._writer.run())
        now = self._time.now.utc
        self._wire.hear = self.hear
        self.hear(Unfinished(attempts=await self._hopper.recover(now)))
        self.hear(await self._store.load(now))
        self.ready = True
        self.hear(Tick())

    async def die(self) -> None:
        """The process is gone, with all that was not committed."""
        self.alive = False
        self._wire.hear = None
        if self._writing is not None:
            self._writer.close()
            await self._writing

    # ── messages ─────────────────────────────────────────────────────────────────────────

    def hear(self, message: Message) -> None:
        """One message for the engine, and the effects performed."""
        if not self.alive:
            return
        now = self._time.now
        effects = self.engine.handle(message, now)
        if effects or not isinstance(message, Tick):
            self.trace.append((self._time.t, message))
        for effect in effects:
            self.trace.append((self._time.t, effect))
            self.on_effect(effect)
            self._begin(effect, now)
        if not isinstance(message, Tick) or effects:
            self.on_handled(message)
        if self.alive:
            self._plan_tick()

    def ask_login(self, agent: str, answered: Callable[[Mapping[str, str]], None]) -> bool:
        """The AGI's question; False where nobody listens."""
        if not self.alive or not self.ready:
            return False
        ask = f"ask-{self._random.getrandbits(64)}"
        self._asks[ask] = answered
        self.hear(LoginAgent(ask=ask, call=f"phone-{agent}", agent=agent))
        return True

    def _plan_tick(self) -> None:
        """Ticks come ten times a second; those that could change nothing are left out."""
        engine, t = self.engine, self._time.t
        dues = [call.due_mono for call in engine.board if call.due_mono is not None]
        dues += [agent.due_mono for agent in engine.floor if agent.due_mono is not None]
        soonest = min((due - FIRST_MONO for due in dues), default=math.inf)
        wanted = max(min(soonest, t + 1.0), t + TICK_S / 2)
        on_grid = math.ceil(wanted / TICK_S - 1e-6) * TICK_S
        if on_grid < self._tick_at or self._tick_at <= t:
            self._tick_at = on_grid
            self._time.at(on_grid, lambda: self._tick(on_grid))

    def _tick(self, planned: float) -> None:
        if planned == self._tick_at:
            self._tick_at = math.inf
            self.hear(Tick())

    # ── effects ──────────────────────────────────────────────────────────────────────────

    def _begin(self, effect: Effect, now: Now) -> None:
        match effect:
            case AnswerAsk():
                answered = self._asks.pop(effect.ask)
                self._time.after(0.002, lambda: answered(effect.variables))
            case Reply():
                if effect.ref.startswith(COMMAND):
                    self.on_reply(effect)
            case Found():
                self.findings.append(effect)
            case Stopped():
                self._time.after(0.0, self._stop)
            case (
                Originate()
                | HangUp()
                | PlayUnserved()
                | PlayTone()
                | PauseMember()
                | JoinQueues()
                | LeaveQueues()
                | Survey()
            ):
                self._wire.send(effect)
            case NoteProgress() | EndAttempt() | AmendAttempt() | SaveSlot():
                self._submit(effect)
            case _:
                delay_s = self._random.uniform(0.001, self.slowest_store_s)
                self._time.after(delay_s, lambda: self._in_books(effect, now))

    async def _stop(self) -> None:
        await self._write()
        while self._writes:
            await self._write()
        await self.die()
        self.on_stopped()

    async def _in_books(self, effect: StoreEffect, now: Now) -> None:
        if not self.alive:
            return
        answer = await self._store.perform(effect, now.utc)
        if answer is None:
            return
        at_once = not isinstance(answer, Claimed | SentJudged)
        self._time.after(0.0 if at_once else 0.001, lambda: self.hear(answer))

    def _submit(self, effect: WriteEffect) -> None:
        self._writes.append(effect)
        if not self._write_due:
            self._write_due = True
            delay_s = self._random.uniform(0.001, self.slowest_store_s)
            self._time.after(delay_s, self._write)

    async def _write(self) -> None:
        if not self.alive:
            return
        self._write_due = False
        batch, self._writes = self._writes, []
        for effect in batch:
            self._writer.submit(effect)
        await self._writer.flush()

    def _written(self, effect: WriteEffect) -> None:
        if isinstance(effect, AmendAttempt):
            self.hear(Amended(attempt=effect.attempt, disposition=effect.disposition))
        if isinstance(effect, SaveSlot):
            self.hear(SlotSaved(ref=effect.ref))
        if isinstance(effect, EndAttempt | AmendAttempt) and effect.reply and self.alive:
            self.on_reply(Reply(ref=effect.reply, code=ReplyCode.OK))

    def _not_written(self, effect: WriteEffect, error: StoreError) -> None:
        """As `dialer.app`: what the database cannot take now is offered again."""
        if isinstance(error, StoreBusyError | StoreUnusableError):
            again_s = 0.0 if isinstance(effect, SaveSlot) else 1.0
            self._time.after(again_s, lambda: self._submit(effect) if self.alive else None)
            return
        self.refused_writes.append((effect, error))
        if isinstance(effect, EndAttempt | AmendAttempt) and effect.reply:
            self.on_reply(Reply(ref=effect.reply, code=ReplyCode.STORE_FAILED))
