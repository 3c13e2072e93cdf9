"""An Asterisk that only speaks AMI: a small server over TCP that tests can make misbehave.

It keeps what it was sent, answers as a real one where no test says otherwise, and can be silent,
refuse, cut its words at any byte, speak out of order, and go away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from asterisk.lab.ports import free_port

BANNER = b"Asterisk Call Manager/9.0.0\r\n"

Headers = list[tuple[str, str]]
Answer = Callable[[dict[str, str]], bytes | None]


def message(*headers: tuple[str, str]) -> bytes:
    """Headers as they travel."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + b"\r\n"


def event(name: str, **headers: str) -> bytes:
    """An event as it travels."""
    return message(("Event", name), *headers.items())


def accept(action: dict[str, str]) -> bytes:
    """Success, as Asterisk says it of most actions."""
    return response(action, "Success", "Done")


def reject(text: str) -> Answer:
    """An answer that refuses with `text`."""
    return lambda action: response(action, "Error", text)


def value(text: str) -> Answer:
    """An answer that gives the value of a variable or function."""
    return lambda action: message(
        ("Response", "Success"), ("ActionID", action["ActionID"]), ("Value", text)
    )


def silence(_action: dict[str, str]) -> None:
    """No answer at all."""


def response(action: dict[str, str], word: str, text: str) -> bytes:
    """A response to `action`."""
    return message(("Response", word), ("ActionID", action["ActionID"]), ("Message", text))


def listing(end: str, *items: tuple[str, dict[str, str]]) -> Answer:
    """An answer that is a list of (event, headers), closed by the event `end`."""

    def answer(action: dict[str, str]) -> bytes:
        ours = ("ActionID", action["ActionID"])
        start = message(("Response", "Success"), ours, ("EventList", "start"))
        body = [message(("Event", name), ours, *headers.items()) for name, headers in items]
        return b"".join([start, *body, message(("Event", end), ours, ("EventList", "Complete"))])

    return answer


def log_in(action: dict[str, str]) -> bytes:
    """Success, and at once the word that Asterisk is fully booted."""
    return accept(action) + event("FullyBooted", Status="Fully Booted")


class FakeAsterisk:
    """`async with FakeAsterisk() as asterisk:` listens on a free loopback port.

    `answers`: what it says to an action, by the action's name. `banner`: what it greets with.
    `piece`: how many bytes it sends at once, 0 for all.
    """

    def __init__(self) -> None:
        self.banner = BANNER
        self.piece = 0
        self.answers: dict[str, Answer] = {
            "Login": log_in,
            "CoreSettings": lambda action: message(
                ("Response", "Success"),
                ("ActionID", action["ActionID"]),
                ("AsteriskVersion", "22.10.0"),
            ),
            "Ping": accept,
        }
        self.received: list[Headers] = []
        self.connections = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self.port = free_port()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._greet, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.hang_up()
        await asyncio.gather(*self._serving)

    def named(self, action: str) -> list[dict[str, str]]:
        """All actions of this name that arrived, in order."""
        every = (dict(headers) for headers in self.received)
        return [headers for headers in every if headers.get("Action") == action]

    async def arrived(self, action: str, times: int = 1) -> dict[str, str]:
        """Wait until an action of this name has come so many times; the last of them."""
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: len(self.named(action)) >= times)
        return self.named(action)[times - 1]

    async def connected(self, times: int) -> None:
        """Wait until somebody has connected so many times."""
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: self.connections >= times)

    async def say(self, words: bytes) -> None:
        """Send bytes to whoever is connected now."""
        for writer in self._writers:
            await self._write(writer, words)

    def hang_up(self) -> None:
        """Cut every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            await self._tell(lambda: setattr(self, "connections", self.connections + 1))
            await self._write(writer, self.banner)
            while True:
                await self._take(await reader.readuntil(b"\r\n\r\n"), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _take(self, words: bytes, writer: asyncio.StreamWriter) -> None:
        lines = words.decode().removesuffix("\r\n\r\n").split("\r\n")
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        await self._tell(lambda: self.received.append(headers))
        action = dict(headers)
        answer = self.answers.get(action["Action"], accept)(action)
        if answer is not None:
            await self._write(writer, answer)

    async def _write(self, writer: asyncio.StreamWriter, words: bytes) -> None:
        size = self.piece or len(words) or 1
        for start in range(0, len(words), size):
            writer.write(words[start : start + size])
            await writer.drain()
            if self.piece:
                await asyncio.sleep(0)

    async def _tell(self, change: Callable[[], None]) -> None:
        async with self._news:
            change()
            self._news.notify_all()
