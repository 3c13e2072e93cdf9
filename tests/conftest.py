"""Real parts for every test that asks: packages are brought, one private Asterisk is started.

Tests that need the real Asterisk carry the mark `asterisk`, by asking for `parts`: with
WAIHU_TEST_ASTERISK=16 and `-m asterisk` they run on the oldest one (`make test-asterisk16`).
"""

import asyncio
import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from asterisk.lab.customers import Pace
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import chosen_bundle, find_asterisk, load_debs
from asterisk.render import PbxFacts, QueueFacts
from routing.skills import Need
from store.database import Database
from tests.own_loop import in_a_loop_of_its_own
from tests.private_postgres import PrivatePostgres

# No event loop is current before the first async test. Otherwise pytest-asyncio and looptime,
# which ask for the current loop, have one made that nobody closes, and the suite's
# warnings-as-errors blame whichever test the garbage collector meets.
asyncio.set_event_loop(None)

# No test asserts a time: machines are shared.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

REPLACED_AT_THE_START = "0" * 12
ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that run on a real Asterisk."""
    for item in items:
        if isinstance(item, pytest.Function) and "parts" in item.fixturenames:
            item.add_marker("asterisk")


@pytest.fixture(scope="session")
def parts() -> Path:
    """The folder of real parts, with Asterisk in it. One that cannot be brought is a failure."""
    folder = ROOT / ".parts"
    load_debs().bring(chosen_bundle(), folder)
    return folder


@pytest.fixture(scope="session")
def main_version(parts: Path) -> int:
    """The main version of the Asterisk under test, as it says itself."""
    words = [*find_asterisk(parts).command, "-V"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return int(said.removeprefix("Asterisk ").partition(".")[0])


@pytest.fixture(scope="session")
def sipp(parts: Path) -> list[str]:
    """The command line that starts sipp."""
    debs = load_debs()
    command: list[str] = debs.command(debs.bring("sipp", parts), "usr/bin/sipp")
    return command


@pytest.fixture(scope="session")
def lab_asterisk(parts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabAsterisk]:
    """One private Asterisk for the whole session.

    At its FastAGI address, 127.0.0.1 and `facts.agi_port`, nobody listens but the test that wants.
    """
    facts = PbxFacts(
        ami_secret=REPLACED_AT_THE_START,
        agi_port=free_port(),
        agi_patience_s=1,
        slots=20,
        queues=tuple(
            QueueFacts(name=name, steps=Need(queue=name).steps)
            for name in ("waihu-inbound", "waihu-callback")
        ),
    )
    run = tmp_path_factory.mktemp("asterisk")
    pace = Pace(ring_s=(0.1, 0.3), talk_s=(0.8, 1.2))
    lab = LabAsterisk(find_asterisk(parts), run, facts, pace=pace)
    in_a_loop_of_its_own(lab.start)
    yield lab
    in_a_loop_of_its_own(lab.stop)


@pytest.fixture(scope="session")
def private_postgres() -> Iterator[PrivatePostgres]:
    """One private PostgreSQL for the whole session, with our tables in its template."""
    with PrivatePostgres() as server:
        with psycopg.connect(server.url, autocommit=True) as admin:
            admin.execute("CREATE DATABASE filled")
        in_a_loop_of_its_own(lambda: _make_tables(_database_of(server, "filled")))
        yield server


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with our tables and nothing in them: to copy takes a tenth of the time."""
    file = tmp_path_factory.mktemp("empty") / "empty.sqlite3"
    in_a_loop_of_its_own(lambda: _make_tables(file))
    return file


async def _make_tables(target: Path | str) -> None:
    async with Database(target) as database:
        await database.upgrade()


def _database_of(server: PrivatePostgres, name: str) -> str:
    return server.url.replace("/postgres?", f"/{name}?")


_SHAPE = b"""
SELECT md5(string_agg(part, ' ' ORDER BY part)) FROM (
  SELECT concat(attrelid::regclass, '.', attname, atttypid) AS part
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  UNION ALL SELECT concat(tgname, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT version_num FROM alembic_version
) AS parts
"""
_EMPTY = b"""
DO $$
DECLARE found text;
BEGIN
  SET LOCAL session_replication_role = replica;  -- no triggers, no foreign keys
  FOR found IN SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    AND tablename <> 'ledger'
  LOOP EXECUTE 'DELETE FROM ' || found; END LOOP;
  DELETE FROM ledger WHERE NOT (chain = 'site' AND seq = 1);  -- the migration's own
  PERFORM setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$
"""


class EmptyDatabases:
    """Databases with our tables and nothing in them: a copy takes ten times as long as emptying.

    One whose tables a test has changed is thrown away.
    """

    def __init__(self, server: PrivatePostgres) -> None:
        self._server = server
        self._free: list[str] = []
        self._names = (f"test{number}" for number in itertools.count())
        with psycopg.connect(_database_of(server, "filled")) as template:
            self._shape = template.execute(_SHAPE).fetchone()

    def take(self) -> str:
        """The name of one, for its user alone."""
        return self._free.pop() if self._free else self._copied()

    def _copied(self) -> str:
        name = next(self._names)
        with psycopg.connect(self._server.url, autocommit=True) as admin:
            # A copy of the files is the quickest way where nothing is synced.
            admin.execute(f"CREATE DATABASE {name} TEMPLATE filled STRATEGY file_copy".encode())
        return name

    def give_back(self, name: str) -> None:
        """Its user is done with it."""
        with psycopg.connect(_database_of(self._server, name)) as left:
            left.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            as_it_was = left.execute(_SHAPE).fetchone() == self._shape
            if as_it_was:
                left.execute(_EMPTY)
        if as_it_was:
            self._free.append(name)
            return
        with psycopg.connect(self._server.url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def empty_databases(private_postgres: PrivatePostgres) -> EmptyDatabases:
    """What `postgres_url` gives one of to each test."""
    return EmptyDatabases(private_postgres)


@pytest.fixture
def postgres_url(
    private_postgres: PrivatePostgres, empty_databases: EmptyDatabases
) -> Iterator[str]:
    """A database with our tables, and nothing in them."""
    name = empty_databases.take()
    yield _database_of(private_postgres, name)
    empty_databases.give_back(name)
