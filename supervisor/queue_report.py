"""Stays in queues and agents' spells, folded into intervals.

Owns: which interval what belongs to, and the sums. A call belongs to the interval in which it was
offered; time in a state is split at the edges, so that the sum over intervals is the total, to the
millisecond. Must not know where stays and spells come from. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from dialer.queue_effects import QueueEnd
from supervisor.agent_clocks import as_times
from supervisor.intervals import QUARTER_MS, Intervals, ms_of
from supervisor.kpi import AgentTimes, Formula, HandleTimes, InboundCounts
from supervisor.snapshot import AgentLook


class Stay(NamedTuple):
    """One stay on file. `subject`: what the call was about, or the queue where that is unknown."""

    call: str
    queue: str
    joined_at: datetime
    how: str
    waited_ms: int
    number: str | None
    talk_ms: int | None
    hold_ms: int | None
    wrap_ms: int | None
    transferred: bool
    subject: str | None


class SpellOnFile(NamedTuple):
    """What an agent did, from when to when."""

    agent: str
    state: str
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """How a queue's figures are reckoned: T, s, and the definition of its service level."""

    threshold_s: float = 20.0
    short_abandon_s: float = 5.0
    service_level: Formula = Formula.SL3


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTotals:
    """What a queue's calls of an interval come to."""

    counts: InboundCounts = field(default_factory=InboundCounts)
    handled: HandleTimes = field(default_factory=HandleTimes)


@dataclass(slots=True)
class _Sum:
    """A sum that grows, in whole milliseconds."""

    threshold_ms: float
    short_ms: float
    offered: int = 0
    answered: int = 0
    answered_within: int = 0
    abandoned: int = 0
    abandoned_within: int = 0
    short_abandons: int = 0
    waited_ms: int = 0
    longest_wait_ms: int = 0
    handled: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ms: int = 0
    transferred: int = 0
    longest_ms: int = 0

    def take(self, stay: Stay) -> None:
        waited_ms, how = stay.waited_ms, stay.how
        self.offered += 1
        self.longest_wait_ms = max(self.longest_wait_ms, waited_ms)
        if how == _ANSWERED:
            self.answered += 1
            self.answered_within += waited_ms <= self.threshold_ms
            self.waited_ms += waited_ms
            self._take_talk(stay)
        elif how == _ABANDONED:
            self.abandoned += 1
            self.abandoned_within += waited_ms <= self.threshold_ms
            self.short_abandons += waited_ms <= self.short_ms

    def _take_talk(self, stay: Stay) -> None:
        if stay.talk_ms is None:
            return
        hold_ms, wrap_ms = stay.hold_ms or 0, stay.wrap_ms or 0
        self.handled += 1
        self.talk_ms += stay.talk_ms
        self.hold_ms += hold_ms
        self.wrap_ms += wrap_ms
        self.transferred += stay.transferred
        self.longest_ms = max(self.longest_ms, stay.talk_ms + hold_ms + wrap_ms)

    def totals(self) -> QueueTotals:
        counts = InboundCounts(
            offered=self.offered,
            answered=self.answered,
            answered_within=self.answered_within,
            abandoned=self.abandoned,
            abandoned_within=self.abandoned_within,
            short_abandons=self.short_abandons,
            left=self.offered - self.answered - self.abandoned,
            waited_s=self.waited_ms / 1000,
            longest_wait_s=self.longest_wait_ms / 1000,
        )
        handled = HandleTimes(
            handled=self.handled,
            talk_s=self.talk_ms / 1000,
            hold_s=self.hold_ms / 1000,
            wrap_up_s=self.wrap_ms / 1000,
            longest_s=self.longest_ms / 1000,
            transferred=self.transferred,
        )
        return QueueTotals(counts=counts, handled=handled)


def fold_stays(
    stays: Iterable[Stay], intervals: Intervals, rules: Callable[[str], QueueRules]
) -> dict[tuple[datetime, str], QueueTotals]:
    """The totals by beginning of the interval and queue, where anything was offered."""
    sums: dict[tuple[datetime, str], _Sum] = {}
    for stay in stays:
        key = intervals.start(stay.joined_at), stay.queue
        one = sums.get(key)
        if one is None:
            rule = rules(stay.queue)
            one = sums[key] = _Sum(rule.threshold_s * 1000, rule.short_abandon_s * 1000)
        one.take(stay)
    return {key: sums[key].totals() for key in sorted(sums)}


def fold_spells(
    spells: Iterable[SpellOnFile], intervals: Intervals, since: datetime, until: datetime
) -> dict[datetime, AgentTimes]:
    """Agents' times by beginning of the interval, of what lies within [since, until)."""
    spent = fold_spells_ms(spells, intervals, since, until)
    people: dict[datetime, set[str]] = {}
    for start, agent, _ in spent:
        people.setdefault(start, set()).add(agent)
    sums: dict[datetime, Counter[AgentLook]] = {}
    for (start, _, look), ms in spent.items():
        sums.setdefault(start, Counter())[look] += ms
    return {
        start: as_times({look: sums[start][look] for look in AgentLook}, len(people[start]))
        for start in sorted(sums)
    }


def fold_spells_ms(
    spells: Iterable[SpellOnFile], intervals: Intervals, since: datetime, until: datetime
) -> dict[tuple[datetime, str, AgentLook], int]:
    """Milliseconds by interval, agent and state."""
    first, last = ms_of(since), ms_of(until)
    by_quarter: dict[tuple[int, str, str], int] = {}
    for agent, state, began_at, ended_at in spells:
        begin, end = max(ms_of(began_at), first), min(ms_of(ended_at), last)
        while begin < end:
            quarter = begin // QUARTER_MS
            edge = (quarter + 1) * QUARTER_MS
            part = (min(end, edge)) - begin
            key = quarter, agent, state
            by_quarter[key] = by_quarter.get(key, 0) + part
            begin = edge
    spent: Counter[tuple[datetime, str, AgentLook]] = Counter()
    for (quarter, agent, state), ms in by_quarter.items():
        look = _LOOKS.get(state, AgentLook.UNKNOWN)
        spent[intervals.start_of_quarter(quarter), agent, look] += ms
    return dict(spent)


_ANSWERED: Final = QueueEnd.ANSWERED.value
_ABANDONED: Final = QueueEnd.ABANDONED.value
_LOOKS: Final = {look.value: look for look in AgentLook}


# ── peaks ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The most of something, and when it first was so."""

    n: int
    at: datetime


def most_offered(totals: Mapping[tuple[datetime, str], QueueTotals]) -> Peak | None:
    """The interval in which most calls were offered, all queues together."""
    by_start: Counter[datetime] = Counter()
    for (start, _), one in totals.items():
        by_start[start] += one.counts.offered
    best = max(by_start, key=lambda start: (by_start[start], -start.timestamp()), default=None)
    return None if best is None else Peak(n=by_start[best], at=best)


def most_waiting(stays: Iterable[Stay]) -> Peak | None:
    """The moment at which most callers waited at once; who leaves makes room for who comes."""
    moves: list[tuple[datetime, int]] = []
    for stay in stays:
        moves.append((stay.joined_at, 1))
        moves.append((stay.joined_at + timedelta(milliseconds=stay.waited_ms), -1))
    moves.sort()
    waiting, peak = 0, None
    for at, step in moves:
        waiting += step
        if step > 0 and (peak is None or waiting > peak.n):
            peak = Peak(n=waiting, at=at)
    return peak


# ── first-call resolution ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Answered contacts of customers whose number is known.

    `repeated`: followed by another of the same number on the same subject. `provisional`: such
    may still follow.
    """

    contacts: int
    repeated: int
    provisional: bool


def contacts_of(
    stays: Iterable[Stay],
    since: datetime,
    until: datetime,
    now: datetime,
    days: int,
) -> dict[str, Contacts]:
    """The contacts in [since, until), by the queue that answered first.

    `stays` must reach `days` further, as far as there are any: of all queues, for the customer may
    come back by another. A call that was in several queues is one contact. A withheld number is
    nobody's.
    """
    window = timedelta(days=days)
    calls: dict[str, Stay] = {}
    for stay in sorted(stays, key=lambda stay: stay.joined_at):
        if stay.how == QueueEnd.ANSWERED and stay.number:
            calls.setdefault(stay.call, stay)
    following: dict[tuple[str | None, str], datetime] = {}
    contacts, repeated = Counter[str](), Counter[str]()
    for stay in reversed(calls.values()):
        key = stay.number, stay.subject or stay.queue
        later = following.get(key)
        following[key] = stay.joined_at
        if since <= stay.joined_at < until:
            contacts[stay.queue] += 1
            repeated[stay.queue] += later is not None and later - stay.joined_at <= window
    provisional = now < until + window
    return {
        queue: Contacts(contacts=n, repeated=repeated[queue], provisional=provisional)
        for queue, n in contacts.items()
    }
