"""What a flow says to the switch, word by word, and what never reaches it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from agi.flow_call import KeepFor, Means
from agi.flow_desk import FlowDesk, Flows
from agi.flow_lookup import AT_ONCE, Lookups
from agi.flow_orders import FlowOrders, OrderSite
from agi.flow_speech import Speech
from agi.handlers import make_routes
from agi.server import FastAgiServer
from campaigns.orders.order import Door, NewOrder, OrderPolicy
from dialer.messages import InboundNoted
from routing.flow import (
    Branch,
    Case,
    Collect,
    Enqueue,
    FindOrder,
    Flow,
    HangUp,
    Manner,
    Menu,
    Play,
    RequestCallBack,
    Saying,
    SetLanguage,
    Step,
    Transfer,
    Valid,
    Voicemail,
)
from routing.flow_talk import Done, Failed, Fetch, Found, NoteCallBack, NotFound
from store.database import Database
from store.work_orders import WorkOrders
from tests.campaigns.test_orders import HOURS

CallIn = Callable[..., Awaitable[list[str]]]
Perform = Callable[..., Awaitable[list[str]]]
OK = b"200 result=0 endpos=8000\n"


def saying(manner: str, words: str) -> tuple[Saying, ...]:
    return (Saying(manner=Manner(manner), words={"": words}),)


async def nobody(_question: object) -> Mapping[str, str]:
    return {}


@pytest.fixture
def perform(call_in: CallIn, tmp_path: Path) -> Perform:
    """Lead a call through steps; what was said, less the limits on the channel."""

    async def run(
        *replies: bytes,
        env: Mapping[str, str] | None = None,
        again: str = "",
        held: bool = True,
        route: str = "inbound",
        note: KeepFor | None = None,
        orders: FlowOrders | None = None,
        tell: Callable[[InboundNoted], None] = lambda _: None,
        **steps: Step,
    ) -> list[str]:
        flow = Flow(
            name="test",
            start=next(iter(steps)),
            rescue="bye",
            steps={**steps, "bye": HangUp()},
            languages=("zh", "en"),
            zone="Asia/Shanghai",
        )
        means = Means(
            lookups=Lookups(),
            voice=Speech((), tmp_path),
            keep_place=note or (lambda _call, _wish: asyncio.sleep(0, result=Done())),
            note_answer=lambda _said: None,
            utc_now=lambda: datetime(2026, 11, 23, 2, tzinfo=UTC),
            mono=lambda: 0.0,
            orders=orders,
        )
        routes = make_routes(nobody, FlowDesk(means, Flows(default=flow), tell))
        async with FastAgiServer(host="127.0.0.1", port=0, routes=routes) as server:
            # ANSWER, and the limit on the channel before the first thing that takes time.
            first = (OK, OK) if held else (OK,)
            first = first if route == "inbound" else ()
            said = await call_in(server.port, route, env=env, replies=(*first, *replies))
            if again:
                said = await call_in(server.port, again, env=env, replies=replies)
        return [line for line in said if "TIMEOUT(absolute)" not in line and line != "ANSWER"]

    return run


@pytest.mark.parametrize(("caller", "told"), [("13800138000", True), ("13900139000", False)])
async def test_whoever_has_a_work_order_open_is_told_of_it_and_nobody_else(
    perform: Perform,
    empty_file: Path,
    tmp_path: Path,
    caller: str,
    told: bool,  # noqa: FBT001
) -> None:
    policy = OrderPolicy(hours=HOURS, kinds={}, group="service")

    async def site() -> OrderSite:
        return OrderSite(policy=policy, country="CN")

    async with Database(Path(shutil.copy(empty_file, tmp_path / "waihu.db"))) as database:
        new = NewOrder(kind="repair", opened_by=Door.IVR, who="x", e164="+8613800138000")
        now = datetime(2026, 11, 23, 2, tzinfo=UTC)
        order = await WorkOrders(database, policy).open(new, Random(1), now)
        orders = FlowOrders(database, site, Random(2), utc_now=lambda: now, mono=lambda: 0.0)
        has = Case(fact="open_work_orders", lowest=1, to="find")
        said = await perform(
            OK,
            env={"agi_callerid": caller},
            held=told,
            orders=orders,
            a=Branch(cases=(has,), otherwise="bye"),
            find=FindOrder(next="says", missing="bye", failed="bye"),
            says=Play(say=saying("digits", "{order_number}"), next="bye"),
        )
    digits = [f'SAY DIGITS "{order.number}" "0123456789*#"'] if told else []
    assert said == [*digits, "HANGUP"]


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (("sound", "hotline/main"), 'STREAM FILE "hotline/main" "0123456789*#"'),
        (("digits", "4008#"), 'SAY DIGITS "4008#" "0123456789*#"'),
        (("number", "42"), 'SAY NUMBER "42" "0123456789*#"'),
        (("date", "2026-11-23"), 'SAY DATETIME "1795435200" "0123456789*#" "ABdY" "UTC"'),
    ],
)
async def test_each_manner_of_saying_has_its_command(
    perform: Perform, one: tuple[str, str], line: str
) -> None:
    said = await perform(OK, a=Play(say=saying(*one), next="bye"))
    assert said == [line, "HANGUP"]


@pytest.mark.parametrize(
    "one",
    [
        ("sound", "x/{dialed}"),
        ("digits", "{dialed}"),
        ("number", "{dialed}"),
        ("date", "{dialed}"),
        ("text", "{dialed}"),
    ],
)
@pytest.mark.parametrize(
    "typed", ['1" "2', "../../etc/passwd", "${SHELL(id)}", "1,2&3", "a|b", "1\\n2"]
)
async def test_what_a_caller_brings_along_never_goes_to_the_switch(
    perform: Perform, one: tuple[str, str], typed: str
) -> None:
    said = await perform(OK, a=Play(say=saying(*one), next="bye"), env={"agi_extension": typed})
    assert said == ["HANGUP"]


async def test_a_key_ends_the_speech_and_chooses_and_one_pressed_early_counts(
    perform: Perform,
) -> None:
    menu = Menu(say=saying("sound", "main"), keys={"2": "queue"}, nothing="bye", wrong="bye")
    queue = Enqueue(queue="waihu-a", priority=7, wait_s=60)
    handed = (
        'EXEC "MSet" "WAIHU_NEXT=queue,WAIHU_QUEUE=waihu-a,WAIHU_PRIORITY=7,'
        "WAIHU_QUEUE_OPTIONS=,WAIHU_WAIT_S=60,WAIHU_MARK=,WAIHU_POSITION=,"
        'WAIHU_FLOW=test,WAIHU_STEP=queue"'
    )
    said = await perform(b"200 result=50 endpos=99\n", a=menu, queue=queue)
    assert said == ['STREAM FILE "main" "0123456789*#"', handed]
    hello = Play(say=saying("sound", "hello"), next="menu")
    said = await perform(b"200 result=50 endpos=99\n", a=hello, menu=menu, queue=queue)
    assert said == ['STREAM FILE "hello" "0123456789*#"', handed]
    # What else would be said before the menu does not make it forgotten.
    news = Play(say=saying("sound", "news"), next="menu")
    hello = Play(say=saying("sound", "hello"), next="news")
    said = await perform(b"200 result=50 endpos=99\n", a=hello, news=news, menu=menu, queue=queue)
    assert said == ['STREAM FILE "hello" "0123456789*#"', handed]


@pytest.mark.parametrize(
    ("replies", "into"),
    [
        ((b"200 result=1234\n",), "1234"),
        ((b"200 result=12 (timeout)\n",), "12"),
    ],
)
async def test_digits_are_collected_by_the_switch(
    perform: Perform, replies: Iterable[bytes], into: str
) -> None:
    ask = Collect(say=(), into="order", next="told", wrong="bye", nothing="bye")
    told = Play(say=saying("digits", "{order}"), next="bye")
    said = await perform(*replies, OK, a=ask, told=told)
    assert said == ['GET DATA "" "5000" "20"', f'SAY DIGITS "{into}" "0123456789*#"', "HANGUP"]


async def test_a_hash_behind_digits_that_were_complete_is_no_answer_to_what_comes_next(
    perform: Perform,
) -> None:
    four = Valid(most=4)
    ask = Collect(say=(), into="order", valid=four, next="menu", wrong="bye", nothing="bye")
    menu = Menu(say=saying("sound", "menu"), keys={"1": "bye"}, nothing="bye", wrong="bye")
    typed, sound = b"200 result=1234\n", 'STREAM FILE "menu" "0123456789*#"'
    said = await perform(typed, OK, b"200 result=35\n", b"200 result=49\n", a=ask, menu=menu)
    assert said == ['GET DATA "" "5000" "4"', sound, sound, "HANGUP"]
    said = await perform(typed, OK, OK, b"200 result=\n", b"200 result=1\n", a=ask, menu=menu)
    more = 'GET DATA "" "5000" "1"'
    assert said == ['GET DATA "" "5000" "4"', sound, more, more, "HANGUP"]


async def test_what_lasts_is_given_to_the_dialplan(perform: Perform) -> None:
    box = Voicemail(box="100", context="default", next="bye")
    said = await perform(a=box)
    given = "WAIHU_NEXT=voicemail,WAIHU_BOX=100,WAIHU_BOX_CONTEXT=default"
    assert said == [f'EXEC "MSet" "{given},WAIHU_FLOW=test,WAIHU_STEP=a"']
    ring = Transfer(extension="200", context="internal", ring_s=20)
    (said,) = await perform(a=ring)
    assert said.startswith('EXEC "MSet" "WAIHU_NEXT=transfer,WAIHU_EXTENSION=200,')
    assert said.endswith('WAIHU_CONTEXT=internal,WAIHU_RING_S=20,WAIHU_FLOW=test,WAIHU_STEP=a"')


async def test_a_call_comes_back_where_it_was_and_a_stranger_gets_no_answer(
    perform: Perform,
) -> None:
    box = Voicemail(box="100", next="bye", failed="bye")
    assert await perform(a=box, again="flow?came=done") == ["HANGUP"]
    asked = ['GET VARIABLE "WAIHU_FLOW"', 'GET VARIABLE "WAIHU_STEP"']
    for route in ("flow?came=nonsense", "flow"):
        assert await perform(a=box, again=route) == []
    assert await perform(a=HangUp(), again="flow?came=done") == asked


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("test", "a"), ['STREAM FILE "en" "0123456789*#"', "HANGUP"]),
        (("test", "b"), []),  # no step in which a call lasts
        (("test", "gone"), []),
        (("other", "a"), []),
    ],
)
async def test_after_a_new_start_the_channel_tells_where_its_call_was(
    perform: Perform, told: tuple[str, str], said: list[str]
) -> None:
    answers = [f"200 result=1 ({word})\n".encode() for word in told]
    both = (Saying(manner=Manner.SOUND, words={"zh": "zh", "en": "en"}),)
    begun = await perform(
        *(answers[0], answers[1], OK, OK),
        route="flow?came=timed_out",
        held=False,
        env={"agi_language": "en"},
        a=Enqueue(queue="waihu-a", timed_out="b"),
        b=Play(say=both, next="bye"),
    )
    assert begun == ['GET VARIABLE "WAIHU_FLOW"', 'GET VARIABLE "WAIHU_STEP"', *said]


async def test_a_fault_of_ours_leaves_the_caller_to_the_plain_queue(perform: Perform) -> None:
    """The dialplan takes whoever comes back without a WAIHU_NEXT; the engine goes on."""

    async def breaks(_call: str, _wish: NoteCallBack) -> Done:
        raise RuntimeError

    env = {"agi_callerid": "13800138000"}
    said = await perform(OK, note=breaks, env=env, a=RequestCallBack(next="bye"))
    assert not any("WAIHU_NEXT" in line or "HANGUP" in line for line in said)


async def test_a_queue_without_anybody_is_left_at_once(perform: Perform) -> None:
    queue = Enqueue(queue="waihu-a", nobody="bye")
    said = await perform(b"200 result=1 (0)\n", held=False, a=queue)
    assert said == ['GET FULL VARIABLE "${QUEUE_MEMBER(waihu-a,count)}"', "HANGUP"]
    (said_last,) = await perform(held=False, a=Enqueue(queue="waihu-a"))
    assert said_last.startswith('EXEC "MSet" "WAIHU_NEXT=queue,')


async def test_the_language_is_the_channels(perform: Perform) -> None:
    way = SetLanguage(language="en", next="bye")
    assert await perform(a=way) == ['SET VARIABLE "CHANNEL(language)" "en"', "HANGUP"]


# ── lookups ──────────────────────────────────────────────────────────────────────────────


async def asked(
    port: int, path: str, take: Mapping[str, str], lookups: Lookups, limit_s: float = 5.0
) -> object:
    wanted = Fetch(url=f"http://127.0.0.1:{port}{path}", take=take, limit_s=limit_s, cache_s=60)
    return await lookups.fetch(wanted)


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ('200 OK|{"a": {"b": [7]}}', Found({"x": "7"})),
        ('200 OK|{"a": {"b": [true]}}', Found({"x": "yes"})),
        ('200 OK|{"a": {"b": ["\\ud800!"]}}', Found({"x": "?!"})),
        ('200 OK|{"a": {}}', NotFound()),
        ('200 OK|{"a": {"b": [{}]}}', NotFound()),
        ("404 Not Found|", NotFound()),
        ("500 Oh|", Failed()),
        ("302 Found\r\nLocation: http://127.0.0.1:1/|", Failed()),
        ("200 OK|<html>", Failed()),
        ("200 OK|" + "x" * 70_000, Failed()),
        ("200 OK|" + "[" * 60_000, Failed()),
        ("Oh|", Failed()),
        ("200 OK\r\nTransfer-Encoding: chunked|5\r\n{", Failed()),
        ("", Failed()),
    ],
    ids=lambda it: it[:24] if isinstance(it, str) else "",
)
async def test_a_lookup_brings_fields_or_says_that_there_are_none(
    reply: str, answer: object
) -> None:
    asked_for: list[bytes] = []
    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        asked_for.append(await reader.readuntil(b"\r\n\r\n"))
        if not reply:
            await reader.read()  # until the other side has had enough
        status, _bar, body = reply.partition("|")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    lookups = Lookups()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        limit_s = 5.0 if reply else 0.3
        assert await asked(port, "/o", {"x": "a.b.0"}, lookups, limit_s) == answer
        assert await asked(port, "/o", {"x": "a.b.0"}, lookups, limit_s) == answer
        server.close()
    await asyncio.gather(*(task for task in serving if task is not None))
    assert len(asked_for) == (1 if reply.startswith('200 OK|{"a"') else 2)  # the rest is kept
    lookups.close()


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"])
async def test_a_server_that_drips_is_cut_off_and_no_thread_waits_for_it(first: bytes) -> None:
    """A little comes all the time, so that no wait for a piece is ever too long."""
    dripping: list[asyncio.Task[None] | None] = []

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dripping.append(asyncio.current_task())
        await reader.readuntil(b"\r\n\r\n")
        with suppress(OSError):
            writer.write(first)
            while not reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()

    lookups = Lookups()
    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        said = (asked(port, f"/{nth}", {"x": "x"}, lookups, 0.3) for nth in range(AT_ONCE))
        assert set(await asyncio.gather(*said)) == {Failed()}
        async with asyncio.timeout(5):
            while lookups.busy:  # noqa: ASYNC110  threads of its own
                await asyncio.sleep(0.01)
        server.close()
    await asyncio.gather(*(task for task in dripping if task is not None))
    lookups.close()


async def test_a_server_is_asked_itself_whatever_proxy_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        path = line.split()[1].decode()
        body = f'{{"path": "{path}"}}'
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        writer.close()

    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    lookups = Lookups()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await asked(port, "/o?a=1", {"x": "path"}, lookups) == Found({"x": "/o?a=1"})
        assert await asked(port, "?a=1", {"x": "path"}, lookups) == Found({"x": "/?a=1"})
    lookups.close()


async def test_a_server_that_is_away_fails_the_lookup() -> None:
    lookups = Lookups()
    assert await asked(1, "/", {"x": "x"}, lookups) == Failed()
    lookups.close()


async def test_what_a_call_chose_is_told_for_the_record_when_it_comes_and_when_it_is_let_go(
    perform: Perform,
) -> None:
    told: list[InboundNoted] = []
    menu = Menu(say=saying("sound", "main"), keys={"2": "repair"}, nothing="bye", wrong="bye")
    number = {"agi_callerid": "13800138000", "agi_extension": "4008001234"}
    await perform(
        b"200 result=50 endpos=0\n",
        *(OK,) * 9,
        env=number,
        tell=told.append,
        main=menu,
        repair=Enqueue(queue="waihu-repair", wait_s=60),
    )
    came, let_go = told
    assert (came.flow, came.caller_number, came.dialed) == ("test", "13800138000", "4008001234")
    assert (came.choices, came.subject, came.language) == ((), "", "zh")
    assert (let_go.choices, let_go.subject) == ((("main", "2"),), "repair")
