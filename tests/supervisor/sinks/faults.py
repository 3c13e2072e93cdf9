"""What a sink's server may do to it: be killed, hang, refuse; the same for Redis and for MQTT.

Owns: these faults, and what has to hold of every sink while they last. What the server has been
told afterwards, its own tests look up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Protocol

from supervisor.sinks.hub import Sink
from supervisor.sinks.notices import MOST_KEPT, Listener
from supervisor.sinks.redis import FRAMES_KEPT
from supervisor.sinks.standing import Standing
from tests.real_servers import RealServer
from tests.supervisor.sinks.stage import Show, at_work, tell, until

TOO_MANY: Final = 300
NEWEST: Final = MOST_KEPT + TOO_MANY - 1
"""The last event of those that happen while the server hangs."""


class PeerSink(Sink, Listener, Protocol):
    """A sink that has a server."""

    standing: Standing


@asynccontextmanager
async def connected(sink: PeerSink, show: Show) -> AsyncIterator[None]:
    """The sink is at work for as long as the block runs, and its server takes what is sent."""
    sink.offer(show.frame)
    async with at_work(sink):
        await until(lambda: sink.standing.is_up, "the connection")
        yield


async def killed_amid_events(server: RealServer, sink: PeerSink, show: Show, events: int) -> None:
    """The server is killed and started again; meanwhile so many events, and 1002 in a meeting."""
    server.kill()
    tell(sink, *range(events))
    sink.offer(show.change("1002", "meeting"))
    await until(lambda: not sink.standing.is_up, "the loss is seen")
    assert sink.standing.view.fault
    server.start()


async def hung_amid_events(server: RealServer, sink: PeerSink, show: Show) -> str:
    """The server hangs while more happens than is kept, and goes on. Gives what was said of it."""
    server.hang()
    tell(sink, *range(NEWEST + 1))
    assert sink.standing.dropped == TOO_MANY
    for number in range(FRAMES_KEPT + 20):
        sink.offer(show.change("1001", f"reason {number}"))
    await until(lambda: not sink.standing.is_up, "the silence is seen")
    fault = sink.standing.view.fault
    server.go_on()
    return fault


async def why_refused(known: PeerSink, strange: PeerSink) -> str:
    """One is let in and the other is not. Gives what is said of that."""
    async with at_work(known), at_work(strange):
        await until(lambda: known.standing.is_up, "the one who is known")
        await until(lambda: bool(strange.standing.view.fault), "the refusal")
        return strange.standing.view.fault.lower()


async def ended(server: RealServer, sink: PeerSink, state: str) -> None:
    """The sink ends at a server in that state, well or hung, and is not held up."""
    async with at_work(sink):
        await until(lambda: sink.standing.is_up, "the connection")
        if state == "hung":
            server.hang()
            tell(sink, *range(1_000))
            await asyncio.sleep(0.2)
        begun = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begun < 2.0
    server.go_on()
