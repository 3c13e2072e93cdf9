"""Real faults of a database, each for as long as its block runs."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from store.database import Database

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


@asynccontextmanager
async def full(database: Database) -> AsyncIterator[None]:
    """The file may not grow: what needs another page is refused (SQLITE_FULL)."""
    await _pragma(database, "max_page_count = 1")
    try:
        yield
    finally:
        await _pragma(database, "max_page_count = 1073741823")


@asynccontextmanager
async def read_only(database: Database) -> AsyncIterator[None]:
    """Every write is refused (SQLITE_READONLY), also to root, whom no file's mode stops."""
    await _pragma(database, "query_only = ON")
    try:
        yield
    finally:
        await _pragma(database, "query_only = OFF")


@asynccontextmanager
async def failing_disk(database: Database) -> AsyncIterator[None]:
    """The kernel refuses this process every write beyond the first 128 KiB of a file."""
    assert database.path is not None
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def _pragma(database: Database, pragma: str) -> None:
    """There is one connection that writes; it is set up outside of any transaction."""
    async with database._writer.connect() as connection:  # noqa: SLF001  no other way is public
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute(f"PRAGMA {pragma}")


async def refuse_attempt(file: Path, attempt: str, how: str) -> None:
    """From now on one attempt's row cannot be changed: `how` is what a trigger does instead."""
    async with Database(file) as database, database.writing() as connection:
        await connection.exec_driver_sql(
            f"CREATE TRIGGER never BEFORE UPDATE ON attempt WHEN NEW.id = '{attempt}' "
            f"BEGIN SELECT {how}; END"
        )


async def allow_again(file: Path) -> None:
    """What `refuse_attempt` forbade is allowed."""
    async with Database(file) as database, database.writing() as connection:
        await connection.exec_driver_sql("DROP TRIGGER never")
