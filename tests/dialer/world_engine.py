"""One life of the engine's program: what `dialer.engine_room` joins, driven by virtual time.

The engine, the store and the writer are the real ones, on a real SQLite file. Store work takes
a little virtual time and may be refused; a crash drops what was under way and keeps the file.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import (
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.effects import (
    AmendAttempt,
    AnswerAsk,
    Connect,
    Effect,
    EndAttempt,
    Found,
    HangUp,
    JoinQueues,
    LeaveQueues,
    Load,
    NoteProgress,
    Originate,
    PauseMember,
    PlayTone,
    PlayUnserved,
    ReleaseClaim,
    Reply,
    ReplyCode,
    SaveSlot,
    SetPenalties,
    Stopped,
    StoreEffect,
    Survey,
)
from dialer.engine import Engine, EnginePolicy
from dialer.ids import attempt_id
from dialer.messages import (
    Amended,
    Claimed,
    LoginAgent,
    Message,
    Now,
    SentJudged,
    SlotSaved,
    Tick,
    Unfinished,
)
from dialer.queue_effects import NoteInboundCall, NoteQueueCall, NoteQueueTalk, SaveSpells
from dialer.sim.clock import FIRST_MONO
from routing.inbound import InboundRoutes
from store.aside import Aside, aside_path
from store.database import Database
from store.errors import StoreBusyError, StoreError
from store.health import Health, probe
from store.hopper import Hopper
from store.journal import Journal, journal_path
from store.keeping import KEEP_AFTER_S
from store.outcomes import WriteEffect
from store.perform import Store
from store.writer import Writer
from supervisor.statistics import Statistics
from tests.dialer.world_time import VirtualTime
from tests.dialer.world_wire import Wire

SLOTS = tuple(str(7001 + n) for n in range(8))
TICK_S = 0.1
LOOK_S = 0.5
COMMAND = "command:"
ZONE = ZoneInfo("Asia/Shanghai")


BUSY_S = 10.0
"""So long a write waits for another program, as in `store.database`."""


class ShakyDatabase(Database):
    """A database that another program keeps busy now and then, with probability `busy`.

    Until `locked_until` (virtual time) it is locked for the engine's program.
    """

    def __init__(self, file: Path, random: Random) -> None:
        super().__init__(file)
        self._random = random
        self.busy = 0.0
        self.locked_until = 0.0
        self.refuses = False
        self.overheard: Callable[[], AbstractContextManager[None]] = nullcontext

    @asynccontextmanager
    async def writing(self, *, durable: bool = True) -> AsyncIterator[AsyncConnection]:
        self._refuse_at_random()
        async with super().writing(durable=durable) as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        self._refuse_at_random()
        async with super().reading() as connection:
            yield connection

    def _refuse_at_random(self) -> None:
        if self.refuses or self._random.random() < self.busy:
            with self.overheard():
                raise StoreBusyError(BUSY_S)


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
        self.on_kept: Callable[[WriteEffect], None] = lambda _: None
        self.on_stopped: Callable[[], None] = lambda: None
        self._asks: dict[str, Callable[[Mapping[str, str]], None]] = {}
        self._write_due = False
        self._tick_at = math.inf
        self._hopper = Hopper(database, "engine-1", lambda: attempt_id(time.now.utc, random))
        assert database.path is not None
        self._journal = Journal(journal_path(database.path), size=1 << 16, for_words=1 << 14)
        self.aside = Aside(aside_path(database.path))
        self._writer = Writer(
            database,
            done=self._written,
            failed=self._not_written,
            kept=self._kept,
            journal=self._journal,
            aside=self.aside,
            clock=lambda: time.now.mono,
        )
        self._store = Store(database, self._hopper, self._writer)
        self.health = Health(self.hear, lambda: time.now.mono)
        database.overheard = self.health.watched

    # ── from start to end ────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Recover, load, and begin to tick; then the link may come up."""
        await self._writer.catch_up()
        now = self._time.now.utc
        self._wire.hear = self.hear
        left = self.aside.not_ended(await self._hopper.recover(now))
        self.hear(Unfinished(attempts=left))
        self.hear(await self._store.load(now))
        self.ready = True
        self.hear(Tick())
        self._look()

    async def die(self) -> None:
        """The process is gone, with all that was not committed."""
        if not self.alive:
            return
        self.alive = False
        self._wire.hear = None
        self._journal.close()

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

    def _begin(self, effect: Effect, now: Now) -> None:  # noqa: C901, PLR0912  one line an effect
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
                | Connect()
                | HangUp()
                | PlayUnserved()
                | PlayTone()
                | PauseMember()
                | JoinQueues()
                | LeaveQueues()
                | Survey()
            ):
                self._wire.send(effect)
            case SetPenalties():
                pass  # these members take turns by chance
            case NoteProgress() | EndAttempt() | AmendAttempt() | SaveSlot():
                self._submit(effect)
            case NoteInboundCall() | NoteQueueCall() | NoteQueueTalk():
                self._submit(effect)
            case ReleaseClaim():
                self._time.after(0.0, lambda: self._give_back(effect, now))
            case SaveSpells():
                self._time.after(0.0, lambda: self._in_books(effect, now))
            case Load():
                self._time.after(self._usual_delay_s(), lambda: self._in_books(effect, now))
            case _:
                self._at_the_store(lambda: self._in_books(effect, now))

    def _usual_delay_s(self) -> float:
        return self._random.uniform(0.001, self.slowest_store_s)

    def _at_the_store(self, work: Callable[[], Awaitable[None]]) -> None:
        """A write: after its usual delay, and where the database is locked, when it is not.

        It gives up after 10 s. The watch over the database sees all of that time.
        """
        database, gives_up_at = self._database, self._time.t + BUSY_S
        watch = ExitStack()
        watch.enter_context(self.health.watched())

        async def do() -> None:
            locked = self._time.t < database.locked_until
            if locked and self._time.t < gives_up_at:
                self._time.at(min(database.locked_until, gives_up_at), do)
                return
            database.refuses = locked
            with watch:
                if self.alive:
                    await work()
            database.refuses = False

        self._time.after(self._usual_delay_s(), do)

    def _look(self) -> None:
        """The watch's own clock, and its probe."""
        if not self.alive:
            return
        self.health.look()
        if self.health.wants_probe:
            self._at_the_store(self._probe)
        self._time.after(LOOK_S, self._look)

    async def _probe(self) -> None:
        with suppress(StoreError):
            await probe(self._database)

    async def _stop(self) -> None:
        """As `dialer.last_writes`: what the database does not take now is in the journal."""
        while self._writer.at_risk:
            if await self._writer.write():
                await self._writer.keep()
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

    async def _give_back(self, effect: ReleaseClaim, now: Now) -> None:
        await self._in_books(effect, now)
        self._submitted()

    def _submit(self, effect: WriteEffect) -> None:
        self._writer.submit(effect)
        self._submitted()

    def _submitted(self) -> None:
        self._plan_write()
        self._time.after(KEEP_AFTER_S + LOOK_S, self._keep)

    def _plan_write(self) -> None:
        if not self._write_due:
            self._write_due = True
            self._at_the_store(self._write)

    async def _write(self) -> None:
        pause_s = await self._writer.write()
        self._write_due = False
        if self._writer.waiting:
            self._time.after(pause_s, self._plan_write)
        await self._keep()

    async def _keep(self) -> None:
        if self.alive:
            await self._writer.keep()

    def _kept(self, effect: WriteEffect) -> None:
        self.on_kept(effect)
        self._on_the_disk(effect, {"kept": "journal"})

    def _written(self, effect: WriteEffect) -> None:
        self._on_the_disk(effect, {})

    def _on_the_disk(self, effect: WriteEffect, facts: dict[str, str]) -> None:
        if isinstance(effect, AmendAttempt):
            self.hear(Amended(attempt=effect.attempt, disposition=effect.disposition))
        if isinstance(effect, SaveSlot):
            self.hear(SlotSaved(ref=effect.ref))
        if isinstance(effect, EndAttempt | AmendAttempt) and effect.reply and self.alive:
            self.on_reply(Reply(ref=effect.reply, code=ReplyCode.OK, facts=facts))

    def _not_written(self, effect: WriteEffect, error: StoreError) -> None:
        self.refused_writes.append((effect, error))
        if isinstance(effect, EndAttempt | AmendAttempt) and effect.reply:
            self.on_reply(Reply(ref=effect.reply, code=ReplyCode.STORE_FAILED))
