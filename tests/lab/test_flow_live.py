"""The example hotline on the real Asterisk: SIP callers press keys (RFC 4733) through it (R9)."""

from __future__ import annotations

import asyncio
import shutil
import sys
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import pytest
from structlog.testing import capture_logs

from agi.flow_call import Means
from agi.flow_desk import FlowDesk, Flows
from agi.flow_lookup import Lookups
from agi.flow_orders import FlowOrders, OrderSite
from agi.flow_speech import Speech
from agi.handlers import make_routes
from agi.server import FastAgiServer
from asterisk.lab.phones import AmiWire
from asterisk.lab.process import LabAsterisk
from campaigns.orders.numbers import draw_number
from campaigns.orders.order import Door, NewOrder, OrderKind, OrderPolicy, Step
from campaigns.orders.states import Act
from config.calendar_file import CalendarShelf
from routing.flow import Flow
from routing.flow_talk import Again, Done, Failed, NoteCallBack
from routing.loader import Surroundings, load_flow
from store.database import Database
from store.work_orders import WorkOrders
from tests.campaigns.test_orders import HOURS
from tests.lab.conftest import Switchboard
from tests.lab.menu_ears import MenuEars
from tests.lab.sip_callers import sip_call
from tests.line.waiting import wait_for

EXAMPLE = Path(__file__).parents[2] / "examples" / "flows" / "hotline.toml"
OFFICE_HOURS = datetime(2026, 11, 23, 2, tzinfo=UTC)
SITE = Surroundings(zone="Asia/Shanghai", calendar=CalendarShelf(None, date(2026, 11, 23)).calendar)
Call = Callable[..., Awaitable[list[dict[str, object]]]]


def example(folder: Path, changes: Mapping[str, str] | None = None) -> Flow:
    """The example, its queues those of the lab; menus wait one second only."""
    text = EXAMPLE.read_text("utf-8").replace('queue = "waihu-sales"', 'queue = "waihu-callback"')
    text = text.replace('do = "menu"', 'do = "menu"\nwait_s = 1')
    for old, new in (changes or {}).items():
        text = text.replace(old, new)
    path = folder / "hotline.toml"
    path.write_text(text, encoding="utf-8")
    return load_flow(path, SITE)


class Hotline:
    """A desk without an engine: `now` is what it takes the time for, `wishes` the call-backs."""

    def __init__(
        self,
        folder: Path,
        flow: Flow,
        speech: tuple[str, ...] = (),
        orders: FlowOrders | None = None,
    ) -> None:
        self.now = OFFICE_HOURS
        self.wishes: list[str] = []
        self.hangs = False
        self.lookups = Lookups()
        means = Means(
            lookups=self.lookups,
            voice=Speech(speech, folder / "speech"),
            keep_place=self._note,
            note_answer=lambda _said: None,
            utc_now=lambda: self.now,
            mono=monotonic,
            orders=orders,
        )
        self.desk = FlowDesk(means, Flows(default=flow))

    async def _note(self, _call: str, wish: NoteCallBack) -> Done | Again | Failed:
        if self.hangs:
            await asyncio.sleep(60)
        self.wishes.append(wish.number)
        return Done()

    @asynccontextmanager
    async def serving(self, lab: LabAsterisk) -> AsyncIterator[FastAgiServer]:
        async def nobody(_question: object) -> dict[str, str]:
            return {}

        facts = lab.facts
        routes = make_routes(nobody, self.desk)
        async with FastAgiServer(host=facts.agi_host, port=facts.agi_port, routes=routes) as server:
            yield server
        self.lookups.close()


@pytest.fixture
async def hotline(lab_asterisk: LabAsterisk, tmp_path: Path) -> AsyncIterator[Hotline]:
    made = Hotline(tmp_path, example(tmp_path))
    async with made.serving(lab_asterisk):
        yield made


@pytest.fixture
def call(sipp: list[str], lab_asterisk: LabAsterisk, tmp_path: Path) -> Call:
    """Several calls at once, by their keys; what the log says of their flows."""

    async def made(
        *calls: tuple[str, ...], callers: tuple[str, ...] = (), **more: Any
    ) -> list[dict[str, object]]:
        who = callers or ("13900000002",) * len(calls)
        with capture_logs() as logs:
            async with asyncio.TaskGroup() as people:
                for keys, caller in zip(calls, who, strict=True):
                    calling = sip_call(sipp, tmp_path, lab_asterisk, keys, caller=caller, **more)
                    people.create_task(calling)
            await asyncio.sleep(0.1)
        return [one for one in logs if str(one["event"]).startswith("flow.")]

    return made


def left_at(logs: list[dict[str, object]]) -> list[object]:
    """Where the flow was left. The oldest Asterisk comes without voicemail: then it is good-bye."""
    steps = [one["step"] for one in logs if one["event"] == "flow.left"]
    return [step for step in steps if step != "bye"]


def left_first(logs: list[dict[str, object]], call: str | None) -> object:
    """Where a call left its flow first, if it has."""
    left = (one["step"] for one in logs if one["event"] == "flow.left" and one["call"] == call)
    return next(left, None)


@asynccontextmanager
async def orders(answers: Mapping[str, str]) -> AsyncIterator[int]:
    """A customer's own system: JSON by path; a path that is not there hangs, "" is a 404."""

    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        body = answers.get(path.partition("?")[0])
        if body is None:
            await reader.read()  # until the other side has had enough
        status = "200 OK" if body else "404 Not Found"
        length = len(body or "")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}".encode())
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*(task for task in serving if task is not None))


PROMISED, OWN, NOBODYS = (draw_number(Random(nth)) for nth in (1, 2, 3))
RULES = OrderSite(
    policy=OrderPolicy(hours=HOURS, kinds={"repair": OrderKind()}, group="service"), country="CN"
)


async def opened(database: Database, number: str, caller: str) -> WorkOrders:
    """A work order of that number, for a caller."""
    orders = WorkOrders(database, RULES.policy)
    new = NewOrder(kind="repair", opened_by=Door.IVR, who="hotline", e164=caller)
    seed = {PROMISED: 1, OWN: 2}[number]
    assert (await orders.open(new, Random(seed), OFFICE_HOURS)).number == number
    return orders


@pytest.fixture
async def on_file(empty_file: Path, tmp_path: Path) -> AsyncIterator[FlowOrders]:
    """Two work orders: one of the usual caller's, and one that is promised to another."""

    async def rules() -> OrderSite:
        return RULES

    async with Database(Path(shutil.copy(empty_file, tmp_path / "waihu.db"))) as database:
        await opened(database, OWN, "+8613900000002")
        orders = await opened(database, PROMISED, "+8613800138000")
        promise = Step(act=Act.PROMISE, who="1001", promised_at=OFFICE_HOURS + timedelta(days=1))
        await orders.act(PROMISED, promise, OFFICE_HOURS)
        yield FlowOrders(database, rules, Random(4), utc_now=lambda: OFFICE_HOURS, mono=monotonic)


BRANCHES: Mapping[tuple[str, ...], str] = {
    ("1", "1"): "questions",
    ("1", "3"): "call-back",  # complaints, and nobody is logged in
    ("1", "0"): "desk",
    ("2", "1"): "questions",
    ("2", "2"): "voicemail",  # repairs, and nobody is logged in
    ("2", "5"): "questions",  # new services, and nobody is logged in
    ("2", "*", "1"): "questions",
    ("9", "1", "1"): "questions",
    ("1", "4", "0"): "desk",  # the caller's own is told, and then a person is asked for
    ("2", "4", "2", f"{PROMISED}#", "0"): "desk",  # another's, whose number is known
    # Too short; then not found, and back in the menu.
    ("1", "4", "2", "12#", f"{NOBODYS}#", "0"): "desk",
}


@pytest.fixture
def heard_caller(
    sipp: list[str], lab_asterisk: LabAsterisk, lab_wire: AmiWire, ears: MenuEars, tmp_path: Path
) -> Callable[..., Awaitable[object]]:
    """Somebody who presses each key when it is heard: the step at which the flow leaves them."""

    async def left_at(keys: Sequence[str], logs: list[dict[str, object]]) -> object:
        name = f"presses {' '.join(keys)}"

        async def look() -> object:
            return left_first(logs, ears.calls.get(name))

        more: dict[str, Any] = {"name": name, "is_heard": ears.of(name), "stay_ms": 25_000}
        async with asyncio.TaskGroup() as both:
            both.create_task(sip_call(sipp, tmp_path, lab_asterisk, keys, **more))
            step = await wait_for(look, within_s=30.0, what=f"the end of a flow that {name}")
            lab_wire.send({"Action": "Hangup", "Channel": ears.channels[name]})
        return step

    return left_at


async def test_every_branch_is_reached_in_both_languages_by_keys(
    heard_caller: Callable[..., Awaitable[object]],
    lab_asterisk: LabAsterisk,
    tmp_path: Path,
    on_file: FlowOrders,
) -> None:
    patient = example(tmp_path, {'do = "menu"\nwait_s = 1': 'do = "menu"\nwait_s = 10'})
    hotline = Hotline(tmp_path, patient, orders=on_file)
    reached: list[object] = []
    with capture_logs() as logs:
        async with hotline.serving(lab_asterisk):
            ways = tuple(BRANCHES)
            for n in range(0, len(ways), 4):
                few = (heard_caller(keys, logs) for keys in ways[n : n + 4])
                reached += await asyncio.gather(*few)

    # A call-back ends in a good-bye: the flow is left after it, not in it.
    ends = ["will-call" if to == "call-back" else to for to in BRANCHES.values()]
    assert dict(zip(BRANCHES, reached, strict=True)) == dict(zip(BRANCHES, ends, strict=True))
    assert hotline.wishes == ["13900000002"]


async def test_who_waited_in_vain_comes_back_into_the_flow_as_it_was_when_the_call_began(
    call: Call, lab_asterisk: LabAsterisk, tmp_path: Path
) -> None:
    short = example(tmp_path, {"wait_s = 300": "wait_s = 1"})
    hotline = Hotline(tmp_path, short)
    async with hotline.serving(lab_asterisk):
        calling = asyncio.create_task(call(("1", "1", " ", " ", " ", " ", "2"), stay_ms=1_000))
        await asyncio.sleep(2)
        hotline.desk.flows = Flows(default=None)
        logs = await calling
    assert left_at(logs) == ["questions", "will-call"]
    assert hotline.wishes == ["13900000002"]


async def test_a_caller_who_hangs_up_leaves_nothing_behind(hotline: Hotline, call: Call) -> None:
    logs = await call(("1",), stay_ms=0)
    assert [one["given"] for one in logs if one["event"] == "flow.left"] == [False]
    assert hotline.desk.waiting == 0


async def test_when_we_die_amid_the_flow_the_dialplan_queues_the_caller(
    call: Call, lab_asterisk: LabAsterisk, tmp_path: Path, board: Switchboard
) -> None:
    hotline = Hotline(tmp_path, example(tmp_path))
    async with hotline.serving(lab_asterisk) as server:
        calling = asyncio.create_task(call(("1",), stay_ms=1_500))
        await asyncio.sleep(1.2)
        assert server.counts().open == 1
        await server.stop(drain_s=0)
        await calling
    assert (await board.event("QueueCallerJoin"))["Queue"] == "waihu-inbound"


async def test_when_we_hang_amid_the_flow_the_dialplan_takes_the_caller_back(
    call: Call,
    lab_asterisk: LabAsterisk,
    tmp_path: Path,
    board: Switchboard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agi.flow_call.PATIENCE_S", 1)
    monkeypatch.setattr("agi.flow_call.ONE_SAYING_S", 1)
    flow = example(tmp_path)
    hotline = Hotline(tmp_path, replace(flow, start="call-back"))
    hotline.hangs = True
    async with hotline.serving(lab_asterisk) as server:
        await call((), stay_ms=3_500)
        await server.stop(drain_s=0)
    assert (await board.event("QueueCallerJoin"))["Queue"] == "waihu-inbound"


def spoken_by(folder: Path) -> tuple[str, ...]:
    """A program that speaks: 0.2 s of a tone at 22,050 Hz, as espeak-ng would give."""
    program = folder / "speak.py"
    program.write_text(
        "import sys, wave\n"
        "file = wave.open(sys.argv[1], 'wb')\n"
        "file.setparams((1, 2, 22050, 0, 'NONE', ''))\n"
        "file.writeframes(b'\\x00\\x20\\x00\\xe0' * 2205)\n"
    )
    return (sys.executable, str(program), "{file}", "{language}", "{text}")


async def test_texts_are_spoken_and_what_is_missing_is_said_in_the_log_and_passed_over(
    call: Call, lab_asterisk: LabAsterisk, tmp_path: Path
) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(
        'start = "a"\nrescue = "b"\nlanguages = ["en"]\n[step.a]\ndo = "play"\nsay = ['
        '"no/such", { text = "hello" }, { digits = "{number}" }, { number = "{number}" }, '
        '{ date = "{number}" }, "hello-world"]\nnext = "b"\n'
        '[step.b]\ndo = "hangup"\n',
        encoding="utf-8",
    )
    hotline = Hotline(tmp_path, load_flow(path, SITE), spoken_by(tmp_path))
    async with hotline.serving(lab_asterisk):
        logs = await call((), callers=("12",), stay_ms=5_500)
    assert [one.get("sound") for one in logs if one["event"] == "flow.sound_missing"] == ["no/such"]
    passed = [one["what"] for one in logs if one["event"] == "flow.saying_passed_over"]
    assert passed == ["date"]
    assert left_at(logs) == ["b"]
    (sound,) = (tmp_path / "speech").glob("*.wav")
    with wave.open(str(sound)) as file:
        assert (file.getframerate(), file.getnframes()) == (8_000, 1_600)
