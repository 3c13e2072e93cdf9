"""Opening, versions, locks and the moments that a database may hold."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import StatementError

from store import schema
from store.database import Database
from store.engine_lock import EngineLock
from store.errors import (
    EngineRunningError,
    SchemaMismatchError,
    SchemaMissingError,
    StoreBusyError,
    StoreConflictError,
    StoreUnusableError,
)
from tests.store.room import MONDAY_9, Room
from tests.store.tables import differences

HOLD_THE_LOCK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from store.engine_lock import EngineLock
EngineLock(Path(sys.argv[1])).acquire(datetime(2026, 11, 23, tzinfo=UTC))
print("held", flush=True)
sys.stdin.read()
"""


def _files_beside(file: Path) -> list[Path]:
    return list(file.parent.iterdir())


async def test_the_migrations_make_exactly_the_tables_of_the_schema(room: Room) -> None:
    async with room.database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_an_upgrade_of_a_new_database_changes_nothing(room: Room) -> None:
    await room.database.check()

    await room.database.upgrade()

    await room.database.check()


async def test_looking_at_a_database_that_is_not_there_makes_none(database_file: Path) -> None:
    async with Database(database_file) as database:
        with pytest.raises(SchemaMissingError):
            await database.check()
    assert _files_beside(database_file) == []


async def test_a_database_of_a_newer_program_is_refused_by_name(room: Room) -> None:
    async with room.database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaMismatchError, match="schema 9999"):
        await room.database.check()
    with pytest.raises(SchemaMismatchError, match="schema 9999"):
        await room.database.upgrade()


@pytest.fixture
def list_file(database_file: Path) -> Path:
    database_file.write_bytes(b"name,number\n" * 100)
    return database_file


async def test_a_file_that_is_no_database_is_said_to_be_none(list_file: Path) -> None:
    async with Database(list_file) as database:
        with pytest.raises(StoreUnusableError, match="not a database"):
            await database.upgrade()


async def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    async with Database(tmp_path / "nowhere" / "waihu.sqlite3") as database:
        with pytest.raises(StoreUnusableError, match="unable to open"):
            await database.upgrade()


async def test_a_writer_that_waits_too_long_says_that_the_database_is_busy(
    room: Room, database_file: Path
) -> None:
    impatient = Database(database_file, busy_timeout_s=0.05)
    async with impatient, room.database.writing():
        with pytest.raises(StoreBusyError):
            await impatient.upgrade()


async def test_a_transaction_that_fails_leaves_nothing_behind(room: Room) -> None:
    async def fail_half_way() -> None:
        async with room.database.writing() as connection:
            await connection.execute(insert(schema.engine).values(id="e", started_at=MONDAY_9))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await fail_half_way()

    async with room.database.reading() as connection:
        assert list(await connection.execute(select(schema.engine))) == []


@pytest.mark.usefixtures("database_file")
async def test_sqlites_commits_are_on_the_disk_and_foreign_keys_hold(room: Room) -> None:  # I6
    async with room.database.writing() as connection:
        found = {
            name: await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_a_moment_without_a_zone_is_refused_at_the_border(room: Room) -> None:
    async def write_naive() -> None:
        async with room.database.writing() as connection:
            naive = datetime(2026, 11, 23)  # noqa: DTZ001 - the mistake itself
            await connection.execute(insert(schema.engine).values(id="e", started_at=naive))

    with pytest.raises(StatementError, match="without a zone"):
        await write_naive()


async def test_moments_come_back_in_utc_and_sort_by_time(room: Room) -> None:
    shanghai = timezone(timedelta(hours=8))
    moments = [MONDAY_9.astimezone(shanghai), MONDAY_9 + timedelta(microseconds=1)]
    async with room.database.writing() as connection:
        for index, moment in enumerate(moments):
            await connection.execute(
                insert(schema.engine).values(id=f"e{index}", started_at=moment)
            )

    async with room.database.reading() as connection:
        query = select(schema.engine.c.started_at).order_by(schema.engine.c.started_at.desc())
        found = list(await connection.scalars(query))

    assert found == [moments[1], MONDAY_9]
    assert all(moment.tzinfo is UTC for moment in found)


def test_a_second_engine_is_refused_with_the_holder_named(database_file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(database_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(EngineRunningError, match=f"pid {holder.pid} on ") as refused:
            EngineLock(database_file).acquire(MONDAY_9)
        assert "since 2026-11-23" in refused.value.holder
        holder.kill()
        holder.wait()

    # The kernel gives the lock back, however the holder died.
    with EngineLock(database_file) as lock:
        lock.acquire(MONDAY_9)
        assert f"pid {os.getpid()}" in lock.path.read_text()


async def test_the_file_is_plain_sqlite_that_other_tools_can_read(
    room: Room, database_file: Path
) -> None:
    await room.running_campaign(3)
    with sqlite3.connect(database_file) as plain:
        assert plain.execute("SELECT count(*) FROM contact").fetchone() == (3,)
    plain.close()


@pytest.mark.parametrize("side", ["", "-wal", "-shm"])
async def test_a_new_database_is_for_its_owner_alone(  # I9, R25
    room: Room, database_file: Path, side: str
) -> None:
    async with room.database.writing() as connection:
        await connection.execute(text("UPDATE campaign SET name = name"))
    file = database_file.with_name(database_file.name + side)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_half_a_character_is_refused_in_our_words_and_is_not_repeated(room: Room) -> None:
    with pytest.raises(StoreConflictError) as refused:
        async with room.database.writing() as connection:
            await connection.execute(text("UPDATE campaign SET name = :name"), {"name": "张\udcc4"})
    assert "张" not in str(refused.value)


async def test_what_a_row_held_is_in_no_error(room: Room) -> None:  # I9
    phone = "+86138" + "00138000"
    with pytest.raises(StoreUnusableError) as refused:
        async with room.database.reading() as connection:
            await connection.execute(text("SELECT nothing + :phone"), {"phone": phone})
    assert phone not in "".join(traceback.format_exception(refused.value))


def test_an_engine_that_comes_over_a_link_finds_the_same_lock(tmp_path: Path) -> None:
    real, link = tmp_path / "waihu.sqlite3", tmp_path / "elsewhere" / "link.sqlite3"
    link.parent.mkdir()
    link.symlink_to(real)
    with EngineLock(real) as first, EngineLock(link) as second:
        first.acquire(MONDAY_9)
        with pytest.raises(EngineRunningError):
            second.acquire(MONDAY_9)
