"""The door: takes connections from the switch and leads each to the handler of its route.

Owns: the listening socket, how many may be in, how long each may stay, the stop, and the count of
how sessions ended. Must not know what a route does (`agi.handlers`) nor the engine.

Whatever a client does, it costs at most one of `SessionLimits.sessions` places for at most
`life_s`. A bug in a handler is not caught: it ends the server's task group, and so the program.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Final, Self

import structlog

from agi.connection import Connection
from agi.session import Handler, Session
from agi.wire import RemoteProtocolError, Request

log: structlog.stdlib.BoundLogger = structlog.get_logger()

BACKLOG: Final = 1024
_NAMEABLE = re.compile(r"[a-z_-]{1,32}")


class Ending(StrEnum):
    """How a session ended, for whoever counts."""

    SERVED = "served"
    HUNG_UP = "hung_up"
    TIMED_OUT = "timed_out"
    GARBLED = "garbled"
    UNROUTED = "unrouted"
    REFUSED = "refused"
    CUT_OFF = "cut_off"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """What a client may take of us.

    `sessions`: at once; more are closed unheard, and the dialplan takes its fallback.
    `header_s`: until the header is whole. `reply_s`: for each answer. `life_s`: for all together.
    `drain_s`: how long a stop waits for those that are in. `close_s`: for a connection to end.
    """

    sessions: int = 500
    header_s: float = 3.0
    reply_s: float = 5.0
    life_s: float = 60.0
    drain_s: float = 5.0
    close_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCounts:
    """For the snapshot: those that are in, and how all others ended since the start.

    `refused` never got in (no place, or we were stopping); `cut_off` outlived the stop.
    """

    open: int
    served: int
    hung_up: int
    timed_out: int
    garbled: int
    unrouted: int
    refused: int
    cut_off: int
    failed: int


class FastAgiServer:
    """Listens while it is entered: `async with FastAgiServer(…) as server`.

    `port` 0 lets the system choose; `server.port` tells. Leaving it drains (`stop`); leaving it
    by an exception does not wait for anybody.

    Raises:
        OSError: on entering, when the address cannot be listened on.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        routes: Mapping[str, Handler],
        limits: SessionLimits | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._routes = routes
        self._limits = limits or SessionLimits()
        self._group = asyncio.TaskGroup()
        self._listener: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self._endings: Counter[Ending] = Counter()
        self._stopping = False
        self._full = False

    @property
    def port(self) -> int:
        """The port that is listened on; before that, the one that was asked for."""
        return self._port

    def counts(self) -> SessionCounts:
        """Read the counters."""
        return SessionCounts(
            open=len(self._sessions), **{str(end): self._endings[end] for end in Ending}
        )

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._accept),
            self._host,
            self._port,
            backlog=BACKLOG,
            start_serving=False,
        )
        await self._group.__aenter__()
        self._port = self._listener.sockets[0].getsockname()[1]
        await self._listener.start_serving()
        log.info("agi.server_started", host=self._host, port=self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self.stop(drain_s=0.0 if error is not None else None)
        finally:
            await self._group.__aexit__(kind, error, trace)

    async def stop(self, *, drain_s: float | None = None) -> None:
        """Take nobody in any more, wait for those that are in, then cut off the rest."""
        if self._stopping or self._listener is None:
            return
        self._stopping = True
        self._listener.close()
        late = await self._wait_for_sessions(self._limits.drain_s if drain_s is None else drain_s)
        for session in late:
            session.cancel()
        await self._wait_for_sessions(None)
        await self._listener.wait_closed()
        log.info("agi.server_stopped", cut_off=len(late))

    async def _wait_for_sessions(self, timeout_s: float | None) -> set[asyncio.Task[None]]:
        if not self._sessions:
            return set()
        _ended, late = await asyncio.wait(self._sessions, timeout=timeout_s)
        return late

    def _accept(self, connection: Connection) -> None:
        if self._stopping or len(self._sessions) >= self._limits.sessions:
            self._refuse(connection)
            return
        self._full = False
        session = Session(connection, reply_timeout_s=self._limits.reply_s)
        task = self._group.create_task(self._serve(session))
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)
        # A task that is cancelled before its first step never comes to its own close.
        task.add_done_callback(lambda _task: connection.abort())

    def _refuse(self, connection: Connection) -> None:
        """Said once for each time that the house gets full: a flood must not flood the log."""
        connection.abort()
        self._endings[Ending.REFUSED] += 1
        if not self._full:
            self._full = True
            log.warning("agi.sessions_refused", open=len(self._sessions), stopping=self._stopping)

    async def _serve(self, session: Session) -> None:
        ending = Ending.FAILED
        try:
            async with asyncio.timeout(self._limits.life_s):
                ending = await self._converse(session)
        except TimeoutError:
            ending = Ending.TIMED_OUT
            log.warning("agi.session_timed_out", commands=session.commands)
        except RemoteProtocolError as error:
            ending = Ending.GARBLED
            log.warning("agi.session_garbled", fault=error.fault, commands=session.commands)
        except asyncio.CancelledError:
            ending = Ending.CUT_OFF
            raise
        finally:
            self._endings[ending] += 1
            await session.close(self._limits.close_s)

    async def _converse(self, session: Session) -> Ending:
        request = await session.request(self._limits.header_s)
        if not isinstance(request, Request):
            return Ending.HUNG_UP
        handler = self._routes.get(request.route)
        if handler is None:
            return await self._turn_away(session, request)
        await handler(session, request)
        ending = Ending.HUNG_UP if session.gone else Ending.SERVED
        log.debug("agi.session_ended", route=request.route, ending=ending)
        return ending

    async def _turn_away(self, session: Session, request: Request) -> Ending:
        """The route is told only when it can be no number: the dialplan may have put one there."""
        named = request.route if _NAMEABLE.fullmatch(request.route) else "(not a name)"
        log.warning("agi.route_unknown", route=named)
        await session.verbose("waihu: no such AGI route")
        return Ending.UNROUTED
