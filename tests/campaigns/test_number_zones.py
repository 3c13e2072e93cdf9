"""Where a number can be, and which zones need not be told apart."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers.tzdata import TIMEZONE_DATA

from campaigns.phone.number_zones import different_clocks, zones_of
from campaigns.phone.numbers import GoodNumber, read_number

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 22)
ALL_ZONES = sorted({zone for zones in TIMEZONE_DATA.values() for zone in zones})


def clocks(text: str) -> tuple[str, ...]:
    number = read_number(text, "CN")
    assert isinstance(number, GoodNumber)
    return different_clocks(zones_of(number), TODAY)


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("13800138000", ("Asia/Shanghai",)),
        ("+1 212 555 0143", ("America/New_York",)),
        ("+1 808 555 0143", ("Pacific/Honolulu",)),
        ("+44 20 7946 0000", ("Europe/London",)),
        # Guernsey, Jersey, Man and London show the same time.
        ("+44 7400 123456", ("Europe/London",)),
        ("+800 1234 5678", ()),
    ],
)
def test_digits_that_tell_the_place_tell_the_zone(text: str, zones: tuple[str, ...]) -> None:
    assert clocks(text) == zones


def test_a_toll_free_number_can_lie_anywhere_in_its_country() -> None:
    found = clocks("+1 800 555 0143")
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= set(found)
    assert len(found) < 20
    assert found == tuple(sorted(found))


def test_a_mobile_of_a_country_of_many_zones_has_them_all() -> None:
    found = clocks("+61 412 345 678")
    assert {"Australia/Perth", "Australia/Sydney", "Australia/Brisbane"} <= set(found)


def test_zones_that_change_on_the_same_day_at_another_hour_are_two() -> None:
    # Havana's clocks change at midnight, New York's at two.
    zones = ("America/Havana", "America/New_York")
    assert different_clocks(zones, TODAY) == zones


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(ALL_ZONES), min_size=2, max_size=2, unique=True).map(tuple),
    st.lists(st.integers(0, 2 * 365 * 24 * 4 - 1), min_size=20, max_size=20),
)
def test_zones_that_are_one_show_the_same_time_for_two_years(
    zones: tuple[str, ...], quarters: list[int]
) -> None:
    if len(different_clocks(zones, TODAY)) == 1:
        began = datetime(2026, 11, 22, tzinfo=UTC)
        one, other = (ZoneInfo(zone) for zone in zones)
        for quarter in quarters:
            at = began + timedelta(minutes=15 * quarter)
            assert at.astimezone(one).utcoffset() == at.astimezone(other).utcoffset()


def test_every_zone_of_the_table_is_known_here() -> None:
    assert different_clocks(tuple(ALL_ZONES), TODAY)


def test_the_engine_does_without_the_table() -> None:
    program = "import sys, dialer.app; sys.exit('phonenumbers.tzdata' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
