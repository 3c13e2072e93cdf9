"""Calling hours: wall-clock rules met by real zones, clock changes and each other."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.hours import (
    Hours,
    Layer,
    day_ends,
    is_open,
    local_date,
    nearest_open,
    next_open,
    open_until,
)
from campaigns.windows import ALL_DAY, CallingWindows, Window, parse

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
APIA = ZoneInfo("Pacific/Apia")
ST_JOHNS = ZoneInfo("America/St_Johns")
ZONES = [
    SHANGHAI,
    NEW_YORK,
    LORD_HOWE,
    APIA,
    ST_JOHNS,
    ZoneInfo("America/Sao_Paulo"),
    ZoneInfo("Asia/Kathmandu"),
    ZoneInfo("Africa/Casablanca"),
    ZoneInfo("UTC"),
]


def week(*texts: str, days: int = 7) -> CallingWindows:
    day = tuple(parse(text) for text in texts)
    return CallingWindows(days=(day,) * days + ((),) * (7 - days))


def hours(windows: CallingWindows, zone: ZoneInfo) -> Hours:
    return Hours(layers=(Layer(windows=windows, zone=zone),))


OFFICE = week("09:00-12:00", "14:00-20:00", days=5)


def at(zone: ZoneInfo, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime.fromisoformat("2026-11-23 09:00")
    with pytest.raises(ValueError, match="has no zone"):
        is_open(hours(OFFICE, SHANGHAI), naive)


# ── an ordinary week ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23 08:59:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 11:59:59.999999", True),
        ("2026-11-23 12:00", False),
        ("2026-11-23 14:00", True),
        ("2026-11-23 20:00", False),
        ("2026-11-28 10:00", False),  # Saturday
    ],
)
def test_a_window_holds_its_opening_and_not_its_close(text: str, expected: bool) -> None:  # noqa: FBT001  # a column of the table
    assert is_open(hours(OFFICE, SHANGHAI), at(SHANGHAI, text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23 07:30", "2026-11-23 09:00"),
        ("2026-11-23 10:15:30.25", "2026-11-23 10:15:30.25"),
        ("2026-11-23 12:00", "2026-11-23 14:00"),
        ("2026-11-27 20:00", "2026-11-30 09:00"),
    ],
)
def test_the_next_opening_is_now_or_the_nearest_one_ahead(text: str, expected: str) -> None:
    assert next_open(hours(OFFICE, SHANGHAI), at(SHANGHAI, text)) == at(SHANGHAI, expected)


def test_without_any_window_there_is_no_next_opening() -> None:
    none = CallingWindows(days=((),) * 7)
    assert next_open(hours(none, SHANGHAI), at(SHANGHAI, "2026-11-23 09:00")) is None


def test_an_open_window_tells_its_close() -> None:
    assert open_until(hours(OFFICE, SHANGHAI), at(SHANGHAI, "2026-11-23 09:00")) == at(
        SHANGHAI, "2026-11-23 12:00"
    )
    assert open_until(hours(OFFICE, SHANGHAI), at(SHANGHAI, "2026-11-23 12:00")) is None


def test_a_window_over_utc_midnight_is_one_window() -> None:
    # 08:00 in Shanghai is midnight in UTC.
    early = week("06:00-10:00")
    assert open_until(hours(early, SHANGHAI), at(SHANGHAI, "2026-11-23 07:00")) == at(
        SHANGHAI, "2026-11-23 10:00"
    )


def test_a_window_ends_at_local_midnight_at_the_latest() -> None:
    always = CallingWindows.every_day(ALL_DAY)
    noon = at(SHANGHAI, "2026-11-23 12:00")
    assert open_until(hours(always, SHANGHAI), noon) == at(SHANGHAI, "2026-11-24 00:00")
    assert day_ends(SHANGHAI, noon) == at(SHANGHAI, "2026-11-24 00:00")


@pytest.mark.parametrize(
    ("asked", "before", "after"),
    [
        ("2026-11-23 20:00", "2026-11-23 19:59", "2026-11-24 09:00"),
        ("2026-11-23 13:00", "2026-11-23 11:59", "2026-11-23 14:00"),
        ("2026-11-29 10:00", "2026-11-27 19:59", "2026-11-30 09:00"),
    ],
)
def test_a_closed_time_has_open_neighbours(asked: str, before: str, after: str) -> None:
    now = at(SHANGHAI, "2026-11-23 09:00")
    expected = at(SHANGHAI, before), at(SHANGHAI, after)
    assert nearest_open(hours(OFFICE, SHANGHAI), at(SHANGHAI, asked), not_before=now) == expected


def test_a_neighbour_that_has_passed_is_not_offered() -> None:
    now = at(SHANGHAI, "2026-11-23 19:59:30")
    before, _ = nearest_open(
        hours(OFFICE, SHANGHAI), at(SHANGHAI, "2026-11-23 21:00"), not_before=now
    )
    assert before is None


def test_the_end_of_the_calendar_is_closed() -> None:
    last = datetime(9999, 12, 31, 12, tzinfo=UTC)
    assert not is_open(hours(OFFICE, SHANGHAI), last)
    assert next_open(hours(OFFICE, SHANGHAI), last) is None


# ── clock changes ────────────────────────────────────────────────────────────────────────


def test_an_opening_inside_the_skipped_hour_is_the_first_instant_after_it() -> None:
    # New York, Sunday 8 March 2026: 02:00 EST is followed by 03:00 EDT.
    night = week("02:30-05:00")
    before = at(NEW_YORK, "2026-03-08 01:59")
    assert next_open(hours(night, NEW_YORK), before) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


def test_a_window_wholly_inside_the_skipped_hour_does_not_open_that_week() -> None:
    sundays = CallingWindows(days=((),) * 6 + ((parse("02:00-03:00"),),))
    before = at(NEW_YORK, "2026-03-08 01:00")
    assert next_open(hours(sundays, NEW_YORK), before) == at(NEW_YORK, "2026-03-15 02:00")


def test_a_repeated_hour_is_open_both_times() -> None:
    # New York, Sunday 1 November 2026: 02:00 EDT is followed by 01:00 EST.
    hour = week("01:00-01:30")
    first, second = at(NEW_YORK, "2026-11-01 01:15"), at(NEW_YORK, "2026-11-01 01:15", fold=1)
    assert second - first == timedelta(hours=1)
    assert is_open(hours(hour, NEW_YORK), first)
    assert is_open(hours(hour, NEW_YORK), second)
    assert next_open(hours(hour, NEW_YORK), first + timedelta(minutes=15)) == at(
        NEW_YORK, "2026-11-01 01:00", fold=1
    )
    assert open_until(hours(hour, NEW_YORK), first) == at(NEW_YORK, "2026-11-01 01:30")


def test_a_window_that_the_clock_turns_back_into_opens_at_the_change() -> None:
    window = week("00:30-01:15")
    closed = at(NEW_YORK, "2026-11-01 01:20")
    assert next_open(hours(window, NEW_YORK), closed) == at(NEW_YORK, "2026-11-01 01:00", fold=1)


def test_a_day_of_twenty_five_hours_is_open_for_all_of_them() -> None:
    always = CallingWindows.every_day(ALL_DAY)
    start = at(NEW_YORK, "2026-11-01 00:00")
    closes = open_until(hours(always, NEW_YORK), start)
    assert closes is not None
    assert closes - start == timedelta(hours=25)


def test_lord_howe_moves_its_clock_by_half_an_hour() -> None:
    # Sunday 4 October 2026: 02:00 is followed by 02:30; Sunday 5 April 2026: 02:00 by 01:30.
    spring = week("02:00-02:45")
    assert next_open(hours(spring, LORD_HOWE), at(LORD_HOWE, "2026-10-04 01:59")) == at(
        LORD_HOWE, "2026-10-04 02:30"
    )
    autumn = week("01:30-01:40")
    assert next_open(hours(autumn, LORD_HOWE), at(LORD_HOWE, "2026-04-05 01:40")) == at(
        LORD_HOWE, "2026-04-05 01:30", fold=1
    )


def test_a_date_that_never_was_has_no_window() -> None:
    # Samoa had no Friday 30 December 2011.
    fridays = CallingWindows(days=((),) * 4 + ((parse("09:00-17:00"),), (), ()))
    thursday = at(APIA, "2011-12-29 12:00")
    assert next_open(hours(fridays, APIA), thursday) == at(APIA, "2012-01-06 09:00")


def test_a_midnight_that_comes_twice_is_handled_to_the_minute() -> None:
    # St. John's, 29 October 2006: 00:01 is followed by 23:01 of the day before.
    late = week("23:30-24:00")
    midnight = datetime(2006, 10, 29, 2, 30, tzinfo=UTC)
    assert local_date(ST_JOHNS, midnight).day == 29
    assert day_ends(ST_JOHNS, midnight) == midnight + timedelta(minutes=1)
    assert next_open(hours(late, ST_JOHNS), midnight) == midnight + timedelta(minutes=30)
    assert local_date(ST_JOHNS, midnight + timedelta(minutes=30)).day == 28


def test_shanghai_of_today_has_no_clock_change() -> None:
    assert next_open(hours(OFFICE, SHANGHAI), datetime(2026, 11, 1, 5, tzinfo=UTC)) == at(
        SHANGHAI, "2026-11-02 09:00"
    )


# ── any zone, any windows ────────────────────────────────────────────────────────────────


@st.composite
def days_of_windows(draw: st.DrawFn) -> tuple[Window, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    return tuple(
        Window(open=opens, close=closes)
        for opens, closes in zip(edges[::2], edges[1::2], strict=False)
    )


any_windows = st.builds(
    lambda *days: CallingWindows(days=days), *(days_of_windows() for _ in range(7))
)
any_zone = st.sampled_from(ZONES)
# Every clock change of 2005-2026 in these zones, and all that lies between.
any_instant = st.datetimes(
    datetime(2005, 1, 1),  # noqa: DTZ001  # hypothesis takes naive bounds beside a zone
    datetime(2026, 12, 31),  # noqa: DTZ001  # same
    timezones=st.just(UTC),
)


def on_the_wall(windows: CallingWindows, zone: ZoneInfo, t: datetime) -> bool:
    """The definition itself: what the wall clock and the calendar there show."""
    wall = t.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    return any(window.open <= minute < window.close for window in windows.days[wall.weekday()])


@settings(deadline=None)
@given(any_windows, any_zone, any_instant)
def test_open_is_what_the_wall_clock_says(
    windows: CallingWindows, zone: ZoneInfo, t: datetime
) -> None:
    assert is_open(hours(windows, zone), t) == on_the_wall(windows, zone, t)


@settings(deadline=None)
@given(any_windows, any_zone, any_instant, st.floats(0, 1))
def test_nothing_between_now_and_the_next_opening_is_open(
    windows: CallingWindows, zone: ZoneInfo, t: datetime, share: float
) -> None:
    opens = next_open(hours(windows, zone), t)
    if opens is None:
        assert not any(windows.days)
        return
    assert opens >= t
    assert on_the_wall(windows, zone, opens)
    between = t + (opens - t) * share
    assert between == opens or not on_the_wall(windows, zone, between)


@settings(deadline=None)
@given(any_windows, any_zone, any_instant, st.floats(0, 1, exclude_max=True))
def test_everything_up_to_the_close_is_open(
    windows: CallingWindows, zone: ZoneInfo, t: datetime, share: float
) -> None:
    closes = open_until(hours(windows, zone), t)
    assert (closes is not None) == on_the_wall(windows, zone, t)
    if closes is not None:
        assert closes > t
        between = t + (closes - t) * share
        assert between == closes or on_the_wall(windows, zone, between)


@settings(deadline=None)
@given(any_zone, any_instant)
def test_a_day_ends_where_another_date_begins(zone: ZoneInfo, t: datetime) -> None:
    end = day_ends(zone, t)
    assert local_date(zone, end) != local_date(zone, t)
    assert local_date(zone, end - timedelta(microseconds=1)) == local_date(zone, t)


@settings(deadline=None)
@given(any_windows, any_zone, any_instant)
def test_what_is_offered_instead_of_a_closed_time_is_open(
    windows: CallingWindows, zone: ZoneInfo, t: datetime
) -> None:
    floor = t - timedelta(days=9)
    before, after = nearest_open(hours(windows, zone), t, not_before=floor)
    if before is not None:
        assert floor <= before < t
        assert on_the_wall(windows, zone, before)
    if after is not None:
        assert after >= t
        assert on_the_wall(windows, zone, after)
