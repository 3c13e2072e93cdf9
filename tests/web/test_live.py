"""R18: the stream of frames over a real server and real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import httpx
from starlette.types import Receive, Scope, Send

from dialer.messages import Now
from supervisor.frames import Frames, applied, picture_of
from supervisor.sinks.hub import Hub
from supervisor.sinks.sse import Streams
from supervisor.snapshot import Snapshot
from supervisor.web.server import Address, serving
from tests.supervisor.floor_example import NOW, agents, snapshot


class Stage:
    """A hub that shows what it is given, served on a free port."""

    def __init__(self) -> None:
        self.shown = snapshot()
        self.streams = Streams(lambda: NOW)
        self.hub = Hub(self._take, lambda: Now(utc=NOW, mono=0.0), [self.streams])
        self.port = 0

    def _take(self, _now: Now) -> Snapshot:
        return self.shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await self.streams.serve(receive, send)

    def show(self, shown: Snapshot) -> None:
        self.shown = shown
        self.hub.show()


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    stage = Stage()
    address = Address(host="127.0.0.1", port=0)
    async with serving(stage, address, stage.streams.stop) as port:
        stage.port = port
        stage.hub.show()
        yield stage


@asynccontextmanager
async def viewer(stage: Stage) -> AsyncIterator[AsyncIterator[tuple[str, str]]]:
    async with (
        httpx.AsyncClient() as client,
        client.stream("GET", f"http://127.0.0.1:{stage.port}/live") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer)


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, str]]:
    kind = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, line.removeprefix("data: ")


async def next_frame(stream: AsyncIterator[tuple[str, str]]) -> dict[str, object]:
    async for kind, data in stream:
        if kind == "frame":
            found: dict[str, object] = json.loads(data)
            return found
    raise AssertionError("the stream has ended")


async def test_a_viewer_gets_the_picture_and_then_what_differs() -> None:
    async with staged() as stage, viewer(stage) as stream:
        first = await next_frame(stream)
        assert first["full"] is True
        picture = applied({}, first)
        stage.show(replace(stage.shown, agents=agents(3)))
        second = await next_frame(stream)
        assert second["full"] is False
        assert applied(picture, second) == picture_of(stage.shown)


async def test_nothing_happens_and_the_stream_says_that_it_lives() -> None:
    async with staged() as stage, viewer(stage) as stream:
        await next_frame(stream)
        kind, data = await anext(stream)
        assert kind == "beat"
        assert datetime.fromisoformat(data).tzinfo is not None


async def test_who_reads_nothing_holds_up_nobody_and_gets_the_newest_picture() -> None:
    async with staged() as stage:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        writer.write(b"GET /live HTTP/1.1\r\nHost: here\r\n\r\n")
        async with viewer(stage) as stream:
            await next_frame(stream)
            for count in range(400):
                people = tuple(
                    replace(agent, name=f"{agent.name} {count} " * 200) for agent in agents(10)
                )
                stage.show(replace(stage.shown, agents=people))
                assert (await next_frame(stream))["seq"] == count + 2
        seqs = []
        while not seqs or seqs[-1] < 401:
            line = await reader.readline()
            if line.startswith(b"id: "):
                seqs.append(int(line.split()[1]))
        assert len(seqs) < 400  # what did not fit was not kept
        writer.close()


async def test_open_streams_do_not_hold_up_the_end() -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(30), viewer_of_an_ended_stage() as began:
        pass
    assert loop.time() - began < 2.0


@asynccontextmanager
async def viewer_of_an_ended_stage() -> AsyncIterator[float]:
    async with staged() as stage:
        writers = []
        for _ in range(200):
            reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
            writer.write(b"GET /live HTTP/1.1\r\nHost: here\r\n\r\n")
            await reader.readuntil(b"event: frame")
            writers.append(writer)
        assert stage.streams.viewers == 200
        began = asyncio.get_running_loop().time()
    yield began
    for writer in writers:
        writer.close()


async def test_the_clock_of_a_beat_is_the_servers() -> None:
    async with staged() as stage, viewer(stage) as stream:
        await next_frame(stream)
        _kind, data = await anext(stream)
        assert datetime.fromisoformat(data) == NOW.astimezone(UTC)


def test_frames_of_one_hub_count_up() -> None:
    frames = Frames()
    first, second = frames.next(snapshot()), frames.next(replace(snapshot(), site="other"))
    assert first is not None
    assert second is not None
    assert (first.seq, second.seq) == (1, 2)
