"""A stage for one sink: pictures that change, real time, and a wait that ends when it comes true.

Owns: what the tests of Redis and of MQTT share. The frames are those of the production code.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from supervisor.call_events import CallEvent, What
from supervisor.frames import Frame, Frames
from supervisor.sinks.hub import Sink
from supervisor.sinks.notices import Listener, Notices
from supervisor.snapshot import AgentView, Snapshot

SITE = "hotline"
WITHIN_S = 60.0
"""The longest that is waited for what must come within a few seconds on an idle machine."""

POP = {"agent": "1001", "call": "c1", "direction": "inbound", "number_end": "34"}


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the edge


class Show:
    """Pictures of some agents, each with a frame when something differs."""

    def __init__(self, agents: int = 3) -> None:
        self._frames = Frames()
        self._pauses = {str(1001 + number): "" for number in range(agents)}
        self.frame = self._next()

    def change(self, agent: str = "1001", reason: str = "lunch") -> Frame:
        """An agent takes a break."""
        self._pauses[agent] = reason
        self.frame = self._next()
        return self.frame

    def leaves(self, agent: str) -> Frame:
        """An agent is struck off the books."""
        del self._pauses[agent]
        self.frame = self._next()
        return self.frame

    def _next(self) -> Frame:
        agents = tuple(
            AgentView(agent=login, name="", status="on_break", state="idle", pause_reason=reason)
            for login, reason in self._pauses.items()
        )
        frame = self._frames.next(Snapshot(ts=utc_now(), site=SITE, agents=agents))
        assert frame is not None
        return frame


def event(number: int, what: What = What.PLACED) -> CallEvent:
    return CallEvent(
        id=f"e-{number}", ts=utc_now(), event=what, call=f"a{number}", number="138****8000"
    )


def tell(sink: Listener, *numbers: int) -> None:
    """Events of these numbers happen."""
    notices = Notices([sink])
    for number in numbers:
        notices.event(event(number))


@asynccontextmanager
async def at_work(sink: Sink) -> AsyncIterator[asyncio.Task[None]]:
    """The sink runs for as long as the block does; it must not have ended by itself."""
    task = asyncio.create_task(sink.run())
    try:
        yield task
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(so: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Wait until it is so."""
    give_up_at = asyncio.get_running_loop().time() + WITHIN_S
    while True:
        answer = so()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert asyncio.get_running_loop().time() < give_up_at, f"it never came: {what}"
        await asyncio.sleep(0.02)
