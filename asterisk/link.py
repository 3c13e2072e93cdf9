"""The one AMI connection: connected, logged in, watched, and made anew when it is lost.

Owns: the connection's life, the answers that are waited for, and panoramisk, which no other file
may import. Must not know what events mean (`asterisk.translate`) nor what is asked
(`asterisk.actions`).

Of panoramisk 1.4 this uses `Action`, an action's wire form and its future, and the sending half
of `AMIProtocol`. Its receiving half and its supervision are replaced: they decode by TCP chunk,
swallow OriginateResponse, take a refused login for none, and send unanswered actions again after
a reconnect, which would call a person twice. Here nothing is ever sent twice: whoever waits gets
`LinkLost`, and does not know whether the action was run.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

import structlog
from panoramisk.actions import Action as WireAction
from panoramisk.ami_protocol import AMIProtocol

from asterisk import actions
from asterisk.actions import Action
from asterisk.errors import ActionRejected, AnswerOverdue, LinkLost, LoginRefused, UnsafeValue
from asterisk.frames import NotAsterisk
from asterisk.reader import ListEnd, ListItem, Reader, Response, Sign, Told
from dialer.switch_events import LinkDown, LinkUp, SwitchEvent

if TYPE_CHECKING:
    from asterisk.recording import Recording

log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

READ_CLASSES = "system,call,agent,user,dtmf"
"""The event classes that we need; events of the others stay in Asterisk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the link waits for what, in seconds.

    A half-open connection is found after `ping_every_s` + `ping_timeout_s` at the latest. A link
    that lasted `steady_s` forgives what went before: the next wait is the first one again.
    """

    connect_s: float = 5.0
    banner_s: float = 5.0
    answer_s: float = 5.0
    boot_s: float = 60.0
    ping_every_s: float = 3.0
    ping_timeout_s: float = 5.0
    first_wait_s: float = 0.25
    longest_wait_s: float = 10.0
    first_refused_wait_s: float = 4.0
    refused_wait_s: float = 30.0
    steady_s: float = 10.0

    def wait_s(self, tries: int, random: Random) -> float:
        """Seconds before the next try, after `tries` that came to nothing.

        Doubled each time up to the longest, then between half and all of it by chance, so that
        many links that fell together do not come back together.
        """
        doubled = self.first_wait_s * 2.0 ** min(tries, 16)
        return _jittered(min(doubled, self.longest_wait_s), random)

    def wait_refused_s(self, refusals: int, random: Random) -> float:
        """Seconds before the next try after so many refusals in a row.

        The first is forgiven soon: Asterisk listens before it has read who may log in.
        """
        doubled = self.first_refused_wait_s * 2.0 ** min(refusals - 1, 16)
        return _jittered(min(doubled, self.refused_wait_s), random)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Asterisk answered: its text, its headers, and the items where it was a list."""

    text: str
    headers: dict[str, str]
    items: tuple[dict[str, str], ...] = ()


class Connection(AMIProtocol):  # type: ignore[misc]  # panoramisk ships no types
    """One connection, from the banner to its end.

    Events are held back until `open`, so that none comes before the LinkUp of its connection.
    `lost` is done when it is over: with the reason, or with the exception of a bug in `deliver`.
    """

    def __init__(
        self, deliver: Callable[[SwitchEvent], None], tap: Recording | None = None
    ) -> None:
        self.encoding = "utf-8"
        self.greeted = asyncio.Event()
        self.booted = asyncio.Event()
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.heard = 0
        self.reader = Reader(heard=tap.heard if tap else None)
        self._tap = tap
        self._deliver = deliver
        self._held: list[SwitchEvent] | None = []
        self._items: dict[str, list[dict[str, str]]] = {}
        self._farewell = ""

    def open(self) -> None:
        """Deliver what came so far, and from now on at once."""
        held, self._held = self._held or [], None
        for event in held:
            self._deliver(event)

    def data_received(self, data: bytes) -> None:
        """Read what a chunk completes; the transport calls this."""
        self.heard += 1
        dropped = self.reader.dropped
        try:
            told = self.reader.feed(data)
        except NotAsterisk as fault:
            self.end(str(fault))
            return
        if self.reader.version is not None:
            self.greeted.set()
        if self.reader.dropped != dropped:
            log.warning("link.message_dropped", why="too long", dropped=self.reader.dropped)
        for one in told:
            self._take(one)

    def _take(self, told: Told) -> None:
        match told:
            case Response():
                self._answered(told)
            case ListItem(action_id=action_id, headers=headers):
                self._items.get(action_id, []).append(headers)
            case ListEnd(action_id=action_id):
                self._settle(action_id, Answer(text="", headers={}))
            case Sign.BOOTED:
                self.booted.set()
            case Sign.SHUTDOWN:
                self._farewell = "Asterisk shuts down"
            case event if self._held is None:
                self._deliver(event)
            case event:
                self._held.append(event)

    def _answered(self, response: Response) -> None:
        if not response.ok:
            self._settle(response.action_id, response)
        elif response.action_id not in self._items:
            answer = Answer(text=response.text, headers=response.headers)
            self._settle(response.action_id, answer)

    def _settle(self, action_id: str, result: Answer | Response) -> None:
        waiting = self.responses.pop(action_id, None)
        if waiting is not None and not waiting.future.done():
            waiting.future.set_result(result)

    async def ask(
        self,
        action: Action,
        action_id: str,
        timeout_s: float,
        written: Callable[[Action], None] = lambda _action: None,
    ) -> Answer:
        """Send an action once and wait for its answer, or for its whole list.

        `written` is called when it has left us, before any answer can be heard.

        Raises:
            LinkLost: the connection ended first; whether the action was run is not known, unless
                `written` is false: then it was not.
            AnswerOverdue: no answer within `timeout_s`; likewise not known.
            ActionRejected: Asterisk answered with an error.
        """
        if self.lost.done() or self.transport.is_closing():
            # A closing transport drops what is written to it.
            raise LinkLost("not connected", written=False)
        wire = _wire(action, action_id)
        if self._tap is not None:
            self._tap.asked(action, action_id)
        if action.ends_with:
            self._items[action_id] = []
        try:
            answered = self.send(wire)
            written(action)
            async with asyncio.timeout(timeout_s):
                result: Answer | Response = await answered
        except TimeoutError:
            raise AnswerOverdue(action.name, timeout_s) from None
        finally:
            self.responses.pop(action_id, None)
            items = self._items.pop(action_id, [])
        if isinstance(result, Response):
            raise ActionRejected(action.name, result.text)
        return replace(result, items=tuple(items))

    def end(self, reason: str) -> None:
        """Close the connection for a reason; whoever waits is told."""
        if not self.lost.done():
            self.lost.set_result(self._farewell or reason)
        self.transport.abort()
        self._fail_waiting(self._farewell or reason)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that the transport is gone. No network's error: a bug, kept."""
        reason = self._farewell or str(exc or "Asterisk closed the connection")
        if not self.lost.done():
            if exc is None or isinstance(exc, OSError):
                self.lost.set_result(reason)
            else:
                self.lost.set_exception(exc)
        self._fail_waiting(reason)

    def _fail_waiting(self, reason: str) -> None:
        for waiting in list(self.responses.values()):
            if not waiting.future.done():
                waiting.future.set_exception(LinkLost(reason))
        self.responses.clear()


class Link:
    """Keeps one connection to Asterisk alive and hands its events to `deliver`.

    `deliver` is called in the event loop and must only put. It gets LinkUp after each login, once
    Asterisk is fully booted, and LinkDown when that connection ends. `fault` says in one line why
    there is no link, and is None while there is one. `clock` gives monotonic seconds; `sleep`
    waits between two tries. `tap` records what is heard and asked. `written` may be set to be
    called with each action that has left us.

    Raises:
        UnsafeValue: user name or secret holds a control character.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str,
        secret: str,
        deliver: Callable[[SwitchEvent], None],
        random: Random,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: Patience | None = None,
        tap: Recording | None = None,
    ) -> None:
        self.fault: str | None = "not connected yet"
        self._host, self._port = host, port
        self._username = username
        self._login = actions.login(username, secret, READ_CLASSES)
        self._deliver = deliver
        self._random = random
        self._clock = clock
        self._sleep = sleep
        self._patience = patience or Patience()
        self._tap = tap
        self._token = f"{random.getrandbits(32):08x}"
        self._sent = 0
        self._tries = 0
        self._connection: Connection | None = None
        self.written: Callable[[Action], None] = lambda _action: None

    @property
    def is_up(self) -> bool:
        """Whether actions can be sent."""
        return self._connection is not None and not self._connection.lost.done()

    async def run(self) -> None:
        """Connect, serve, and begin anew for ever; ends by being cancelled, or by a bug."""
        refusals = 0
        while True:
            try:
                await self._serve()
                refusals = 0
                wait_s = self._patience.wait_s(self._tries, self._random)
            except LoginRefused as refused:
                self._say("link.login_refused", str(refused), cure=refused.cure)
                refusals += 1
                wait_s = self._patience.wait_refused_s(refusals, self._random)
            except LinkLost as lost:
                self._say("link.unreachable", str(lost), host=self._host, port=self._port)
                wait_s = self._patience.wait_s(self._tries, self._random)
            self._tries += 1
            await self._sleep(wait_s)

    async def send(self, action: Action, timeout_s: float | None = None) -> Answer:
        """Send an action once and wait for its answer (of a list: for the whole of it).

        Raises:
            LinkLost: there is no link (`written` is false), or it was lost before the answer came.
            AnswerOverdue: no answer came in time.
            ActionRejected: Asterisk answered with an error.
        """
        if self._connection is None:
            raise LinkLost(self.fault or "not connected", written=False)
        return await self._ask(self._connection, action, timeout_s)

    def drop(self, reason: str) -> None:
        """End the connection, so that all is learnt anew on the next one."""
        if self._connection is not None:
            self._connection.end(reason)

    async def _serve(self) -> None:
        """One connection from its start to its end, which LinkDown tells if LinkUp was told."""
        connection = await self._connect()
        try:
            await self._log_in(connection)
            with self._watched(connection) as watching:
                version = await self._boot(connection)
                up_at = self._clock()
                self._connection, self.fault = connection, None
                log.info("link.up", asterisk=version, ami=connection.reader.version)
                self._deliver(LinkUp(version=version))
                connection.open()
                await asyncio.wait({watching})
            watching.result()
            reason = connection.lost.result()
        finally:
            self._connection = None
            connection.end("we left")
        if self._clock() - up_at >= self._patience.steady_s:
            self._tries = 0
        self.fault = reason
        log.warning("link.down", reason=reason)
        self._deliver(LinkDown(reason=reason))

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience.connect_s):
                _, connection = await loop.create_connection(
                    lambda: Connection(self._deliver, self._tap), self._host, self._port
                )
        except TimeoutError:
            raise LinkLost("no connection in time") from None
        except UnicodeError:
            raise LinkLost(f"{self._host} is no host name") from None
        except OSError as fault:
            said = os.strerror(fault.errno) if fault.errno else str(fault)
            raise LinkLost(f"{self._host}:{self._port} does not answer: {said}") from None
        return connection

    async def _log_in(self, connection: Connection) -> None:
        """Wait for the banner and log in."""
        patience = self._patience
        await _within(patience.banner_s, connection, connection.greeted, "sent no banner")
        try:
            await self._ask(connection, self._login)
        except ActionRejected as refused:
            raise LoginRefused(self._username, refused.text) from None
        except AnswerOverdue as overdue:
            raise LinkLost(str(overdue)) from None

    async def _boot(self, connection: Connection) -> str:
        """Wait until Asterisk is fully booted; its version, "" where it does not tell."""
        patience = self._patience
        await _within(patience.boot_s, connection, connection.booted, "is not fully booted")
        try:
            answer = await self._ask(connection, actions.core_settings())
        except (ActionRejected, AnswerOverdue):
            return ""
        return answer.headers.get("AsteriskVersion", "")

    @contextmanager
    def _watched(self, connection: Connection) -> Iterator[asyncio.Future[None]]:
        """Ping from the login on, while it boots as well; done when the connection is lost."""
        watching = asyncio.ensure_future(self._watch(connection))
        try:
            yield watching
        finally:
            watching.cancel()

    async def _watch(self, connection: Connection) -> None:
        """Ping until the connection is lost; end it when Asterisk is silent."""
        while not connection.lost.done():
            await asyncio.wait({connection.lost}, timeout=self._patience.ping_every_s)
            heard = connection.heard
            try:
                await self._ask(connection, actions.ping(), self._patience.ping_timeout_s)
            except AnswerOverdue:
                if connection.heard == heard:
                    connection.end("Asterisk is silent")
            except (ActionRejected, LinkLost):
                continue

    async def _ask(
        self, connection: Connection, action: Action, timeout_s: float | None = None
    ) -> Answer:
        self._sent += 1
        action_id = action.action_id or f"waihu/{self._token}/{self._sent}"
        wait_s = timeout_s or self._patience.answer_s
        return await connection.ask(action, action_id, wait_s, self.written)

    def _say(self, event: str, fault: str, **facts: Any) -> None:
        """Log a fault once; as long as it stays the same it is only shown."""
        if fault != self.fault:
            log.error(event, fault=fault, **facts)
        self.fault = fault


def _jittered(longest_s: float, random: Random) -> float:
    return longest_s * random.uniform(0.5, 1.0)


async def _within(
    timeout_s: float, connection: Connection, event: asyncio.Event, otherwise: str
) -> None:
    """Wait for `event` while the connection lives, or raise LinkLost."""
    arrived = asyncio.ensure_future(event.wait())
    either: set[asyncio.Future[Any]] = {arrived, connection.lost}
    try:
        await asyncio.wait(either, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        arrived.cancel()
    if event.is_set():
        return
    if connection.lost.done():
        raise LinkLost(connection.lost.result())
    raise LinkLost(f"Asterisk {otherwise} within {timeout_s:g} s")


def _wire(action: Action, action_id: str) -> Any:
    """The action in panoramisk's form, its lines counted once more at the door."""
    headers: dict[str, Any] = {"Action": action.name, "ActionID": action_id}
    for name, value in action.headers:
        headers.setdefault(name, []).append(value)
    wire = WireAction(headers)
    text = str(wire)
    lines = len(action.headers) + 3
    if not (text.count("\r") == text.count("\n") == text.count("\r\n") == lines):
        raise UnsafeValue(action.name, "it would be more than one action")
    return wire
