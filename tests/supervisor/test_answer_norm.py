"""The norm of the answer rate: the same hour of days like this one (R18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from campaigns.calendars import Calendar
from supervisor.answer_norm import (
    DAYS,
    NORM_FROM,
    DayCount,
    DayKind,
    NormView,
    is_worked,
    norm_of,
    same_hours,
    together,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 11, 23)


def day(back: int, placed: int = 100, answered: int = 34) -> DayCount:
    return DayCount(day=MONDAY - timedelta(days=back), placed=placed, answered=answered)


def norm(*counts: DayCount, today: date = MONDAY, calendar: Calendar | None = None) -> NormView:
    found = norm_of(counts, hour=9, today=today, calendar=calendar)
    assert found is not None
    return found


def test_it_is_the_same_hour_of_the_four_weeks_before_and_never_of_today() -> None:
    hours = same_hours(datetime(2026, 11, 23, 1, 59, 59, tzinfo=UTC), SHANGHAI)
    assert len(hours) == DAYS
    assert [hour.day for hour in hours[:2]] == [date(2026, 11, 22), date(2026, 11, 21)]
    assert hours[-1].day == date(2026, 10, 26)
    assert hours[0].begins == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert hours[0].ends == datetime(2026, 11, 22, 2, tzinfo=UTC)


def test_the_hour_is_the_wall_clocks_across_a_clock_change() -> None:
    hours = same_hours(datetime(2026, 10, 26, 8, 30, tzinfo=UTC), BERLIN)
    assert [hour.begins.hour for hour in hours[:3]] == [8, 7, 7]


@given(st.integers(0, 50 * 365 * 24 * 60), st.sampled_from([SHANGHAI, BERLIN]))
def test_each_hour_lies_on_its_day_and_before_today(minutes: int, zone: ZoneInfo) -> None:
    now = datetime(2000, 2, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    for hour in same_hours(now, zone):
        assert hour.ends - hour.begins == timedelta(hours=1)
        assert hour.begins.astimezone(zone).date() == hour.day < now.astimezone(zone).date()


def test_an_hour_that_a_day_did_not_have_is_not_another_of_its_hours() -> None:
    """On 29 March 2026 Berlin's clocks went from two to three."""
    found = same_hours(datetime(2026, 4, 10, 0, 30, tzinfo=UTC), BERLIN)
    assert date(2026, 3, 29) not in {hour.day for hour in found}
    assert len(found) == DAYS - 1


def test_a_working_day_is_beside_working_days() -> None:
    friday, saturday, sunday = day(3, 200, 80), day(2, 200, 20), day(1, 200, 20)
    found = norm(friday, saturday, sunday)
    assert found == NormView(hour=9, days=1, day_kind="working", placed=200, answered=80)


def test_a_day_off_is_beside_days_off() -> None:
    found = norm(day(3, 200, 80), day(2, 90, 9), day(8, 90, 9), today=MONDAY - timedelta(days=1))
    assert (found.day_kind, found.days, found.answered) == (DayKind.OFF, 2, 18)


def test_with_too_few_calls_of_its_kind_it_is_beside_all_days() -> None:
    found = norm(day(3, NORM_FROM - 1, 30), day(2, 50, 5))
    assert (found.day_kind, found.days, found.placed) == (DayKind.ALL, 2, NORM_FROM + 49)


def test_with_too_few_calls_of_all_days_there_is_none() -> None:
    counts = [day(3, NORM_FROM - 1, 30)]
    assert norm_of(counts, hour=9, today=MONDAY, calendar=None) is None
    assert norm_of([], hour=9, today=MONDAY, calendar=None) is None


def test_days_without_a_call_are_no_days_that_it_rests_on() -> None:
    assert norm(day(3, 100, 40), day(4, 0, 0), day(5, 100, 40)).days == 2


def test_holidays_and_make_up_days_are_the_campaigns_own() -> None:
    national, make_up = date(2026, 10, 1), date(2026, 10, 10)
    calendar = Calendar(
        name="CN",
        holidays=frozenset({national}),
        workdays=frozenset({make_up}),
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
    )
    assert not is_worked(national, calendar)
    assert is_worked(make_up, calendar)
    assert is_worked(national, None)
    assert is_worked(date(2027, 10, 1), calendar)  # a Friday past its end


def test_campaigns_together_add_their_counts() -> None:
    one = NormView(hour=9, days=12, day_kind="working", placed=900, answered=90)
    other = NormView(hour=9, days=3, day_kind="working", placed=100, answered=60)
    whole = NormView(hour=9, days=12, day_kind="working", placed=1000, answered=150)
    assert together([one, other]) == whole
    assert together([]) is None
    mixed = NormView(hour=9, days=3, day_kind="all", placed=100, answered=60)
    found = together([one, mixed])
    assert found is not None
    assert found.day_kind == DayKind.ALL


@given(st.lists(st.builds(day, st.integers(1, DAYS), st.integers(0, 300)), max_size=DAYS))
def test_a_norm_rests_on_a_hundred_calls_at_least(counts: list[DayCount]) -> None:
    found = norm_of(counts, hour=9, today=MONDAY, calendar=None)
    assert (found is None) == (sum(count.placed for count in counts) < NORM_FROM)
    assert found is None or found.placed >= NORM_FROM
