"""Seats of an hour, a day and a month (R8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.staffing.erlang import Target, Traffic, agents_for, waiting
from dialer.staffing.occupancy import Dialing, measured, steady
from dialer.staffing.plan import (
    Hour,
    Outbound,
    Rules,
    dials_until_answered,
    rostered_for,
    seats_for,
    span,
    spans,
    with_agents,
)

TARGET = Target(share=0.8, within_s=20)
PLAIN = Rules(target=TARGET, occupancy=steady(0.8), reserve=0.0)
CALLS = Traffic(calls_per_hour=120, handle_s=180)


def outbound(load: float) -> Outbound:
    """So many erlangs: each record dialed once, 30 % answered, 150 s."""
    return Outbound(records=load * 3600 / 150 / 0.3, dials=1, answer_rate=0.3, handle_s=150)


# ── one hour ─────────────────────────────────────────────────────────────────────────────


def test_inbound_alone_takes_the_team_of_erlang() -> None:
    found = seats_for(Hour(inbound=CALLS), PLAIN)
    assert found.seats == found.inbound_alone == agents_for(CALLS, TARGET) == 9
    assert found.outbound_alone == found.spare == 0
    assert found.waiting == waiting(CALLS, 9, 20)


def test_outbound_alone_takes_the_work_divided_by_the_occupancy() -> None:
    # 400 records, three dials at most, 30 % answered, 150 s: 400 · 2.19 · 0.3 · 150 s = 10.95 h;
    # at 80 % that is 13.7 agents.
    dials = dials_until_answered(3, 0.3)
    work = Outbound(records=400, dials=dials, answer_rate=0.3, handle_s=150)
    assert (work.calls, work.talks) == (pytest.approx(876), pytest.approx(262.8))
    found = seats_for(Hour(outbound=work), PLAIN)
    assert found.seats == found.outbound_alone == 14
    assert found.inbound_alone == 0
    assert found.waiting.service_level is None
    assert found.waiting.occupancy == pytest.approx(10.95 / 14)


@pytest.mark.parametrize(
    ("most", "rate", "dials"),
    [(1, 0.3, 1), (3, 0.3, 2.19), (2.5, 0.5, 1.625), (3, 1, 1), (4, 0, 4), (0, 0.3, 0)],
)
def test_who_answers_is_not_dialed_again(most: float, rate: float, dials: float) -> None:
    assert dials_until_answered(most, rate) == pytest.approx(dials)


def test_an_empty_hour_takes_nobody() -> None:
    assert seats_for(Hour(), PLAIN).seats == 0
    nothing = Hour(inbound=replace(CALLS, calls_per_hour=0), outbound=outbound(0))
    found = seats_for(nothing, PLAIN)
    assert (found.seats, found.rostered, found.waiting.occupancy) == (0, 0, None)


@pytest.mark.parametrize(
    ("seats", "reserve", "rostered"),
    [(0, 0.3, 0), (7, 0.3, 10), (8, 0.3, 12), (9, 0.1, 10), (9, 0.0, 9), (10, 0.5, 20)],
)
def test_the_reserve_is_a_share_of_the_roster(seats: int, reserve: float, rostered: int) -> None:
    assert rostered_for(seats, reserve) == rostered


def test_outbound_calls_fill_what_inbound_leaves_for_nothing() -> None:
    # Nine agents for 6 erlangs keep more than 80 %: what is over has room for some talks.
    found = seats_for(Hour(inbound=CALLS, outbound=outbound(0.5)), PLAIN)
    assert (found.inbound_alone, found.outbound_alone, found.seats) == (9, 1, 9)
    assert found.waiting.service_level is not None
    assert waiting(CALLS, 9, 20).service_level > found.waiting.service_level >= 0.8
    assert found.waiting.occupancy == pytest.approx(6.5 / 9)


def test_the_larger_of_the_two_is_not_enough_where_talks_let_callers_wait() -> None:
    # 9 for inbound, 9 for outbound: nine could not do both.
    found = seats_for(Hour(inbound=CALLS, outbound=outbound(7)), PLAIN)
    assert (found.inbound_alone, found.outbound_alone) == (9, 9)
    assert 9 < found.seats < 18


@given(
    calls=st.floats(0.5, 600),
    load=st.floats(0.01, 60),
    patience_s=st.one_of(st.none(), st.floats(1, 900)),
    share=st.floats(0.3, 0.98),
    dialing=st.sampled_from(Dialing),
)
@settings(deadline=None, max_examples=60)
def test_one_team_takes_no_more_than_two_and_no_less_than_the_larger(
    calls: float, load: float, patience_s: float | None, share: float, dialing: Dialing
) -> None:
    rules = Rules(target=Target(share=share, within_s=20), occupancy=measured(dialing), reserve=0.2)
    inbound = replace(CALLS, calls_per_hour=calls, patience_s=patience_s)
    found = seats_for(Hour(inbound=inbound, outbound=outbound(load)), rules)
    apart = found.inbound_alone + found.outbound_alone
    assert max(found.inbound_alone, found.outbound_alone) <= found.seats <= apart
    assert found.waiting.service_level is not None
    assert found.waiting.service_level >= share - 1e-6
    assert found.waiting.outbound_load == pytest.approx(load)
    assert found.waiting.occupancy is not None
    assert found.waiting.occupancy <= 1 + 1e-9


def test_where_callers_would_never_leave_a_floor_the_team_is_two() -> None:
    # Half of the callers give up at once, so hardly anybody is ever free for a talk beside.
    calls = Traffic(calls_per_hour=460, handle_s=800, patience_s=0)
    rules = replace(PLAIN, target=Target(share=0.25, within_s=5))
    found = seats_for(Hour(inbound=calls, outbound=outbound(2)), rules)
    assert found.seats == found.inbound_alone + found.outbound_alone
    alone = waiting(calls, found.inbound_alone, 5)
    assert found.waiting.service_level == alone.service_level
    assert found.waiting.outbound_load == 2
    assert found.waiting.occupancy is not None
    assert found.waiting.occupancy < 1
    # With fewer, and with more, the answer stays one that can be.
    for agents in (1, 2, 3, found.seats - 1, found.seats + 5):
        near = with_agents(found.hour, rules, agents)
        assert near.occupancy is not None
        assert near.occupancy <= 1 + 1e-9


@given(load=st.floats(0, 40), more=st.floats(0, 10))
@settings(deadline=None, max_examples=60)
def test_more_work_never_takes_fewer(load: float, more: float) -> None:
    rules = replace(PLAIN, occupancy=measured(Dialing.PREDICTIVE))
    fewer, greater = (
        seats_for(Hour(inbound=CALLS, outbound=outbound(one)), rules).seats
        for one in (load, load + more)
    )
    assert fewer <= greater


# ── occupancy ────────────────────────────────────────────────────────────────────────────


def test_the_occupancy_is_that_of_the_table_and_between() -> None:
    predictive = measured(Dialing.PREDICTIVE)
    assert [predictive(agents) for agents in (2, 10, 100, 400)] == [0.712, 0.825, 0.955, 0.973]
    assert 0.879 < predictive(30) < 0.927
    everyone = [predictive(agents) for agents in range(1, 300)]
    assert everyone == sorted(everyone)
    assert measured(Dialing.PROGRESSIVE)(50) == 0.656
    assert steady(0.7)(3) == 0.7


# ── sums ─────────────────────────────────────────────────────────────────────────────────


def test_days_and_months_have_their_peaks_and_seat_hours() -> None:
    answers = [
        seats_for(Hour(day=day, hour=hour, inbound=replace(CALLS, calls_per_hour=calls)), PLAIN)
        for day, hour, calls in (
            (date(2026, 11, 30), 9, 60),
            (date(2026, 11, 30), 10, 120),
            (date(2026, 12, 1), 9, 240),
            (date(2026, 12, 1), 10, 240),
        )
    ]
    days = spans(answers, lambda hour: hour.day or date.min)
    assert list(days) == [date(2026, 11, 30), date(2026, 12, 1)]
    assert days[date(2026, 11, 30)].peak.hour.hour == 10
    assert days[date(2026, 12, 1)].peak.hour.hour == 9  # the first of equals
    assert days[date(2026, 11, 30)].seat_hours == 5 + 9
    assert days[date(2026, 11, 30)].mean_seats == 7
    months = spans(answers, lambda hour: f"{hour.day:%Y-%m}")
    assert [one.calls_in for one in months.values()] == [180, 480]
    assert span(answers).hours == 4


# ── refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wrong", [{"records": -1}, {"dials": float("inf")}, {"answer_rate": 1.1}, {"handle_s": -1}]
)
def test_outbound_figures_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        replace(outbound(1), **wrong)
