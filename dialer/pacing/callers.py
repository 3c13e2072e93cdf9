"""Callers of other queues, whom the same agents serve: how often one of them takes an agent.

Owns: counting them, and forgetting. Must not know who they are, nor why they call.

They come first, and nobody asks before: an agent who is free when a call is placed may be with a
caller when it is answered. So they are reckoned with like answers that are on their way.
"""

from __future__ import annotations

import math
from typing import Final

_MEMORY_S: Final = 1200.0
"""What is longer ago counts for little: callers come in waves."""
_WEIGHT_S: Final = 300.0
"""So long nobody came, before anything was seen."""
_HARDLY_ANY: Final = 1 / 7200
"""Callers a second; fewer are none."""


class Callers:
    """Those who have taken an agent of one campaign."""

    def __init__(self) -> None:
        self._taken = self._watched_s = 0.0
        self._now_s: float | None = None

    def took(self, now_s: float) -> None:
        """An agent is with a caller from now on."""
        self._until(now_s)
        self._taken += 1.0

    def rate(self, now_s: float) -> float:
        """Agents who are taken, a second."""
        self._until(now_s)
        rate = self._taken / (self._watched_s + _WEIGHT_S)
        return rate if rate > _HARDLY_ANY else 0.0

    def _until(self, now_s: float) -> None:
        if self._now_s is None:
            self._now_s = now_s
        kept = math.exp(-max(now_s - self._now_s, 0.0) / _MEMORY_S)
        self._taken *= kept
        self._watched_s = self._watched_s * kept + _MEMORY_S * (1 - kept)
        self._now_s = max(now_s, self._now_s)
