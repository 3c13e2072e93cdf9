"""Opening the database, reading it, and writing it one transaction at a time.

Owns: who writes when in this process, the version of the schema, and the errors of the driver
in our words. Must not know any table, nor what is special to a kind of database (`store.sqlite`,
`store.postgres`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, Self

from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.books import NO_BOOKS, Books
from store.errors import (
    SchemaMismatchError,
    SchemaMissingError,
    StoreBusyError,
    StoreConflictError,
)
from store.migrations.run import newest_revision, run_upgrade
from store.postgres import Postgres
from store.sqlite import Sqlite

BUSY_TIMEOUT_S = 10.0
READERS = 4
_BOOKS: Final = "waihu_books"
POSTGRES: Final = ("postgresql", "postgres")


def database_url(target: Path | str) -> URL:
    """The URL of a file, or of a text that is a URL already (`postgresql://waihu@/waihu`)."""
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
        password: of a URL that asks for one; without it PostgreSQL's own ways count (`~/.pgpass`).
        engine_id: who writes, if it is an engine: on PostgreSQL no other one of this name can.

    `watched`: goes around each write transaction, from the wait for it to its commit.
    """

    def __init__(
        self,
        target: Path | str,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        books: Books = NO_BOOKS,
        password: str | None = None,
        engine_id: str | None = None,
    ) -> None:
        url = database_url(target)
        self._busy_timeout_s = busy_timeout_s
        self._books = books
        self._kind: Postgres | Sqlite
        if url.get_backend_name() in POSTGRES:
            self._kind = Postgres(
                url, busy_timeout_s=busy_timeout_s, password=password, engine_id=engine_id
            )
        else:
            self._kind = Sqlite(url, busy_timeout_s=busy_timeout_s)
        self.target = self._kind.target
        self.watched: Callable[[], AbstractContextManager[None]] = nullcontext
        self._writer = self._kind.writer(self._options(pool_size=1))
        self._readers = self._kind.readers(self._options(pool_size=READERS))

    @property
    def path(self) -> Path | None:
        """The SQLite file, if it is one."""
        return self._kind.path

    def _options(self, *, pool_size: int) -> dict[str, Any]:
        return {
            "pool_size": pool_size,
            "max_overflow": 0,
            "pool_timeout": self._busy_timeout_s,
            # A traceback must not hold what a row held: numbers, names, notes (I9).
            "hide_parameters": True,
            "execution_options": {_BOOKS: self._books},
        }

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
                await self._kind.begin(connection, durable=durable)
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

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            raise StoreBusyError(self._busy_timeout_s) from error
        except DBAPIError as error:
            raise self._kind.translated(error) from self._kind.cause(error)
        except (StatementError, OverflowError) as error:
            cause = error.orig if isinstance(error, StatementError) else error
            if not isinstance(cause, OverflowError):
                raise
            # A number or a moment beyond what a column holds: no SQL was sent at all.
            raise StoreConflictError(f"a value cannot be saved: {cause}") from error
        except UnicodeEncodeError:
            # Half a character, as JSON or an argument in another encoding can bring it.
            raise StoreConflictError("a text holds what is no character") from None

    async def upgrade(self) -> None:
        """Create the tables, or bring them to this program's version, in one transaction.

        Raises:
            SchemaMismatchError: the database was made by a newer program.
        """
        found = await self.schema_version() if await self._kind.exists() else None
        await self._kind.prepare()
        async with self.writing() as connection:
            await self._kind.begin_upgrade(connection)
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
        found = await self.schema_version() if await self._kind.exists() else None
        if found is None:
            raise SchemaMissingError(self.target)
        if found != newest_revision():
            raise SchemaMismatchError(self.target, found, newest_revision())

    async def close(self) -> None:
        """Close every connection; their threads would keep the process alive."""
        await self._writer.dispose()
        await self._readers.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
