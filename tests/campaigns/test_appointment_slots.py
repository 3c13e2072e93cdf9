"""Three allowed times in place of one that is not (R4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from campaigns.appointment_slots import nearest_slots
from campaigns.hours import Hours, Layer, is_open
from campaigns.windows import CallingWindows, parse

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = Hours(
    layers=(
        Layer(
            windows=CallingWindows.every_day(parse("09:00-12:00"), parse("14:00-20:00")),
            zone=SHANGHAI,
        ),
    )
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def offered(wanted: str, now: str) -> list[str]:
    slots = nearest_slots(at(wanted), HOURS, at(now))
    return [f"{slot.astimezone(SHANGHAI):%d %H:%M}" for slot in slots]


def test_the_last_time_before_and_the_first_ones_after_are_offered() -> None:
    assert offered("2026-11-23 20:00", "2026-11-23 10:00") == ["23 19:45", "24 09:00", "24 14:00"]
    assert offered("2026-11-23 12:30", "2026-11-23 10:00") == ["23 11:45", "23 14:00", "24 09:00"]
    assert offered("2026-11-24 03:00", "2026-11-23 21:00") == ["24 09:00", "24 14:00", "25 09:00"]


def test_what_is_past_is_not_offered_and_now_is_rounded_up() -> None:
    assert offered("2026-11-23 08:00", "2026-11-23 10:07") == ["23 10:15", "23 14:00", "24 09:00"]
    # The last quarter is over: the very last minute is still to come.
    assert offered("2026-11-23 20:30", "2026-11-23 19:50") == ["23 19:59", "24 09:00", "24 14:00"]


def test_without_any_opening_nothing_is_offered() -> None:
    never = Hours(layers=(Layer(windows=CallingWindows(days=((),) * 7), zone=SHANGHAI),))
    assert nearest_slots(at("2026-11-23 10:00"), never, at("2026-11-23 09:00")) == ()


@given(
    wanted=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001  given a zone
    ahead=st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_every_time_that_is_offered_may_be_promised(wanted: datetime, ahead: timedelta) -> None:
    moment = wanted.replace(tzinfo=UTC)
    now = moment - ahead
    slots = nearest_slots(moment, HOURS, now)
    assert len(slots) == 3
    assert list(slots) == sorted(slots)
    assert all(is_open(HOURS, slot) and slot >= now for slot in slots)
