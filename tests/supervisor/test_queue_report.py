"""Stays and spells folded into intervals: nothing is lost at an edge, nor counted twice (R18)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervisor import kpi
from supervisor.intervals import By, Intervals
from supervisor.kpi import AgentTimes, Formula, HandleTimes, InboundCounts
from supervisor.queue_report import (
    Contacts,
    QueueRules,
    SpellOnFile,
    Stay,
    contacts_of,
    fold_spells,
    fold_spells_ms,
    fold_stays,
    most_offered,
    most_waiting,
)

SHANGHAI, BERLIN, KOLKATA = map(ZoneInfo, ("Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata"))
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ZONES = st.sampled_from(
    [SHANGHAI, BERLIN, KOLKATA, *map(ZoneInfo, ("America/St_Johns", "Australia/Lord_Howe"))]
)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 274 * 86_400_000_000).map(lambda us: FIRST + timedelta(microseconds=us))


def a_stay(
    at: datetime = START,
    how: str = "answered",
    waited_s: float = 10,
    talk_s: float | None = 60,
    **more: object,
) -> Stay:
    answered = how == "answered" and talk_s is not None
    fields: dict[str, object] = {
        "call": f"c{at.timestamp()}",
        "queue": "sales",
        "joined_at": at,
        "how": how,
        "waited_ms": round(waited_s * 1000),
        "number": "+8613800138000",
        "talk_ms": round(talk_s * 1000) if answered and talk_s is not None else None,
        "hold_ms": 0 if answered else None,
        "wrap_ms": 10_000 if answered else None,
        "transferred": False,
        "subject": None,
    }
    return Stay(**{**fields, **more})  # type: ignore[arg-type]  # its fields


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def usual(_queue: str) -> QueueRules:
    return QueueRules()


# ── edges ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("by", "zone", "at", "start"),
    [
        (By.INTERVAL, SHANGHAI, "2026-11-23T01:14:59+00:00", "2026-11-23T01:00:00+00:00"),
        (By.HOUR, KOLKATA, "2026-11-23T01:14:59+00:00", "2026-11-23T00:30:00+00:00"),
        (By.DAY, SHANGHAI, "2026-11-23T15:59:59+00:00", "2026-11-22T16:00:00+00:00"),
        (By.DAY, SHANGHAI, "2026-11-23T16:00:00+00:00", "2026-11-23T16:00:00+00:00"),
        (By.WEEK, SHANGHAI, "2026-11-29T15:00:00+00:00", "2026-11-22T16:00:00+00:00"),
        (By.MONTH, SHANGHAI, "2026-11-29T15:00:00+00:00", "2026-10-31T16:00:00+00:00"),
        # Berlin's day of 25 hours, and the hour that is there twice.
        (By.DAY, BERLIN, "2026-10-25T22:59:00+00:00", "2026-10-24T22:00:00+00:00"),
        (By.HOUR, BERLIN, "2026-10-25T00:59:00+00:00", "2026-10-25T00:00:00+00:00"),
        (By.HOUR, BERLIN, "2026-10-25T01:01:00+00:00", "2026-10-25T01:00:00+00:00"),
    ],
)
def test_where_an_interval_begins(by: By, zone: ZoneInfo, at: str, start: str) -> None:
    found = Intervals(by, zone).start(datetime.fromisoformat(at))
    assert found == datetime.fromisoformat(start)


@given(by=st.sampled_from(By), zone=ZONES, at=MOMENTS)
def test_every_moment_lies_in_the_interval_that_it_belongs_to(
    by: By, zone: ZoneInfo, at: datetime
) -> None:
    intervals = Intervals(by, zone)
    start = intervals.start(at)
    assert start <= at
    assert intervals.start(start) == start
    if by is By.DAY:
        assert start.astimezone(zone).date() == at.astimezone(zone).date()


# ── the sum over intervals is the total ──────────────────────────────────────────────────

SPELLS = st.lists(
    st.builds(
        lambda agent, state, at, ms: SpellOnFile(agent, state, at, at + timedelta(milliseconds=ms)),
        st.sampled_from(["1001", "1002"]),
        st.sampled_from(["ready", "talking", "wrap_up", "paused", "reserved"]),
        MOMENTS,
        st.integers(0, 200_000_000),
    ),
    max_size=12,
)


@given(spells=SPELLS, by=st.sampled_from(By), zone=ZONES)
def test_time_in_state_adds_up_to_the_millisecond(
    spells: list[SpellOnFile], by: By, zone: ZoneInfo
) -> None:
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    spent = fold_spells_ms(spells, Intervals(by, zone), since, until)
    whole, wanted = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for (_start, agent, look), ms in spent.items():
        whole[agent, look.value] += ms
    for one in spells:
        # Microseconds are cut at both ends, so that what meets in a moment still meets.
        begin, end = (at.replace(microsecond=at.microsecond // 1000 * 1000) for at in one[2:])
        wanted[one.agent, one.state] += (end - begin) // timedelta(milliseconds=1)
    assert +whole == +wanted


STAYS = st.lists(
    st.builds(
        a_stay,
        MOMENTS,
        st.sampled_from(["answered", "abandoned", "timeout", "left", "lost"]),
        st.integers(0, 100),
        st.none() | st.integers(0, 600),
    ),
    max_size=20,
)


@given(stays=STAYS, by=st.sampled_from(By), zone=ZONES)
def test_the_intervals_of_a_queue_add_up_to_its_whole(
    stays: list[Stay], by: By, zone: ZoneInfo
) -> None:
    parts = fold_stays(stays, Intervals(by, zone), usual)
    counts, handled = InboundCounts(), HandleTimes()
    for one in parts.values():
        counts = kpi.added(counts, one.counts)
        handled = kpi.added(handled, one.handled)
    assert counts.offered == len(stays) == counts.answered + counts.abandoned + counts.left
    answered = [stay for stay in stays if stay.how == "answered"]
    assert counts.waited_s == pytest.approx(sum(stay.waited_ms for stay in answered) / 1000)
    talked = [stay.talk_ms for stay in answered if stay.talk_ms is not None]
    assert handled.talk_s == pytest.approx(sum(talked) / 1000)
    assert counts.longest_wait_s == max((stay.waited_ms for stay in stays), default=0) / 1000


def test_spells_are_cut_to_the_window_and_split_at_the_edge() -> None:
    spells = [
        SpellOnFile("1001", "ready", after(-30), after(10)),
        SpellOnFile("1001", "talking", after(10), after(20)),
        SpellOnFile("1002", "paused", after(20), after(60)),
    ]
    times = fold_spells(spells, Intervals(By.INTERVAL, SHANGHAI), START, after(30))
    assert times == {
        START: AgentTimes(ready_s=600, talk_s=300, agents=1),
        after(15): AgentTimes(talk_s=300, paused_s=600, agents=2),
    }


# ── figures of a fold ────────────────────────────────────────────────────────────────────


def test_a_queue_has_its_own_threshold_and_its_own_short_abandon() -> None:
    rules = QueueRules(threshold_s=30, short_abandon_s=3)
    stays = [
        a_stay(waited_s=25),
        a_stay(after(1), "abandoned", 4),
        a_stay(after(2), "abandoned", 2),
        a_stay(after(3), "timeout", 60),
    ]
    (whole,) = fold_stays(stays, Intervals(By.DAY, SHANGHAI), lambda _: rules).values()
    counts = whole.counts
    assert (counts.answered_within, counts.short_abandons, counts.left) == (1, 1, 1)
    assert kpi.service_level(counts, variant=Formula.SL3).value == 0.25
    assert kpi.abandon_rate(counts).value == pytest.approx(1 / 3)
    assert kpi.longest_wait(counts).value == 60
    assert kpi.aht(whole.handled, handled=whole.handled.handled).value == 70
    assert kpi.longest_handle(whole.handled).value == 70


def test_a_talk_of_unknown_length_is_answered_and_not_averaged() -> None:
    stays = [a_stay(talk_s=None), a_stay(after(1), talk_s=30, transferred=True)]
    (whole,) = fold_stays(stays, Intervals(By.DAY, SHANGHAI), usual).values()
    assert (whole.counts.answered, whole.handled.handled) == (2, 1)
    assert kpi.transfer_rate(whole.handled).value == 1.0


def test_peaks_are_the_busiest_quarter_and_the_fullest_moment() -> None:
    stays = [a_stay(after(m), waited_s=90) for m in (1, 2, 3, 16)]
    totals = fold_stays(stays, Intervals(By.INTERVAL, SHANGHAI), usual)
    busiest, fullest = most_offered(totals), most_waiting(stays)
    assert busiest is not None
    assert (busiest.n, busiest.at) == (3, START)
    assert fullest is not None
    assert (fullest.n, fullest.at) == (2, after(2))
    assert (most_offered({}), most_waiting([])) == (None, None)


# ── first-call resolution ────────────────────────────────────────────────────────────────

DAY = timedelta(days=1)


def resolved(*stays: Stay, now: datetime = START + 30 * DAY) -> Contacts:
    found = contacts_of(stays, START, START + DAY, now, days=7)
    return found.get("sales", Contacts(contacts=0, repeated=0, provisional=False))


def test_a_contact_that_comes_back_within_seven_days_was_not_settled() -> None:
    first, again = a_stay(), a_stay(START + 7 * DAY)
    assert resolved(first) == Contacts(contacts=1, repeated=0, provisional=False)
    assert resolved(first, again).repeated == 1
    assert resolved(first, a_stay(START + 7 * DAY + timedelta(seconds=1))).repeated == 0


def test_another_subject_another_number_and_a_withheld_one_are_other_contacts() -> None:
    first = a_stay(subject="repair")
    others = (
        a_stay(after(9), subject="advice"),
        a_stay(after(9), subject="repair", number="+8613800138001"),
    )
    for other in others:
        assert resolved(first, other).repeated == 0
    assert resolved(first, a_stay(after(9), queue="desk", subject="repair")).repeated == 1
    assert resolved(a_stay(number=None), a_stay(after(9), number=None)).contacts == 0


def test_a_call_in_two_queues_is_one_contact_and_one_who_gave_up_is_none() -> None:
    assert resolved(a_stay(call="c"), a_stay(after(1), call="c")).contacts == 1
    assert resolved(a_stay(how="abandoned")).contacts == 0


def test_until_the_days_are_over_the_figure_is_provisional() -> None:
    soon = resolved(a_stay(), now=START + 2 * DAY)
    assert soon.provisional
    figure = kpi.first_call_resolution(soon.contacts, soon.repeated, provisional=True)
    assert (figure.value, figure.formula) == (1.0, "FCR-provisional")
    assert kpi.first_call_resolution(0, 0, provisional=False).value is None
