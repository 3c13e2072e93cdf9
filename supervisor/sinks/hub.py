"""The hub: one picture, taken once, encoded once, offered to every sink.

Owns: how often a picture is taken, and that no sink ever holds up the engine or another sink.
Must not know how the picture comes about (`take` does) nor what a sink does with a frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from dialer.messages import Now
from supervisor.frames import Frame, Frames
from supervisor.snapshot import Snapshot

log = structlog.get_logger()

FRAME_EVERY_S: Final = 0.15
"""Between two frames while things happen: with what a screen takes, under a quarter of a second."""

BEAT_EVERY_S: Final = 1.0
"""A picture is taken at least so often: time alone raises alarms and ends days."""


class Sink(Protocol):
    """Somebody who is told. `offer` puts the frame aside and returns: it never waits or raises."""

    name: str

    def offer(self, frame: Frame) -> None:
        """The next frame; one that finds no room takes the place of an older one."""

    async def run(self) -> None:
        """Carry out until cancelled; one that has nothing to carry out returns at once."""


class Hub:
    """Takes pictures with `take` and offers their frames to `sinks`, until cancelled."""

    def __init__(
        self, take: Callable[[Now], Snapshot], clock: Callable[[], Now], sinks: Sequence[Sink]
    ) -> None:
        self._take = take
        self._clock = clock
        self._sinks = tuple(sinks)
        self._frames = Frames()
        self._stirred = asyncio.Event()
        self.latest: Snapshot | None = None
        self.frame: Frame | None = None
        self.fell = False

    def stir(self) -> None:
        """Something has happened: a new picture is due."""
        self._stirred.set()

    async def run(self) -> None:
        """Take and offer. A sink that falls is told of in the log; the others go on."""
        async with asyncio.TaskGroup() as tasks:
            for sink in self._sinks:
                tasks.create_task(_kept_running(sink))
            while True:
                self._try_to_show()
                await asyncio.sleep(FRAME_EVERY_S)
                await self._next_cause()

    def show(self) -> None:
        """Take a picture now and offer what differs."""
        self._stirred.clear()
        self.latest = self._take(self._clock())
        frame = self._frames.next(self.latest)
        if frame is None:
            return
        self.frame = frame
        for sink in self._sinks:
            sink.offer(frame)

    def _try_to_show(self) -> None:
        """A picture that cannot be taken is a bug of ours, and must not take live calls with it.

        The log has the first one of a row. While `fell` is set nobody may take the last picture
        for the newest (I10).
        """
        try:
            self.show()
        except Exception:
            if not self.fell:
                log.exception("hub.fell")
            self.fell = True
        else:
            self.fell = False

    async def _next_cause(self) -> None:
        try:
            async with asyncio.timeout(BEAT_EVERY_S - FRAME_EVERY_S):
                await self._stirred.wait()
        except TimeoutError:
            return


async def _kept_running(sink: Sink) -> None:
    """A sink has its own ways with a peer that is away; a fault beyond these is a bug of ours.

    It must not take live calls with it: it is logged, and this one sink stays silent.
    """
    try:
        await sink.run()
    except Exception:
        log.exception("sink.fell", sink=sink.name)
