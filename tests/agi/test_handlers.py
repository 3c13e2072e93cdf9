"""The routes: what the engine is asked, what the dialplan reads, and what it reads of silence."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Awaitable, Callable, Mapping

import pytest

from agi.handlers import make_routes, probe_answer
from agi.server import FastAgiServer
from agi.session import check_variables
from dialer.messages import Ask, LoginAgent, RouteInbound

CallIn = Callable[..., Awaitable[list[str]]]
Serve = Callable[..., Awaitable[list[str]]]

LOGIN_SILENT = 'EXEC "MSet" "WAIHU_SLOT=,WAIHU_REFUSED=no_answer"'


class Engine:
    """Gives one answer to everything, after `delay_s`; `asked` holds the questions."""

    def __init__(self, answer: Mapping[str, str], delay_s: float = 0.0) -> None:
        self._answer = answer
        self._delay_s = delay_s
        self.asked: list[Ask] = []

    async def ask(self, question: Ask) -> Mapping[str, str]:
        self.asked.append(question)
        await asyncio.sleep(self._delay_s)
        return self._answer


@pytest.fixture
def serve(call_in: CallIn) -> Serve:
    async def run(engine: Engine, *routes: str, env: Mapping[str, str] | None = None) -> list[str]:
        handlers = make_routes(engine.ask, answer_timeout_s=0.05)
        said = []
        async with FastAgiServer(host="127.0.0.1", port=0, routes=handlers) as server:
            for route in routes:
                said += await call_in(server.port, route, env=env)
        return said

    return run


async def test_an_inbound_call_is_told_its_queue_in_one_round_trip(serve: Serve) -> None:
    engine = Engine({"WAIHU_QUEUE": "waihu-repairs"})
    env = {"agi_extension": "4008000000", "agi_callerid": "02160000000"}
    assert await serve(engine, "inbound", env=env) == ['SET VARIABLE "WAIHU_QUEUE" "waihu-repairs"']
    assert engine.asked == [
        RouteInbound(
            ask="ask-1", call="1795319876.1", dialed="4008000000", caller_number="02160000000"
        )
    ]


async def test_a_caller_without_a_number_has_an_empty_one(serve: Serve) -> None:
    engine = Engine({"WAIHU_QUEUE": "waihu-repairs"})
    await serve(engine, "inbound")
    [question] = engine.asked
    assert isinstance(question, RouteInbound)
    assert question.caller_number == ""


async def test_a_login_is_told_its_slot_and_any_earlier_refusal_is_emptied(serve: Serve) -> None:
    engine = Engine({"WAIHU_SLOT": "7001"})
    said = await serve(engine, "login?agent=1001")
    assert said == ['EXEC "MSet" "WAIHU_SLOT=7001,WAIHU_REFUSED="']
    assert engine.asked == [LoginAgent(ask="ask-1", call="1795319876.1", agent="1001")]


async def test_a_login_is_told_why_it_is_refused(serve: Serve) -> None:
    said = await serve(Engine({"WAIHU_REFUSED": "unknown_agent"}), "login?agent=1001")
    assert said == ['EXEC "MSet" "WAIHU_SLOT=,WAIHU_REFUSED=unknown_agent"']


@pytest.mark.parametrize(
    "query", ["", "?agent=", "?agent=a%20b", "?agent=1%0aX", "?agent=${EXTEN}", "?who=1001"]
)
async def test_what_can_be_nobodys_login_is_refused_without_asking(
    query: str, serve: Serve
) -> None:
    engine = Engine({"WAIHU_SLOT": "7001"})
    said = await serve(engine, f"login{query}")
    assert said == ['EXEC "MSet" "WAIHU_SLOT=,WAIHU_REFUSED=bad_agent"']
    assert engine.asked == []


@pytest.mark.parametrize(
    "engine",
    [
        Engine({"WAIHU_QUEUE": "waihu-a", "WAIHU_SLOT": "7001"}, delay_s=60),
        Engine({}),
        Engine({"WAIHU_QUEUE": "a,b"}),
        Engine({"QUEUE": "waihu-a"}),
    ],
    ids=["silent", "empty", "unsafe value", "foreign name"],
)
async def test_without_a_usable_answer_the_dialplan_falls_back(
    engine: Engine, serve: Serve
) -> None:
    said = await serve(engine, "inbound", "login?agent=1001")
    assert said == ['SET VARIABLE "WAIHU_QUEUE" ""', LOGIN_SILENT]


async def test_every_question_has_its_own_id(serve: Serve) -> None:
    engine = Engine({})
    await serve(engine, "inbound", "inbound", "login?agent=1")
    assert len({question.ask for question in engine.asked}) == 3


async def test_the_doctors_probe_hears_its_mark_and_who_we_are_without_the_engine(
    serve: Serve,
) -> None:
    engine = Engine({})
    host = re.sub("[^A-Za-z0-9.-]", "", socket.gethostname())[:20]
    assert await serve(engine, "probe?mark=5ca1ab1e") == [
        f'SET VARIABLE "WAIHU_PROBED" "5ca1ab1e_{os.getpid()}_{host}"'
    ]
    assert engine.asked == []


@pytest.mark.parametrize("query", ["", "?mark=", "?mark=a,b", "?mark=${X}", f"?mark={'a' * 33}"])
async def test_a_probe_without_a_usable_mark_proves_nothing(query: str, serve: Serve) -> None:
    assert await serve(Engine({}), f"probe{query}") == ['SET VARIABLE "WAIHU_PROBED" ""']


def test_the_longest_proof_still_goes_on_a_channel() -> None:
    check_variables({"WAIHU_PROBED": probe_answer("a" * 32, 4_194_304, "host_with.long-name" * 9)})
