"""What came of a campaign's calls: since the engine started, and today.

Owns: the counts of one campaign and the pace at which its attempts end. Must not know queues or
agents, nor how an outcome was found. Distinct contacts are the database's to count.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import IntEnum

from campaigns.outcomes import Outcome
from supervisor.kpi import OutboundCounts

PACE_OVER = 50
"""The pace is measured over so many ended attempts at most."""

PACE_FROM = 3
"""With fewer ended attempts there is no pace yet."""

OWN_SIDE = frozenset({Outcome.FAILED, Outcome.NOT_SENT, Outcome.SKIPPED})
MACHINES = frozenset({Outcome.FAX, Outcome.MACHINE})
NEEDS_ANSWER = MACHINES | {
    Outcome.ABANDONED,
    Outcome.SUCCESS,
    Outcome.SUCCESS_PROXY,
    Outcome.UNSUCCESSFUL,
    Outcome.APPOINTMENT,
    Outcome.REFUSED,
    Outcome.UNDISPOSED,
}
"""Outcomes that only an answered call has, also when we did not hear of the answer."""


class Phase(IntEnum):
    """Where a placed call is. It only goes forward: late words change nothing."""

    DIALING = 0
    RINGING = 1
    ANSWERED = 2
    TALKING = 3
    MESSAGE = 4
    OVER = 5


@dataclass(slots=True, kw_only=True)
class PlacedCall:
    """A call without an outcome, as it goes on. `today`: placed on the day that is counted.

    `counted`: placed in this run; one that an earlier run placed is shown while it lives, and is
    in none of the counts.
    """

    campaign: str
    phase: Phase = Phase.DIALING
    answered: bool = False
    connected: bool = False
    today: bool = True
    counted: bool = True


@dataclass(slots=True)
class CampaignTally:
    """One campaign: since the engine started, and of the calls placed on this local day."""

    _run: Counter[str] = field(default_factory=Counter)
    _today: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    outcomes_today: Counter[str] = field(default_factory=Counter)
    ended_ms: deque[int] = field(default_factory=lambda: deque(maxlen=PACE_OVER))

    @property
    def run(self) -> OutboundCounts:
        """All calls of this run, for the formulas of `kpi`."""
        return OutboundCounts(**self._run)

    @property
    def today(self) -> OutboundCounts:
        """Those of them that were placed today."""
        return OutboundCounts(**self._today)

    def place(self) -> None:
        """A call went to the network."""
        self._count(1, ("placed",), today=True)

    def answer(self, *, today: bool) -> None:
        """Somebody or something answered."""
        self._count(1, ("answered",), today=today)

    def connect(self, *, today: bool) -> None:
        """An agent has the call."""
        self._count(1, ("connected",), today=today)

    def end(self, call: PlacedCall, outcome: Outcome, at_ms: int) -> None:
        """The one outcome of an attempt. What failed on our side was never placed."""
        if outcome in OWN_SIDE and not call.answered:
            self._count(-1, ("placed",), today=call.today)
        self._count(1, _counted_as(outcome, answered=call.answered), today=call.today)
        self._outcome(1, outcome, today=call.today)
        self.ended_ms.append(at_ms)

    def amend(self, before: Outcome, after: Outcome) -> None:
        """The agent's late word replaces an outcome, where that one is in these counts."""
        if self.outcomes[before] > 0:
            today = self.outcomes_today[before] > 0
            self._outcome(-1, before, today=today)
            self._outcome(1, after, today=today)

    def begin_day(self) -> None:
        """Count today from 0; the run goes on."""
        self._today.clear()
        self.outcomes_today.clear()

    def time_left_s(self, remaining: int, at_ms: int) -> float | None:
        """How long `remaining` attempts take at the present pace; None where there is none."""
        if not remaining:
            return 0.0
        if len(self.ended_ms) < PACE_FROM or at_ms <= self.ended_ms[0]:
            return None
        return remaining * (at_ms - self.ended_ms[0]) / (len(self.ended_ms) - 1) / 1000

    def _outcome(self, by: int, outcome: Outcome, *, today: bool) -> None:
        self.outcomes[outcome.value] += by
        if today:
            self.outcomes_today[outcome.value] += by

    def _count(self, by: int, names: tuple[str, ...], *, today: bool) -> None:
        for name in names:
            self._run[name] += by
            if today:
                self._today[name] += by


def counts_of(outcome: Outcome | None, *, answered: bool) -> OutboundCounts:
    """What one call that was sent adds to the counts; `outcome` None: it goes on."""
    if outcome is None:
        return OutboundCounts(placed=1, answered=int(answered))
    answered = answered or outcome in NEEDS_ANSWER
    if outcome in OWN_SIDE and not answered:
        return OutboundCounts()
    counted = dict.fromkeys(_counted_as(outcome, answered=answered), 1)
    return OutboundCounts(placed=1, answered=int(answered), **counted)


def _counted_as(outcome: Outcome, *, answered: bool) -> tuple[str, ...]:
    """The counts of the KPIs that an outcome adds to."""
    if outcome is Outcome.ABANDONED:
        return ("dropped",)
    if outcome in MACHINES:
        return ("machines",)
    if answered:
        return ()
    unanswered = {
        Outcome.BUSY: ("busy",),
        Outcome.NO_ANSWER: ("no_answer",),
        Outcome.REJECTED: ("rejected",),
    }
    return unanswered.get(outcome, ())
