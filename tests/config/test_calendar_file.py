"""Calendar files: China's notice of 2026, what an operator adds, and what is refused."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calendars import Calendar
from config.calendar_file import CalendarFile, CalendarShelf
from config.errors import ConfigError

TODAY = date(2026, 11, 22)
YEAR = """
calendar = "CN"
source = "made up"
first = {year}-01-01
last = {year}-12-31

[[holidays]]
name = "元旦"
first = {before}-12-31
last = {year}-01-02
workdays = [{year}-01-09]
"""


def year_file(folder: Path, year: int, name: str = "") -> None:
    text = YEAR.format(year=year, before=year - 1)
    (folder / (name or f"CN-{year}.toml")).write_text(text, "utf-8")


def shelf(folder: Path | None = None) -> CalendarShelf:
    return CalendarShelf(folder, TODAY)


def days(first: str, last: str) -> set[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return {begin + timedelta(days=step) for step in range((end - begin).days + 1)}


def test_chinas_2026_is_the_state_councils_notice_of_4_november_2025() -> None:
    calendar = shelf().calendar("CN")
    assert calendar.holidays == (
        days("2026-01-01", "2026-01-03")
        | days("2026-02-15", "2026-02-23")
        | days("2026-04-04", "2026-04-06")
        | days("2026-05-01", "2026-05-05")
        | days("2026-06-19", "2026-06-21")
        | days("2026-09-25", "2026-09-27")
        | days("2026-10-01", "2026-10-07")
    )
    assert {day.isoformat() for day in calendar.workdays} == {
        *("2026-01-04", "2026-02-14", "2026-02-28"),
        *("2026-05-09", "2026-09-20", "2026-10-10"),
    }
    assert all(day.weekday() >= 5 for day in calendar.workdays)
    assert (calendar.first, calendar.last) == (date(2026, 1, 1), date(2026, 12, 31))


def test_the_library_agrees_with_the_notice_on_every_weekday_and_workday() -> None:
    import holidays  # noqa: PLC0415  large

    ours, theirs = shelf().calendar("CN"), holidays.country_holidays("CN", years=2026)
    assert {day for day in ours.holidays if day.weekday() < 5} <= set(theirs) <= ours.holidays
    assert {day for day in theirs.weekend_workdays if day.year == 2026} == ours.workdays


def test_china_is_never_guessed_past_its_last_notice() -> None:
    calendar = shelf().calendar("CN")
    assert not calendar.is_covered(date(2027, 1, 1))
    assert not shelf().calendar("CN-GD").is_known


def test_a_file_of_the_operators_lengthens_the_calendar(tmp_path: Path) -> None:
    year_file(tmp_path, 2027)
    calendar = shelf(tmp_path).calendar("CN")
    assert (calendar.first, calendar.last) == (date(2026, 1, 1), date(2027, 12, 31))
    assert date(2026, 10, 1) in calendar.holidays
    assert date(2026, 12, 31) in calendar.holidays, "the next year's holiday reaches back"
    assert date(2027, 1, 9) in calendar.workdays


def test_a_file_of_the_operators_replaces_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    year_file(tmp_path, 2026)
    assert date(2026, 10, 1) not in shelf(tmp_path).calendar("CN").holidays


def test_a_year_left_out_between_two_is_refused(tmp_path: Path) -> None:
    year_file(tmp_path, 2028)
    with pytest.raises(ConfigError, match=r"CN-2028\.toml.*CN is not known from 2027-01-01"):
        shelf(tmp_path)


def test_files_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    text = YEAR.format(year=2027, before=2026).replace("2027-01-09", "2026-10-01")
    (tmp_path / "CN-2027.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="2026-10-01 is both a holiday and a workday"):
        shelf(tmp_path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("= 2027-01-02", "= 2026-12-30"), "before it begins"),
        (("last = 2027-12-31", "last = 2026-06-01"), "before it begins"),
        (("2027-01-09", "2027-01-01"), "both a holiday and a workday"),
        (('"CN"', '"China"'), "is not a calendar"),
        (("= 2027-01-02", "= 2027-02-30"), "TOML"),
        (("= 2027-01-02", '= "soon"'), "soon"),
        (("workdays", "workday"), "did you mean workdays"),
        (('name = "元旦"\n', ""), "is missing"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    text = YEAR.format(year=2027, before=2026)
    assert change[0] in text
    (tmp_path / "CN-2027.toml").write_text(text.replace(*change), "utf-8")
    with pytest.raises(ConfigError) as caught:
        shelf(tmp_path)
    assert "CN-2027.toml" in str(caught.value)
    assert complaint in str(caught.value)


@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_breaks_nothing(
    tmp_path_factory: pytest.TempPathFactory, rubbish: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "rubbish.toml"
    path.write_bytes(rubbish)
    with pytest.raises(ConfigError):
        CalendarFile.load(path)


@pytest.mark.parametrize(
    ("name", "holiday", "workday"),
    [
        ("US", date(2026, 7, 4), date(2026, 11, 27)),
        ("US-FL", date(2026, 11, 27), date(2026, 11, 30)),
        ("TW", date(2026, 9, 28), date(2026, 10, 1)),
        ("HK", date(2026, 7, 1), date(2026, 10, 2)),
        ("GB-ENG", date(2026, 12, 25), date(2026, 11, 30)),
    ],
)
def test_other_countries_and_their_parts_come_from_the_library(
    name: str, holiday: date, workday: date
) -> None:
    calendar = shelf().calendar(name)
    assert holiday in calendar.holidays
    assert workday not in calendar.holidays
    assert calendar.is_covered(date(2028, 12, 31))
    assert not calendar.is_covered(date(2029, 1, 1))


def test_the_make_up_workdays_that_the_library_knows_are_kept() -> None:
    taiwan = CalendarShelf(None, date(2025, 6, 1)).calendar("TW")
    assert date(2025, 2, 8) in taiwan.workdays


def test_a_country_that_nobody_knows_has_no_calendar() -> None:
    unknown: Calendar = shelf().calendar("XX")
    assert not unknown.is_known
    assert not shelf().calendar("US-ZZ").is_known
