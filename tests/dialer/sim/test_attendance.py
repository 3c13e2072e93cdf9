"""Who is there to take calls: shifts, absences, breaks, and callers who take agents away."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaign import Mode
from campaigns.windows import parse
from dialer.sim.model import given
from dialer.sim.plan import Attendance, Inbound
from dialer.sim.times import Fixed
from supervisor.kpi import utilisation
from tests.dialer.sim.booked import Booked, BookedRun, same_each_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
READY_BEFORE = timedelta(seconds=5)
"""Agents log in a few seconds before their shift, and who is ready is given a call."""

MORNING, AFTERNOON = parse("10:00-12:00"), parse("13:00-15:00")


def test_calls_are_placed_while_the_shift_is_there() -> None:
    shifts = Attendance(shifts=((MORNING, AFTERNOON),))
    run = BookedRun(same_each_time(), hours=9, contacts=2000, attendance=shifts)
    hours = {_hour(one) for one in run.books.values()}
    assert hours == {10, 11, 13, 14}
    assert run.tally.on_duty_s == pytest.approx(4 * 3600)
    assert run.tally.connected == pytest.approx(4 * 3600 / 90.4, abs=2)


def test_agents_take_the_shifts_in_turn_and_a_shift_ends_at_the_campaigns_hours() -> None:
    late = parse("12:00-23:00")
    shifts = Attendance(shifts=((MORNING,), (late,)))
    run = BookedRun(same_each_time(), agents=3, hours=24, contacts=3000, attendance=shifts)
    by_agent = {
        login: {_hour(one) for one in run.books.values() if one.agent == login}
        for login in ("1001", "1002", "1003")
    }
    assert by_agent == {"1001": {10, 11}, "1002": set(range(12, 18)), "1003": {10, 11}}
    # Two in the morning, one for the rest of the campaign's day.
    assert run.tally.agent_times.signed_in_s == pytest.approx(2 * 2 * 3600 + 6 * 3600, rel=0.01)


def test_a_break_begins_after_the_call_at_hand_and_costs_its_part() -> None:
    breaks = Attendance(breaks=0.2, break_s=Fixed(mean=300.0))
    run = BookedRun(same_each_time(), agents=20, hours=3, contacts=4000, attendance=breaks)
    times = run.tally.agent_times
    # A break that is due in a call waits for its end, half a round in the mean.
    assert times.paused_s / times.signed_in_s == pytest.approx(0.2, abs=0.03)
    assert utilisation(times).value == pytest.approx(0.8 * 80 / 90.4, abs=0.03)
    assert all(one.bridged_at for one in run.books.values() if one.outcome)


def test_who_is_absent_does_not_come_that_day_and_the_next_one_may() -> None:
    absent = Attendance(absent=0.5, shifts=((parse("10:00-10:20"),),))
    run = BookedRun(same_each_time(), agents=20, hours=33, contacts=2000, attendance=absent)
    there: dict[int, set[str]] = {}
    for one in run.books.values():
        assert one.agent is not None
        there.setdefault(one.sent_at.astimezone(SHANGHAI).day, set()).add(one.agent)
    assert sorted(there) == [23, 24]
    assert all(4 <= len(logins) <= 16 for logins in there.values())
    assert there[23] != there[24]


def test_without_attendance_given_a_run_is_what_it_was() -> None:
    one, other = (
        BookedRun(given(), agents=4, hours=0.5, attendance=attendance)
        for attendance in (None, Attendance())
    )
    assert one.books == other.books


def test_callers_go_first_and_outbound_has_what_is_left() -> None:
    inbound = Inbound(an_hour=60, talk_s=Fixed(mean=110.0), patience_s=600)
    alone = BookedRun(same_each_time(), agents=4, hours=4, contacts=4000)
    shared = BookedRun(same_each_time(), agents=4, hours=4, contacts=4000, inbound=inbound)
    tally = shared.tally
    assert tally.callers == pytest.approx(240, abs=50)
    assert tally.callers_answered > 0.9 * tally.callers
    # Each caller takes 110 s and 10 s of wrap-up: at 60 an hour that is two of the four agents.
    taken = tally.callers_answered * 120 / (4 * 4 * 3600)
    assert tally.connected / alone.tally.connected == pytest.approx(1 - taken, abs=0.05)


def test_the_pacer_sees_agents_taken_away() -> None:
    inbound = Inbound(an_hour=60, talk_s=Fixed(mean=170.0), patience_s=600)
    mode = Mode.PREDICTIVE
    alone = BookedRun(given(), agents=10, hours=2, contacts=4000, mode=mode)
    shared = BookedRun(given(), agents=10, hours=2, contacts=4000, mode=mode, inbound=inbound)
    # Three of ten agents are with callers in the mean.
    assert shared.tally.connected / alone.tally.connected == pytest.approx(0.7, abs=0.1)
    assert shared.tally.abandoned <= 0.045 * shared.tally.answered  # the beginning of a 3 % day
    assert shared.tally.callers_in_time > 0.8 * shared.tally.callers


def test_callers_who_find_nobody_give_up() -> None:
    inbound = Inbound(an_hour=60, talk_s=Fixed(mean=600.0), patience_s=30)
    run = BookedRun(same_each_time(), agents=2, hours=4, contacts=2000, inbound=inbound)
    assert run.tally.callers_answered < 0.5 * run.tally.callers
    assert run.time.now.utc - run.at(0) >= timedelta(hours=4)


def _hour(one: Booked) -> int:
    return (one.sent_at + READY_BEFORE).astimezone(SHANGHAI).hour
