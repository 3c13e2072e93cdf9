"""Virtual time for a whole world: a heap of what is to happen, and both clocks."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count

from dialer.messages import Now

FIRST_MONO = 1000.0

Happening = Callable[[], Awaitable[None] | None]


class VirtualTime:
    """Nothing waits: the clock jumps to whatever is next."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._heap: list[tuple[float, int, Happening]] = []
        self._order = count()
        self.t = 0.0

    @property
    def now(self) -> Now:
        """Both clocks at this instant."""
        return Now(utc=self._start + timedelta(seconds=self.t), mono=FIRST_MONO + self.t)

    def step(self, seconds: float) -> None:
        """Somebody sets the clock on the wall; the monotonic one goes on as ever."""
        self._start += timedelta(seconds=seconds)

    def after(self, delay_s: float, happening: Happening) -> None:
        """Let something happen `delay_s` from now."""
        self.at(self.t + delay_s, happening)

    def at(self, t: float, happening: Happening) -> None:
        """Let something happen at an instant of this clock."""
        heapq.heappush(self._heap, (max(t, self.t), next(self._order), happening))

    async def run_until(self, t: float) -> None:
        """Let everything happen that is due before `t`."""
        while self._heap and self._heap[0][0] < t:
            self.t, _, happening = heapq.heappop(self._heap)
            result = happening()
            if result is not None:
                await result
        self.t = t
