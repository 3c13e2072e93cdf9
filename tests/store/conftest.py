"""A real SQLite file for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.database import Database
from tests.store.room import Room


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "waihu.sqlite3"


@pytest.fixture
async def room(database_file: Path) -> AsyncIterator[Room]:
    async with Database(database_file) as database:
        await database.upgrade()
        yield Room(database)
