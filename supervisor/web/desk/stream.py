"""The desk's own stream: an agent's seat as it changes, as server-sent events.

Owns: the wire of `/desk/live`: `event: seat` with the seat and the call of the latest pop whenever
either differs, else `event: beat` once a second; both bring the server's time. Must not know what
a seat is made of.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any, Final

BEAT_EVERY_S: Final = 1.0
STUCK_S: Final = 30.0

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class SeatStream:
    """One page's stream. `look` gives what is told now; `goes_on` is asked once a second."""

    def __init__(
        self,
        look: Callable[[], dict[str, object]],
        utc_now: Callable[[], datetime],
        goes_on: Callable[[], bool],
    ) -> None:
        self._look = look
        self._utc_now = utc_now
        self._goes_on = goes_on
        self._told = ""

    async def serve(self, receive: Receive, send: Send, stirred: asyncio.Event) -> None:
        """Tell until the page leaves, reads nothing for long, or may see no more."""
        await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
        leaving = asyncio.create_task(_gone(receive))
        leaving.add_done_callback(lambda _done: stirred.set())
        try:
            while self._goes_on() and not leaving.done():
                stirred.clear()
                async with asyncio.timeout(STUCK_S):
                    await send(
                        {"type": "http.response.body", "body": self._next(), "more_body": True}
                    )
                await _stirred(stirred)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (TimeoutError, OSError):
            return
        finally:
            leaving.cancel()

    def _next(self) -> bytes:
        seat = json.dumps(self._look(), ensure_ascii=False, separators=(",", ":"))
        now = self._utc_now().isoformat(timespec="milliseconds")
        if seat == self._told:
            return f'event: beat\ndata: {{"now":"{now}"}}\n\n'.encode()
        self._told = seat
        return f'event: seat\ndata: {{"now":"{now}","seat":{seat}}}\n\n'.encode()


async def _stirred(event: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(BEAT_EVERY_S):
            await event.wait()
    except TimeoutError:
        return


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
