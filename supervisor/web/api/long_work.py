"""Work that takes long, beside the engine: loading a list, writing an export, a year's report.

Owns: a thread, an event loop and a connection to the database for each, how many there may be,
and their end when the engine stops. Must not know what the work is. The engine's own loop is
never made to wait for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeVar

from config.settings import Settings
from dialer.cli_progress import Told
from dialer.cli_session import opened
from store.database import Database

AT_ONCE: Final = 2
STEP_S: Final = 1.0
"""A step that is under way at the end has so long; then it is broken off, wherever it waits."""
_T = TypeVar("_T")


class TooMuchWorkError(Exception):
    """As many long works as may be are under way; it can be asked for again in a while."""


class EngineStoppingError(Exception):
    """The engine stops, and the work with it; nothing of it is left."""


class LongWork:
    """The threads of one site."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._stopping = threading.Event()
        self._told_to_stop = asyncio.Event()
        self._under_way: dict[asyncio.Task[object], asyncio.AbstractEventLoop] = {}
        self._noting = threading.Lock()

    def close(self) -> None:
        """Let what is under way end at its next step, or soon; who waits for it is told at once.

        A step may wait for the database, or for the load of another process: an engine that stops
        would wait with it.
        """
        self._stopping.set()
        self._told_to_stop.set()
        with self._noting:
            for task, loop in self._under_way.items():
                loop.call_soon_threadsafe(partial(loop.call_later, STEP_S, task.cancel))

    async def run(self, settings: Settings, work: Callable[[Database, Told], Awaitable[_T]]) -> _T:
        """Do it to its end, also where nobody waits for it any more.

        Raises:
            TooMuchWorkError: as many are under way as may be.
            EngineStoppingError: the engine stops.
        """
        if not self._places.acquire(blocking=False):
            raise TooMuchWorkError
        thread = asyncio.ensure_future(asyncio.to_thread(self._in_thread, settings, work))
        # Where nobody waits for it any more it ends by itself, and nobody asks what came of it.
        thread.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        stop = asyncio.ensure_future(self._told_to_stop.wait())
        try:
            await asyncio.wait({thread, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        if not thread.done():
            raise EngineStoppingError
        return thread.result()

    def _in_thread(self, settings: Settings, work: Callable[[Database, Told], Awaitable[_T]]) -> _T:
        try:
            return asyncio.run(self._worked(settings, work))
        finally:
            self._places.release()

    async def _worked(
        self, settings: Settings, work: Callable[[Database, Told], Awaitable[_T]]
    ) -> _T:
        with self._breakable():
            async with opened(settings) as database:
                return await work(database, self._told)

    @contextmanager
    def _breakable(self) -> Iterator[None]:
        """The block may be broken off; it ends as any that the engine's end has stopped."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  it runs in one
        with self._noting:
            self._under_way[task] = asyncio.get_running_loop()
        try:
            self._told(0, None)
            yield
        except asyncio.CancelledError:
            raise EngineStoppingError from None
        finally:
            with self._noting:
                del self._under_way[task]

    def _told(self, _done: int, _of: int | None) -> None:
        if self._stopping.is_set():
            raise EngineStoppingError
