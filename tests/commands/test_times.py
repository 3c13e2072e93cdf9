"""Times are typed and shown on the contact's clock, with the zone named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.cli_errors import CommandError
from dialer.cli_times import duration, moment, read_time

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
# Monday 23 November 2026, 09:00 in Shanghai.
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("15:00", datetime(2026, 11, 23, 7, 0, tzinfo=UTC)),
        (" 9:05 ", datetime(2026, 11, 23, 1, 5, tzinfo=UTC)),
        ("2026-11-25 15:00", datetime(2026, 11, 25, 7, 0, tzinfo=UTC)),
        ("2026-11-25T15:00", datetime(2026, 11, 25, 7, 0, tzinfo=UTC)),
        ("2026-11-25T15:00+09:00", datetime(2026, 11, 25, 6, 0, tzinfo=UTC)),
        ("2026-11-25T07:00Z", datetime(2026, 11, 25, 7, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_on_the_contacts_clock(text: str, at: datetime) -> None:
    assert read_time(text, SHANGHAI, NOW) == at


@pytest.mark.parametrize("text", ["", "25:00", "12:60", "2026-11-25", "soon", "2026-02-30 10:00"])
def test_what_is_no_time_is_refused_with_the_way_to_write_one(text: str) -> None:
    with pytest.raises(CommandError, match="15:00"):
        read_time(text, SHANGHAI, NOW)


def test_an_hour_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(CommandError, match="does not exist in America/New_York"):
        read_time("2026-03-08 02:30", NEW_YORK, NOW)


def test_today_and_tomorrow_are_the_contacts_own() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=NEW_YORK)
    assert moment(late, NEW_YORK, late) == "today 23:30 (America/New_York)"
    assert moment(late, SHANGHAI, NOW) == "tomorrow 12:30 (Asia/Shanghai)"
    assert moment(NOW + timedelta(days=2), SHANGHAI, NOW) == "2026-11-25 Wed 09:00 (Asia/Shanghai)"


@given(
    minutes=st.integers(min_value=0, max_value=525_600),
    zone=st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]),
)
def test_a_time_as_it_is_written_is_read_as_the_same_wall_clock(
    minutes: int, zone: ZoneInfo
) -> None:
    at = (NOW + timedelta(minutes=minutes)).astimezone(zone)
    read = read_time(f"{at:%Y-%m-%d %H:%M}", zone, NOW).astimezone(zone)
    assert f"{read:%Y-%m-%d %H:%M}" == f"{at:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("seconds", "text"), [(45, "45 s"), (600, "10 min"), (14_400, "4 h"), (5_400, "1 h 30 min")]
)
def test_a_duration_reads_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
