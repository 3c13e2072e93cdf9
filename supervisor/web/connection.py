"""One browser's connection, bounded before anybody has said who it is.

Owns: how many connections there may be, how long a request's head may take and how large it may
be, and how long a body may stand still. The HTTP parser has no such limits of its own, and the
engine that routes calls would run out of memory or files. Must not know what is asked.
"""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS: Final = 2_000
"""Of one port: a thousand viewers and as many requests beside them."""

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of address and headers."""

STALLED_S: Final = 20.0
"""A head is there so long after its connection or first byte, and a body goes on within this."""


class BoundedConnection(HttpToolsProtocol):
    """Ends what is too much, too large or too slow; all else is uvicorn's."""

    stalled_s: float = STALLED_S
    most: int = MOST_CONNECTIONS
    _read: int = 0
    _in_head: bool = True
    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, if there is room."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._begin_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._end_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass on to the parser; a head that does not end is cut off."""
        in_head = self._in_head
        super().data_received(data)
        if not self._in_head:
            self._read = 0
        elif in_head:
            self._read += len(data)
            if self._read > LARGEST_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        """A head begins; on a connection that was kept its time begins as well."""
        self._in_head = True
        if self._limit is None:
            self._begin_waiting()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there: from now on it is the body that must go on."""
        self._in_head = False
        self._wait_anew()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """The body goes on."""
        self._wait_anew()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All is there: how long the answer takes is not the browser's to say."""
        self._end_waiting()
        super().on_message_complete()

    def _begin_waiting(self) -> None:
        self._limit = self.loop.call_later(self.stalled_s, self._stalled)

    def _wait_anew(self) -> None:
        self._end_waiting()
        self._begin_waiting()

    def _end_waiting(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _stalled(self) -> None:
        if self.flow.read_paused:
            # It is we who do not read on.
            self._begin_waiting()
            return
        self._limit = None
        self.transport.abort()
