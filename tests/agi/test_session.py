"""The verbs: what they say to the switch and what they make of its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from agi.server import FastAgiServer, SessionLimits
from agi.session import HungUp, Session
from agi.wire import LocalProtocolError, Request, Response

CallIn = Callable[..., Awaitable[list[str]]]
Talk = Callable[[Session], Awaitable[object]]
Perform = Callable[..., Awaitable[tuple[list[str], object]]]


@pytest.fixture
def perform(call_in: CallIn) -> Perform:
    """Run one piece of talk against a switch that gives these replies."""

    async def run(talk: Talk, *replies: bytes) -> tuple[list[str], object]:
        results = []

        async def handler(session: Session, _request: Request) -> None:
            results.append(await talk(session))

        limits = SessionLimits(reply_s=0.2)
        routes = {"talk": handler}
        async with FastAgiServer(host="127.0.0.1", port=0, routes=routes, limits=limits) as server:
            said = await call_in(server.port, "talk", replies=replies)
        return said, results[0]

    return run


OK = Response(code=200, result="1", data="")


@pytest.mark.parametrize(
    ("talk", "line"),
    [
        (lambda session: session.answer(), "ANSWER"),
        (lambda session: session.hangup(), "HANGUP"),
        (lambda session: session.noop(), "NOOP"),
        (lambda session: session.verbose("hi", 3), 'VERBOSE "hi" "3"'),
        (lambda session: session.exec_app("Wait", "1"), 'EXEC "Wait" "1"'),
        (
            lambda session: session.set_variable("WAIHU_QUEUE", "waihu-a"),
            'SET VARIABLE "WAIHU_QUEUE" "waihu-a"',
        ),
    ],
)
async def test_a_verb_is_one_line(talk: Talk, line: str, perform: Perform) -> None:
    assert await perform(talk) == ([line], OK)


async def test_several_variables_are_one_round_trip(perform: Perform) -> None:
    variables = {"WAIHU_SLOT": "7001", "WAIHU_REFUSED": ""}
    said, result = await perform(lambda session: session.set_variables(variables))
    assert said == ['EXEC "MSet" "WAIHU_SLOT=7001,WAIHU_REFUSED="']
    assert result == OK


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        (b"200 result=1 (a (b) c)\n", "a (b) c"),
        (b"200 result=1 ()\n", ""),
        (b"200 result=0\n", None),
        (b"520 Invalid command syntax.\n", None),
        (b"HANGUP\n", HungUp()),
    ],
)
async def test_a_variable_is_read(reply: bytes, value: object, perform: Perform) -> None:
    said, result = await perform(lambda session: session.get_variable("WAIHU_SLOT"), reply)
    assert said == ['GET VARIABLE "WAIHU_SLOT"']
    assert result == value


async def test_what_the_switch_refuses_is_a_response(perform: Perform) -> None:
    _said, result = await perform(
        lambda session: session.noop(), b"510 Invalid or unknown command\n"
    )
    assert result == Response(code=510, result="", data="Invalid or unknown command")


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"CALLERID(num)": "10086"},
        {"QUEUE": "waihu-a"},
        {"__WAIHU_X": "1"},
        {"WAIHU_X)": "1"},
        {"WAIHU_X": "a,CALLERID(num)=1"},
        {"WAIHU_X": "${SHELL(id)}"},
        {"WAIHU_X": 'a"b'},
        {"WAIHU_X": "a\nHANGUP"},
        {"WAIHU_X": "a b"},
        {"WAIHU_X": "张三"},
        {"WAIHU_X": "x" * 65},
        {"WAIHU_OK": "1", "WAIHU_X": "a;b"},
    ],
)
async def test_what_the_dialplan_would_read_never_goes_on_a_channel(
    variables: dict[str, str], perform: Perform
) -> None:
    async def try_it(session: Session) -> object:
        with pytest.raises(LocalProtocolError):
            await session.set_variables(variables)
        return await session.noop()

    assert await perform(try_it) == (["NOOP"], OK)


async def test_an_application_may_have_its_own_patience(perform: Perform) -> None:
    async def try_it(session: Session) -> object:
        with pytest.raises(TimeoutError):
            await session.exec_app("Wait", "60", timeout_s=0.01)
        return session.commands

    assert await perform(try_it, b"100 result=0 Trying...\n") == (['EXEC "Wait" "60"'], 1)
