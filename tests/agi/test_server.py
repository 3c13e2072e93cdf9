"""Whatever a client does, the door stays open, nobody stays too long, and all are counted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import fields

import pytest
from structlog.testing import capture_logs

from agi.server import FastAgiServer, SessionCounts, SessionLimits
from agi.session import Handler, HungUp, Session
from agi.wire import Request

CallIn = Callable[..., Coroutine[None, None, list[str]]]
HeaderOf = Callable[..., bytes]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

PATIENT = SessionLimits(drain_s=30)


async def greet(session: Session, request: Request) -> None:
    await session.set_variable("WAIHU_SLOT", request.args.get("agent", ""))


async def ask_thrice(session: Session, _request: Request) -> None:
    for _ in range(3):
        await session.noop()


def door(handler: Handler = greet, limits: SessionLimits = PATIENT) -> FastAgiServer:
    return FastAgiServer(host="127.0.0.1", port=0, routes={"greet": handler}, limits=limits)


def ended(**counts: int) -> SessionCounts:
    none = {field.name: 0 for field in fields(SessionCounts)}
    return SessionCounts(**(none | counts))


async def connect(server: FastAgiServer, data: bytes = b"") -> Streams:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(data)
    return reader, writer


async def leave(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def read_all(streams: Streams) -> bytes:
    """Everything until the other side closes; nothing when it does so by a reset."""
    reader, writer = streams
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        await leave(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close so that the other side sees a reset instead of an end."""
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    writer.transport.abort()


async def test_a_call_is_led_to_the_handler_of_its_route(call_in: CallIn) -> None:
    async with door() as server:
        said = await call_in(server.port, "greet?agent=1001")
    assert said == ['SET VARIABLE "WAIHU_SLOT" "1001"']
    assert server.counts() == ended(served=1)


async def test_the_chosen_port_is_told_and_an_address_in_use_is_an_error() -> None:
    async with door() as server:
        assert server.port > 0
        second = FastAgiServer(host="127.0.0.1", port=server.port, routes={})
        with pytest.raises(OSError, match="in use"):
            await second.__aenter__()


async def test_an_unknown_route_is_told_so_and_closed(call_in: CallIn) -> None:
    async with door() as server:
        said = await call_in(server.port, "nowhere")
    assert said == ['VERBOSE "waihu: no such AGI route" "1"']
    assert server.counts() == ended(unrouted=1)


async def test_two_hundred_calls_at_once_each_get_their_own_answer(call_in: CallIn) -> None:
    async with door() as server:
        calls = [call_in(server.port, f"greet?agent={n}") for n in range(200)]
        said = await asyncio.gather(*calls)
    assert said == [[f'SET VARIABLE "WAIHU_SLOT" "{n}"'] for n in range(200)]
    assert server.counts() == ended(served=200)


# ── clients that do us no good ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("begun", [b"", b"agi_network: yes\n", b"agi_network: yes\nagi_req"])
async def test_a_client_that_connects_and_goes_is_forgotten(begun: bytes, call_in: CallIn) -> None:
    async with door() as server:
        for _ in range(50):
            _reader, writer = await connect(server, begun)
            await leave(writer)
        await call_in(server.port, "greet")
    assert server.counts() == ended(hung_up=50, served=1)


async def test_a_client_that_resets_the_connection_is_forgotten(
    header: HeaderOf, call_in: CallIn
) -> None:
    async with door(ask_thrice) as server:
        for begun in (b"", b"agi_network: yes\n", header("greet")):
            reader, writer = await connect(server, begun)
            if begun.endswith(b"\n\n"):
                await reader.readline()
            reset(writer)
        await call_in(server.port, "greet")
    assert server.counts() == ended(hung_up=3, served=1)


async def test_a_client_that_sends_nothing_is_closed_after_the_header_timeout() -> None:
    async with door(limits=SessionLimits(header_s=0.05)) as server:
        assert await read_all(await connect(server)) == b""
    assert server.counts() == ended(timed_out=1)


async def test_a_header_that_trickles_in_gets_no_longer_than_any_other(header: HeaderOf) -> None:
    async with door(limits=SessionLimits(header_s=0.1)) as server:
        streams = await connect(server)
        closed = asyncio.create_task(read_all(streams))
        for byte in header("greet")[:-1] * 1000:
            streams[1].write(bytes([byte]))
            if closed in (await asyncio.wait([closed], timeout=0.01))[0]:
                break
    assert server.counts() == ended(timed_out=1)


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
        b"\0" * 100_000,
        b"agi_x: " + b"y" * 1_000_000,
        b"".join(b"agi_%d: y\n" % n for n in range(10_000)),
    ],
    ids=["http", "tls", "zeros", "an endless line", "an endless header"],
)
async def test_a_client_that_sends_garbage_is_closed(garbage: bytes, call_in: CallIn) -> None:
    async with door() as server:
        await read_all(await connect(server, garbage))
        await call_in(server.port, "greet")
    assert server.counts() == ended(garbled=1, served=1)


@pytest.mark.parametrize("reply", [b"", b"HANGUP\n", b"200 result=-1\n", b"511 dead\n"])
async def test_a_hang_up_mid_flow_is_a_value_and_no_further_word_is_said(
    reply: bytes, header: HeaderOf
) -> None:
    seen = []

    async def ask_on(session: Session, _request: Request) -> None:
        seen.extend([await session.noop(), await session.answer(), await session.hangup()])

    async with door(ask_on) as server:
        reader, writer = await connect(server, header("greet"))
        assert await reader.readline() == b"NOOP\n"
        writer.write(reply)
        if not reply:
            await leave(writer)
        assert await read_all((reader, writer)) == b""
    assert seen == [HungUp(), HungUp(), HungUp()]
    assert server.counts() == ended(hung_up=1)


async def test_a_caller_gone_before_the_first_word_costs_at_most_one(header: HeaderOf) -> None:
    async with door(ask_thrice) as server:
        assert await read_all(await connect(server, header("greet") + b"HANGUP\n")) == b"NOOP\n"
    assert server.counts() == ended(hung_up=1)


@pytest.mark.parametrize("reply", [b"hello\n", b"200\n", b"\n", b"x" * 100_000])
async def test_garbage_mid_flow_ends_the_session(reply: bytes, call_in: CallIn) -> None:
    async with door(ask_thrice) as server:
        await call_in(server.port, "greet", replies=[reply])
    assert server.counts() == ended(garbled=1)


async def test_a_switch_that_never_answers_is_left_after_the_reply_timeout(
    header: HeaderOf,
) -> None:
    async with door(ask_thrice, SessionLimits(reply_s=0.05)) as server:
        assert await read_all(await connect(server, header("greet"))) == b"NOOP\n"
    assert server.counts() == ended(timed_out=1)


async def test_no_session_outlives_its_time(call_in: CallIn) -> None:
    async def ask_for_ever(session: Session, _request: Request) -> None:
        while not session.gone:
            await session.noop()

    async with door(ask_for_ever, SessionLimits(life_s=0.1)) as server:
        await call_in(server.port, "greet")
    assert server.counts() == ended(timed_out=1)


# ── the house is full, or closes ─────────────────────────────────────────────────────────


class Gate:
    """A handler that says when it is in, and stays until it is let go."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, session: Session, _request: Request) -> None:
        self.entered.set()
        await self.open.wait()
        await session.noop()


async def test_above_the_cap_nobody_gets_in_and_a_place_that_is_left_is_free(
    call_in: CallIn,
) -> None:
    gate = Gate()
    async with door(gate, SessionLimits(sessions=1, drain_s=30)) as server:
        first = asyncio.create_task(call_in(server.port, "greet"))
        await gate.entered.wait()
        with capture_logs() as logs:
            for _ in range(5):
                assert await read_all(await connect(server)) == b""
        assert server.counts() == ended(open=1, refused=5)
        gate.open.set()
        assert await first == ["NOOP"]
    assert [entry["event"] for entry in logs] == ["agi.sessions_refused"]


async def test_a_place_is_free_again_after_each_call(call_in: CallIn) -> None:
    async with door(limits=SessionLimits(sessions=1)) as server:
        for _ in range(20):
            while not await call_in(server.port, "greet"):
                pass
    assert server.counts().served == 20


async def test_a_stop_takes_nobody_in_and_waits_for_those_inside(call_in: CallIn) -> None:
    gate = Gate()
    async with door(gate, SessionLimits(sessions=1, drain_s=30)) as server:
        inside = asyncio.create_task(call_in(server.port, "greet"))
        await gate.entered.wait()
        stop = asyncio.create_task(server.stop())
        await asyncio.sleep(0)
        with pytest.raises(ConnectionRefusedError):
            await connect(server)
        gate.open.set()
        assert await inside == ["NOOP"]
        await stop
    assert server.counts() == ended(served=1)


async def test_a_stop_cuts_off_whoever_does_not_leave(call_in: CallIn) -> None:
    gate = Gate()
    async with door(gate, SessionLimits(drain_s=0.05)) as server:
        inside = asyncio.create_task(call_in(server.port, "greet"))
        await gate.entered.wait()
    assert await inside == []
    assert server.counts() == ended(cut_off=1)


async def test_leaving_by_an_exception_waits_for_nobody(call_in: CallIn) -> None:
    gate = Gate()
    server = door(gate, SessionLimits(drain_s=60))

    async def fall_over() -> None:
        async with server:
            calls.append(asyncio.create_task(call_in(server.port, "greet")))
            await gate.entered.wait()
            raise LookupError

    calls: list[asyncio.Task[list[str]]] = []
    with pytest.raises(ExceptionGroup):
        await fall_over()
    assert await calls[0] == []
    assert server.counts() == ended(cut_off=1)


async def test_a_bug_in_a_handler_ends_the_house_and_not_in_silence(call_in: CallIn) -> None:
    async def stumble(_session: Session, _request: Request) -> None:
        raise ZeroDivisionError

    server = door(stumble)

    async def stay_in() -> None:
        async with server:
            await call_in(server.port, "greet")
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as caught:
        await stay_in()
    assert caught.group_contains(ZeroDivisionError)
    assert server.counts() == ended(failed=1)


# ── what the log may know ────────────────────────────────────────────────────────────────


async def test_no_log_line_holds_what_a_caller_is_called_or_dialed(
    call_in: CallIn, header: HeaderOf
) -> None:
    with capture_logs() as logs:
        async with door(ask_thrice, SessionLimits(reply_s=0.2)) as server:
            env = {"agi_callerid": "13800001111", "agi_extension": "4008001111"}
            await call_in(server.port, "13800001111", env=env)
            await call_in(server.port, "greet?agent=13800001111", env=env, replies=[b"138\n"])
            await call_in(server.port, "greet", env=env)
            await read_all(await connect(server, b"agi 13800001111\n"))
            await read_all(await connect(server, header("greet", env)))
    events = [entry["event"] for entry in logs]
    assert "agi.route_unknown" in events
    assert "agi.session_garbled" in events
    assert "agi.session_timed_out" in events
    assert "0001111" not in repr(logs)
    assert "8001111" not in repr(logs)
