from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.outcomes import Outcome
from dialer.agents import State, Status
from dialer.messages import Now
from supervisor.kpi import asr, drop_rate_us, ner, outbound_answer_rate
from supervisor.statistics import ENDED_KEPT, Statistics

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def at(seconds: float, start: datetime = START) -> Now:
    return Now(utc=start + timedelta(seconds=seconds), mono=1000.0 + seconds)


@pytest.fixture
def statistics() -> Statistics:
    return Statistics(SHANGHAI, {"waihu-inbound": 20.0})


def place(statistics: Statistics, attempt: str, *, answered: bool = True) -> None:
    statistics.call_placed(attempt, campaign="c", now=at(0))
    if answered:
        statistics.call_answered(attempt, now=at(5))


# ── outbound ─────────────────────────────────────────────────────────────────────────────


def test_a_call_goes_through_the_phases_and_ends_as_one_outcome(statistics: Statistics) -> None:
    statistics.call_placed("a", campaign="c", now=at(0))
    assert statistics.call_counts(at(0)).dialing == 1
    statistics.call_ringing("a", now=at(1))
    assert statistics.call_counts(at(1)).ringing == 1
    statistics.call_answered("a", now=at(5))
    assert statistics.call_counts(at(5)).answered == 1
    statistics.call_bridged("a", now=at(5.1))
    assert statistics.call_counts(at(5.1)).talking == 1
    statistics.call_hung_up("a", now=at(20))
    assert statistics.call_counts(at(20)).total == 0
    assert statistics.campaign_counts("c", at(20)).in_calls == 1
    statistics.call_ended("a", outcome=Outcome.SUCCESS, now=at(25))
    counts = statistics.campaign_counts("c", at(25))
    assert (counts.tried_this_run, counts.in_calls) == (1, 0)
    assert counts.outcomes == {"success": 1}
    assert (counts.run.placed, counts.run.answered, counts.run.connected) == (1, 1, 1)


def test_what_failed_on_our_side_was_never_placed(statistics: Statistics) -> None:
    place(statistics, "a", answered=False)
    statistics.call_ended("a", outcome=Outcome.FAILED, now=at(1))
    counts = statistics.campaign_counts("c", at(2))
    assert counts.run.placed == 0
    assert counts.outcomes == {"failed": 1}
    assert asr(counts.run).value is None


def test_a_live_person_whom_nobody_took_is_dropped_and_a_machine_is_not_live(
    statistics: Statistics,
) -> None:
    for attempt in ("a", "b", "c"):
        place(statistics, attempt)
    statistics.call_unserved("a", now=at(6.7))
    assert statistics.call_counts(at(6.7)).message == 1
    statistics.call_ended("a", outcome=Outcome.ABANDONED, now=at(9))
    statistics.call_ended("b", outcome=Outcome.MACHINE, now=at(9))
    statistics.call_ended("c", outcome=Outcome.SUCCESS, now=at(9))
    today = statistics.campaign_counts("c", at(10)).today
    assert today.live == 2
    assert drop_rate_us(today, window="today").value == 0.5


def test_busy_and_unanswered_calls_keep_the_trunk_lamp_green(statistics: Statistics) -> None:
    for attempt, outcome in (("a", Outcome.BUSY), ("b", Outcome.NO_ANSWER)):
        place(statistics, attempt, answered=False)
        statistics.call_ended(attempt, outcome=outcome, now=at(9))
    assert ner(statistics.campaign_counts("c", at(10)).today).value == 1.0


def test_a_lost_answer_is_known_from_the_outcome(statistics: Statistics) -> None:
    place(statistics, "a", answered=False)
    statistics.call_ended("a", outcome=Outcome.SUCCESS, now=at(30))
    assert statistics.campaign_counts("c", at(31)).run.answered == 1


def test_late_and_doubled_words_about_an_ended_call_change_nothing(statistics: Statistics) -> None:
    place(statistics, "a")
    statistics.call_ended("a", outcome=Outcome.SUCCESS, now=at(30))
    statistics.call_ended("a", outcome=Outcome.REFUSED, now=at(31))
    statistics.call_placed("a", campaign="c", now=at(32))
    statistics.call_bridged("a", now=at(33))
    counts = statistics.campaign_counts("c", at(34))
    assert (counts.run.placed, counts.in_calls) == (1, 0)
    assert counts.outcomes == {"success": 1}


def test_a_late_disposition_replaces_undisposed(statistics: Statistics) -> None:
    place(statistics, "a")
    statistics.call_ended("a", outcome=Outcome.UNDISPOSED, now=at(30))
    statistics.outcome_amended("c", Outcome.UNDISPOSED, Outcome.SUCCESS, at(60))
    statistics.outcome_amended("c", Outcome.UNDISPOSED, Outcome.SUCCESS, at(61))
    assert statistics.campaign_counts("c", at(62)).outcomes == {"success": 1}
    assert statistics.outcomes_today(at(62)) == {"success": 1}


def test_time_left_follows_the_pace_of_the_last_ended_attempts(statistics: Statistics) -> None:
    assert statistics.time_left_s("c", 10, at(0)) is None
    for n in range(5):
        statistics.call_placed(f"a{n}", campaign="c", now=at(n * 2))
        statistics.call_ended(f"a{n}", outcome=Outcome.BUSY, now=at(n * 2))
    assert statistics.time_left_s("c", 10, at(8)) == pytest.approx(20.0)
    assert statistics.time_left_s("c", 0, at(8)) == 0.0


# ── queues ───────────────────────────────────────────────────────────────────────────────


def test_an_answered_call_counts_its_wait(statistics: Statistics) -> None:
    statistics.queue_joined("q1", queue="waihu-inbound", now=at(0))
    statistics.queue_connected("q1", queue="waihu-inbound", agent="1001", now=at(12.5))
    statistics.queue_left("q1", queue="waihu-inbound", now=at(12.5))
    (view,) = statistics.queue_views(at(60), {"waihu-inbound": 3})
    assert (view.offered, view.answered, view.waiting, view.agents_available) == (1, 1, 0, 3)
    assert view.asa.value == 12.5
    assert view.service_level.value == 1.0


def test_the_switch_may_say_that_a_caller_left_before_it_says_why(statistics: Statistics) -> None:
    statistics.queue_joined("q1", queue="waihu-inbound", now=at(0))
    statistics.queue_left("q1", queue="waihu-inbound", now=at(4.0))
    statistics.queue_connected("q1", queue="waihu-inbound", agent="1001", now=at(4.01))
    (view,) = statistics.queue_views(at(60))
    assert (view.answered, view.asa.value) == (1, 4.0)


def test_a_caller_who_left_for_no_named_reason_counts_as_missed(statistics: Statistics) -> None:
    statistics.queue_joined("q1", queue="waihu-inbound", now=at(0))
    statistics.queue_left("q1", queue="waihu-inbound", now=at(4.0))
    (soon,) = statistics.queue_views(at(5))
    (later,) = statistics.queue_views(at(7))
    assert soon.service_level.value is None
    assert (later.service_level.value, later.waiting) == (0.0, 0)


def test_a_call_that_waits_too_long_counts_before_it_ends(statistics: Statistics) -> None:
    statistics.queue_joined("q1", queue="waihu-inbound", now=at(0))
    (early,) = statistics.queue_views(at(19.9))
    (late,) = statistics.queue_views(at(25))
    assert early.service_level.value is None
    assert (late.service_level.numerator, late.service_level.denominator) == (0, 1)
    assert late.asa.value is None
    assert late.longest_wait_s == 25.0


def test_a_caller_waits_in_one_queue_only(statistics: Statistics) -> None:
    statistics.queue_joined("q1", queue="waihu-inbound", now=at(0))
    statistics.queue_joined("q1", queue="waihu-vip", now=at(5))
    assert [view.waiting for view in statistics.queue_views(at(6))] == [0, 1]


def test_callers_who_are_gone_after_a_resync_wait_no_longer(statistics: Statistics) -> None:
    for call in ("q1", "q2"):
        statistics.queue_joined(call, queue="waihu-inbound", now=at(0))
    statistics.calls_surveyed({"q2"}, now=at(30))
    (view,) = statistics.queue_views(at(31))
    assert view.waiting == 1


# ── agents ───────────────────────────────────────────────────────────────────────────────


def test_time_in_state_goes_to_the_state_it_was_spent_in(statistics: Statistics) -> None:
    steps = [
        (0, State.READYING),
        (6, State.IDLE),
        (16, State.RESERVED),
        (20, State.TALKING),
        (35, State.WRAP_UP),
        (40, State.IDLE),
    ]
    for second, state in steps:
        statistics.agent_changed("1001", Status.AVAILABLE, state, "", at(second))
    times = statistics.agent_times("1001", at(45))
    assert (times.paused_s, times.ready_s, times.ring_s) == (6.0, 15.0, 4.0)
    assert (times.talk_s, times.wrap_up_s) == (15.0, 5.0)
    assert statistics.agent_since("1001") == at(40).utc


def test_the_same_state_again_does_not_begin_it_anew_but_another_reason_does(
    statistics: Statistics,
) -> None:
    for second, reason in ((0, "lunch"), (10, "lunch"), (20, "meeting")):
        statistics.agent_changed("1001", Status.ON_BREAK, State.IDLE, reason, at(second))
    assert statistics.agent_since("1001") == at(20).utc
    assert statistics.agent_times("1001", at(25)).paused_s == 25.0


# ── the local day ────────────────────────────────────────────────────────────────────────

MIDNIGHT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def test_counters_of_today_begin_anew_at_the_sites_midnight(statistics: Statistics) -> None:
    statistics.call_placed("a", campaign="c", now=at(-20, MIDNIGHT))
    statistics.queue_joined("q1", queue="waihu-inbound", now=at(-5, MIDNIGHT))
    statistics.agent_changed("1001", Status.AVAILABLE, State.IDLE, "", at(-600, MIDNIGHT))
    statistics.agent_changed("1001", Status.AVAILABLE, State.IDLE, "", at(-10, MIDNIGHT))
    statistics.call_ended("a", outcome=Outcome.SUCCESS, now=at(3, MIDNIGHT))
    statistics.queue_connected("q1", queue="waihu-inbound", agent="1001", now=at(4, MIDNIGHT))
    (view,) = statistics.queue_views(at(5, MIDNIGHT))
    assert (view.offered, view.answered) == (0, 0), "it belongs to the day of the offer"
    counts = statistics.campaign_counts("c", at(5, MIDNIGHT))
    assert counts.today.placed == counts.today.answered == 0
    assert counts.outcomes == {"success": 1}, "the run goes on over midnight"
    assert statistics.outcomes_today(at(5, MIDNIGHT)) == {}
    assert statistics.agent_times("1001", at(5, MIDNIGHT)).ready_s == 5.0


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [
        (datetime(2026, 3, 8, 5, 0, tzinfo=UTC), 23),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), 25),
    ],
)
def test_a_day_with_a_clock_change_has_23_or_25_hours(midnight: datetime, hours: int) -> None:
    statistics = Statistics(ZoneInfo("America/New_York"))
    statistics.agent_changed("1001", Status.AVAILABLE, State.IDLE, "", at(-60, midnight))
    last = at(hours * 3600 - 0.001, midnight)
    assert statistics.agent_times("1001", last).ready_s == hours * 3600 - 0.001
    assert statistics.agent_times("1001", at(hours * 3600 + 1, midnight)).ready_s == 1.0


# ── whatever comes, in whatever order ────────────────────────────────────────────────────

CALLS, QUEUES, AGENTS = st.sampled_from("abcd"), st.sampled_from(["q", "r"]), ["x", "y"]
Step = Callable[[Statistics, Now], None]


def _steps() -> st.SearchStrategy[Step]:
    plain = ["call_ringing", "call_answered", "call_bridged", "call_unserved", "call_hung_up"]
    queued = ["queue_joined", "queue_abandoned", "queue_left"]
    return st.one_of(
        st.builds(lambda c: lambda s, now: s.call_placed(c, "c", now), CALLS),
        st.builds(
            lambda name, c: lambda s, now: getattr(s, name)(c, now), st.sampled_from(plain), CALLS
        ),
        st.builds(
            lambda c, o: lambda s, now: s.call_ended(c, o, now), CALLS, st.sampled_from(Outcome)
        ),
        st.builds(
            lambda a, b: lambda s, now: s.outcome_amended("c", a, b, now),
            st.sampled_from(Outcome),
            st.sampled_from(Outcome),
        ),
        st.builds(
            lambda name, c, q: lambda s, now: getattr(s, name)(c, q, now),
            st.sampled_from(queued),
            CALLS,
            QUEUES,
        ),
        st.builds(lambda c, q: lambda s, now: s.queue_connected(c, q, "x", now), CALLS, QUEUES),
        st.builds(lambda c: lambda s, now: s.calls_surveyed(c, now), st.sets(CALLS)),
        st.builds(
            lambda a, status, state: lambda s, now: s.agent_changed(a, status, state, "", now),
            st.sampled_from(AGENTS),
            st.sampled_from(Status),
            st.sampled_from(State),
        ),
    )


MOMENTS = st.one_of(st.floats(-3.0, 40.0), st.just(9 * 3600.0))


@given(history=st.lists(st.tuples(MOMENTS, _steps()), max_size=60))
def test_no_order_of_events_raises_or_makes_a_count_negative(
    history: list[tuple[float, Step]],
) -> None:
    statistics, second = Statistics(SHANGHAI, {"q": 20.0}), 0.0
    for pause, step in history:
        second += pause
        step(statistics, at(second))
        _check_counts(statistics, at(second))


def _check_counts(statistics: Statistics, now: Now) -> None:
    for view in statistics.queue_views(now):
        assert view.waiting >= 0
        assert view.longest_wait_s is None or view.longest_wait_s >= 0.0
        assert 0 <= view.answered + view.abandoned <= view.offered
        assert 0 <= view.service_level.numerator <= view.service_level.denominator
        assert view.asa.value is None or view.asa.value >= 0.0
    counts = statistics.campaign_counts("c", now)
    for side in (counts.run, counts.today):
        assert 0 <= side.machines + side.dropped <= side.answered <= side.placed
        for figure in (asr(side), ner(side), outbound_answer_rate(side)):
            assert figure.value is None or 0.0 <= figure.value <= 1.0
    assert min(counts.outcomes.values(), default=0) >= 0
    assert counts.tried_this_run == sum(counts.outcomes.values())
    assert statistics.call_counts(now).total <= counts.in_calls


@given(
    changes=st.lists(
        st.tuples(st.floats(0.0, 5000.0), st.sampled_from(Status), st.sampled_from(State)),
        min_size=1,
        max_size=40,
    )
)
def test_time_in_state_sums_to_the_signed_in_time_to_the_millisecond(
    changes: list[tuple[float, Status, State]],
) -> None:
    statistics, second, signed_in_ms = Statistics(ZoneInfo("UTC")), 0.0, 0
    start = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    was_in, was_ms = False, 0
    for pause, status, state in changes:
        second = min(second + pause, 86_399.0)
        now = at(second, start)
        now_ms = round(now.mono * 1000)
        signed_in_ms += now_ms - was_ms if was_in else 0
        statistics.agent_changed("x", status, state, "", now)
        was_in, was_ms = state is not State.AWAY, now_ms
    times = statistics.agent_times("x", at(second, start))
    assert round(times.signed_in_s * 1000) == signed_in_ms


def test_memory_is_bounded_whatever_is_never_ended(statistics: Statistics) -> None:
    for n in range(ENDED_KEPT + 500):
        statistics.call_placed(f"p{n}", campaign="c", now=at(n))
        statistics.call_ended(f"e{n}", outcome=Outcome.LOST, now=at(n))
    assert statistics.campaign_counts("c", at(ENDED_KEPT + 500)).in_calls <= 10_000
