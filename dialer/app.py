"""The program: its parts started in the order of need, run until told to stop, and ended in order.

Owns: that order, and what a signal does. What the parts are is `dialer.engine_room`'s.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import SystemRandom

import structlog

from config.books import load_books
from config.order_policy import order_policy
from config.settings import Settings
from dialer.clock import utc_now
from dialer.engine_room import EngineRoom
from dialer.killpoints import KillPoints
from dialer.last_writes import write_the_rest
from dialer.loop import EngineLoop
from dialer.messages import StopEngine
from dialer.opening import database_of
from dialer.pages import OnPages
from dialer.parts import at_work
from dialer.unfinished_loads import finish_loads
from store.awaiting import awaited
from store.database import Database
from store.engine_lock import EngineLock
from store.journal import Journal, journal_path

log = structlog.get_logger()

OnReady = Callable[[EngineLoop], None]


async def serve(
    settings: Settings,
    *,
    on_ready: OnReady | None = None,
    read_again: Callable[[], Settings] | None = None,
    on_pages: OnPages = lambda _url, _as_set: None,
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
            room = EngineRoom(
                settings=settings,
                database=database,
                journal=journal,
                kill_points=kill_points,
                random=random,
                read_again=read_again,
            )
            await _Run(room, on_pages).run(on_ready)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    """The database is ours, and so is what lies beside its file: the journal, what is set aside."""
    path, today = settings.paths.database, utc_now().date()
    books = load_books(settings, today)
    # What work orders go by cannot wait for the first one: a fault in it is told at the start.
    order_policy(settings, today)
    path.parent.mkdir(parents=True, exist_ok=True)
    with EngineLock(path) as lock:
        lock.acquire(utc_now())
        database = database_of(settings, books=books, engine_id=settings.site.engine)
        try:
            yield database
        finally:
            await database.close()


class _Run:
    """One run of an engine, from its start to its end."""

    def __init__(self, room: EngineRoom, on_pages: OnPages) -> None:
        self._room = room
        self._on_pages = on_pages
        self._stop_asked = asyncio.Event()

    async def run(self, on_ready: OnReady | None) -> None:
        """Start in the order of need, run until stopped, end in the reverse order.

        A signal is heeded from the first step to the last: one that comes while the last outcomes
        are written must not end the process over them.
        """
        room = self._room
        with self._signals(), at_work(room.recording, room.settings, utc_now()):
            await self._start_and_end(on_ready)
        log.info("engine.stopped")
        room.service.close()

    async def _start_and_end(self, on_ready: OnReady | None) -> None:
        room = self._room
        waiting = room.service.waiting
        if not await awaited(self._make_ready, stopping=self._stop_asked, waiting=waiting):
            return
        agi = room.callers.server()
        room.database.watched = room.health.watched
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(room.kept.writer.run())
            watching = tasks.create_task(room.health.run(room.database))
            finishing = tasks.create_task(finish_loads(room.database))
            minding = tasks.create_task(room.callers.mind_orders())
            comparing = tasks.create_task(room.watchers.mind_norms())
            showing = tasks.create_task(room.watchers.hub.run())
            hearing = tasks.create_task(room.mind_listeners())
            async with agi, room.control.serving(), room.pages(self._on_pages), room.scraped():
                linking = tasks.create_task(room.link.run())
                spare_what_stays()
                log.info("engine.started", pid=os.getpid())
                room.service.ready()
                if on_ready:
                    on_ready(room.loop)
                await room.loop.run()
                linking.cancel()
            room.pops.close()
            room.callers.hotline.close()
            watching.cancel()
            finishing.cancel()
            showing.cancel()
            hearing.cancel()
            minding.cancel()
            comparing.cancel()
            room.service.writing()
            if await write_the_rest(room.kept.writer):
                room.kept.writer.close()
                await writing
            writing.cancel()

    async def _make_ready(self) -> None:
        """The database as the engine needs it, and what it holds of earlier runs."""
        for message in await self._room.kept.make_ready():
            self._room.loop.put(message)

    # ── signals ──────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop_by_signal)
        loop.add_signal_handler(signal.SIGHUP, self._room.reload.by_signal)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _stop_by_signal(self) -> None:
        """The first signal lets living calls end; the second hangs them up."""
        again = self._room.loop.engine.stopping
        log.info("engine.stop_asked", again=again)
        self._stop_asked.set()
        self._room.loop.put(StopEngine(grace_s=0.0) if again else StopEngine())


def spare_what_stays() -> None:
    """What is there by now stays: the collector need not walk through it again and again.

    All calls and claims would wait for it.
    """
    gc.collect()
    gc.freeze()
