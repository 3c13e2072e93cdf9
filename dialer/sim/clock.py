"""Virtual time: a heap of what is to happen, and both clocks.

Owns: the order of happenings. Nothing waits: the clock jumps to whatever is next.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from dialer.messages import Now

FIRST_MONO = 1000.0

Happening = Callable[[], Any]


class VirtualTime:
    """Seconds since `start`, an instant in aware UTC."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._heap: list[tuple[float, int, Happening]] = []
        self._order = count()
        self.t = 0.0

    @property
    def now(self) -> Now:
        """Both clocks at this instant."""
        return Now(utc=self._start + timedelta(seconds=self.t), mono=FIRST_MONO + self.t)

    def seconds_to(self, at: datetime) -> float:
        """When this clock shows that instant, in seconds since its start."""
        return (at - self._start).total_seconds()

    def after(self, delay_s: float, happening: Happening) -> None:
        """Let something happen `delay_s` from now."""
        self.at(self.t + delay_s, happening)

    def at(self, t: float, happening: Happening) -> None:
        """Let something happen at an instant of this clock."""
        heapq.heappush(self._heap, (max(t, self.t), next(self._order), happening))

    def next_before(self, t: float) -> Happening | None:
        """Go to what happens next, if that is before `t`; it is for the caller to let it."""
        if not self._heap or self._heap[0][0] >= t:
            return None
        self.t, _, happening = heapq.heappop(self._heap)
        return happening
