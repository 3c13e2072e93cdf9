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

from asterisk.lab.customers import Pace
from asterisk.lab.process import LabAsterisk, free_port
from asterisk.lab.program import chosen_bundle, find_asterisk, load_debs
from asterisk.render import PbxFacts, QueueFacts
from store.database import Database
from tests.own_loop import in_a_loop_of_its_own
from tests.private_postgres import PrivatePostgres

# No event loop is current before the first async test. Otherwise pytest-asyncio and looptime,
# which ask for the current loop, have one made that nobody closes, and the suite's
# warnings-as-errors blame whichever test the garbage collector meets.
asyncio.set_event_loop(None)

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
        queues=(QueueFacts(name="waihu-inbound"), QueueFacts(name="waihu-callback")),
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


async def _make_tables(url: str) -> None:
    async with Database(url) as database:
        await database.upgrade()


def _database_of(server: PrivatePostgres, name: str) -> str:
    return server.url.replace("/postgres?", f"/{name}?")


_names = (f"test{number}" for number in itertools.count())


@pytest.fixture
def postgres_url(private_postgres: PrivatePostgres) -> Iterator[str]:
    """A database with our tables, and nothing in them."""
    name = next(_names)
    with psycopg.connect(private_postgres.url, autocommit=True) as admin:
        # A copy of the files is the quickest way where nothing is synced.
        admin.execute(f"CREATE DATABASE {name} TEMPLATE filled STRATEGY file_copy".encode())
    yield _database_of(private_postgres, name)
    with psycopg.connect(private_postgres.url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
