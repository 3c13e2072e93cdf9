"""Every way out of every kind of step, on a real Asterisk, all calls at once (R9).

The example hotline is walked through in Chinese and in English; a flow beside it has what it lacks.

The walks are found in the flow's file: who calls and when, which keys, what a lookup, a queue, a
mailbox brings. Each has a desk of its own behind one server, and so a time of its own; beside them
are callers who hang up at each step, and those whose number is none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from json import dumps
from pathlib import Path
from typing import get_args

import pytest
from structlog.testing import capture_logs

from agi.flow_orders import FlowOrders
from agi.handlers import make_routes
from agi.server import FastAgiServer
from agi.session import Handler, Session
from agi.wire import Request
from asterisk.lab.customers import Behaviour, Mix, Pace
from asterisk.lab.phones import AmiWire
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import find_asterisk
from asterisk.render import PbxFacts, QueueFacts
from routing.flow import (
    Collect,
    Enqueue,
    Flow,
    HangUp,
    Menu,
    Step,
    Survey,
    Transfer,
    Voicemail,
)
from routing.flow import ways as ways_of
from routing.flow_run import begin, step
from routing.flow_talk import (
    Again,
    AskOrder,
    Began,
    CameBack,
    Done,
    Failed,
    Fetch,
    Found,
    Listen,
    NoteCallBack,
    NotFound,
    OpenOrder,
    Pressed,
    Return,
    ToExtension,
    ToQueue,
    ToVoicemail,
)
from routing.loader import load_flow
from tests.lab.agi_tap import agi_tap
from tests.lab.flow_walks import Answered, Came, Walk, typed, walks
from tests.lab.sip_phone import SipCall, SipLine, sip_line
from tests.lab.test_flow_live import EXAMPLE, SITE, Hotline, orders
from tests.own_loop import in_a_loop_of_its_own

ANSWERS, PAUSED, EMPTY = "waihu-answers", "waihu-paused", "waihu-empty"
QUEUES = ("waihu-inbound", ANSWERS, PAUSED, EMPTY)
AGENTS = 20
MENU_S = 0.8
WITHIN_S = 60.0
LONGEST = 30
FIRST = 4_000_000_000
OTHERS = """
start = "which"
rescue = "desk"
languages = ["en"]
[step.which]
do = "menu"
say = []
[step.which.keys]
1 = "ring"
2 = "born"
3 = "mine"
4 = "open"
5 = "back"
6 = "desk"
7 = "look"
8 = "bill"
[step.ring]
do = "transfer"
extension = "200"
context = "internal"
ring_s = 2
failed = "desk"
[step.born]
do = "collect"
say = []
into = "born"
date = "YYYYMMDD"
next = "desk"
[step.mine]
do = "order"
next = "told"
missing = "open"
failed = "desk"
[step.told]
do = "play"
say = { digits = "{order_number}" }
next = "desk"
[step.look]
do = "look"
queue = "waihu-inbound"
next = "desk"
[step.bill]
do = "collect"
say = []
into = "bill"
digits = [6, 12]
next = "find"
nothing = "desk"
[step.find]
do = "lookup"
url = "http://127.0.0.1:8099/bills/{bill}?from={number}"
take = { due = "due" }
limit_s = 0.5
cache_s = 30
next = "desk"
missing = "open"
failed = "desk"
[step.open]
do = "open_order"
kind = "repair"
next = "told"
failed = "desk"
[step.back]
do = "callback"
next = "bye"
again = "told"
failed = "desk"
[step.desk]
do = "queue"
queue = "waihu-inbound"
wait_s = 9
nobody = "bye"
timed_out = "bye"
after = "rate"
[step.rate]
do = "survey"
questions = [{ name = "speed", say = [], weight = 60 }, { name = "quality", say = [], weight = 40 }]
next = "bye"
[step.bye]
do = "hangup"
"""
"""The kinds of step that the example does without."""
HOSTILE = (
    "<sip:anonymous@anonymous.invalid>",
    "<sip:{here}>",
    f"<sip:{'1' * 300}@{{here}}>",
    "<sip:12%7C34%22%26@{here}>",
    '"a \\"b\\", c=d | e" <sip:13900000002@{here}>',
    '"张三" <sip:%E5%BC%A0%E4%B8%89@{here}>',
    "<sip:$%7BSHELL(id)%7D@{here}>",
    "<sip:1%0Aagi_network_script%3A%20login@{here}>",
    "<sip:1%0D%0AEvent%3A%20Forged%0D%0AX%3A%201@{here}>",
    "<sip:1%0D%0A%0D%0AEvent%3A%20Forged%0D%0A%0D%0A@{here}>",
    "<sip:1%0A1%7C2%7Cwaihu-inbound%7C8001%7CCONNECT%7C1@{here}>",
)
"""From headers: withheld, empty, too long, and such as would be read by those who are told them."""
QUEUE_EVENTS = {
    *("QUEUESTART", "ADDMEMBER", "PAUSE", "ENTERQUEUE", "CONNECT", "RINGNOANSWER", "ABANDON"),
    *("RINGCANCELED", "EXITWITHTIMEOUT", "COMPLETEAGENT", "COMPLETECALLER"),
}


@pytest.fixture(scope="module")
def switch(parts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabAsterisk]:
    """An Asterisk with a queue that answers, one whose agent is away, and one without any."""
    facts = PbxFacts(
        ami_secret="0" * 12,
        agi_port=free_port(),
        slots=2,
        queues=tuple(
            QueueFacts(name=one, wrapup_s=0) for one in ("waihu-inbound", ANSWERS, PAUSED, EMPTY)
        ),
    )
    mix = Mix(by_digits=(Behaviour.ANSWERS,) * 100)
    pace = Pace(ring_s=(0.1, 0.2), talk_s=(0.3, 0.4))
    run = tmp_path_factory.mktemp("ways")
    lab = LabAsterisk(find_asterisk(parts), run, facts, mix=mix, pace=pace)
    in_a_loop_of_its_own(lab.start)
    yield lab
    in_a_loop_of_its_own(lab.stop)


@asynccontextmanager
async def witness(switch: LabAsterisk) -> AsyncIterator[list[dict[str, str]]]:
    """All that AMI tells our user meanwhile; the queues have their agents."""
    user, secret = switch.ami_user, switch.ami_secret
    wire = await AmiWire.open(switch.ami_host, switch.ami_port, user, secret)
    told: list[dict[str, str]] = []

    async def listen() -> None:
        while True:
            told.append(await wire.receive())

    listening = asyncio.create_task(listen())
    members = [(ANSWERS, f"Local/{nth:02}@waihu-lab-customers/n") for nth in range(AGENTS)]
    for queue, interface in (*members, (PAUSED, "Local/99@waihu-lab-customers/n")):
        paused = "true" if queue == PAUSED else "false"
        wire.send({"Action": "QueueAdd", "Queue": queue, "Interface": interface, "Paused": paused})
    try:
        yield told
    finally:
        listening.cancel()
        await wire.close()


# ── one walk, live ───────────────────────────────────────────────────────────────────────


class Orders(FlowOrders):
    """Work orders as a walk wants them: what is found is said in turn."""

    def __init__(self, answers: Iterable[Found | NotFound | Failed]) -> None:
        self._answers = iter(answers)

    async def count(self, number: str) -> str:  # noqa: ARG002  everybody's
        """None that a walk begins with."""
        return "0"

    async def find(self, ask: AskOrder, number: str) -> Found | NotFound | Failed:  # noqa: ARG002  everybody's
        """The next answer."""
        return next(self._answers, Failed())

    async def open(self, ask: OpenOrder, number: str, call: str) -> Found | Failed:  # noqa: ARG002  everybody's
        """The next answer."""
        answer = next(self._answers, Failed())
        return Failed() if isinstance(answer, NotFound) else answer


class Desk(Hotline):
    """A desk for one call: what it keeps and finds is what the walk says."""

    def __init__(self, folder: Path, one: Course) -> None:
        super().__init__(folder, one.flow, orders=Orders(one.found))
        self.now = one.walk.now
        self._kept = iter(one.kept)

    async def _note(self, _call: str, _wish: NoteCallBack) -> Done | Again | Failed:
        return next(self._kept, Failed())


@dataclass
class Course:
    """A walk as it shall be on the line. `stop_after`: hang up when so much was asked for.

    `sender`: the From header of a caller who presses nothing, whatever the walk says.
    """

    walk: Walk
    flow: Flow
    came: tuple[Came, ...]
    kept: tuple[Done | Again | Failed, ...] = ()
    found: tuple[Found | NotFound | Failed, ...] = ()
    stop_after: int | None = None
    sender: str = ""
    heard: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    call: str = ""

    def told(self) -> str:
        """For whoever asks which call it was."""
        walk = self.walk
        said = f"{walk.caller.number} {self.came} leaves at {walk.left}; {self.stop_after}"
        return self.sender or said

    @property
    def keys(self) -> list[str]:
        """What is pressed, one for each time that we listen."""
        return [one.keys for one in self.came if isinstance(one, Pressed) and not self.sender]


def course(walk: Walk, flow: Flow, nth: int, answers: dict[str, str | None]) -> Course:
    """Set the scene: each queue, mailbox and server does what the walk says; numbers are its own.

    `answers` learns what the server of the lookups says, by path.
    """
    state, action = step(flow, begin(flow, walk.caller), Began(), walk.now)
    steps, came = dict(flow.steps), list[Came]()
    kept, found = list[Done | Again | Failed](), list[Found | NotFound | Failed]()
    for place, one in enumerate(walk.came):
        at = flow.steps[state.at]
        now = _own_number(one, at, nth * LONGEST + place)
        if isinstance(action, Fetch):
            answers[action.url.partition("?")[0]] = _answer(action, now)
        if isinstance(action, AskOrder | OpenOrder) and isinstance(now, Found | NotFound | Failed):
            found.append(now)
        if isinstance(action, NoteCallBack) and isinstance(now, Done | Again | Failed):
            kept.append(now)
        steps[state.at] = _scene(steps[state.at], now)
        came.append(now)
        if not isinstance(now, Answered):
            state, action = step(flow, state, now, walk.now)
    steps = {name: _quick(at) for name, at in steps.items()}
    return Course(
        walk=walk,
        flow=replace(flow, steps=steps),
        came=tuple(came),
        kept=tuple(kept),
        found=tuple(found),
    )


def _own_number(came: Came, at: Step, nth: int) -> Came:
    if isinstance(came, Pressed) and isinstance(at, Collect) and len(came.keys) >= at.valid.least:
        return Pressed(typed(nth, at.valid)) if came.keys == typed(0, at.valid) else came
    return came


def _answer(action: Fetch, came: Came) -> str | None:
    """A body, "" for a 404, None for a server that hangs."""
    match came:
        case Found(values=values):
            return dumps(
                {
                    "bill": {
                        path.removeprefix("bill."): values[name]
                        for name, path in action.take.items()
                    }
                }
            )
        case NotFound():
            return ""
        case _:
            return None


def _scene(at: Step, came: Came) -> Step:
    match at, came:
        case Enqueue(), Answered() | CameBack(Return.AFTER):
            return replace(at, queue=ANSWERS)
        case Enqueue(), CameBack(Return.NOBODY):
            return replace(at, queue=EMPTY)
        case Enqueue(), _:
            return replace(at, queue=PAUSED)
        case Voicemail(), Failed():
            return replace(at, box="999")
        case Transfer(), _:
            answers = isinstance(came, Answered)
            extension = "answers" if answers else "vacant"
            return replace(at, extension=extension, context="waihu-lab-behaviours")
        case _:
            return at


def _quick(at: Step) -> Step:
    match at:
        case Menu() | Collect() | Survey():
            return replace(at, wait_s=MENU_S)
        case Enqueue(queue=queue) if queue != ANSWERS:
            return replace(at, wait_s=1)
        case _:
            return at


def stops(courses: Sequence[Course]) -> Iterator[Course]:
    """Hang up at each step in which time passes, once."""
    seen: set[str] = set()
    for one in courses:
        state, action = step(one.flow, begin(one.flow, one.walk.caller), Began(), one.walk.now)
        asked = 0
        for came in one.came:
            if isinstance(action, Listen | ToQueue | ToVoicemail | ToExtension):
                asked += 1
                if state.at not in seen:
                    seen.add(state.at)
                    yield replace(one, stop_after=asked, heard=asyncio.Queue())
            if not isinstance(came, Answered):
                state, action = step(one.flow, state, came, one.walk.now)


def strangers(one: Course) -> Iterator[Course]:
    """They wait in vain, and even the mailbox has no room."""
    came = {Enqueue: CameBack(Return.TIMED_OUT), Voicemail: Failed()}
    scene = {name: _scene(at, came.get(type(at), Done())) for name, at in one.flow.steps.items()}
    flow = replace(one.flow, steps={name: _quick(at) for name, at in scene.items()})
    for sender in HOSTILE:
        yield replace(one, flow=flow, sender=sender, heard=asyncio.Queue())


class Callers:
    """Everybody who calls, and what our server says to each."""

    def __init__(self, line: SipLine) -> None:
        self._line = line
        self._by_number: dict[str, Course] = {}
        self._by_call: dict[str, Course] = {}

    def hear(self, env: dict[str, str], text: str) -> None:
        """Take a command of ours; the call's first one tells which call it is."""
        call = env["agi_uniqueid"]
        if env["agi_extension"] in self._by_number:
            self._by_call[call] = self._by_number[env["agi_extension"]]
            self._by_call[call].call = call
        if (one := self._by_call.get(call)) is not None:
            one.heard.put_nowait(text)

    def of(self, call: str) -> Course:
        """Whose call it is."""
        return self._by_call[call]

    async def make(self, dialed: str, one: Course) -> None:
        """Make one call to its end."""
        self._by_number[dialed] = one
        keys, asked = iter(one.keys), 0
        call = self._line.call(dialed, one.sender or one.walk.caller.number or "anonymous")
        ending = asyncio.create_task(call.ended.wait())
        while not call.ended.is_set():
            hearing = asyncio.create_task(one.heard.get())
            await asyncio.wait({ending, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if not hearing.done():
                hearing.cancel()
                continue
            said = hearing.result()
            asked += said.startswith("GET DATA") or "WAIHU_NEXT=" in said
            if asked == one.stop_after:
                await asyncio.sleep(0.1)
                call.hang_up()
            elif said.startswith("GET DATA"):
                await _press(call, next(keys, ""), said)
            elif "WAIHU_NEXT=voicemail" in said and "WAIHU_BOX=999" not in said:
                await _leave_a_message(call, one.heard)


async def _press(call: SipCall, keys: str, said: str) -> None:
    most = int(said.rsplit('"', 2)[1])
    await call.press(keys + "#" if keys and len(keys) < most else keys)


async def _leave_a_message(call: SipCall, heard: asyncio.Queue[str]) -> None:
    """Past the greeting, a second and a half of voice, and done; again if that came too early."""
    for _try in range(4):
        await asyncio.sleep(0.4)
        await call.press("#")
        await asyncio.sleep(0.4)
        await call.speak(1.5)
        await call.press("#")
        await asyncio.sleep(0.3)
        if call.ended.is_set() or not heard.empty():
            return


async def nobody(_question: object) -> dict[str, str]:
    """No engine: the flow has all calls."""
    return {}


@asynccontextmanager
async def serving(desks: Mapping[str, Desk], switch: LabAsterisk) -> AsyncIterator[FastAgiServer]:
    """One server: the number that is dialed, then the call, say which desk it is."""
    by_call: dict[str, Mapping[str, Handler]] = {}
    doors = {number: make_routes(nobody, desk.desk) for number, desk in desks.items()}

    async def inbound(session: Session, request: Request) -> None:
        door = by_call[request.env["agi_uniqueid"]] = doors[request.env["agi_extension"]]
        await door["inbound"](session, request)

    async def flow(session: Session, request: Request) -> None:
        await by_call[request.env["agi_uniqueid"]]["flow"](session, request)

    routes = {"inbound": inbound, "flow": flow}
    host = switch.facts.agi_host
    async with FastAgiServer(host=host, port=0, routes=routes) as server:
        yield server
    for desk in desks.values():
        desk.lookups.close()


# ── all of them ──────────────────────────────────────────────────────────────────────────


async def test_every_way_is_taken_live_and_whoever_calls_ends_well(
    switch: LabAsterisk, parts: Path, tmp_path: Path
) -> None:
    answers: dict[str, str | None] = {}
    served: dict[str, str] = {}
    async with orders(served) as port:
        text = EXAMPLE.read_text("utf-8").replace("127.0.0.1:8099", f"127.0.0.1:{port}")
        (tmp_path / "hotline.toml").write_text(
            text.replace("limit_s = 2", "limit_s = 0.5"), "utf-8"
        )
        (tmp_path / "others.toml").write_text(OTHERS, "utf-8")
        flows = [load_flow(tmp_path / f"{name}.toml", SITE) for name in ("hotline", "others")]
        assert {type(at) for flow in flows for at in flow.steps.values()} == set(get_args(Step))
        found = [(walk, flow) for flow in flows for walk in all_walks(flow)]
        courses = [course(walk, flow, nth, answers) for nth, (walk, flow) in enumerate(found)]
        courses += [*stops(courses), *strangers(courses[0])]
        served |= {
            path.partition(f":{port}")[2]: body
            for path, body in answers.items()
            if body is not None
        }
        desks = {str(FIRST + nth): Desk(tmp_path, one) for nth, one in enumerate(courses)}
        async with (
            serving(desks, switch) as server,
            witness(switch) as told,
            sip_line(switch.sip_port) as line,
        ):
            callers = Callers(line)
            async with agi_tap(switch.facts.agi_port, server.port, callers.hear):
                with capture_logs() as logs:
                    calls = [
                        asyncio.create_task(callers.make(dialed, one), name=one.told())
                        for dialed, one in zip(desks, courses, strict=True)
                    ]
                    _ended, living = await asyncio.wait(calls, timeout=WITHIN_S)
                    for call in living:
                        call.cancel()
            assert not living, "\n".join(call.get_name() for call in living)
            await asyncio.gather(*calls)
            assert server.counts().open == 0
    left: dict[str, tuple[str, ...]] = {one.call: () for one in courses}
    for log in logs:
        assert log["event"] not in {"flow.broke", "flow.call_unknown"}
        if log["event"] == "flow.left":
            left[str(log["call"])] += (str(log["step"]),)
    walked = [one for one in courses if one.stop_after is None and not one.sender]
    odd = [f"{left[one.call]}: {one.told()}" for one in walked if left[one.call] != one.walk.left]
    assert not odd, "\n".join(odd)
    for one in courses:
        assert not one.sender or isinstance(one.flow.steps[left[one.call][-1]], HangUp), one.told()
    messages = list(switch.run.glob("spool/voicemail/default/100/INBOX/msg*.txt"))
    # The oldest Asterisk comes without voicemail: then it is good-bye at once.
    has_voicemail = (find_asterisk(parts).modules / "app_voicemail.so").exists()
    leaving = [one for one in walked if has_voicemail and _leaves_a_message(one)]
    assert len(messages) >= len(leaving)
    # No word of a caller's became an event, or a record, of its own.
    assert not [event for event in told if event.get("Event") == "Forged"]
    records = (switch.run / "log" / "queue_log").read_text("utf-8", "replace").splitlines()
    assert {record.split("|")[4] for record in records} <= QUEUE_EVENTS


def all_walks(flow: Flow) -> list[Walk]:
    """Walks that leave no way of any step out."""
    found, ways = walks(flow)
    for name, at in flow.steps.items():
        for way, to in ways_of(at):
            what = {way.removeprefix("key "), f"to {to or flow.rescue}"}
            assert any(a == name and b in what for a, b, _c in ways), f"{name}: {way}"
    return found


def _leaves_a_message(one: Course) -> bool:
    return any(
        isinstance(one.flow.steps[name], Voicemail) and what == "next"
        for name, what, _language in one.walk.ways
    )
