"""The doctor's own AMI connection: it asks, and it listens for the probe.

Owns: one short connection to Asterisk and its time limits. Must not know what the answers mean.
The engine's link cannot serve here: it reads only what the engine needs, and begins anew when it
is lost, where the doctor wants to hear why.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from asterisk.actions import Action
from asterisk.errors import ActionRejected, AnswerOverdue, LinkLost
from asterisk.frames import Frames, NotAsterisk, event_name, headers_of

Headers = dict[str, str]

ANSWER_S = 2.0
"""The longest wait for an answer."""

_NEWS = frozenset({b"FullyBooted", b"UserEvent", b"OriginateResponse", b"Hangup"})
_CHUNK = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What answered an action: the response, and the events that carry the action's id."""

    response: Headers
    events: tuple[Headers, ...]


class Consultation:
    """One connection. `news` holds, in order, the events that are no answer to an action."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.news: list[Headers] = []
        self.is_stranger = False
        self._reader = reader
        self._writer = writer
        self._frames = Frames()
        self._answers: dict[str, list[Headers]] = {}
        self._changed = asyncio.Condition()
        self._over = ""
        self._token = f"waihu-doctor-{secrets.token_hex(4)}"
        self._numbers = count(1)

    @property
    def protocol(self) -> str | None:
        """The version of the protocol, once Asterisk has greeted."""
        return self._frames.version

    async def listen(self) -> None:
        """Take what comes until the connection ends; runs beside all else."""
        try:
            while chunk := await self._reader.read(_CHUNK):
                await self._take(self._frames.feed(chunk))
            await self._end("Asterisk closed the connection")
        except NotAsterisk as fault:
            self.is_stranger = True
            await self._end(str(fault))
        except OSError as fault:
            await self._end(reason_of(fault))

    async def ask(self, action: Action, within_s: float = ANSWER_S) -> Heard:
        """Send an action and wait for its response, or for its whole list.

        Raises:
            ActionRejected: Asterisk answered with an error.
            AnswerOverdue: not all of the answer came in time.
            LinkLost: the connection ended.
        """
        action_id = f"{self._token}/{next(self._numbers)}"
        heard = self._answers[action_id] = []
        self._write(action, action_id)
        try:
            async with asyncio.timeout(within_s):
                await self.until(lambda: _is_whole(heard, action.ends_with))
        except TimeoutError:
            raise AnswerOverdue(action.name, within_s) from None
        response = next(message for message in heard if "Response" in message)
        if response["Response"] == "Error":
            raise ActionRejected(action.name, response.get("Message", ""))
        events = tuple(message for message in heard if "Event" in message)
        return Heard(response=response, events=events)

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until something has come that makes `done` true.

        Raises:
            LinkLost: the connection ended before.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: done() or bool(self._over))
        if not done():
            raise LinkLost(self._over)

    def _write(self, action: Action, action_id: str) -> None:
        lines = (("Action", action.name), ("ActionID", action_id), *action.headers)
        text = "".join(f"{name}: {value}\r\n" for name, value in lines)
        self._writer.write(f"{text}\r\n".encode())

    async def _take(self, messages: list[bytes]) -> None:
        async with self._changed:
            for message in messages:
                # A busy switch sends thousands a second: only ours are decoded.
                if event_name(message) in _NEWS or self._token.encode() in message:
                    self._sort(headers_of(message))
            self._changed.notify_all()

    def _sort(self, message: Headers) -> None:
        if message.get("Event", "").encode() in _NEWS:
            self.news.append(message)
        else:
            self._answers.get(message.get("ActionID", ""), []).append(message)

    async def _end(self, reason: str) -> None:
        self._over = reason
        async with self._changed:
            self._changed.notify_all()


def _is_whole(heard: list[Headers], ends_with: str) -> bool:
    """Whether the last message ends the answer: a list's end, a refusal, or the response."""
    if not heard:
        return False
    last = heard[-1]
    refused = last.get("Response") == "Error"
    return refused or (last.get("Event") == ends_with if ends_with else "Response" in last)


def reason_of(fault: OSError) -> str:
    """The system's own few words; asyncio's repeat the address."""
    if fault.errno is None or isinstance(fault, socket.gaierror):
        return fault.strerror or str(fault)
    return os.strerror(fault.errno)


@asynccontextmanager
async def consult(host: str, port: int, within_s: float) -> AsyncIterator[Consultation]:
    """A connection for as long as the block runs. Nothing is said on it yet.

    Raises:
        LinkLost: nobody listens there, or not within `within_s`.
    """
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        raise LinkLost(f"no connection within {within_s:g} s") from None
    except OSError as fault:
        raise LinkLost(reason_of(fault)) from None
    consultation = Consultation(reader, writer)
    listening = asyncio.create_task(consultation.listen())
    try:
        yield consultation
    finally:
        listening.cancel()
        await asyncio.wait({listening})
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
