"""The times that people write into a list."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.row.row_times import read_moment

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
THREE = datetime(2026, 11, 25, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25 15:00",
        "2026/11/25 15:00",
        "2026.11.25 15:00:00",
        "2026年11月25日 15:00",
        "2026年11月25日15点",
        "2026年11月25日15时00分",
        "２０２６年１１月２５日　１５：００",
        "2026-11-25T15:00:00",
        "2026-11-25T15:00+08:00",
        "2026-11-25T07:00Z",
        "2026-11-25 15:00:00.000",
        " 2026-11-25  15:00 ",
    ],
)
def test_a_time_is_understood_however_it_is_written(text: str) -> None:
    assert read_moment(text, SHANGHAI) == THREE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15:00",
        "2026-11-25",
        "2026-11-25 25:00",
        "2026-02-30 15:00",
        "25/11/2026 15:00",
        "11/25/2026 15:00",
        "1999-11-25 15:00",
        "2026-11-25 15:00 tomorrow",
        "2026-11-25 15:00+99:99",
        "4" * 10_000,
    ],
)
def test_what_names_no_moment_is_none(text: str) -> None:
    assert read_moment(text, SHANGHAI) is None


def test_a_date_is_enough_where_only_the_day_matters() -> None:
    began = datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert read_moment("2026-11-25", SHANGHAI, date_is_enough=True) == began
    assert read_moment("2026年11月25日", SHANGHAI, date_is_enough=True) == began


def test_a_time_that_the_clocks_leave_out_is_none() -> None:
    # New York, 2027-03-14: after 01:59 comes 03:00.
    assert read_moment("2027-03-14 02:30", NEW_YORK) is None


def test_of_a_time_that_comes_twice_the_first_holds() -> None:
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert read_moment("2026-11-01 01:30", NEW_YORK) == first


@given(st.text(max_size=70) | st.text(alphabet="0123456789-/.年月日 T:Z+", max_size=30))
def test_whatever_is_written_there_is_a_moment_in_utc_or_none(text: str) -> None:
    moment = read_moment(text, NEW_YORK, date_is_enough=True)
    assert moment is None or moment.tzinfo is UTC
