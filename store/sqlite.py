"""SQLite: our transactions instead of the driver's, and its refusals in our words.

Owns: the settings of a connection, who waits for whom, and what SQLite's codes mean. Must not
know any table.

SQLite runs in WAL with `synchronous = FULL`: a commit is on the disk before anyone is told
(I6). Writers of one process stand in one line (a pool of one connection); writers of other
processes are waited for in short steps, so that the gap between two import batches is enough
for a claim to get in.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from store.errors import Blame, StoreBusyError, StoreConflictError, StoreError, StoreUnusableError

BUSY_STEP_S = 0.002
BUSY_LONG_S = 1.0
"""Who has waited so long for another process looks ten times less often."""
SET_UP_TIMEOUT_S = 10.0
MEMORY = ":memory:"
_DURABLE = "waihu_durable"

OF_THE_ROW = frozenset(
    {
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_RANGE,
    }
)
"""Not SQLITE_ERROR: a column or table that is not there any more is missed by every row."""

PASSING = frozenset(
    {
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
    }
)
"""What a file that is whole and ours may say for a while; a start waits for it to be over."""

UNSURE = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_INTERNAL})


class Sqlite:
    """One SQLite file. `busy_timeout_s`: how long writers of other processes are waited for."""

    def __init__(self, url: URL, *, busy_timeout_s: float) -> None:
        self._url = url
        self._busy_timeout_s = busy_timeout_s
        self.path = Path(str(url.database)) if url.database else None
        self.target = str(self.path) if self.path else url.render_as_string()

    def writer(self, options: dict[str, Any]) -> AsyncEngine:
        """The one connection that writes."""
        # BEGIN IMMEDIATE is tried again by us: SQLite's own waiting grows to steps of 100 ms.
        return self._made(options, begin="BEGIN IMMEDIATE", busy_timeout_s=0.0)

    def readers(self, options: dict[str, Any]) -> AsyncEngine:
        """Those that read."""
        return self._made(options, begin="BEGIN", busy_timeout_s=self._busy_timeout_s)

    def _made(self, options: dict[str, Any], *, begin: str, busy_timeout_s: float) -> AsyncEngine:
        made = create_async_engine(self._url, **options)
        _set_up(made.sync_engine, begin=begin, busy_timeout_s=busy_timeout_s)
        return made

    async def begin(self, connection: AsyncConnection, *, durable: bool) -> None:
        """Become the writer, waiting for other processes in short steps."""
        await self._wait_for_disk(connection, durable=durable)
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        while True:
            try:
                await connection.begin()
            except OperationalError as error:
                waited_s = loop.time() - began_at
                if not _is_busy(error) or waited_s >= self._busy_timeout_s:
                    raise
                await asyncio.sleep(BUSY_STEP_S * (10 if waited_s > BUSY_LONG_S else 1))
            else:
                return

    async def _wait_for_disk(self, connection: AsyncConnection, *, durable: bool) -> None:
        """Say whether the commit is to wait for the disk; within the transaction it is too late."""
        raw = await connection.get_raw_connection()
        if raw.info.get(_DURABLE, True) is not durable:
            driver: Any = raw.driver_connection
            await driver.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            raw.info[_DURABLE] = durable

    async def begin_upgrade(self, connection: AsyncConnection) -> None:
        """Nothing more: who writes is alone."""

    def translated(self, error: DBAPIError) -> StoreError:
        """What SQLite says, in our words."""
        if isinstance(error, IntegrityError):
            return StoreConflictError(str(error.orig))
        if _is_busy(error):
            return StoreBusyError(self._busy_timeout_s)
        passes = _code(error) in PASSING
        return StoreUnusableError(self.target, str(error.orig), _blame(error), passes=passes)

    def cause(self, error: DBAPIError) -> DBAPIError:
        """What may stand under it in a log: SQLite quotes no row."""
        return error

    async def exists(self) -> bool:
        """Looking must not create a file: SQLite makes one on the first connection."""
        return self.path is None or await asyncio.to_thread(self.path.exists)

    async def prepare(self) -> None:
        """Lists are for the engine's account alone; SQLite gives its side files the same mode.

        Where no file can be made, SQLite says so a moment later.
        """
        if self.path is not None and str(self.path) != MEMORY:
            with suppress(OSError):
                await asyncio.to_thread(self.path.touch, mode=0o600)


def _set_up(made: Engine, *, begin: str, busy_timeout_s: float) -> None:
    """Our transactions instead of the driver's, and the settings of each connection."""

    @event.listens_for(made, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {SET_UP_TIMEOUT_S * 1000:.0f}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {busy_timeout_s * 1000:.0f}")
        cursor.close()

    @event.listens_for(made, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _is_busy(error: DBAPIError) -> bool:
    return _code(error) == sqlite3.SQLITE_BUSY


def _blame(error: DBAPIError) -> Blame:
    if isinstance(error, DataError) or _code(error) in OF_THE_ROW:
        return Blame.ROW
    return Blame.UNSURE if _code(error) in UNSURE else Blame.DATABASE


def _code(error: DBAPIError) -> int | None:
    """SQLite's own code. Extended ones (BUSY_SNAPSHOT, say) carry it in their lowest byte."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF
