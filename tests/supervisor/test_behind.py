"""A figure is the sum of its calls: list and figure have one rule (screens: explains itself)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.law import abandonment
from campaigns.outcomes import Outcome
from dialer.ids import attempt_id, first_id
from dialer.messages import Now
from dialer.queue_effects import QueueEnd
from supervisor.behind import (
    STAY_KINDS,
    WINDOWS,
    CallKind,
    Counted,
    FigureName,
    Part,
    StayKind,
    Why,
    Window,
    begins,
    call_counted,
    stay_counted,
)
from supervisor.campaign_tally import NEEDS_ANSWER
from supervisor.kpi import Figure, asr
from supervisor.snapshot import QueueView
from supervisor.statistics import Statistics

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
T, S = 20, 5


def at(seconds: float) -> Now:
    return Now(utc=START + timedelta(seconds=seconds), mono=1000.0 + seconds)


def sum_of(counted: Sequence[Counted]) -> tuple[float, float]:
    return sum(one.numerator for one in counted), sum(one.denominator for one in counted)


def both(figure: Figure | None) -> tuple[float, float]:
    assert figure is not None
    return figure.numerator, figure.denominator


# ── queues ───────────────────────────────────────────────────────────────────────────────


class Caller(NamedTuple):
    """Waits for so many tenths of a second. `how` None: waits still."""

    how: QueueEnd | None
    tenths: int


CALLERS = st.lists(
    st.builds(Caller, st.sampled_from([None, *QueueEnd]), st.integers(0, 400)), max_size=30
)


def lived(callers: Sequence[Caller]) -> tuple[QueueView, list[StayKind]]:
    """The queue after an hour of these callers, and what each of them was."""
    statistics = Statistics(SHANGHAI, {"sales": T})
    statistics.set_short_abandons({"sales": S})
    kinds, end = [], 3_600.0
    for n, (how, tenths) in enumerate(callers):
        call, waited_s = f"c{n}", tenths / 10
        if how is None:
            statistics.queue_joined(call, "sales", at(end), waited_s=waited_s)
            kinds.append(StayKind(None, within=waited_s < T))
            continue
        began = n * 60.0
        over = at(began + waited_s)
        statistics.queue_joined(call, "sales", at(began))
        match how:
            case QueueEnd.ANSWERED:
                statistics.queue_connected(call, "sales", "1001", over)
            case QueueEnd.ABANDONED:
                statistics.queue_abandoned(call, "sales", over)
                statistics.call_gone(call, over)
            case _:
                statistics.queue_exited(call, "sales", how, over)
    kinds += [
        StayKind(stay.how, stay.waited_ms <= T * 1000, stay.waited_ms <= S * 1000)
        for stay in statistics.take_ended_stays()
    ]
    (view,) = statistics.queue_views(at(end))
    return view, kinds


@given(CALLERS)
def test_the_calls_of_a_queue_come_to_its_live_figures(callers: list[Caller]) -> None:
    view, kinds = lived(callers)
    assert len(kinds) == len(callers)
    figures = {
        FigureName.SERVICE_LEVEL: view.service_level,
        FigureName.ABANDON_RATE: view.abandon_rate,
    }
    for name, figure in figures.items():
        counted = [stay_counted(name, Window.TODAY, kind) for kind in kinds]
        assert sum_of(counted) == both(figure), name


@given(CALLERS)
def test_those_of_the_last_half_hour_come_to_what_the_minutes_counted(
    callers: list[Caller],
) -> None:
    view, kinds = lived(callers)
    counted = [stay_counted(FigureName.SERVICE_LEVEL, Window.HALF_HOUR, kind) for kind in kinds]
    ended = view.answered + view.abandoned + view.left
    assert sum_of(counted) == (view.service_level.numerator, ended)


@pytest.mark.parametrize(
    ("kind", "service", "abandon", "why"),
    [
        (StayKind(QueueEnd.ANSWERED), Part.NUMERATOR, Part.AGAINST, Why.IN_TIME),
        (StayKind(QueueEnd.ANSWERED, within=False), Part.AGAINST, Part.AGAINST, Why.LATE),
        (StayKind(QueueEnd.ABANDONED), Part.AGAINST, Part.NUMERATOR, Why.GIVEN_UP),
        (StayKind(QueueEnd.ABANDONED, short=True), Part.AGAINST, Part.EXCLUDED, Why.GIVEN_UP_SOON),
        (StayKind(QueueEnd.TIMEOUT), Part.AGAINST, Part.AGAINST, Why.LEFT),
        (StayKind(None), Part.EXCLUDED, Part.AGAINST, Why.WAITS),
        (StayKind(None, within=False), Part.AGAINST, Part.AGAINST, Why.WAITS_TOO_LONG),
        (StayKind(QueueEnd.ANSWERED, in_run=False), Part.EXCLUDED, Part.EXCLUDED, Why.BEFORE_RUN),
        (StayKind(QueueEnd.ANSWERED, live=False), Part.EXCLUDED, Part.EXCLUDED, Why.IMPORTED),
    ],
)
def test_a_call_says_what_it_counted_as_and_why(
    kind: StayKind, service: Part, abandon: Part, why: Why
) -> None:
    by_service = stay_counted(FigureName.SERVICE_LEVEL, Window.TODAY, kind)
    by_abandon = stay_counted(FigureName.ABANDON_RATE, Window.TODAY, kind)
    assert (by_service.part, by_abandon.part) == (service, abandon)
    assert by_service.why is by_abandon.why is why


def test_no_call_counts_for_more_than_one() -> None:
    for name in (FigureName.SERVICE_LEVEL, FigureName.ABANDON_RATE):
        for window in WINDOWS[name]:
            for kind in STAY_KINDS:
                counted = stay_counted(name, window, kind)
                assert 0 <= counted.numerator <= counted.denominator <= 1


# ── calls of campaigns ───────────────────────────────────────────────────────────────────


class Placed(NamedTuple):
    """`bridged` only where answered; `outcome` None: it goes on."""

    outcome: Outcome | None
    answered: bool
    bridged: bool


CALLS = st.lists(
    st.builds(Placed, st.sampled_from([None, *Outcome]), st.booleans(), st.booleans()), max_size=30
)


@given(CALLS)
def test_the_calls_of_a_campaign_come_to_its_figures_of_the_run(calls: list[Placed]) -> None:
    statistics, kinds = Statistics(SHANGHAI), []
    for n, (outcome, answered, bridged) in enumerate(calls):
        statistics.call_placed(f"a{n}", "c", at(n))
        if answered:
            statistics.call_answered(f"a{n}", at(n))
        if outcome is not None:
            statistics.call_ended(f"a{n}", outcome, at(n))
        kinds.append(CallKind(outcome, answered, bridged and answered))
    run = statistics.campaign_counts("c", at(60)).run
    answers = [call_counted(FigureName.ANSWER_RATE, Window.RUN, kind) for kind in kinds]
    drops = [call_counted(FigureName.DROP_RATE, Window.RUN, kind) for kind in kinds]
    assert sum_of(answers) == both(asr(run))
    assert sum_of(drops) == (run.dropped, run.answered)


@given(CALLS)
def test_the_calls_of_a_block_are_counted_as_the_law_counts_them(calls: list[Placed]) -> None:
    kinds = [CallKind(*call) for call in calls]
    counted = [call_counted(FigureName.DROP_RATE, Window.BLOCK, kind) for kind in kinds]
    law = [
        abandonment.counts_of(kind.outcome, answered=kind.answered, bridged=kind.bridged)
        for kind in kinds
    ]
    assert sum_of(counted) == (sum(one.abandoned for one in law), sum(one.live for one in law))
    assert all((one.part is Part.NUMERATOR) == (one.why is Why.DROPPED) for one in counted)


@pytest.mark.parametrize(
    ("outcome", "answered", "why"),
    [
        (Outcome.NO_ANSWER, False, Why.UNANSWERED),
        (Outcome.MACHINE, True, Why.MACHINE),
        (Outcome.SUCCESS, True, Why.REACHED),
        (Outcome.ABANDONED, True, Why.DROPPED),
        (Outcome.FAILED, False, Why.OWN_SIDE),
        (None, False, Why.GOES_ON),
        (None, True, Why.GOES_ON),
    ],
)
def test_a_call_of_a_campaign_says_why(
    outcome: Outcome | None,
    answered: bool,  # noqa: FBT001  of the table
    why: Why,
) -> None:
    kind = CallKind(outcome, answered, bridged=answered)
    assert call_counted(FigureName.ANSWER_RATE, Window.RUN, kind).why is why


def test_an_answer_counts_when_it_comes_and_a_call_when_it_is_placed() -> None:
    kind = CallKind(Outcome.SUCCESS, answered=True, bridged=True, placed_in=False)
    counted = call_counted(FigureName.ANSWER_RATE, Window.QUARTER, kind)
    assert (counted.numerator, counted.denominator) == (1, 0)
    assert (counted.part, counted.why) == (Part.NUMERATOR, Why.PLACED_BEFORE)


def test_whoever_ended_like_an_answered_call_was_answered() -> None:
    for outcome in NEEDS_ANSWER:
        kind = CallKind(outcome, answered=False, bridged=False)
        counted = call_counted(FigureName.ANSWER_RATE, Window.RUN, kind)
        assert (counted.numerator, counted.denominator) == (1, 1)


# ── where a window begins ────────────────────────────────────────────────────────────────


def test_a_window_begins_on_the_sites_clock_or_with_a_minute() -> None:
    now = datetime(2026, 11, 23, 4, 30, 20, tzinfo=UTC)
    assert begins(Window.TODAY, SHANGHAI, now) == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert begins(Window.HALF_HOUR, SHANGHAI, now) == datetime(2026, 11, 23, 4, 1, tzinfo=UTC)
    assert begins(Window.QUARTER, SHANGHAI, now) == datetime(2026, 11, 23, 4, 16, tzinfo=UTC)
    with pytest.raises(ValueError, match="no clock"):
        begins(Window.RUN, SHANGHAI, now)


def test_ids_of_a_moment_and_later_are_not_below_its_first() -> None:
    random = Random(7)
    for minutes in range(100):
        moment = START + timedelta(minutes=minutes)
        just_before = moment - timedelta(milliseconds=1)
        assert attempt_id(just_before, random) < first_id(moment) <= attempt_id(moment, random)
