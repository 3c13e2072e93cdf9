"""The figures of a call centre, one function each.

Owns: the formulas and their names. Live view, report and API all call these. Must not know
where the counts come from, nor how a figure is shown.

Rules that hold for all: no data is `None` and 0 is a real zero; totals add sums and counts,
averages are never averaged; a rate lies between 0 and 1, a duration is in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar


class Formula(StrEnum):
    """The name that is printed with a figure; SL1 to SL6 are the variants of service level."""

    SL1 = "SL1"
    SL2 = "SL2"
    SL3 = "SL3"
    SL4 = "SL4"
    SL5 = "SL5"
    SL6 = "SL6"
    SL_LIVE = "SL-live"
    ASA = "ASA"
    ABANDON_RATE = "abandon-rate"
    ABANDON_RATE_RAW = "abandon-rate-raw"
    QUEUE_ANSWER_RATE = "queue-answer-rate"
    LONGEST_WAIT = "longest-wait"
    AHT = "AHT"
    LONGEST_HANDLE = "longest-handle"
    TRANSFER_RATE = "transfer-rate"
    FCR = "FCR"
    FCR_PROVISIONAL = "FCR-provisional"
    OCCUPANCY = "occupancy"
    UTILISATION = "utilisation"
    ASR = "ASR"
    NER = "NER"
    OUTBOUND_ANSWER_RATE = "outbound-answer-rate"
    CONTACT_RATE = "contact-rate"
    RPC_RATE = "RPC-rate"
    DROP_US = "drop-US"
    DROP_UK = "drop-UK"
    SATISFACTION = "satisfaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One KPI. `value` is None where there is nothing to divide by.

    `n`: how many calls (contacts, agents) it rests on. `window`: the span, e.g. `today`.
    """

    value: float | None
    numerator: float
    denominator: float
    n: int
    window: str
    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCounts:
    """Calls offered to a queue in a window, by what became of them.

    `*_within`: within the threshold T of the queue. `short_abandons`: abandoned within its s
    (5 s, where it sets nothing else). `left`: by key, time-out, empty queue or overflow.
    `waited_s`: total wait of the answered; `longest_wait_s`: of any that has ended.
    """

    offered: int = 0
    answered: int = 0
    answered_within: int = 0
    abandoned: int = 0
    abandoned_within: int = 0
    short_abandons: int = 0
    left: int = 0
    waited_s: float = 0.0
    longest_wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleTimes:
    """Answered calls that are over, and the seconds that agents spent on them.

    `longest_s`: talk, hold and after-call work of the longest. `transferred`: went on with
    somebody else.
    """

    handled: int = 0
    talk_s: float = 0.0
    hold_s: float = 0.0
    wrap_up_s: float = 0.0
    longest_s: float = 0.0
    transferred: int = 0

    @property
    def handling_s(self) -> float:
        """Talk, hold and after-call work."""
        return self.talk_s + self.hold_s + self.wrap_up_s


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundCounts:
    """Attempts that reached the network in a window; failures on our own side are not in it.

    `answered`: by anything. `machines`: answering machines and faxes among them. `connected`:
    handed to an agent. `dropped`: a live person whom nobody took. `contacts_worked` and
    `contacts_reached`: distinct contacts dialed, and those of whom a live person answered.
    """

    placed: int = 0
    answered: int = 0
    machines: int = 0
    busy: int = 0
    no_answer: int = 0
    rejected: int = 0
    connected: int = 0
    dropped: int = 0
    contacts_worked: int = 0
    contacts_reached: int = 0

    @property
    def live(self) -> int:
        """L: calls that a person answered, the dropped ones included."""
        return self.answered - self.machines


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTimes:
    """Seconds of signed-in time, by what they were spent on."""

    talk_s: float = 0.0
    hold_s: float = 0.0
    wrap_up_s: float = 0.0
    ring_s: float = 0.0
    ready_s: float = 0.0
    paused_s: float = 0.0
    agents: int = 1

    @property
    def signed_in_s(self) -> float:
        """All of it."""
        return self.handling_s + self.ring_s + self.ready_s + self.paused_s

    @property
    def handling_s(self) -> float:
        """Talk, hold and after-call work."""
        return self.talk_s + self.hold_s + self.wrap_up_s


Counts = TypeVar("Counts", InboundCounts, HandleTimes, OutboundCounts, AgentTimes)
_NAMES: Final[Mapping[type, Sequence[str]]] = {
    kind: [field.name for field in fields(kind)]
    for kind in (InboundCounts, HandleTimes, OutboundCounts, AgentTimes)
}


def added(one: Counts, other: Counts) -> Counts:
    """Both windows, queues or agents as one: sums and counts are added, never averages.

    Of what is the longest of each, the longer one stays.
    """
    both = {name: (getattr(one, name), getattr(other, name)) for name in _NAMES[type(one)]}
    whole = {
        name: max(pair) if name.startswith("longest_") else sum(pair) for name, pair in both.items()
    }
    return replace(one, **whole)


def ratio(numerator: float, denominator: float, n: int, window: str, formula: Formula) -> Figure:
    """`numerator / denominator` as a figure, with no value where the denominator is 0."""
    return Figure(
        value=numerator / denominator if denominator else None,
        numerator=numerator,
        denominator=denominator,
        n=n,
        window=window,
        formula=formula,
    )


def _rate(part: int, whole: int, window: str, formula: Formula) -> Figure:
    return ratio(part, whole, whole, window, formula)


# ── inbound ──────────────────────────────────────────────────────────────────────────────


def service_level(
    counts: InboundCounts, *, variant: Formula = Formula.SL3, window: str = "today"
) -> Figure:
    """Share of calls that were answered within T, in the variant that the queue uses.

    SL1, SL2, SL4, SL5 after ICMI 2002, SL6 without short abandons. SL3 also counts calls that
    left otherwise: it is the trade's N 秒人工接通率. Raises ValueError for other formulas.
    """
    c, closed = counts, counts.answered + counts.abandoned
    parts = {
        Formula.SL1: (c.answered_within + c.abandoned_within, closed),
        Formula.SL2: (c.answered_within, c.answered),
        Formula.SL3: (c.answered_within, closed + c.left),
        Formula.SL4: (c.answered_within, closed - c.abandoned_within),
        Formula.SL5: (c.answered_within + c.short_abandons, closed),
        Formula.SL6: (c.answered_within, closed - c.short_abandons),
    }
    if variant not in parts:
        raise ValueError(f"{variant} is no variant of service level")
    return _rate(*parts[variant], window, variant)


def live_service_level(
    counts: InboundCounts, *, waiting_over: int, window: str = "today"
) -> Figure:
    """Service level by service-level event (Cisco): SL3 of what has happened by now.

    `waiting_over`: calls that still wait and have reached T. They count as missed at once, not
    when they end; calls that wait and are still within T do not count yet.
    """
    events = counts.answered + counts.abandoned + counts.left + waiting_over
    return _rate(counts.answered_within, events, window, Formula.SL_LIVE)


def asa(counts: InboundCounts, *, window: str = "today") -> Figure:
    """Average speed of answer in seconds: queue entry to agent, ring and zero waits included."""
    return ratio(counts.waited_s, counts.answered, counts.answered, window, Formula.ASA)


def longest_wait(counts: InboundCounts, *, window: str = "today") -> Figure:
    """The longest wait in seconds of the calls whose wait is over, however it ended."""
    waits = counts.answered + counts.abandoned + counts.left
    return _longest(counts.longest_wait_s, waits, window, Formula.LONGEST_WAIT)


def _longest(value_s: float, n: int, window: str, formula: Formula) -> Figure:
    """Of one call, which is its own denominator."""
    return ratio(value_s, min(n, 1), n, window, formula)


def abandon_rate(counts: InboundCounts, *, window: str = "today") -> Figure:
    """Share of offered calls that hung up while waiting; short abandons count nowhere."""
    short = counts.short_abandons
    return _rate(counts.abandoned - short, counts.offered - short, window, Formula.ABANDON_RATE)


def abandon_rate_raw(counts: InboundCounts, *, window: str = "today") -> Figure:
    """Share of offered calls that hung up while waiting, all of them."""
    return _rate(counts.abandoned, counts.offered, window, Formula.ABANDON_RATE_RAW)


def queue_answer_rate(counts: InboundCounts, *, window: str = "today") -> Figure:
    """Share of offered calls that an agent answered (人工接通率)."""
    return _rate(counts.answered, counts.offered, window, Formula.QUEUE_ANSWER_RATE)


def transfer_rate(times: HandleTimes, *, window: str = "today") -> Figure:
    """Share of the handled calls that went on with somebody else."""
    return _rate(times.transferred, times.handled, window, Formula.TRANSFER_RATE)


def longest_handle(times: HandleTimes, *, window: str = "today") -> Figure:
    """Talk, hold and after-call work of the longest handled call, in seconds."""
    return _longest(times.longest_s, times.handled, window, Formula.LONGEST_HANDLE)


def first_call_resolution(
    contacts: int, repeated: int, *, provisional: bool, window: str = "today"
) -> Figure:
    """Share of contacts that were not followed by one of the same customer and subject.

    `provisional`: the days within which one may follow are not over for all of them (暂计).
    """
    formula = Formula.FCR_PROVISIONAL if provisional else Formula.FCR
    return _rate(contacts - repeated, contacts, window, formula)


# ── agents ───────────────────────────────────────────────────────────────────────────────


def aht(times: AgentTimes | HandleTimes, *, handled: int, window: str = "today") -> Figure:
    """Average handle time in seconds: talk, hold and after-call work of a handled call."""
    return ratio(times.handling_s, handled, handled, window, Formula.AHT)


def occupancy(times: AgentTimes, *, window: str = "today") -> Figure:
    """Share of available time spent on calls, ring and reservation included, pauses not."""
    busy_s = times.handling_s + times.ring_s
    return ratio(busy_s, busy_s + times.ready_s, times.agents, window, Formula.OCCUPANCY)


def utilisation(times: AgentTimes, *, window: str = "today") -> Figure:
    """Share of signed-in time spent on talk, hold and after-call work."""
    return ratio(times.handling_s, times.signed_in_s, times.agents, window, Formula.UTILISATION)


# ── outbound ─────────────────────────────────────────────────────────────────────────────


def asr(counts: OutboundCounts, *, window: str = "today") -> Figure:
    """Answer-seizure ratio: answered by anything, of those placed (ITU-T E.411, E.425)."""
    return _rate(counts.answered, counts.placed, window, Formula.ASR)


def ner(counts: OutboundCounts, *, window: str = "today") -> Figure:
    """Network effectiveness (E.425): falls when trunks fail, not when people are out."""
    reached = counts.answered + counts.busy + counts.no_answer + counts.rejected
    return _rate(reached, counts.placed, window, Formula.NER)


def outbound_answer_rate(counts: OutboundCounts, *, window: str = "today") -> Figure:
    """Share of placed calls that a person answered (外呼接通率)."""
    return _rate(counts.live, counts.placed, window, Formula.OUTBOUND_ANSWER_RATE)


def contact_rate(counts: OutboundCounts, *, window: str = "today") -> Figure:
    """Share of the contacts worked of whom a person answered at least once."""
    return _rate(counts.contacts_reached, counts.contacts_worked, window, Formula.CONTACT_RATE)


def rpc_rate(right_party: int, placed: int, *, window: str = "today") -> Figure:
    """Right-party contacts of the calls placed. A family member's answer is a proxy's (R3)."""
    return _rate(right_party, placed, window, Formula.RPC_RATE)


# ── dropped calls, and the law ───────────────────────────────────────────────────────────

US_LIMIT_PERCENT = 3
US_BLOCK_DAYS = 30


def drop_rate_us(counts: OutboundCounts, *, window: str) -> Figure:
    """Dropped of live answers, per campaign and 30-day block (16 CFR 310.4(b)(4))."""
    return _rate(counts.dropped, counts.live, window, Formula.DROP_US)


def us_block(first_call: date, day: date) -> int:
    """Which of the campaign's successive 30-day blocks a local day lies in; the first is 1."""
    return (day - first_call).days // US_BLOCK_DAYS + 1


def drops_left(counts: OutboundCounts, *, expected: int = 0) -> int:
    """How many more may be dropped with `expected` further live answers; negative: over."""
    return (counts.live + expected) * US_LIMIT_PERCENT // 100 - counts.dropped


def drop_rate_uk(
    counts: OutboundCounts, *, machines_heard: int, live_heard: int, window: str
) -> Figure:
    """Drop rate after Ofcom's 2010 text, for campaigns without machine detection.

    Some of the dropped were machines: as many, by share, as of the calls that agents heard
    (`machines_heard`, `live_heard`). Where they heard none, every drop counts.
    """
    heard = machines_heard + live_heard
    dropped = counts.dropped * live_heard / heard if heard else float(counts.dropped)
    whole = dropped + live_heard
    return ratio(dropped, whole, counts.dropped + live_heard, window, Formula.DROP_UK)


def drop_rate_uk_amd(counts: OutboundCounts, *, false_positives: float, window: str) -> Figure:
    """Drop rate after Ofcom's 2010 text, for campaigns with machine detection.

    `false_positives`: the estimated number of people whom it took for machines.
    """
    dropped = counts.dropped + false_positives
    whole = dropped + counts.connected
    return ratio(dropped, whole, counts.dropped + counts.connected, window, Formula.DROP_UK)
