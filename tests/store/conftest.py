"""A real database for each test, on SQLite and on PostgreSQL.

A test that asks for `database_file` is about what only SQLite has (its file, its locks on the
whole of it, its PRAGMAs), and runs there alone.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.database import Database
from tests.store.faults import OF_A_FILE
from tests.store.room import Room


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on both what does not say where it belongs."""
    if "target" in metafunc.fixturenames:
        only_sqlite = "database_file" in metafunc.fixturenames
        kinds = ["sqlite"] if only_sqlite else ["sqlite", "postgresql"]
        metafunc.parametrize("kind", kinds)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the faults of a file where there is none."""
    items[:] = [item for item in items if not _is_impossible(item)]


def _is_impossible(item: pytest.Item) -> bool:
    given = item.callspec.params if hasattr(item, "callspec") else {}
    return given.get("kind") == "postgresql" and given.get("fault") in OF_A_FILE


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "waihu.sqlite3"


@pytest.fixture
def target(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Path | str:
    """Where a database is that has our tables, and nothing in them."""
    if kind == "sqlite":
        empty: Path = request.getfixturevalue("empty_file")
        return shutil.copy(empty, tmp_path / "waihu.sqlite3")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def side_files(tmp_path: Path) -> Path:
    """The path that journal and set-aside lie beside; SQLite's own file, if it is one."""
    return tmp_path / "waihu.sqlite3"


@pytest.fixture
async def room(target: Path | str, side_files: Path) -> AsyncIterator[Room]:
    async with Database(target) as database:
        yield Room(database, beside=side_files)
