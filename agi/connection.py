"""One connection from the switch: its bytes into the protocol, and a limit on each wait.

Owns: the transport, the buffer that is read into, and the one timer of a connection. Must not know
what a command means (`agi.session`), nor how many connections there are (`agi.server`).

Whoever waits is woken once for each whole event, not for each piece of it: the switch writes its
header line by line. While nobody waits, at most a piece or two is read, so that a client that talks
on is held back by the network and not kept in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, cast

from agi.protocol import FastAgiProtocol
from agi.wire import Command, Event, Limits, RemoteProtocolError

READ_BYTES: Final = 1024
"""A whole header has some 700; each living call keeps so much."""


class Connection(asyncio.BufferedProtocol):
    """What `loop.create_server` makes of each that comes in; `entered` is told of it."""

    _transport: asyncio.Transport

    def __init__(
        self, entered: Callable[[Connection], object], limits: Limits | None = None
    ) -> None:
        self._entered = entered
        self._loop = asyncio.get_running_loop()
        self._protocol = FastAgiProtocol(limits)
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._waiter: asyncio.Future[Event] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._choked = False
        self._lost: asyncio.Future[None] = self._loop.create_future()

    # ── what the loop tells us ───────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._entered(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next piece goes."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """A piece came."""
        if self._waiter is None or self._choked:
            self._transport.pause_reading()
        self._take(bytes(self._buffer[:nbytes]))

    def eof_received(self) -> bool:
        """The other side says no more; what it said before is still ours to answer."""
        self._take(b"")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """A reset is an end like any other."""
        del exc
        self._choked = False
        self._take(b"")
        self._lost.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pause_writing(self) -> None:
        """The other side does not read: until it does, its answers count for nothing."""
        self._choked = True

    def resume_writing(self) -> None:
        """It reads again."""
        self._choked = False
        self._tell()

    # ── what a session does with it ──────────────────────────────────────────────────────

    def send(self, command: Command) -> None:
        """Say a command. A broken pipe is told by the wait that follows.

        Raises:
            LocalProtocolError: it is not our turn, or the command cannot be written.
        """
        self._transport.write(self._protocol.send(command))

    async def next_event(self, timeout_s: float) -> Event:
        """Wait for the next event; only one may wait at a time.

        Raises:
            TimeoutError: it is not whole in `timeout_s`.
            RemoteProtocolError: what came is no FastAGI.
        """
        waiter: asyncio.Future[Event] = self._loop.create_future()
        self._waiter = waiter
        self._tell()
        if not waiter.done():
            self._ring_at(self._loop.time() + timeout_s)
        try:
            return await waiter
        finally:
            self._waiter = None

    async def close(self, timeout_s: float) -> None:
        """End the connection; what the other side has not taken in `timeout_s` is dropped."""
        self._transport.close()
        if self._transport.get_write_buffer_size():
            await asyncio.wait([self._lost], timeout=timeout_s)
            self._transport.abort()

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    def _take(self, data: bytes) -> None:
        with contextlib.suppress(RemoteProtocolError):  # It is raised anew to whoever waits.
            self._protocol.receive(data)
        self._tell()

    def _tell(self) -> None:
        """Give the next event to the one that waits, or read on if it is not whole."""
        waiter = self._waiter
        if waiter is None or waiter.done() or self._choked:
            return
        try:
            event = self._protocol.next_event()
        except RemoteProtocolError as error:
            waiter.set_exception(error)
        else:
            if event is None:
                self._transport.resume_reading()
            else:
                waiter.set_result(event)

    def _ring_at(self, due: float) -> None:
        """Set the timer. One that would ring earlier is left: few waits last until it does."""
        self._due = due
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._ring, due)

    def _ring(self, rang_at: float) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if rang_at < self._due:
            self._ring_at(self._due)
        else:
            self._waiter.set_exception(TimeoutError())
