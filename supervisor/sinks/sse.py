"""Server-sent events: the stream of frames for browsers, and for any program that reads HTTP.

Owns: the viewers, and what each is told next. A viewer who keeps up gets deltas; one who does not
gets the newest picture when it has room again: nothing queues. Must not know accounts or pages.

The wire: `event: frame` with the frame as `data` and its `seq` as `id`; `event: beat` with the
server's time, once a second. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any, Final

from supervisor.frames import Frame

BEAT_EVERY_S: Final = 1.0
STUCK_S: Final = 30.0
"""A viewer who has taken nothing for so long has gone, or is asleep: it may come again."""

MOST_VIEWERS: Final = 1_000

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class Viewer:
    """One who watches. `seq`: of the last frame told."""

    __slots__ = ("seq", "stirred")

    def __init__(self) -> None:
        self.seq = -1
        self.stirred = asyncio.Event()


class Streams:
    """The sink of all viewers."""

    name = "sse"

    def __init__(self, utc_now: Callable[[], datetime]) -> None:
        self._utc_now = utc_now
        self._frame: Frame | None = None
        self._viewers: set[Viewer] = set()
        self._stopping = False

    def offer(self, frame: Frame) -> None:
        """Wake all who watch; each takes the newest when it has room."""
        self._frame = frame
        for viewer in self._viewers:
            viewer.stirred.set()

    async def run(self) -> None:
        """Nothing is carried out here: every viewer's own task sends."""

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    @property
    def full(self) -> bool:
        """Whether there is no room for one more."""
        return len(self._viewers) >= MOST_VIEWERS

    def stop(self) -> None:
        """End every stream: a server waits for its open answers before it ends."""
        self._stopping = True
        for viewer in self._viewers:
            viewer.stirred.set()

    async def serve(
        self, receive: Receive, send: Send, may_go_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Answer one request with the stream, until the viewer leaves or may see no more.

        `may_go_on` is asked once a second at least.
        """
        await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
        viewer = Viewer()
        self._viewers.add(viewer)
        leaving = asyncio.create_task(_gone(receive))
        leaving.add_done_callback(lambda _done: viewer.stirred.set())
        try:
            while not (self._stopping or leaving.done()) and may_go_on():
                async with asyncio.timeout(STUCK_S):
                    await _tell(send, self._next(viewer))
                await _stirred(viewer)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (TimeoutError, OSError):
            return
        finally:
            self._viewers.discard(viewer)
            leaving.cancel()

    def _next(self, viewer: Viewer) -> bytes:
        """What the viewer is told now: the step from its picture to the newest, or a beat."""
        viewer.stirred.clear()
        frame = self._frame
        if frame is None or frame.seq == viewer.seq:
            return f"event: beat\ndata: {self._utc_now().isoformat()}\n\n".encode()
        follows = frame.seq == viewer.seq + 1
        viewer.seq = frame.seq
        return event_of(frame, full=not follows)


def event_of(frame: Frame, *, full: bool) -> bytes:
    """A frame as one event."""
    data = frame.full_json if full else frame.delta_json
    return b"event: frame\nid: %d\ndata: %b\n\n" % (frame.seq, data)


async def _tell(send: Send, event: bytes) -> None:
    await send({"type": "http.response.body", "body": event, "more_body": True})


async def _stirred(viewer: Viewer) -> None:
    try:
        async with asyncio.timeout(BEAT_EVERY_S):
            await viewer.stirred.wait()
    except TimeoutError:
        return


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
