"""Opening the database, reading it, and writing it one transaction at a time.

Owns: connections, their settings, who writes when, the version of the schema, and the errors
of the driver in our words. Must not know any table.

SQLite runs in WAL with `synchronous = FULL`: a commit is on the disk before anyone is told
(I6). Writers of one process stand in one line (a pool of one connection); writers of other
processes are waited for in short steps, so that the gap between two import batches is enough
for a claim to get in.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from pathlib import Path
from typing import Any, Self

from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from campaigns.books import NO_BOOKS, Books
from store.errors import (
    Blame,
    SchemaMismatchError,
    SchemaMissingError,
    StoreBusyError,
    StoreConflictError,
    StoreError,
    StoreUnusableError,
)
from store.migrations.run import newest_revision, run_upgrade

BUSY_TIMEOUT_S = 10.0
BUSY_STEP_S = 0.002
BUSY_LONG_S = 1.0
"""Who has waited so long for another process looks ten times less often."""
READERS = 4
MEMORY = ":memory:"
_BOOKS = "waihu_books"

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


def database_url(target: Path | str) -> URL:
    """The URL of a file, or of a text that is a URL already (`sqlite+aiosqlite:///…`)."""
    if isinstance(target, str) and "://" in target:
        return make_url(target)
    return URL.create("sqlite+aiosqlite", database=str(target))


def books_of(connection: AsyncConnection) -> Books:
    """The books to read campaigns with on this connection."""
    books: Books = connection.sync_engine.get_execution_options()[_BOOKS]
    return books


class Database:
    """One database. Nothing is opened before the first use; `close` it, or exit hangs.

    Args:
        target: a file, or a database URL.
        busy_timeout_s: how long a writer waits for writers of other processes.
        books: what the campaigns on file name, for whoever reads them (`books_of`).

    `watched`: goes around each write transaction, from the wait for it to its commit.
    """

    def __init__(
        self,
        target: Path | str,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        books: Books = NO_BOOKS,
    ) -> None:
        self.url = database_url(target)
        self.target = self.url.render_as_string(hide_password=True)
        if self.path is not None:
            self.target = str(self.path)
        self._busy_timeout_s = busy_timeout_s
        self._books = books
        self.watched: Callable[[], AbstractContextManager[None]] = nullcontext
        self._is_durable = True
        # BEGIN IMMEDIATE is tried again by us: SQLite's own waiting grows to steps of 100 ms.
        self._writer = self._engine(pool_size=1, begin="BEGIN IMMEDIATE", busy_timeout_s=0.0)
        self._readers = self._engine(
            pool_size=READERS, begin="BEGIN", busy_timeout_s=busy_timeout_s
        )

    @property
    def path(self) -> Path | None:
        """The SQLite file, if it is one."""
        is_file = self.url.get_backend_name() == "sqlite" and self.url.database
        return Path(str(self.url.database)) if is_file else None

    def _engine(self, *, pool_size: int, begin: str, busy_timeout_s: float) -> AsyncEngine:
        made = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=self._busy_timeout_s,
            # A traceback must not hold what a row held: numbers, names, notes (I9).
            hide_parameters=True,
            execution_options={_BOOKS: self._books},
        )
        if made.dialect.name == "sqlite":
            _set_up_sqlite(made.sync_engine, begin=begin, busy_timeout_s=busy_timeout_s)
        return made

    def use(self, books: Books) -> None:
        """Read campaigns with a new edition of the books from now on."""
        for made in (self._writer, self._readers):
            made.update_execution_options(**{_BOOKS: books})

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A snapshot to read from; it sees one moment of the database.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._in_our_words():
            async with self._readers.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self, *, durable: bool = True) -> AsyncIterator[AsyncConnection]:
        """The one write transaction: committed at the end, or not at all.

        Unless `durable` the commit may be lost with the machine, never torn and never out of
        order: for what is worth nothing before a later, durable commit (a load's batches).

        Raises:
            StoreBusyError: others kept writing for longer than the time-out.
            StoreError: the database refused; nothing was saved.
        """
        with self.watched(), self._in_our_words():
            async with self._writer.connect() as connection:
                await self._wait_for_disk(connection, durable=durable)
                await self._begin(connection)
                yield connection
                await connection.commit()

    @asynccontextmanager
    async def apart(self, connection: AsyncConnection) -> AsyncIterator[None]:
        """A part of a write transaction that fails by itself: the rest of it stays and goes on.

        Raises:
            StoreError: the database refused this part.
        """
        with self._in_our_words():
            async with connection.begin_nested():
                yield

    async def _wait_for_disk(self, connection: AsyncConnection, *, durable: bool) -> None:
        """Set whether the next commit waits for the disk; SQLite's word cannot come later."""
        if connection.dialect.name != "sqlite" or durable is self._is_durable:
            return
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._is_durable = durable

    async def _begin(self, connection: AsyncConnection) -> None:
        """Become the writer, waiting for other processes in short steps."""
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

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            raise StoreBusyError(self._busy_timeout_s) from error
        except IntegrityError as error:
            raise StoreConflictError(str(error.orig)) from error
        except DBAPIError as error:
            raise self._translated(error) from error
        except (StatementError, OverflowError) as error:
            cause = error.orig if isinstance(error, StatementError) else error
            if not isinstance(cause, OverflowError):
                raise
            # A number or a moment beyond what a column holds: no SQL was sent at all.
            raise StoreConflictError(f"a value cannot be saved: {cause}") from error
        except UnicodeEncodeError:
            # Half a character, as JSON or an argument in another encoding can bring it.
            raise StoreConflictError("a text holds what is no character") from None

    def _translated(self, error: DBAPIError) -> StoreError:
        if _is_busy(error):
            return StoreBusyError(self._busy_timeout_s)
        passes = _code(error) in PASSING
        return StoreUnusableError(self.target, str(error.orig), _blame(error), passes=passes)

    async def upgrade(self) -> None:
        """Create the tables, or bring them to this program's version, in one transaction.

        Raises:
            SchemaMismatchError: the database was made by a newer program.
        """
        found = await self.schema_version() if await self._exists() else None
        await asyncio.to_thread(self._make_private)
        async with self.writing() as connection:
            try:
                await connection.run_sync(run_upgrade)
            except LookupError as error:
                raise SchemaMismatchError(
                    self.target, found or "none", newest_revision()
                ) from error

    async def schema_version(self) -> str | None:
        """The revision that the tables are at; None when there are none."""
        async with self.reading() as connection:
            return await connection.run_sync(_current_revision)

    async def check(self) -> None:
        """Make sure that the tables are this program's.

        Raises:
            SchemaMissingError: there are none.
            SchemaMismatchError: they are of another version.
        """
        found = await self.schema_version() if await self._exists() else None
        if found is None:
            raise SchemaMissingError(self.target)
        if found != newest_revision():
            raise SchemaMismatchError(self.target, found, newest_revision())

    async def _exists(self) -> bool:
        """Looking must not create a file: SQLite makes one on the first connection."""
        return self.path is None or await asyncio.to_thread(self.path.exists)

    def _make_private(self) -> None:
        """Lists are for the engine's account alone; SQLite gives its side files the same mode.

        Where no file can be made, SQLite says so a moment later.
        """
        if self.path is not None and str(self.path) != MEMORY:
            with suppress(OSError):
                self.path.touch(mode=0o600)

    async def close(self) -> None:
        """Close every connection; their threads would keep the process alive."""
        await self._writer.dispose()
        await self._readers.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _set_up_sqlite(made: Engine, *, begin: str, busy_timeout_s: float) -> None:
    """Our transactions instead of the driver's, and the settings of each connection."""

    @event.listens_for(made, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {busy_timeout_s * 1000:.0f}")
        cursor.close()

    @event.listens_for(made, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


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
