"""What a connection holds and how long it waits, whatever the other side sends or leaves unread."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from agi.connection import READ_BYTES
from agi.server import FastAgiServer, SessionLimits
from agi.session import Handler, Session
from agi.wire import Request

HeaderOf = Callable[..., bytes]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

OK = b"200 result=1\n"
FLOOD = OK * 1_000_000
LONG_WORDS = "x" * 1_900
MORE_THAN_SOCKETS_HOLD = 10_000
"""Commands of `LONG_WORDS`."""


async def ask_once(session: Session, _request: Request) -> None:
    await session.noop()


async def talk_at_length(session: Session, _request: Request) -> None:
    for _ in range(MORE_THAN_SOCKETS_HOLD):
        await session.verbose(LONG_WORDS)


def door(handler: Handler, limits: SessionLimits) -> FastAgiServer:
    return FastAgiServer(host="127.0.0.1", port=0, routes={"talk": handler}, limits=limits)


@contextlib.asynccontextmanager
async def switch(server: FastAgiServer, header: bytes) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(header)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_the_limit_of_the_header_does_not_cut_the_wait_for_an_answer(
    header: HeaderOf,
) -> None:
    limits = SessionLimits(header_s=0.2, reply_s=30, drain_s=30)
    async with door(ask_once, limits) as server, switch(server, header("talk")) as (reader, writer):
        assert await reader.readline() == b"NOOP\n"
        await asyncio.sleep(limits.header_s + 0.1)
        writer.write(OK)
        assert await reader.read() == b""
    assert server.counts().served == 1


async def test_a_wait_that_is_longer_than_the_one_before_ends_too(header: HeaderOf) -> None:
    limits = SessionLimits(header_s=0.2, reply_s=0.3, drain_s=30)
    async with door(ask_once, limits) as server, switch(server, header("talk")) as (reader, _):
        assert await reader.read() == b"NOOP\n"
    assert server.counts().timed_out == 1


async def test_each_wait_has_its_own_limit(header: HeaderOf) -> None:
    waited = []

    async def be_patient_then_not(session: Session, _request: Request) -> None:
        waited.append(await session.exec_app("Wait", "1", timeout_s=60))
        with pytest.raises(TimeoutError):
            await session.exec_app("Wait", "1", timeout_s=0.01)

    limits = SessionLimits(header_s=60, life_s=5, drain_s=30)
    async with (
        door(be_patient_then_not, limits) as server,
        switch(server, header("talk")) as (reader, writer),
    ):
        await reader.readline()
        writer.write(OK)
        assert await reader.read() == b'EXEC "Wait" "1"\n'
    assert len(waited) == 1
    assert server.counts().served == 1


async def test_a_switch_that_answers_without_reading_is_left(header: HeaderOf) -> None:
    given_up = asyncio.Event()

    async def talk_until_it_is_too_much(session: Session, request: Request) -> None:
        try:
            await talk_at_length(session, request)
        except TimeoutError:
            given_up.set()
            raise

    limits = SessionLimits(reply_s=0.3, life_s=60, drain_s=60)
    async with (
        door(talk_until_it_is_too_much, limits) as server,
        switch(server, header("talk") + FLOOD) as (_reader, writer),
    ):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await given_up.wait()
    assert server.counts().timed_out == 1


async def test_a_switch_that_goes_without_having_read_has_hung_up(header: HeaderOf) -> None:
    limits = SessionLimits(reply_s=30, life_s=30, drain_s=60)
    async with (
        door(talk_at_length, limits) as server,
        switch(server, header("talk") + OK * MORE_THAN_SOCKETS_HOLD) as (_reader, writer),
    ):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(0.4)
        writer.transport.abort()
    assert server.counts().hung_up == 1


async def test_a_switch_that_reads_late_loses_no_word(header: HeaderOf) -> None:
    limits = SessionLimits(reply_s=60, life_s=60, drain_s=60)
    async with (
        door(talk_at_length, limits) as server,
        switch(server, header("talk") + OK * MORE_THAN_SOCKETS_HOLD) as (reader, _writer),
    ):
        await asyncio.sleep(0.1)
        lines = 0
        while await reader.readline():
            lines += 1
    assert lines == MORE_THAN_SOCKETS_HOLD
    assert server.counts().served == 1


async def test_who_talks_on_while_nobody_listens_is_held_back(header: HeaderOf) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()
    held = []

    async def listen_late(session: Session, _request: Request) -> None:
        entered.set()
        await go_on.wait()
        held.append(session._connection._protocol.held_bytes)  # noqa: SLF001
        await session.noop()

    limits = SessionLimits(life_s=60, drain_s=60)
    async with (
        door(listen_late, limits) as server,
        switch(server, header("talk")) as (_reader, writer),
    ):
        await entered.wait()
        writer.write(FLOOD)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(writer.drain(), 0.3)
        go_on.set()
    assert held[0] <= 2 * READ_BYTES
