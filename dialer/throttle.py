"""Calls a second, as a cap that holds in every second (I7).

Owns: when the next call of a campaign may be placed, from the instants of the last ones. Pure.
"""

from __future__ import annotations

import math
from collections import deque


class Throttle:
    """At most `cps` calls in any second; below 1, one call in any `1/cps` seconds."""

    def __init__(self, cps: float) -> None:
        self._burst = max(1, math.floor(cps))
        self._window_s = 1.0 if cps >= 1 else 1.0 / cps
        self._placed: deque[float] = deque(maxlen=self._burst)

    def room(self, now_mono: float) -> int:
        """How many calls may be placed at `now_mono`."""
        while self._placed and now_mono - self._placed[0] >= self._window_s:
            self._placed.popleft()
        return self._burst - len(self._placed)

    def tuned(self, cps: float) -> Throttle:
        """Another cap from now on; the calls of the last moment still count."""
        other = Throttle(cps)
        other._placed.extend(self._placed)
        return other

    def take(self, now_mono: float) -> None:
        """Note a call placed at `now_mono`; there must be room."""
        if not self.room(now_mono):
            raise ValueError("no room for another call in this second")
        self._placed.append(now_mono)
