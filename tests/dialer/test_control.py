"""The engine's socket and the clients that mean it harm, or only stop reading."""

from __future__ import annotations

import asyncio
import json
import stat
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from dialer import control, picture
from dialer.agents import OWN_PAUSES, TIMEOUT
from dialer.control import WATCH_EVERY_S, ControlServer
from dialer.effects import StoreEffect, SwitchEffect
from dialer.engine import Engine, EnginePolicy
from dialer.killpoints import KillPoints
from dialer.loop import EngineLoop
from dialer.messages import AgentRecord, Loaded, LoginAgent, Now, StopEngine
from dialer.popping import PopPolicy, Pops
from dialer.switch_events import ActionDone, AgentLoggedIn
from dialer.wire import path_for_socket
from routing.inbound import InboundRoutes
from store.database import Database
from supervisor.snapshot import Snapshot
from supervisor.statistics import Statistics

AGENTS = tuple(
    AgentRecord(agent=str(1001 + n), name="王芳", queues=("waihu-callback",)) for n in range(100)
)
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PATIENCE_S = 5.0


class _Nowhere:
    """A switch and a database that do nothing and say nothing."""

    async def perform(self, _effect: SwitchEffect | StoreEffect, _now: object = None) -> None:
        return None


class Office:
    """An engine with its socket."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "waihu.sock"
        policy = EnginePolicy(slots=("7001",), routes=InboundRoutes(default="waihu-inbound"))
        engine = Engine(policy, Statistics(ZoneInfo("Asia/Shanghai")))
        self.loop = EngineLoop(engine, _Nowhere(), _Nowhere(), self.clock, KillPoints({}))
        self.loop.put(Loaded(campaigns=(), agents=AGENTS))
        self.loop.put(LoginAgent(ask="1", call="phone", agent="1001"))
        self.loop.put(AgentLoggedIn(slot="7001", channel="phone"))
        pops = Pops(
            Database(folder / "none.db"),
            lambda: PopPolicy(scripts={}, read_number=str),
            lambda: MONDAY,
        )
        self.server = ControlServer(self.path, self.loop, self._picture, pops=pops)
        self.pictures = 0

    @staticmethod
    def clock() -> Now:
        return Now(utc=MONDAY, mono=time.monotonic())

    def _picture(self, now: Now) -> Snapshot:
        self.pictures += 1
        return picture.take(self.loop.engine, now, site="", zone="Asia/Shanghai", fault="")

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(path_for_socket(self.path), limit=1 << 20)

    async def code(self, line: bytes | dict[str, str]) -> str:
        """The code that a line, or a request, is answered with."""
        reader, writer = await self.connect()
        if isinstance(line, dict):
            line = json.dumps({"v": 1, "id": "1", **line}).encode()
        writer.write(line + b"\n")
        answer = await asyncio.wait_for(reader.readline(), PATIENCE_S)
        writer.close()
        return str(json.loads(answer)["code"])


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    running = asyncio.create_task(office.loop.run())
    async with office.server.serving():
        yield office
    office.loop.put(StopEngine(grace_s=0.0))
    await asyncio.wait_for(running, 30.0)


async def said_before_it_closed(reader: asyncio.StreamReader) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE_S)
    except ConnectionResetError:
        return b""


async def test_only_the_owner_may_open_the_socket(office: Office) -> None:
    assert stat.S_IMODE(office.path.stat().st_mode) == 0o600


async def test_watchers_who_read_nothing_do_not_hold_the_stop(tmp_path: Path) -> None:
    office = Office(tmp_path)
    running = asyncio.create_task(office.loop.run())
    async with asyncio.timeout(30.0):
        async with office.server.serving():
            asleep = [await office.connect() for _ in range(3)]
            for _reader, writer in asleep:
                # So much is owed to each that no buffer of the system takes it.
                writer.write(b'{"v":1,"id":"1","do":"snapshot"}\n' * 1000)
                writer.write(b'{"v":1,"id":"2","do":"watch"}\n')
            await asyncio.sleep(1.0)
            left_at = time.monotonic()
        assert time.monotonic() - left_at < PATIENCE_S
        office.loop.put(StopEngine(grace_s=0.0))
        await running
        for _reader, writer in asleep:
            writer.close()


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 200_000,
        b"\xff\xfe",
        b"[]",
        b'{"v":1,"do":"stop please"}',
        b'{"v":1,"do":"dispose","agent":"1001","disposition":"success","note":"\\ud800"}',
        b'{"v":1,"do":"dispose","disposition":"success","attempt":"\\udcc4"}',
        b'{"v":1,"do":"dispose","disposition":"success","note":{"a":1}}',
    ],
)
async def test_a_line_that_is_no_request_is_answered_and_harms_nothing(
    office: Office, line: bytes
) -> None:
    assert await office.code(line) == "bad_request"
    assert await office.code({"do": "snapshot"}) == "ok"


async def test_a_line_without_an_end_ends_only_its_own_session(office: Office) -> None:
    reader, writer = await office.connect()
    writer.write(b"x" * (2 << 20))
    assert await said_before_it_closed(reader) == b""
    writer.close()
    assert await office.code({"do": "snapshot"}) == "ok"


async def test_half_a_line_ends_its_session_and_a_silent_client_may_stay(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "LINE_S", 0.1)
    silent_reader, silent = await office.connect()
    reader, writer = await office.connect()
    writer.write(b'{"v":1,"id":"1","do":"snap')
    assert await said_before_it_closed(reader) == b""
    writer.close()
    silent.write(b'{"v":1,"id":"1","do":"snapshot"}\n')
    assert json.loads(await asyncio.wait_for(silent_reader.readline(), PATIENCE_S))["code"] == "ok"
    silent.close()


async def test_a_flood_of_requests_leaves_the_others_their_turn(office: Office) -> None:
    reader, writer = await office.connect()
    writer.write(b'{"v":1,"id":"1","do":"facts","campaign":"none"}\n' * 4000)
    await reader.readline()
    assert await office.code({"do": "pause", "agent": "1001", "reason": "lunch"}) == "ok"
    owed = await asyncio.wait_for(reader.readexactly(1000), PATIENCE_S)
    assert owed.count(b"unknown_campaign") > 10
    writer.close()


async def test_who_falls_behind_the_news_is_sent_away_rather_than_told_with_gaps(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:  # I10
    monkeypatch.setattr(control, "NEWS_KEPT", 200)
    reader, writer = await office.connect()
    writer.write(b'{"v":1,"id":"1","do":"agents"}\n')
    await reader.readline()
    now = office.clock()
    for _ in range(201):
        # Between two announcements the session gets no turn to send what it has.
        office.loop.engine.floor.take_break("1001", "lunch", now)
        office.server.announce(office.loop.engine)
    await said_before_it_closed(reader)
    writer.close()


@pytest.mark.parametrize("reason", sorted(OWN_PAUSES | {TIMEOUT}))
async def test_a_break_is_not_called_as_we_call_a_pause_of_our_own(
    office: Office, reason: str
) -> None:
    """After a restart the queues alone know who is on a break: nobody is put through to a desk
    that is empty because its break was called wrap-up.
    """
    assert await office.code({"do": "pause", "agent": "1001", "reason": reason}) == "bad_request"


@pytest.mark.parametrize("reason", ["lunch\r\nAction: Command", "午餐，休息", "a,b", "", "x" * 41])
async def test_a_break_whose_reason_no_queue_would_take_is_not_confirmed(
    office: Office, reason: str
) -> None:
    assert await office.code({"do": "pause", "agent": "1001", "reason": reason}) == "bad_request"


async def test_a_break_with_a_plain_reason_is_taken(office: Office) -> None:
    office.loop.put(ActionDone(ref="nothing", ok=True))
    assert await office.code({"do": "pause", "agent": "1001", "reason": "午餐"}) == "ok"


async def test_a_time_beside_another_word_than_appointment_is_refused_not_lost(
    office: Office,
) -> None:
    word = {"do": "dispose", "agent": "1001", "disposition": "unsuccessful"}
    when = {"appointment_at": "2026-11-25T15:00:00+08:00"}
    assert await office.code({**word, **when}) == "bad_request"


async def test_a_hundred_watchers_share_their_pictures(office: Office) -> None:
    watching = [await office.connect() for _ in range(100)]
    for _reader, writer in watching:
        writer.write(b'{"v":1,"id":"1","do":"watch"}\n')
    begun = time.monotonic()
    for reader, _writer in watching:
        await asyncio.wait_for(reader.readline(), PATIENCE_S)
    elapsed = time.monotonic() - begun
    assert office.pictures <= 2 + elapsed / (WATCH_EVERY_S / 2)
    for _reader, writer in watching:
        writer.close()


async def test_more_clients_than_there_is_room_for_are_sent_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "MOST_SESSIONS", 2)
    inside = [await office.connect() for _ in range(2)]
    for reader, writer in inside:
        writer.write(b'{"v":1,"id":"1","do":"snapshot"}\n')
        await reader.readline()
    with capture_logs() as logs:
        reader, writer = await office.connect()
        assert await said_before_it_closed(reader) == b""
        writer.close()
    assert [line["event"] for line in logs] == ["control.client_refused"]
    for _reader, writer in inside:
        writer.close()


@pytest.mark.parametrize("do", ["agents", "pops"])
async def test_who_follows_and_leaves_while_there_is_no_news_holds_no_place(
    office: Office, monkeypatch: pytest.MonkeyPatch, do: str
) -> None:
    monkeypatch.setattr(control, "LEFT_AFTER_S", 0.05)
    monkeypatch.setattr(control, "MOST_SESSIONS", 3)
    for _ in range(3):
        _, writer = await office.connect()
        writer.write(json.dumps({"v": 1, "id": "1", "do": do, "agent": "1002"}).encode() + b"\n")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
    await asyncio.sleep(0.5)
    assert await office.code({"do": "snapshot"}) == "ok"
