"""Small worlds in virtual time, whose figures can be worked out by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaign import Mode
from campaigns.contact import ContactState
from campaigns.outcomes import Disposition, Outcome
from dialer.sim.forecast import figures_of, forecast, made_up
from dialer.sim.model import given
from dialer.sim.plan import Plan
from supervisor.kpi import occupancy, utilisation
from tests.dialer.sim.booked import OPENS, WORKDAY, BookedRun, same_each_time

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_one_agent_and_the_same_call_each_time() -> None:
    run = BookedRun(same_each_time())
    # 10 s to the answer, 0.3 s to the agent, 60 s of talk, 20 s of wrap-up, and a tick.
    times = run.tally.agent_times
    share = utilisation(times).value
    assert share is not None
    assert 80 / 90.45 < share < 80 / 90.3
    assert run.tally.placed == 40
    assert run.tally.peak_calls == run.tally.peak_cps == 1
    assert run.tally.waits_s == pytest.approx([0.3] * 40)
    assert times.signed_in_s == pytest.approx(3600)
    # Who is kept for a call is occupied; what is left is the wait for the next tick.
    assert (occupancy(times).value or 0) > 0.998


def test_in_preview_the_look_is_in_the_round() -> None:
    run = BookedRun(same_each_time(), mode=Mode.PREVIEW)
    # 15 s of look and 90.4 s as in progressive: 34 whole rounds, and a call on its way.
    assert run.tally.connected == 34
    assert utilisation(run.tally.agent_times).value == pytest.approx(34 * 80 / 3600)


def test_nobody_answers_and_the_list_ends_with_its_last_day() -> None:  # R5
    run = BookedRun(same_each_time(answered=0.0), agents=2, hours=72, contacts=5)
    calls = Counter(one.contact_id for one in run.books.values())
    assert calls == dict.fromkeys(range(1, 6), 6)  # three a day, on two days
    days = Counter(one.sent_at.astimezone(SHANGHAI).date().day for one in run.books.values())
    assert days == {23: 15, 24: 15}
    assert run.shelf.closed == {ContactState.EXHAUSTED: 5}
    assert run.done_t is not None
    assert run.at(run.done_t).astimezone(SHANGHAI).strftime("%d %H") == "24 11"


def test_no_call_is_placed_outside_the_window() -> None:  # I3
    run = BookedRun(given(answer_rate=0.2), agents=3, hours=60, contacts=200)
    hours = {one.sent_at.astimezone(SHANGHAI).hour for one in run.books.values()}
    assert min(hours) >= 9
    assert max(hours) < 18
    assert {one.sent_at.astimezone(SHANGHAI).day for one in run.books.values()} >= {23, 24}


def test_between_two_placings_to_a_contact_is_the_delay() -> None:  # R5
    run = BookedRun(given(answer_rate=0.2), agents=5, hours=9, contacts=60)
    placed: dict[int, list[float]] = {}
    for one in run.books.values():
        placed.setdefault(one.contact_id, []).append(one.sent_at.timestamp())
    gaps = [b - a for times in placed.values() for a, b in pairwise(times)]
    assert gaps
    assert min(gaps) >= 3600
    assert max(len(times) for times in placed.values()) == 3


def test_agents_are_on_duty_as_long_as_the_window_is_open() -> None:
    run = BookedRun(same_each_time(), agents=2, hours=48, contacts=3000)
    assert run.tally.on_duty_s == pytest.approx(2 * 9 * 3600)
    assert run.tally.agent_times.signed_in_s == pytest.approx(2 * 2 * 9 * 3600, rel=0.001)


@pytest.mark.parametrize("mode", Mode)
def test_the_same_seed_is_the_same_day(mode: Mode) -> None:
    one, again, other = (
        BookedRun(given(), agents=5, hours=0.5, mode=mode, seed=seed) for seed in (3, 3, 4)
    )
    assert one.books == again.books
    assert one.books != other.books


def test_the_same_people_come_whatever_the_staffing() -> None:
    few, many = (BookedRun(given(), agents=agents, hours=1) for agents in (2, 8))
    answered = [
        [one.answered_at is not None for one in run.books.values()][:20] for run in (few, many)
    ]
    assert answered[0] == answered[1]


def test_predictive_dials_ahead_of_its_agents_and_keeps_the_cap() -> None:
    ahead = BookedRun(given(), agents=20, hours=1.5, contacts=3000, mode=Mode.PREDICTIVE)
    kept = BookedRun(given(), agents=20, hours=1.5, contacts=3000)
    tally = ahead.tally
    assert (utilisation(tally.agent_times).value or 0) > 0.8
    assert (utilisation(kept.tally.agent_times).value or 0) < 0.7
    assert kept.tally.abandoned == 0
    assert 0 < tally.abandoned < 0.04 * tally.answered  # 3 % of a day, and this is its beginning
    assert max(tally.waits_s) < 2.2
    assert tally.peak_calls > 20
    outcomes = Counter(one.outcome for one in ahead.books.values())
    assert outcomes[Outcome.ABANDONED] == pytest.approx(tally.abandoned, abs=1)


def test_every_way_a_call_can_end_is_the_outcome_that_was_drawn() -> None:  # R2
    ends = {
        Outcome.NO_ANSWER: 1.0,
        Outcome.BUSY: 1.0,
        Outcome.REJECTED: 1.0,
        Outcome.SWITCHED_OFF: 1.0,
        Outcome.VACANT: 1.0,
    }
    run = BookedRun(same_each_time(answered=0.0, ends=ends), agents=10, hours=0.5)
    seen = Counter(one.outcome for one in run.books.values() if one.outcome)
    assert set(seen) == set(ends)
    assert min(seen.values()) > 0.1 * seen.total()


def test_an_appointment_is_kept_the_next_day() -> None:  # R4
    model = same_each_time(words={Disposition.APPOINTMENT: 1.0})
    run = BookedRun(model, agents=1, hours=33, contacts=1)
    first, second, *_ = (one.sent_at for one in run.books.values())
    assert timedelta(hours=23.9) < second - first < timedelta(hours=24.2)


def test_who_gives_no_word_is_undisposed_and_waits_for_the_next_day() -> None:  # R3 R5
    run = BookedRun(same_each_time(words={None: 1.0}), agents=1, hours=9, contacts=4)
    assert [one.outcome for one in run.books.values()] == [Outcome.UNDISPOSED] * 4


def test_a_forecast_for_those_who_ask_in_brief() -> None:
    figures = forecast(WORKDAY, given(), agents=5, seed=1, hours=1.0, start=OPENS, contacts=500)
    assert (figures.agents, figures.seed, figures.contacts) == (5, 1, 500)
    assert figures.connected > 50
    idle_s = (figures.times.ready_s + figures.times.ring_s) / figures.connected
    assert figures.idle_s == pytest.approx(idle_s)
    assert figures.ends_at == OPENS + timedelta(hours=1)
    assert figures.course[0][1] == 500
    assert figures.course[-1][1] == figures.open < 500


def test_a_window_that_never_opens_ends_the_run_at_once() -> None:
    shut = replace(WORKDAY, windows=replace(WORKDAY.windows, days=((),) * 7))
    cases = made_up(shut, 3, OPENS)
    plan = Plan(campaign=shut, model=given(), cases=cases, start=OPENS, hours=24)
    figures = figures_of(plan, 2, 1)
    assert (figures.placed, figures.open, figures.utilisation) == (0, 3, None)
