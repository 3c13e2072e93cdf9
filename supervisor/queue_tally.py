"""Who waits in one queue, and what became of those who did, today.

Owns: the waiting callers and the counts of one queue. A call belongs to the day on which it was
offered. Must not know agents, campaigns or other queues.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from supervisor.kpi import InboundCounts

SHORT_ABANDON_MS = 5_000
"""Who hangs up within this has not waited (kpi.md: s = 5 s)."""

SETTLE_MS = 2_000
"""The switch says that a caller left just before or just after it says why: wait for the why."""

MOST_WAITING = 10_000
"""More can only be callers whose end we never heard of; the oldest one goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One caller's wait. `today`: offered on the day that is counted."""

    joined_ms: int
    today: bool = True


@dataclass(slots=True)
class QueueTally:
    """One queue. `threshold_ms`: T of its service level.

    `leaving`: who left for a reason that may still come, and when, in that order. `call_backs`:
    those of today who chose to be called back instead of waiting.
    """

    name: str
    threshold_ms: int
    counts: InboundCounts = field(default_factory=InboundCounts)
    waits: dict[str, Wait] = field(default_factory=dict)
    leaving: dict[str, int] = field(default_factory=dict)
    call_backs: int = 0

    @property
    def waiting(self) -> int:
        """How many callers wait now."""
        return len(self.waits.keys() - self.leaving.keys())

    def join(self, call: str, at_ms: int) -> None:
        """A caller waits since `at_ms`; one who already waits is not offered twice."""
        if call in self.waits and call not in self.leaving:
            return
        self._close(call)
        if len(self.waits) >= MOST_WAITING:
            self._close(next(iter(self.waits)))
        self.waits[call] = Wait(joined_ms=at_ms)
        self.counts = replace(self.counts, offered=self.counts.offered + 1)

    def connect(self, call: str, at_ms: int) -> None:
        """An agent took the call."""
        waited_ms = self._end(call, at_ms)
        if waited_ms is None:
            return
        c = self.counts
        self.counts = replace(
            c,
            answered=c.answered + 1,
            answered_within=c.answered_within + (waited_ms <= self.threshold_ms),
            waited_s=c.waited_s + waited_ms / 1000,
        )

    def abandon(self, call: str, at_ms: int) -> None:
        """The caller hung up."""
        waited_ms = self._end(call, at_ms)
        if waited_ms is None:
            return
        c = self.counts
        self.counts = replace(
            c,
            abandoned=c.abandoned + 1,
            abandoned_within=c.abandoned_within + (waited_ms <= self.threshold_ms),
            short_abandons=c.short_abandons + (waited_ms <= SHORT_ABANDON_MS),
        )

    def leave(self, call: str, at_ms: int) -> None:
        """The caller waits no longer; if no reason follows soon, the call left otherwise."""
        if call in self.waits:
            self.leaving.setdefault(call, at_ms)

    def keep(self, waiting: Collection[str], at_ms: int) -> None:
        """Only these callers wait on the switch: all others have left."""
        for call in self.waits:
            if call not in waiting:
                self.leave(call, at_ms)

    def settle(self, at_ms: int) -> None:
        """Count those as left for whose leaving no reason came."""
        while self.leaving:
            call, left_ms = next(iter(self.leaving.items()))
            if at_ms - left_ms < SETTLE_MS:
                return
            self._close(call)

    def begin_day(self) -> None:
        """Count from 0. Who still waits was offered yesterday and is in no count of today."""
        self.counts = InboundCounts()
        self.call_backs = 0
        self.waits = {call: replace(wait, today=False) for call, wait in self.waits.items()}

    def waiting_ms(self, at_ms: int) -> list[int]:
        """How long each of those who wait has waited."""
        return [at_ms - wait.joined_ms for wait in self._waiting()]

    def waiting_over(self, at_ms: int) -> int:
        """How many of today's calls still wait and have reached the threshold."""
        over_ms = self.threshold_ms
        return sum(w.today and at_ms - w.joined_ms >= over_ms for w in self._waiting())

    def _waiting(self) -> list[Wait]:
        return [wait for call, wait in self.waits.items() if call not in self.leaving]

    def _end(self, call: str, at_ms: int) -> int | None:
        """Forget the caller; the wait in milliseconds if it is to be counted."""
        wait, until_ms = self.waits.pop(call, None), self.leaving.pop(call, at_ms)
        return until_ms - wait.joined_ms if wait is not None and wait.today else None

    def _close(self, call: str) -> None:
        """The caller left otherwise."""
        if self._end(call, 0) is not None:
            self.counts = replace(self.counts, left=self.counts.left + 1)
