"""Who is nobody yet cannot make the engine hold what it cannot hold: connections, heads, bodies."""

import asyncio

import pytest

from supervisor.web.connection import BoundedConnection
from tests.web.test_live import Stage, staged

ENDED = b""


async def ended_by_the_server(reader: asyncio.StreamReader) -> bool:
    """Whether it lets go, within the test's patience."""
    try:
        async with asyncio.timeout(20):
            return await reader.read() == ENDED
    except ConnectionError:
        return True


async def connected(stage: Stage) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", stage.port)


async def test_a_head_without_an_end_is_cut_off() -> None:
    async with staged() as stage:
        reader, writer = await connected(stage)
        writer.write(b"GET /live HTTP/1.1\r\nHost: here\r\nX: ")
        for _ in range(100):
            writer.write(b"x" * 1024)
        assert await ended_by_the_server(reader)
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /live HTTP/1.1\r\nHost: he",
        b"POST /live HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nhalf",
    ],
    ids=["nothing", "half a head", "half a body"],
)
async def test_who_says_nothing_more_is_let_go(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedConnection, "stalled_s", 0.05)
    async with staged() as stage:
        reader, writer = await connected(stage)
        writer.write(sent)
        if b"\r\n\r\n" in sent:
            await reader.readuntil(b"event: frame")
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readuntil(b"never sent")
        else:
            assert await ended_by_the_server(reader)
        writer.close()


async def test_a_stream_goes_on_though_its_viewer_has_said_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BoundedConnection, "stalled_s", 0.05)
    async with staged() as stage:
        reader, writer = await connected(stage)
        writer.write(b"GET /live HTTP/1.1\r\nHost: here\r\n\r\n")
        await reader.readuntil(b"event: frame")
        await reader.readuntil(b"event: beat")
        writer.close()


async def test_beyond_so_many_nobody_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedConnection, "most", 1)
    async with staged() as stage:
        reader, writer = await connected(stage)
        writer.write(b"GET /live HTTP/1.1\r\nHost: here\r\n\r\n")
        await reader.readuntil(b"event: frame")
        refused, other = await connected(stage)
        assert await ended_by_the_server(refused)
        await reader.readuntil(b"event: beat")
        other.close()
        writer.close()
