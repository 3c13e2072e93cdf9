"""Who waits in one queue, and what became of those who did, today.

Owns: the waiting callers and the counts of one queue, and each stay that has ended until it is
taken away to be kept. A call belongs to the day on which it was offered. Must not know campaigns
or other queues.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from dialer.queue_effects import QueueEnd
from supervisor.kpi import HandleTimes, InboundCounts, added

SHORT_ABANDON_MS = 5_000
"""Who hangs up within this has not waited, where a queue sets nothing else."""

SETTLE_MS = 2_000
"""The switch says that a caller left just before or just after it says why: wait for the why."""

MOST_WAITING = 10_000
"""More can only be callers whose end we never heard of; the oldest one goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One caller's wait. `today`: offered on the day that is counted."""

    joined_ms: int
    joined_at: datetime
    number: str = ""
    today: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedStay:
    """A wait that is over, to be kept. `number` as the network gave it; `agent`: who answered."""

    call: str
    queue: str
    joined_at: datetime
    waited_ms: int
    how: QueueEnd
    number: str
    agent: str = ""


def ended_as(
    how: QueueEnd, *, within: bool, short: bool = False, waited_s: float = 0.0
) -> InboundCounts:
    """What one stay that is over adds to the counts; that it was offered was counted before.

    `within`: the wait was no longer than T; `short`: no longer than s.
    """
    if how is QueueEnd.ANSWERED:
        return InboundCounts(answered=1, answered_within=int(within), waited_s=waited_s)
    if how is QueueEnd.ABANDONED:
        return InboundCounts(abandoned=1, abandoned_within=int(within), short_abandons=int(short))
    return InboundCounts(left=1)


@dataclass(slots=True)
class QueueTally:
    """One queue. `threshold_ms`: T of its service level; `short_abandon_ms`: its s.

    `leaving`: who left for a reason that may still come, when, and what is known of it, in that
    order. `handled`: of today's calls. `ended`: takes each stay that has ended. `call_backs`:
    those of today who chose to be called back instead of waiting.
    """

    name: str
    threshold_ms: int
    short_abandon_ms: int = SHORT_ABANDON_MS
    counts: InboundCounts = field(default_factory=InboundCounts)
    handled: HandleTimes = field(default_factory=HandleTimes)
    waits: dict[str, Wait] = field(default_factory=dict)
    leaving: dict[str, tuple[int, QueueEnd]] = field(default_factory=dict)
    ended: list[EndedStay] = field(default_factory=list)
    call_backs: int = 0

    @property
    def waiting(self) -> int:
        """How many callers wait now."""
        return len(self.waits.keys() - self.leaving.keys())

    def join(self, call: str, at_ms: int, at: datetime, number: str = "") -> None:
        """A caller waits since `at_ms`; one who already waits is not offered twice."""
        if call in self.waits and call not in self.leaving:
            return
        self._close(call, QueueEnd.LEFT)
        if len(self.waits) >= MOST_WAITING:
            self._close(next(iter(self.waits)), QueueEnd.LOST)
        self.waits[call] = Wait(joined_ms=at_ms, joined_at=at, number=number)
        self.counts = replace(self.counts, offered=self.counts.offered + 1)

    def connect(self, call: str, at_ms: int, agent: str = "") -> None:
        """An agent took the call."""
        self._count(QueueEnd.ANSWERED, self._end(call, at_ms, QueueEnd.ANSWERED, agent))

    def abandon(self, call: str, at_ms: int) -> None:
        """The switch has given the caller up: it says so of time-outs as well as of hang-ups."""
        if call in self.waits:
            left_ms, _ = self.leaving.get(call, (at_ms, QueueEnd.LEFT))
            self.leaving[call] = (left_ms, QueueEnd.ABANDONED)

    def gone(self, call: str, at_ms: int) -> None:
        """The caller's channel has hung up; who was given up before has abandoned."""
        self.leave(call, at_ms, QueueEnd.LOST)
        if call in self.leaving and self.leaving[call][1] is QueueEnd.ABANDONED:
            self._abandoned(call)

    def _abandoned(self, call: str) -> None:
        self._count(QueueEnd.ABANDONED, self._end(call, 0, QueueEnd.ABANDONED))

    def leave(self, call: str, at_ms: int, how: QueueEnd = QueueEnd.LEFT) -> None:
        """The caller waits no longer; if no reason follows soon, the call left otherwise."""
        if call in self.waits:
            self.leaving.setdefault(call, (at_ms, how))

    def exit(self, call: str, at_ms: int, how: QueueEnd) -> None:
        """The caller went on in the dialplan for this reason, which is the last word."""
        if call in self.waits:
            self.leave(call, at_ms)
            self._close(call, how)

    def handle(self, times: HandleTimes) -> None:
        """A call of today was talked and wrapped up."""
        self.handled = added(self.handled, times)

    def keep(self, waiting: Collection[str], at_ms: int) -> None:
        """Only these callers wait on the switch: all others have left."""
        for call in self.waits:
            if call not in waiting:
                self.leave(call, at_ms, QueueEnd.LOST)

    def settle(self, at_ms: int) -> None:
        """Count those as left for whose leaving no reason came."""
        while self.leaving:
            call, (left_ms, how) = next(iter(self.leaving.items()))
            if at_ms - left_ms < SETTLE_MS:
                return
            # Who was given up and has not hung up goes on in the dialplan.
            self._close(call, QueueEnd.LEFT if how is QueueEnd.ABANDONED else how)

    def begin_day(self) -> None:
        """Count from 0. Who still waits was offered yesterday and is in no count of today."""
        self.counts = InboundCounts()
        self.handled = HandleTimes()
        self.call_backs = 0
        self.waits = {call: replace(wait, today=False) for call, wait in self.waits.items()}

    def number_of(self, call: str) -> str:
        """The number of a caller who waits; empty: withheld, or nobody waits."""
        wait = self.waits.get(call)
        return "" if wait is None else wait.number

    def waiting_calls(self) -> list[tuple[str, Wait]]:
        """Those who wait, with their calls."""
        return [(call, wait) for call, wait in self.waits.items() if call not in self.leaving]

    def waiting_ms(self, at_ms: int) -> list[int]:
        """How long each of those who wait has waited."""
        return [at_ms - wait.joined_ms for wait in self._waiting()]

    def waiting_over(self, at_ms: int) -> int:
        """How many of today's calls still wait and have reached the threshold."""
        over_ms = self.threshold_ms
        return sum(w.today and at_ms - w.joined_ms >= over_ms for w in self._waiting())

    def _waiting(self) -> list[Wait]:
        return [wait for _call, wait in self.waiting_calls()]

    def _end(self, call: str, at_ms: int, how: QueueEnd, agent: str = "") -> int | None:
        """Forget the caller; the wait in milliseconds if it is to be counted."""
        wait, (until_ms, _) = self.waits.pop(call, None), self.leaving.pop(call, (at_ms, how))
        if wait is None:
            return None
        waited_ms = max(until_ms - wait.joined_ms, 0)
        self.ended.append(
            EndedStay(
                call=call,
                queue=self.name,
                joined_at=wait.joined_at,
                waited_ms=waited_ms,
                how=how,
                number=wait.number,
                agent=agent,
            )
        )
        if not wait.today:
            return None
        longest_s = max(self.counts.longest_wait_s, waited_ms / 1000)
        self.counts = replace(self.counts, longest_wait_s=longest_s)
        return waited_ms

    def _close(self, call: str, how: QueueEnd) -> None:
        """The caller left otherwise."""
        wait = self.waits.get(call)
        if wait is not None:
            self._count(how, self._end(call, wait.joined_ms, how))

    def _count(self, how: QueueEnd, waited_ms: int | None) -> None:
        """A stay is over, after so long a wait; None: it is in no count of today."""
        if waited_ms is None:
            return
        one = ended_as(
            how,
            within=waited_ms <= self.threshold_ms,
            short=waited_ms <= self.short_abandon_ms,
            waited_s=waited_ms / 1000,
        )
        self.counts = added(self.counts, one)
