"""Calling windows of a week: their notation, and what is refused."""

import pytest

from campaigns.windows import CallingWindows, Window, parse


def week(*texts: str, days: int = 7) -> CallingWindows:
    day = tuple(parse(text) for text in texts)
    return CallingWindows(days=(day,) * days + ((),) * (7 - days))


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("09:00-12:00", 540, 720),
        (" 9:05 - 20:30 ", 545, 1230),
        ("00:00-24:00", 0, 1440),
        ("14:00–20:00", 840, 1200),
    ],
)
def test_a_window_is_read_from_text(text: str, opens: int, closes: int) -> None:
    assert parse(text) == Window(open=opens, close=closes)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "write it as 09:00-12:00"),
        ("nine to five", "write it as 09:00-12:00"),
        ("09:00", "write it as 09:00-12:00"),
        ("٠٩:٠٠-١٢:٠٠", "write it as 09:00-12:00"),
        ("09:00-12:60", "12:60 is no time of day"),
        ("09:00-24:01", "24:01 is no time of day"),
        ("25:00-26:00", "25:00 is no time of day"),
        ("12:00-12:00", "opens and closes at the same time"),
        ("20:00-06:00", "closes before it opens; a night is two windows: 20:00-24:00"),
    ],
)
def test_a_bad_window_is_refused_with_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(text)


def test_a_window_writes_itself_as_it_is_read() -> None:
    assert str(parse("9:00-24:00")) == "09:00-24:00"


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (("09:00-12:00", "11:00-13:00"), "09:00-12:00 and 11:00-13:00 overlap"),
        (("14:00-20:00", "09:00-12:00"), "not in order"),
    ],
)
def test_windows_of_a_day_are_in_order_and_apart(texts: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        week(*texts)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="7 days"):
        CallingWindows(days=((), ()))


def test_a_window_within_one_day_opens_before_it_closes() -> None:
    with pytest.raises(ValueError, match="within one day"):
        Window(open=600, close=1441)


def test_equal_windows_are_equal_keys() -> None:
    assert hash(week("09:00-12:00")) == hash(week("09:00-12:00"))
    assert week("09:00-12:00") == week("09:00-12:00") != week("09:00-12:30")
