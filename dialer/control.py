"""The engine's socket: commands and the live picture for the CLI, agents' desks and the demo.

Owns: the Unix socket (mode 0600), its sessions, and the translation of requests to messages.
Must not know what a command does; the engine answers.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import structlog

from campaigns.outcomes import Disposition
from dialer.agents import Agent, is_break_reason
from dialer.engine import Engine
from dialer.intervention_requests import intervention_maker, why_of
from dialer.loop import EngineLoop
from dialer.messages import (
    AskNext,
    Command,
    DialNow,
    Dispose,
    Now,
    PauseAgent,
    Refresh,
    SkipContact,
    StopEngine,
)
from dialer.pace import NOTES_KEPT
from dialer.picture import pace_views
from dialer.popping import Pops
from dialer.wire import (
    BAD_REQUEST,
    LONGEST_SKIP_REASON,
    Answer,
    Do,
    Request,
    WireError,
    decode_request,
    encode_answer,
    path_for_socket,
)
from store.errors import EngineRunningError
from supervisor.snapshot import Snapshot, pace_to_json, to_json
from supervisor.watching import Acknowledge

log = structlog.get_logger()

WATCH_EVERY_S = 0.25
NEWS_KEPT = 10_000
"""Who is further behind is sent away: news with gaps would show what is not so."""

REQUEST_LIMIT = 1 << 18
"""Bytes of one request; a session may make us keep twice as many."""

LINE_S = 10.0
"""A line that was begun is to be ended within this, or the session is over."""

CLOSE_S = 1.0
MOST_SESSIONS = 500
"""More are closed unheard: each costs a descriptor, and the switch needs some."""
LEFT_AFTER_S = 5.0
"""Who follows and has left is found out after this, also where there is nothing to tell."""
OK = "ok"
UNKNOWN_ALARM = "unknown_alarm"
_News = TypeVar("_News")


Reload = Callable[[], Awaitable[tuple[str, Mapping[str, object]]]]
"""Reads the settings again; gives a code and what was taken."""


class ControlServer:
    """Serves the socket at `path`. `picture` takes a snapshot of the engine."""

    def __init__(
        self,
        path: Path,
        loop: EngineLoop,
        picture: Callable[[Now], Snapshot],
        reload: Reload | None = None,
        pops: Pops | None = None,
        *,
        acknowledge: Acknowledge | None = None,
    ) -> None:
        self._acknowledge = acknowledge
        self._pops = pops
        self._path = path
        self._loop = loop
        self._picture = picture
        self._reload = reload
        self._news: dict[asyncio.Queue[Agent], asyncio.Task[None] | None] = {}
        self._sessions: set[asyncio.Task[None]] = set()
        self._watched: Mapping[str, object] = {}
        self._watched_until_mono = -math.inf

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen for as long as the block runs."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        await self._refuse_if_taken()
        self._path.unlink(missing_ok=True)
        umask = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(
                self._accept, path=path_for_socket(self._path), limit=REQUEST_LIMIT
            )
        finally:
            os.umask(umask)
        try:
            yield
        finally:
            server.close()
            for session in list(self._sessions):
                session.cancel()
            await asyncio.gather(*self._sessions, return_exceptions=True)
            self._path.unlink(missing_ok=True)

    async def _refuse_if_taken(self) -> None:
        """Another engine's socket is not ours to take: its agents' words would come to us.

        Raises:
            EngineRunningError: somebody answers there.
        """
        try:
            _, writer = await asyncio.open_unix_connection(path_for_socket(self._path))
        except OSError:
            return
        writer.close()
        raise EngineRunningError(str(self._path), "the engine that answers at this socket")

    def announce(self, engine: Engine) -> Sequence[Agent]:
        """Pass on which agents changed, and give them; called after each message handled."""
        changed = engine.floor.take_changed()
        if self._pops is not None:
            for agent in changed:
                self._pops.changed(agent, engine)
        for queue, session in list(self._news.items()):
            if queue.qsize() + len(changed) > NEWS_KEPT:
                log.warning("control.client_behind", news=queue.qsize())
                del self._news[queue]
                if session is not None:
                    session.cancel()
                continue
            for agent in changed:
                queue.put_nowait(agent)
        return changed

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._sessions) >= MOST_SESSIONS:
            log.warning("control.client_refused", sessions=len(self._sessions))
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await _next_line(reader):
                await self._answer(line, reader, writer)
                # Requests that came in one go must not keep the engine from its turn.
                await asyncio.sleep(0)
        except (ConnectionError, TimeoutError, ValueError):
            log.info("control.client_left")
        finally:
            await _close(writer)

    async def _answer(
        self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            request = decode_request(line)
            if request.do in (Do.WATCH, Do.AGENTS):
                await self._stream(request, reader, writer)
                return
            if request.do is Do.POPS and self._pops is not None:
                await _follow_pops(self._pops, request, reader, writer)
                return
            answer = await self._do(request)
        except WireError as error:
            answer = Answer(id="", code=BAD_REQUEST, facts={"text": str(error)})
        writer.write(encode_answer(answer))
        await writer.drain()

    async def _do(self, request: Request) -> Answer:  # noqa: PLR0911  one line a request
        if request.do is Do.SNAPSHOT:
            return Answer(id=request.id, code=OK, facts=to_json(self._picture(self._loop.clock())))
        if request.do is Do.FACTS:
            return self._facts(request)
        if request.do is Do.PACE:
            return self._pace(request)
        if request.do is Do.CHOICE:
            return self._choice(request)
        if request.do is Do.RELOAD and self._reload is not None:
            code, facts = await self._reload()
            return Answer(id=request.id, code=code, facts=facts)
        if request.do is Do.POP and self._pops is not None:
            found = self._pops.latest(request.fields.get("agent"))
            return Answer(id=request.id, code=OK, facts={"pops": found})
        if request.do is Do.ACKNOWLEDGE and self._acknowledge is not None:
            alarm = await self._acknowledge(_text(request, "alarm"), _text(request, "by"))
            facts = {} if alarm is None else {"by": alarm.acknowledged_by}
            return Answer(id=request.id, code=OK if alarm else UNKNOWN_ALARM, facts=facts)
        if request.do is Do.HEARS:
            return Answer(id=request.id, code=OK, facts=self._hears())
        if request.do is Do.VITALS:
            return Answer(id=request.id, code=OK, facts=self._vitals())
        reply = await self._loop.command(_command_maker(request))
        return Answer(id=request.id, code=reply.code.value, facts=reply.facts)

    async def ask(self, do: Do, /, **fields: str | None) -> Answer:
        """The same within the engine's own process, for its pages and their API."""
        try:
            return await self._do(Request(id="", do=do, fields=fields))
        except WireError as error:
            return Answer(id="", code=BAD_REQUEST, facts={"text": str(error)})

    def _hears(self) -> dict[str, object]:
        """Which phones hear whom, and who is recorded into which file."""
        engine = self._loop.engine
        return {
            "listeners": engine.listening.listeners(),
            "recordings": engine.taping.recordings(),
        }

    def _vitals(self) -> dict[str, object]:
        """What must not grow in an engine at work (I11)."""
        return {
            "tasks": len(asyncio.all_tasks()),
            "waiting": self._loop.waiting,
            "calls": len(self._loop.engine.board),
        }

    def _pace(self, request: Request) -> Answer:
        for desk in self._loop.engine.desks:
            if desk.campaign.name == request.fields.get("campaign"):
                views = [pace_to_json(view) for view in pace_views(desk, NOTES_KEPT)]
                return Answer(id=request.id, code=OK, facts={"decisions": views})
        return Answer(id=request.id, code="unknown_campaign")

    def _choice(self, request: Request) -> Answer:
        """Who would get a call of a queue now, and why each has that place or none."""
        queue, last_agent = _text(request, "queue"), request.fields.get("last_agent") or ""
        choice = self._loop.engine.queue_desk.choice(queue, last_agent, self._loop.clock())
        return Answer(id=request.id, code=OK, facts=asdict(choice))

    def _facts(self, request: Request) -> Answer:
        now = self._loop.clock()
        engine = self._loop.engine
        for desk in engine.desks:
            if desk.campaign.name == request.fields.get("campaign"):
                facts = engine.facts(desk, now)
                until = facts.breaker_until
                return Answer(
                    id=request.id,
                    code=OK,
                    facts={
                        "link_up": facts.link_up,
                        "stopping": facts.stopping,
                        "store_ok": facts.store_ok,
                        "agents_logged_in": facts.agents_logged_in,
                        "agents_free": facts.agents_free,
                        "calls_in_flight": facts.calls_in_flight,
                        "max_calls_reached": facts.max_calls_reached,
                        "dialplan_lacks": facts.dialplan_lacks,
                        "breaker_until": until.isoformat() if until else None,
                    },
                )
        return Answer(id=request.id, code="unknown_campaign")

    async def _stream(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if request.do is Do.WATCH:
            while True:
                await _send(writer, Answer(id=request.id, code=OK, facts=self._watch()))
                await asyncio.sleep(WATCH_EVERY_S)
        queue: asyncio.Queue[Agent] = asyncio.Queue()
        self._news[queue] = asyncio.current_task()
        try:
            for agent in list(self._loop.engine.floor):
                await _send(writer, Answer(id=request.id, code=OK, facts=self._news_of(agent)))
            while True:
                agent = await _next_news(queue, reader)
                await _send(writer, Answer(id=request.id, code=OK, facts=self._news_of(agent)))
        finally:
            self._news.pop(queue, None)

    def _watch(self) -> Mapping[str, object]:
        """One picture for all who watch: with many agents it takes milliseconds to make."""
        now = self._loop.clock()
        if now.mono >= self._watched_until_mono:
            self._watched = to_json(self._picture(now))
            self._watched_until_mono = now.mono + WATCH_EVERY_S / 2
        return self._watched

    def _news_of(self, agent: Agent) -> dict[str, object]:
        call = self._loop.engine.board.get(agent.attempt or "")
        return {
            "agent": agent.agent,
            "status": agent.status.value,
            "state": agent.state.value,
            "attempt": agent.attempt,
            "number_end": call.e164[-2:] if call else None,
        }


async def _next_news(queue: asyncio.Queue[_News], reader: asyncio.StreamReader) -> _News:
    """What is told next, to a client who is still there: there may be nothing for hours.

    Raises:
        ConnectionError: the client has left.
    """
    while not reader.at_eof():
        with suppress(TimeoutError):
            async with asyncio.timeout(LEFT_AFTER_S):
                return await queue.get()
    raise ConnectionError


async def _follow_pops(
    pops: Pops, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """The latest pops, then each as it comes, until the client falls behind."""
    agent = request.fields.get("agent")
    with pops.followed(agent) as queue:
        for pop in pops.latest(agent):
            await _send(writer, Answer(id=request.id, code=OK, facts=pop))
        while (news := await _next_news(queue, reader)) is not None:
            await _send(writer, Answer(id=request.id, code=OK, facts=news))
    raise ConnectionError


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    """The next request, "" at the end. Between two a client may be silent, within one not.

    Raises:
        TimeoutError: a line was begun and not ended in time.
        ValueError: it is longer than REQUEST_LIMIT.
    """
    first = await reader.read(1)
    if first in {b"", b"\n"}:
        return first
    async with asyncio.timeout(LINE_S):
        return first + await reader.readline()


async def _close(writer: asyncio.StreamWriter) -> None:
    """End a connection; a client that reads nothing must not hold the engine's stop."""
    writer.close()
    try:
        async with asyncio.timeout(CLOSE_S):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(encode_answer(answer))
    await writer.drain()


def _command_maker(request: Request) -> Callable[[str], Command]:
    """The command that a request asks for. Raises WireError."""
    match request.do:
        case Do.REFRESH:
            return lambda ref: Refresh(ref=ref)
        case Do.PAUSE:
            agent, reason = _text(request, "agent"), _reason(request)
            by, why = request.fields.get("by") or "", why_of(request)
            return lambda ref: PauseAgent(ref=ref, agent=agent, reason=reason, by=by, why=why)
        case Do.SIGN_OUT | Do.LISTEN | Do.UNLISTEN | Do.RECORD | Do.HANG_UP:
            return intervention_maker(request)
        case Do.NEXT | Do.DIAL | Do.SKIP:
            return _preview_maker(request)
        case Do.DISPOSE:
            return _dispose_maker(request)
        case Do.STOP:
            return lambda ref: StopEngine(ref=ref)
        case _:
            raise WireError(f"{request.do} is no command")


def _preview_maker(request: Request) -> Callable[[str], Command]:
    agent = _text(request, "agent")
    match request.do:
        case Do.NEXT:
            campaign = request.fields.get("campaign")
            return lambda ref: AskNext(ref=ref, agent=agent, campaign=campaign)
        case Do.DIAL:
            return lambda ref: DialNow(ref=ref, agent=agent)
        case _:
            reason = _text(request, "reason")
            if len(reason) > LONGEST_SKIP_REASON:
                raise WireError(f"a reason is up to {LONGEST_SKIP_REASON} characters")
            return lambda ref: SkipContact(ref=ref, agent=agent, reason=reason)


def _dispose_maker(request: Request) -> Callable[[str], Command]:
    fields = request.fields
    try:
        disposition = Disposition(_text(request, "disposition"))
    except ValueError as error:
        raise WireError(f"unknown disposition {fields.get('disposition')!r}") from error
    at = _time(fields.get("appointment_at"))
    if at is not None and disposition is not Disposition.APPOINTMENT:
        raise WireError(f"appointment_at has no place beside {disposition}")
    return lambda ref: Dispose(
        ref=ref,
        agent=fields.get("agent"),
        attempt=fields.get("attempt"),
        disposition=disposition,
        appointment_at=at,
        note=fields.get("note") or "",
    )


def _text(request: Request, name: str) -> str:
    value = request.fields.get(name)
    if not value:
        raise WireError(f"{request.do} needs {name}")
    return value


def _reason(request: Request) -> str | None:
    """Why on a break. What the switch would refuse is refused here: it is asked only later."""
    reason = request.fields.get("reason")
    if reason is not None and not is_break_reason(reason):
        raise WireError(
            "a reason is up to 40 letters, digits, blanks and . @ : + -, and none of our own"
        )
    return reason


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise WireError(f"{text!r} is no ISO 8601 time") from error
    if at.tzinfo is None:
        raise WireError(f"{text!r} has no zone")
    return at
