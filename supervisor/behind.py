"""The calls behind a figure: what each of them counted as, and why (screens: it explains itself).

Owns: which figures can be opened, over which windows, and the part that one call has in each. It
has no rule of its own: a call is put through the figure's formula as if it were the only one, so
that the parts of all calls are the figure. Must not know where calls are kept. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import product
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from campaigns.law import abandonment
from campaigns.outcomes import Outcome
from dialer.queue_effects import QueueEnd
from supervisor.campaign_tally import MACHINES, OWN_SIDE, counts_of
from supervisor.kpi import (
    Figure,
    Formula,
    InboundCounts,
    OutboundCounts,
    abandon_rate,
    added,
    asr,
    live_service_level,
    ratio,
    service_level,
)
from supervisor.last_hour import ANSWER_MINUTES, SERVICE_MINUTES
from supervisor.queue_tally import ended_as


class FigureName(StrEnum):
    """A figure that can be opened."""

    SERVICE_LEVEL = "service-level"
    ABANDON_RATE = "abandon-rate"
    ANSWER_RATE = "answer-rate"
    DROP_RATE = "drop-rate"


class Window(StrEnum):
    """Which calls a figure is of, as the figure itself names it."""

    TODAY = "today"
    HALF_HOUR = "half_hour"
    QUARTER = "quarter"
    RUN = "run"
    BLOCK = "block"


class Part(StrEnum):
    """What a call counted as."""

    NUMERATOR = "numerator"
    AGAINST = "against"
    EXCLUDED = "excluded"


class Why(StrEnum):
    """Why it counted so."""

    IN_TIME = "in_time"
    LATE = "late"
    GIVEN_UP = "given_up"
    GIVEN_UP_SOON = "given_up_soon"
    LEFT = "left"
    WAITS = "waits"
    WAITS_TOO_LONG = "waits_too_long"
    BEFORE_RUN = "before_run"
    IMPORTED = "imported"
    REACHED = "reached"
    DROPPED = "dropped"
    UNANSWERED = "unanswered"
    MACHINE = "machine"
    GOES_ON = "goes_on"
    OWN_SIDE = "own_side"
    PLACED_BEFORE = "placed_before"


WINDOWS: Final[Mapping[FigureName, tuple[Window, ...]]] = MappingProxyType(
    {
        FigureName.SERVICE_LEVEL: (Window.TODAY, Window.HALF_HOUR),
        FigureName.ABANDON_RATE: (Window.TODAY,),
        FigureName.ANSWER_RATE: (Window.QUARTER, Window.RUN),
        FigureName.DROP_RATE: (Window.BLOCK, Window.RUN),
    }
)
"""Over which windows a figure is shown."""

OF_ALL: Final = frozenset({Window.HALF_HOUR, Window.QUARTER})
"""Windows in which all queues, or all campaigns, are counted together."""

INBOUND: Final = frozenset({FigureName.SERVICE_LEVEL, FigureName.ABANDON_RATE})
"""Figures of queues; the others are of campaigns."""

_MINUTES: Final = {Window.HALF_HOUR: SERVICE_MINUTES, Window.QUARTER: ANSWER_MINUTES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The part of one call in a figure, and what it adds above and below the line."""

    part: Part
    why: Why
    numerator: float
    denominator: float


def begins(window: Window, zone: ZoneInfo, now: datetime) -> datetime:
    """When a window of the site's clock begins. Raises ValueError for the run and the block."""
    if window is Window.TODAY:
        return datetime.combine(now.astimezone(zone).date(), time.min, zone)
    if window not in _MINUTES:
        raise ValueError(f"no clock says when {window} begins")
    # Counted by the minute, the one that goes on among them (`supervisor.last_hour`).
    minute = now.replace(second=0, microsecond=0)
    return minute - timedelta(minutes=_MINUTES[window] - 1)


# ── stays in queues ──────────────────────────────────────────────────────────────────────


class StayKind(NamedTuple):
    """All of a stay that a figure looks at; stays of one kind count alike.

    `how` None: the caller waits. `within`: the wait is no longer than T, `short`: than s. `live`:
    the engine saw its end, and did not learn of it from a queue_log; `in_run`: since it started.
    """

    how: QueueEnd | None
    within: bool = True
    short: bool = False
    live: bool = True
    in_run: bool = True


STAY_KINDS: Final = tuple(
    StayKind(how, *facts) for how in QueueEnd for facts in product((False, True), repeat=4)
)
"""All there are of stays that are over."""


def stay_counted(asked: FigureName, window: Window, stay: StayKind) -> Counted:
    """The part of a stay in a queue's figure."""
    counts = _inbound(stay)
    over = int(stay.how is None and not stay.within)
    if asked is FigureName.ABANDON_RATE:
        figure = abandon_rate(counts)
    elif window is Window.HALF_HOUR:
        figure = service_level(counts, variant=Formula.SL3)
    else:
        figure = live_service_level(counts, waiting_over=over)
    return _counted(figure, _why_stay(stay))


def _inbound(stay: StayKind) -> InboundCounts:
    """The counts of this one stay."""
    if not (stay.live and stay.in_run):
        return InboundCounts()
    offered = InboundCounts(offered=1)
    if stay.how is None:
        return offered
    return added(offered, ended_as(stay.how, within=stay.within, short=stay.short))


def _why_stay(stay: StayKind) -> Why:
    if not stay.live:
        return Why.IMPORTED
    if not stay.in_run:
        return Why.BEFORE_RUN
    match stay.how:
        case None:
            return Why.WAITS if stay.within else Why.WAITS_TOO_LONG
        case QueueEnd.ANSWERED:
            return Why.IN_TIME if stay.within else Why.LATE
        case QueueEnd.ABANDONED:
            return Why.GIVEN_UP_SOON if stay.short else Why.GIVEN_UP
        case _:
            return Why.LEFT


# ── calls of campaigns ───────────────────────────────────────────────────────────────────


class CallKind(NamedTuple):
    """All of a call of ours that a figure looks at; calls of one kind count alike.

    `outcome` None: it goes on. `placed_in`, `answered_in`: within the window.
    """

    outcome: Outcome | None
    answered: bool
    bridged: bool
    placed_in: bool = True
    answered_in: bool = True


CALL_KINDS: Final = tuple(
    CallKind(outcome, *facts)
    for outcome in (None, *Outcome)
    for facts in product((False, True), repeat=4)
)
"""All there are."""


def call_counted(asked: FigureName, window: Window, call: CallKind) -> Counted:
    """The part of a call in a campaign's figure."""
    if window is Window.BLOCK:
        law = abandonment.counts_of(call.outcome, answered=call.answered, bridged=call.bridged)
        figure = ratio(law.abandoned, law.live, law.live, window, Formula.DROP_US)
        return _counted(figure, _why_call(call, lost=law.abandoned > 0))
    counts = _outbound(call)
    if asked is FigureName.DROP_RATE:
        figure = ratio(counts.dropped, counts.answered, counts.answered, window, Formula.DROP_US)
    else:
        figure = asr(counts, window=window)
    return _counted(figure, _why_call(call, lost=counts.dropped > 0))


def _outbound(call: CallKind) -> OutboundCounts:
    """The counts of this one call: it may have been placed before, and answered in the window."""
    one = counts_of(call.outcome, answered=call.answered)
    return OutboundCounts(
        placed=one.placed if call.placed_in else 0,
        answered=one.answered if call.answered_in or not call.answered else 0,
        dropped=one.dropped,
    )


def _why_call(call: CallKind, *, lost: bool) -> Why:
    if not call.placed_in:
        return Why.PLACED_BEFORE
    if lost:
        return Why.DROPPED
    if call.outcome in MACHINES:
        return Why.MACHINE
    if counts_of(call.outcome, answered=call.answered).answered:
        return Why.REACHED if call.outcome is not None else Why.GOES_ON
    if call.outcome is None:
        return Why.GOES_ON
    return Why.OWN_SIDE if call.outcome in OWN_SIDE else Why.UNANSWERED


def _counted(figure: Figure, why: Why) -> Counted:
    """The figure of one call says what that call is."""
    if figure.numerator:
        part = Part.NUMERATOR
    else:
        part = Part.AGAINST if figure.denominator else Part.EXCLUDED
    return Counted(part=part, why=why, numerator=figure.numerator, denominator=figure.denominator)
