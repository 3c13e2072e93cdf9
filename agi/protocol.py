"""FastAGI as a state machine: bytes in, events out; commands in, bytes out.

Owns: what may be said when, and how much of anything is too much. Must not know how a line is
spelt (`agi.wire`), sockets, clocks, asyncio, nor what any route or variable is for.

The conversation
================
The switch connects and tells its *header*: lines `agi_name: value`, then an empty line. From
then on it only answers: we say one command, it says one response. So there are two speakers
and one state, and `TRANSITIONS` holds the whole of it:

1. Nothing may be said before the header is whole, and never a second command before the
   response to the first. That is not politeness: the switch waits on the socket but reads
   through a buffer, so a command sent ahead may lie in that buffer, unseen, until the next one.
2. A response is one line, but for 520: `520-…`, lines of usage, then `520 End of proper usage.`,
   which older switches glue to the last line of the text.
3. `HANGUP` may stand between any two lines after the header. It is a fact about the caller, not
   a state of the talk: a response that is owed still comes, and a few commands work on a dead
   channel. So it is told once, as a value (`HangUp`), and leaves the state where it was.
4. `100 …` says "wait"; it is no event.
5. The end of the bytes is a value too (`Closed`), in whatever state; half a line before it is lost.

Whose fault
===========
`LocalProtocolError`: we tried what the table or the wire forbids; nothing has changed.
`RemoteProtocolError`: they did; the talk is `BROKEN` for good and says so each time it is asked.
No message quotes what the other side said: it may hold a phone number.

Lines are decoded when they are whole, broken UTF-8 and control characters become U+FFFD. What
is kept is bounded by `Limits`, as long as events are taken after each `receive`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from agi.wire import (
    HANGUP_LINE,
    USAGE_BEGIN,
    USAGE_CODE,
    USAGE_END,
    Closed,
    Command,
    Event,
    Fault,
    HangUp,
    Limits,
    LocalProtocolError,
    RemoteProtocolError,
    Request,
    Response,
    read_header,
    read_line,
    read_request,
    read_response,
)


class State(StrEnum):
    """Where the conversation stands."""

    HEADER = "header"
    READY = "ready"
    WAITING = "waiting"
    USAGE = "usage"
    CLOSED = "closed"
    BROKEN = "broken"


class Step(StrEnum):
    """What can happen to it. COMMAND is ours, the others are theirs."""

    REQUEST = "request"
    COMMAND = "command"
    TRYING = "trying"
    USAGE_BEGUN = "usage begun"
    RESPONSE = "response"
    HANGUP = "hangup"
    END = "end"


TRANSITIONS: Final[Mapping[State, Mapping[Step, State]]] = {
    State.HEADER: {
        Step.REQUEST: State.READY,
        Step.END: State.CLOSED,
    },
    State.READY: {
        Step.COMMAND: State.WAITING,
        Step.HANGUP: State.READY,
        Step.END: State.CLOSED,
    },
    State.WAITING: {
        Step.RESPONSE: State.READY,
        Step.TRYING: State.WAITING,
        Step.USAGE_BEGUN: State.USAGE,
        Step.HANGUP: State.WAITING,
        Step.END: State.CLOSED,
    },
    State.USAGE: {
        Step.RESPONSE: State.READY,
        Step.HANGUP: State.USAGE,
        Step.END: State.CLOSED,
    },
    State.CLOSED: {},
    State.BROKEN: {},
}


FIRST_FINAL_CODE: Final = 200


class FastAgiProtocol:
    """One conversation. Give it bytes by `receive`, then take events until there is none."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._state = State.HEADER
        self._lines: deque[bytes] = deque()
        self._tail = b""
        self._ended = False
        self._hung_up = False
        self._fault: Fault | None = None
        self._env: dict[str, str] = {}
        self._header_bytes = 0
        self._usage: list[str] = []
        self._usage_bytes = 0

    @property
    def state(self) -> State:
        """Where the conversation stands."""
        return self._state

    @property
    def held_bytes(self) -> int:
        """Bytes that are kept because their line is not whole, or not taken yet."""
        return len(self._tail) + sum(len(line) + 1 for line in self._lines)

    def send(self, command: Command) -> bytes:
        """Say a command.

        Raises:
            LocalProtocolError: it is not our turn, or the command cannot be written.
        """
        after = TRANSITIONS[self._state].get(Step.COMMAND)
        if after is None:
            raise LocalProtocolError(f"no command may be sent in state {self._state}")
        line = command.encode()
        self._state = after
        return line

    def receive(self, data: bytes) -> None:
        """Take bytes as they came; no bytes at all mean that there will be no more.

        Raises:
            RemoteProtocolError: the conversation is broken, or bytes come after the end.
        """
        self._raise_if_broken()
        if self._ended and data:
            self._break(Fault.AFTER_END)
            raise RemoteProtocolError(Fault.AFTER_END)
        self._ended = self._ended or not data
        *lines, self._tail = (self._tail + data).split(b"\n")
        self._lines.extend(lines)

    def next_event(self) -> Event | None:
        """Give the next event; None when more bytes are needed, and after Closed.

        Raises:
            RemoteProtocolError: what came is no FastAGI. It is raised anew at every call.
        """
        self._raise_if_broken()
        try:
            return self._next()
        except RemoteProtocolError as error:
            self._break(error.fault)
            raise

    def _next(self) -> Event | None:
        while self._lines:
            event = self._read(self._lines.popleft())
            if event is not None:
                return event
        self._limit(len(self._tail))
        if self._ended and self._state is not State.CLOSED:
            self._step(Step.END)
            return Closed()
        return None

    def _limit(self, size: int) -> None:
        """A line is too long whether or not its end is there: chunking makes no difference."""
        if size > self._limits.line_bytes:
            raise RemoteProtocolError(Fault.LINE_TOO_LONG)

    def _read(self, raw: bytes) -> Event | None:
        self._limit(len(raw))
        line = read_line(raw)
        if self._state is State.HEADER:
            return self._read_header(line, len(raw) + 1)
        if line == HANGUP_LINE:
            return self._read_hangup()
        if self._state is State.USAGE:
            return self._read_usage(line, len(raw) + 1)
        return self._read_response(line)

    def _read_header(self, line: str, size: int) -> Request | None:
        self._header_bytes += size
        if self._header_bytes > self._limits.header_bytes:
            raise RemoteProtocolError(Fault.HEADER_TOO_LONG)
        if not line:
            request = read_request(self._env, most_arguments=self._limits.arguments)
            self._step(Step.REQUEST)
            return request
        name, value = read_header(line)
        if name in self._env:
            raise RemoteProtocolError(Fault.HEADER_TWICE)
        if len(self._env) >= self._limits.header_lines:
            raise RemoteProtocolError(Fault.HEADER_TOO_LONG)
        self._env[name] = value
        return None

    def _read_hangup(self) -> HangUp | None:
        self._step(Step.HANGUP)
        first, self._hung_up = not self._hung_up, True
        return HangUp() if first else None

    def _read_usage(self, line: str, size: int) -> Response | None:
        self._usage_bytes += size
        if self._usage_bytes > self._limits.usage_bytes:
            raise RemoteProtocolError(Fault.USAGE_TOO_LONG)
        text = line.removesuffix(USAGE_END)
        self._usage.append(text)
        if text == line:
            return None
        self._step(Step.RESPONSE)
        usage = "\n".join(self._usage).strip()
        self._usage, self._usage_bytes = [], 0
        return Response(code=USAGE_CODE, result="", data=usage)

    def _read_response(self, line: str) -> Response | None:
        if line.startswith(USAGE_BEGIN):
            self._step(Step.USAGE_BEGUN)
            return None
        response = read_response(line)
        if response.code < FIRST_FINAL_CODE:
            self._step(Step.TRYING)
            return None
        self._step(Step.RESPONSE)
        return response

    def _step(self, step: Step) -> None:
        after = TRANSITIONS[self._state].get(step)
        if after is None:
            raise RemoteProtocolError(Fault.OUT_OF_TURN)
        self._state = after

    def _break(self, fault: Fault) -> None:
        self._fault = fault
        self._state = State.BROKEN
        self._lines.clear()
        self._tail = b""

    def _raise_if_broken(self) -> None:
        if self._fault is not None:
            raise RemoteProtocolError(self._fault)
