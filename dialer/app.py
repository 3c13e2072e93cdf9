"""The program: every part made once, joined, run until told to stop, and taken down in order.

Owns: the composition root of a live engine. Settings end here: everything below is given
small plain policies.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from datetime import UTC, datetime
from functools import partial
from random import Random, SystemRandom

import structlog

from agi.flow_orders import FlowOrders
from agi.flow_queues import FlowQueues
from agi.handlers import make_routes
from agi.server import FastAgiServer, SessionLimits
from asterisk.perform import Performer
from campaigns.phone.numbers import caller_e164
from config.books import load_books
from config.errors import ConfigError
from config.order_policy import order_policy
from config.settings import Settings
from dialer import picture
from dialer.answer_norms import AnswerNorms, mind_answer_norms
from dialer.beside import BesideTheCalls
from dialer.control import ControlServer
from dialer.effects import Effect, HangUp, Reply
from dialer.hotline import Hotline
from dialer.ids import attempt_id
from dialer.killpoints import KillPoints
from dialer.listening_rights import mind_listeners
from dialer.loop import EngineLoop
from dialer.messages import Message, Now, StopEngine, StopListening, Unfinished
from dialer.notes import notes_of
from dialer.opening import database_of
from dialer.order_clock import OrderRules, mind_orders
from dialer.parts import at_work, engine_of, link_of, number_reader, recording_of
from dialer.popping import PopPolicy, Pops
from dialer.reload import Reloader
from dialer.scraping import scraped
from dialer.service_manager import ServiceManager
from dialer.settings_anew import alarm_limits
from dialer.sinks import Sinks
from dialer.written import Answers
from store.accounts import Accounts
from store.aside import CLAIM, Aside, aside_path
from store.awaiting import awaited
from store.campaigns import Campaigns
from store.database import Database
from store.engine_lock import EngineLock
from store.errors import StoreError
from store.health import Health
from store.hopper import Hopper
from store.journal import Journal, journal_path
from store.last_agent import last_agent
from store.perform import Store
from store.seen_alarms import note_seen
from store.staging import shown_unfinished
from store.writer import Writer
from supervisor.sinks.hub import Hub
from supervisor.sinks.sse import Streams
from supervisor.snapshot import AlarmView, Snapshot
from supervisor.watching import Watching

log = structlog.get_logger()

WRITE_REST_S = 30.0
"""At the end, so long are writes tried that are nowhere but in memory."""

REST_LOOK_S = 0.25

AGI_LIMITS = SessionLimits(sessions=1_500, life_s=3_600.0)
"""A caller may be in a flow for long; each wait within it has a limit of its own."""

FINISH_LOADS_EVERY_S = 60.0
"""After so long at most an engine does what a load has left undone."""


def clock() -> Now:
    """Both clocks, read once."""
    return Now(utc=datetime.now(UTC), mono=time.monotonic())  # noqa: TID251  the edge


async def serve(
    settings: Settings,
    *,
    on_ready: Callable[[EngineLoop], None] | None = None,
    read_again: Callable[[], Settings] | None = None,
    on_pages: Callable[[str, bool], None] = lambda _url, _as_set: None,
) -> None:
    """Run an engine until SIGTERM, SIGINT or the socket's `stop` has ended it.

    A database that is busy or full at the start is waited for, until a signal.
    `on_ready` is called once everything listens. `read_again` reads the settings anew, for a
    reload; it may raise ConfigError. Without it nothing is ever read again. `on_pages` is told
    where the pages are, and whether that is where the settings want them: before somebody can
    administer they are served to this machine only (R25).

    Raises:
        ConfigError: the AMI secret is missing.
        EngineRunningError: another engine works on this database; the error names it.
        StoreError: the database cannot be opened.
    """
    random = SystemRandom()
    kill_points = KillPoints(os.environ)
    path = settings.paths.database
    async with _opened(settings) as database:
        with Journal(journal_path(path), reach=kill_points.reach) as journal:
            room = _EngineRoom(
                settings=settings,
                database=database,
                journal=journal,
                kill_points=kill_points,
                random=random,
                read_again=read_again,
                on_pages=on_pages,
            )
            await room.run(on_ready)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    """The database is ours, and so is what lies beside its file: the journal, what is set aside."""
    path, today = settings.paths.database, clock().utc.date()
    books = load_books(settings, today)
    # What work orders go by cannot wait for the first one: a fault in it is told at the start.
    order_policy(settings, today)
    path.parent.mkdir(parents=True, exist_ok=True)
    with EngineLock(path) as lock:
        lock.acquire(clock().utc)
        database = database_of(settings, books=books, engine_id=settings.site.engine)
        try:
            yield database
        finally:
            await database.close()


class _EngineRoom:
    """All parts of one running engine."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        journal: Journal,
        kill_points: KillPoints,
        random: Random,
        read_again: Callable[[], Settings] | None,
        on_pages: Callable[[str, bool], None],
    ) -> None:
        self._settings = settings
        self._on_pages = on_pages
        self._service = ServiceManager(os.environ, os.getpid())
        self._stop_asked = asyncio.Event()
        self._recording = recording_of(settings)
        self._database = database
        self._aside = Aside(aside_path(settings.paths.database))
        self._beside = BesideTheCalls(time.monotonic)
        answers = Answers(put=self._deliver, reply=self._reply)
        self._hopper = Hopper(
            database,
            settings.site.engine,
            lambda: attempt_id(clock().utc, random),
            reach=kill_points.reach,
            set_aside=self._not_claimed,
        )
        self._writer = Writer(
            database,
            done=answers.written,
            failed=answers.not_written,
            kept=answers.kept,
            reach=kill_points.reach,
            journal=journal,
            aside=self._aside,
            engine=settings.site.engine,
        )
        self._store = Store(database, self._hopper, self._writer)
        self._link = link_of(settings, self._deliver, random, self._recording)
        # Only an Originate and a Redirect have such a place: `originate.after_send`.
        self._link.written = lambda action: kill_points.reach(f"{action.name.lower()}.after_send")
        self._switch = Performer(self._link)
        self._loop = EngineLoop(engine_of(settings), self._switch, self._store, clock, kill_points)
        if self._recording is not None:
            self._loop.witnesses.append(self._note)
        self._health = Health(self._loop.put, time.monotonic)
        self._orders = OrderRules(lambda: self._reload.settings, lambda: clock().utc)
        self._hotline = Hotline(
            settings,
            clock,
            self._loop.ask,
            self._deliver,
            orders=self._orders_of_callers(random),
            queues=FlowQueues(self._loop.ask, self._last_agent),
        )
        self._reload = Reloader(
            settings,
            self._loop,
            self._service,
            read_again=read_again,
            read_books=self._read_books,
            hotline=self._hotline,
        )
        self._pops = Pops(database, self._pop_policy, lambda: clock().utc)
        self._control = ControlServer(
            settings.paths.socket,
            self._loop,
            self._picture,
            self._reload.by_request,
            self._pops,
            acknowledge=self._acknowledge,
        )
        self._sinks = Sinks(settings, lambda: clock().utc, random)
        self._sinks.listen_to(self._loop, self._pops, self._beside)
        self._loop.on_handled = self._handled
        self._loop.on_ticked = lambda now: self._service.ticked(self._loop.engine, now)
        self._norms = AnswerNorms(
            database, lambda: self._reload.settings.site.zone, lambda: clock().utc
        )
        self._agent_views = picture.AgentViews()
        self._streams = Streams(lambda: clock().utc)
        self._watching = Watching(lambda: alarm_limits(self._reload.settings))
        self._hub = Hub(self._picture, clock, [self._streams, *self._sinks.remote])
        self._loop.on_happened = self._hub.stir

    async def run(self, on_ready: Callable[[EngineLoop], None] | None) -> None:
        """Start in the order of need, run until stopped, end in the reverse order.

        A signal is heeded from the first step to the last: one that comes while the last outcomes
        are written must not end the process over them.
        """
        with self._signals(), at_work(self._recording, self._settings, clock().utc):
            await self._start_and_end(on_ready)
        log.info("engine.stopped")
        self._service.close()

    async def _start_and_end(self, on_ready: Callable[[EngineLoop], None] | None) -> None:
        waiting = self._service.waiting
        if not await awaited(self._make_ready, stopping=self._stop_asked, waiting=waiting):
            return
        agi = FastAgiServer(
            host=self._settings.agi.host,
            port=self._settings.agi.port,
            routes=make_routes(self._loop.ask, self._hotline.desk),
            limits=AGI_LIMITS,
        )
        self._database.watched = self._health.watched
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(self._writer.run())
            watching = tasks.create_task(self._health.run(self._database))
            finishing = tasks.create_task(finish_loads(self._database))
            minding = tasks.create_task(
                mind_orders(self._database, self._orders, lambda: clock().utc)
            )
            comparing = tasks.create_task(mind_answer_norms(self._norms))
            showing = tasks.create_task(self._hub.run())
            hearing = tasks.create_task(
                mind_listeners(
                    Accounts(self._database),
                    self._loop.engine.listening.listeners,
                    self._let_listener_go,
                )
            )
            async with agi, self._control.serving(), self._web(), self._scraped():
                linking = tasks.create_task(self._link.run())
                spare_what_stays()
                log.info("engine.started", pid=os.getpid())
                self._service.ready()
                if on_ready:
                    on_ready(self._loop)
                await self._loop.run()
                linking.cancel()
            self._pops.close()
            self._hotline.close()
            watching.cancel()
            finishing.cancel()
            showing.cancel()
            hearing.cancel()
            minding.cancel()
            comparing.cancel()
            self._service.writing()
            if await write_the_rest(self._writer):
                self._writer.close()
                await writing
            writing.cancel()

    @asynccontextmanager
    async def _web(self) -> AsyncIterator[None]:
        """The pages and the API, where they are wanted.

        Raises:
            ConfigError: they cannot be served there.
        """
        wanted = self._settings.web
        if not wanted.on:
            yield
            return
        # A site without pages need not load what they take.
        from supervisor.web.app import make_app  # noqa: PLC0415
        from supervisor.web.desk.parts import desk_of  # noqa: PLC0415
        from supervisor.web.server import Address, WebServerError, serving  # noqa: PLC0415
        from supervisor.web.site import WebSite  # noqa: PLC0415
        from supervisor.web_address import host_for, page_url  # noqa: PLC0415

        desk = desk_of(
            settings=lambda: self._reload.settings,
            database=self._database,
            loop=self._loop,
            pops=self._pops,
            ring_to_sign_in=self._switch.ring_to_sign_in,
            hang_up=self._hang_up,
            utc_now=lambda: clock().utc,
        )
        ends: list[Callable[[], None]] = [self._streams.stop, desk.desks.close]
        site = WebSite(
            settings=lambda: self._reload.settings,
            database=self._database,
            loop=self._loop,
            hub=self._hub,
            streams=self._streams,
            pops=self._pops,
            utc_now=lambda: clock().utc,
            at_end=ends.append,
            desk=desk,
        )
        has_admin = await Accounts(self._database).has_admin()
        host = host_for(wanted, has_admin=has_admin)
        address = Address(
            host=host,
            port=wanted.port,
            certificate=wanted.certificate,
            key=wanted.key,
            proxies=wanted.proxies,
        )
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(
                    serving(make_app(site), address, partial(_each, ends))
                )
            except WebServerError as error:
                raise ConfigError(str(error)) from error
            if host != wanted.host:
                log.warning("web.loopback_only", wanted=wanted.host, lacks="administrator")
            self._on_pages(page_url(wanted, has_admin=has_admin), host == wanted.host)
            yield

    def _scraped(self) -> AbstractAsyncContextManager[None]:
        return scraped(
            self._settings,
            self._loop,
            self._hub,
            unwritten=lambda: len(self._writer.waiting),
            viewers=lambda: self._streams.viewers,
        )

    async def _hang_up(self, call: str) -> None:
        """An agent ends a call of his own; the engine hears of it from the switch."""
        await self._switch.perform(HangUp(call=call))

    async def _make_ready(self) -> None:
        """The database as the engine needs it, and what it holds of earlier runs."""
        await self._database.upgrade()
        await self._writer.catch_up()
        now = clock().utc
        left = self._aside.not_ended(await self._hopper.recover(now))
        loaded = await self._store.load(now)
        self._loop.put(Unfinished(attempts=left))
        self._loop.put(loaded)

    def _orders_of_callers(self, random: Random) -> FlowOrders:
        return FlowOrders(
            self._database,
            self._orders.site,
            random,
            utc_now=lambda: clock().utc,
            mono=lambda: clock().mono,
        )

    async def _last_agent(self, number: str) -> str:
        """Who talked to a caller last; empty: nobody, or the database is away."""
        e164 = number_reader(self._reload.settings)(number)
        try:
            return await last_agent(self._database, e164) if e164 else ""
        except StoreError:
            return ""

    def _note(self, said: Message | Effect, now: Now) -> None:
        """What the AMI stream lacks goes into its recording as well."""
        assert self._recording is not None  # noqa: S101  tells mypy what `__init__` has seen
        for note in notes_of(said):
            at = now.utc.timestamp()
            self._recording.note(note.name, note.headers, at=at, standing=note.standing)

    async def _let_listener_go(self, phone: str) -> None:
        why = "the right is withdrawn"
        await self._loop.command(
            lambda ref: StopListening(ref=ref, phone=phone, by="waihu", why=why)
        )

    def _handled(self, now: Now) -> None:
        with self._beside.guarded("announcing"):
            changed = self._control.announce(self._loop.engine)
            self._sinks.announce(changed, now)

    def _deliver(self, message: Message) -> None:
        with self._beside.guarded("pops"):
            self._pops.heard(message)
        self._loop.put(message)

    def _pop_policy(self) -> PopPolicy:
        settings = self._reload.settings
        # Read as work orders read theirs: a number of no known range may have some, too.
        country = settings.inbound.country
        return PopPolicy(
            scripts=settings.scripts.texts, read_number=lambda text: caller_e164(text, country)
        )

    def _reply(self, reply: Reply) -> None:
        self._loop.reply(reply)

    def _picture(self, now: Now) -> Snapshot:
        site = self._reload.settings.site
        fault = self._link.fault or ""
        seen = picture.take(
            self._loop.engine,
            now,
            site=site.name,
            zone=site.zone,
            fault=fault,
            set_aside=len(self._aside),
            views=self._agent_views,
            sinks=self._sinks.views,
            norm_of=self._norms.of,
        )
        return self._watching.seen(seen, now.utc)

    async def _acknowledge(self, alarm: str, by: str) -> AlarmView | None:
        """Somebody sees to an alarm: all who watch are told at once, and the ledger is."""
        now = clock().utc
        seen_to = self._watching.acknowledge(alarm, by, now)
        if seen_to is None or seen_to.acknowledged_at != now:
            return seen_to
        log.info("alarm.acknowledged", alarm=alarm, by=by)
        self._hub.stir()
        subject = f"{seen_to.kind} {seen_to.name}".strip()
        level = seen_to.level
        try:
            await note_seen(
                self._database, alarm=alarm, level=level, subject=subject, by=by, now=now
            )
        except StoreError as error:
            log.warning("alarm.not_entered", alarm=alarm, by=by, fault=str(error))
        return seen_to

    async def _read_books(self, settings: Settings) -> None:
        """New calendars may be there: campaigns that keep them are judged by these at once."""
        now = clock().utc
        books = await asyncio.to_thread(load_books, settings, now.date())
        try:
            await Campaigns(self._database).take_books(books, now)
        except StoreError as error:
            self._database.use(books)
            log.warning("books.not_judged_by", fault=str(error))

    def _not_claimed(self, contact: int, fault: str) -> None:
        self._aside.put({"kind": CLAIM, "contact": contact}, fault)

    # ── signals ──────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop_by_signal)
        loop.add_signal_handler(signal.SIGHUP, self._reload.by_signal)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _stop_by_signal(self) -> None:
        """The first signal lets living calls end; the second hangs them up."""
        again = self._loop.engine.stopping
        log.info("engine.stop_asked", again=again)
        self._stop_asked.set()
        self._loop.put(StopEngine(grace_s=0.0) if again else StopEngine())


def _each(ends: Sequence[Callable[[], None]]) -> None:
    for end in ends:
        end()


def spare_what_stays() -> None:
    """What is there by now stays: the collector need not walk through it again and again.

    All calls and claims would wait for it.
    """
    gc.collect()
    gc.freeze()


async def finish_loads(database: Database) -> None:
    """Until cancelled: lists that are shown, whose load died before all of it was carried out."""
    this = asyncio.current_task()
    while True:
        try:
            async with database.reading() as connection:
                are_left = await shown_unfinished(connection)
            if are_left:
                # It brings the table of time zones, which an engine hardly ever needs.
                from store.updating import finish_shown  # noqa: PLC0415

                await finish_shown(database, clock().utc)
        except StoreError as error:
            # A query that is cancelled may end as a fault of the connection, and we would stay.
            if this is not None and this.cancelling():
                return
            log.warning("loads.not_finished", fault=str(error))
        await asyncio.sleep(FINISH_LOADS_EVERY_S)


async def write_the_rest(writer: Writer) -> bool:
    """Before we go, everything is on the disk, or the log says what is not.

    What is in the journal is safe: the next start writes it before anything else. Nobody
    waits for a seat. True: nothing is left.
    """
    give_up_at = clock().mono + WRITE_REST_S
    while writer.waiting:
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_LOOK_S):
                await writer.flush()
        if not writer.at_risk or clock().mono >= give_up_at:
            break
    if writer.in_journal:
        log.warning("writes.left_in_journal", writes=writer.in_journal)
    if writer.at_risk:
        log.error("write.given_up", writes=writer.at_risk)
    return not writer.waiting
