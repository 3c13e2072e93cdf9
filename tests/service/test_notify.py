"""What a service manager hears of the engine, on a socket of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from asterisk.lab.ports import free_port
from dialer.clock import clock
from dialer.engine import Engine, EnginePolicy
from dialer.killpoints import KillPoints
from dialer.loop import EngineLoop
from dialer.messages import Message, Tick
from dialer.service_manager import ServiceManager
from routing.inbound import InboundRoutes
from supervisor.statistics import Statistics
from tests.cli.conftest import settings_in
from tests.cli.terminal import PROGRAM
from tests.service.unit import Ear

SECOND_USEC = "1000000"
SILENT_FOR_S = 0.8
"""Three times as long as the engine may leave between two signs of life, with such a watchdog."""

AWAY_KNOWN_S = 40.0
"""A busy database is waited for in each try, and so is this."""


@pytest.fixture
async def ear(tmp_path: Path) -> AsyncIterator[Ear]:
    found = Ear(str(tmp_path / "notify"))
    yield found
    found.close()


@pytest.fixture
async def rooms() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as found:
        yield found


@asynccontextmanager
async def engine_told(
    folder: Path, told: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = settings_in(folder, f"[agi]\nport = {free_port()}\n")
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        "run",
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, **environment, **told},
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_from_ready_to_stopping_with_a_sign_of_life_between(ear: Ear, tmp_path: Path) -> None:
    told = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": SECOND_USEC}
    async with engine_told(tmp_path, told) as process:
        heard = await ear.until("READY=1")
        heard += await ear.until("WATCHDOG=1")
        heard += await ear.until("WATCHDOG=1")
        assert "STATUS=no link to Asterisk; 0 calls under way, 0 agents signed in" in heard
        assert "STOPPING=1" not in heard

        process.send_signal(signal.SIGSTOP)
        ear.drain()
        with pytest.raises(TimeoutError):  # a process that hangs gives none
            await ear.hear(SILENT_FOR_S)
        process.send_signal(signal.SIGCONT)
        await ear.until("WATCHDOG=1")

        process.send_signal(signal.SIGHUP)
        reloading = await ear.until("RELOADING=1")
        assert any(word.startswith("MONOTONIC_USEC=") for word in reloading)
        await ear.until("READY=1")

        process.send_signal(signal.SIGTERM)
        last = await ear.until("WATCHDOG_USEC=")
        assert last.count("STOPPING=1") == 1
        assert any(word.startswith("EXTEND_TIMEOUT_USEC=") for word in last)
        assert await process.wait() == 0


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Another program has the database for itself."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


async def test_a_database_that_is_away_at_the_start_is_waited_for(
    ear: Ear, tmp_path: Path, rooms: AsyncExitStack
) -> None:
    told = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": SECOND_USEC}
    with held(tmp_path / "waihu.db"):
        process = await rooms.enter_async_context(engine_told(tmp_path, told))
        heard = await ear.until("EXTEND_TIMEOUT_USEC=", AWAY_KNOWN_S)
        assert any(word.startswith("STATUS=waiting for the database") for word in heard)
        assert "READY=1" not in heard
        assert process.returncode is None
    await ear.until("READY=1", AWAY_KNOWN_S)
    await ear.until("WATCHDOG=1")
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    log = (tmp_path / "waihu.log").read_text("utf-8")
    assert log.count("store.awaited") == 1
    assert log.count("store.came") == 1


async def test_who_waits_for_the_database_can_be_stopped(ear: Ear, tmp_path: Path) -> None:
    told = {"NOTIFY_SOCKET": ear.address}
    with held(tmp_path / "waihu.db"):
        async with engine_told(tmp_path, told) as process:
            await ear.until("EXTEND_TIMEOUT_USEC=", AWAY_KNOWN_S)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(AWAY_KNOWN_S):
                assert await process.wait() == 0


async def test_what_is_no_database_is_not_waited_for(ear: Ear, tmp_path: Path) -> None:
    (tmp_path / "waihu.db").write_bytes(b"name,number\n" * 100)
    async with engine_told(tmp_path, {"NOTIFY_SOCKET": ear.address}) as process:
        async with asyncio.timeout(AWAY_KNOWN_S):
            assert await process.wait() == 1


class _Nowhere:
    async def perform(self, *_: object) -> Message | None:
        return None


async def test_an_event_loop_that_lives_does_not_speak_for_an_engine_that_does_not(
    tmp_path: Path,
) -> None:
    ear = Ear(str(tmp_path / "notify"))
    told = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": SECOND_USEC}
    manager = ServiceManager(told, os.getpid())
    policy = EnginePolicy(slots=("7001",), routes=InboundRoutes(default="waihu-inbound"))
    engine = Engine(policy, Statistics(ZoneInfo("Asia/Shanghai")))
    loop = EngineLoop(engine, _Nowhere(), _Nowhere(), clock, KillPoints({}))
    loop.on_ticked = lambda now: manager.ticked(engine, now)
    running = asyncio.create_task(loop.run())
    await ear.until("WATCHDOG=1")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    ear.drain()
    loop.put(Tick())  # it fills its inbox still, and nobody empties it
    with pytest.raises(TimeoutError):
        await ear.hear(SILENT_FOR_S)
    manager.close()
    ear.close()


@pytest.mark.parametrize(
    ("told", "watched"),
    [
        ({"WATCHDOG_USEC": SECOND_USEC, "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": SECOND_USEC, "WATCHDOG_PID": str(os.getpid())}, True),
        ({"WATCHDOG_USEC": "soon"}, False),
        ({}, False),
    ],
)
async def test_a_watchdog_of_somebody_elses_is_not_fed(
    told: dict[str, str],
    watched: bool,  # noqa: FBT001  what is expected
) -> None:
    ear = Ear(f"@waihu-test-{os.getpid()}-{id(told)}")  # in the abstract namespace
    manager = ServiceManager({"NOTIFY_SOCKET": ear.address, **told}, os.getpid())
    policy = EnginePolicy(slots=("7001",), routes=InboundRoutes(default="waihu-inbound"))
    manager.ticked(Engine(policy, Statistics(ZoneInfo("Asia/Shanghai"))), clock())
    assert ("WATCHDOG=1" in await ear.hear()) is watched
    manager.close()
    ear.close()


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "/no/such/socket"])
def test_a_manager_that_is_not_there_harms_nothing(address: str) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1"}, os.getpid())
    manager.ready()
    manager.writing()
    manager.close()
