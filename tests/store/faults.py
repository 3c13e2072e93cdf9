"""Real faults of a database, each for as long as its block runs."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from psycopg import AsyncConnection

from store.database import Database
from store.schema import metadata

ABORT = "RAISE(ABORT, 'no')"
HOLDER = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN " + sys.argv[2])
print("locked", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def locked(database: Database, how: str = "IMMEDIATE") -> AsyncIterator[None]:
    """Another process has the database for itself; it lets go when it is told to, or dies."""
    if database.path is None:
        async with _tables_locked(database):
            yield
        return
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", HOLDER, str(database.path), how),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert await holder.stdout.readline() == b"locked\n"
    try:
        yield
    finally:
        holder.stdin.close()
        await holder.wait()


def locked_exclusively(database: Database) -> AbstractAsyncContextManager[None]:
    """The same as SQLite knows it once more."""
    return locked(database, "EXCLUSIVE")


@asynccontextmanager
async def _tables_locked(database: Database) -> AsyncIterator[None]:
    tables = ", ".join(f'"{name}"' for name in metadata.tables)
    async with await AsyncConnection.connect(database.target) as holder:
        await holder.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE".encode())
        yield


@asynccontextmanager
async def full(database: Database) -> AsyncIterator[None]:
    """The file may not grow: what needs another page is refused (SQLITE_FULL)."""
    await _set(database, "max_page_count = 1")
    try:
        yield
    finally:
        await _set(database, "max_page_count = 1073741823")


@asynccontextmanager
async def read_only(database: Database) -> AsyncIterator[None]:
    """Every write is refused, also to root and to a superuser, whom no right stops."""
    on, off = ("query_only = ON", "query_only = OFF")
    if database.path is None:
        on, off = (f"default_transaction_read_only = {word}" for word in ("on", "off"))
    await _set(database, on)
    try:
        yield
    finally:
        await _set(database, off)


@asynccontextmanager
async def failing_disk(database: Database) -> AsyncIterator[None]:
    """The kernel refuses this process every write beyond the first 128 KiB of a file.

    The next write of the database is one: its log is made as long before.
    """
    assert database.path is not None
    for statement in ("CREATE TABLE ballast AS SELECT zeroblob(1 << 18)", "DROP TABLE ballast"):
        async with database.writing() as connection:
            await connection.exec_driver_sql(statement)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def _set(database: Database, setting: str) -> None:
    """There is one connection that writes; it is set up outside of any transaction."""
    async with database._writer.connect() as connection:  # noqa: SLF001  no other way is public
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        if database.path is not None:
            await raw.execute(f"PRAGMA {setting}")
            return
        await raw.execute(f"SET {setting}")
        await raw.commit()


async def refuse(database: Database, what: str, when: str = "TRUE", how: str = ABORT) -> None:
    """From now on `what` (`UPDATE ON attempt`) is refused to the rows that `when` speaks of.

    `how`: what SQLite's trigger does instead; PostgreSQL's knows one way.
    """
    async with database.writing() as connection:
        if database.path is not None:
            await connection.exec_driver_sql(
                f"CREATE TRIGGER never BEFORE {what} WHEN {when} BEGIN SELECT {how}; END"
            )
            return
        await connection.exec_driver_sql(
            "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no'; END $$"
        )
        await connection.exec_driver_sql(
            f"CREATE TRIGGER never BEFORE {what} FOR EACH ROW WHEN ({when}) "
            "EXECUTE FUNCTION never()"
        )


async def allow_again(database: Database) -> None:
    """What `refuse` forbade is allowed."""
    async with database.writing() as connection:
        if database.path is not None:
            await connection.exec_driver_sql("DROP TRIGGER never")
        else:
            await connection.exec_driver_sql("DROP FUNCTION never CASCADE")


OF_A_FILE = (locked_exclusively, full, failing_disk)
"""Faults that there are only where the database is a file of this process."""
