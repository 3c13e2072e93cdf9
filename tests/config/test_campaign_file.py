"""What a campaign file may say, and how it is told what it may not."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.lab.customers import mix_of
from campaigns.books import Books
from campaigns.calendars import Holidays
from campaigns.campaign import Kind, Mode
from campaigns.outcomes import Outcome
from campaigns.pacing_choice import PacingChoice
from campaigns.retry_policy import NumberOrder
from campaigns.windows import Window
from config.calendar_file import CalendarShelf
from config.campaign_file import CampaignFile
from config.durations import parse_duration
from config.errors import ConfigError
from config.regulation_file import load_regulations
from config.week import parse_days

EXAMPLES = Path(__file__).parents[2] / "examples"
LEAST: dict[str, Any] = {
    "name": "test",
    "kind": "sales",
    "dial_string": "PJSIP/{number}@trunk",
    "queue": "sales",
    "windows": {"mon-fri": ["14:00-20:00", "09:00-12:00"]},
}


def faults_of(**changed: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        CampaignFile.from_flags(LEAST | changed)
    return str(caught.value).splitlines()


def test_the_defaults_are_the_documents() -> None:  # R5
    campaign = CampaignFile.from_flags(LEAST).campaign(7, "Asia/Shanghai")
    assert campaign.id == 7
    assert campaign.kind is Kind.SALES
    assert campaign.mode is Mode.PROGRESSIVE
    assert campaign.queue == "waihu-sales"
    assert campaign.zone.key == "Asia/Shanghai"
    assert campaign.retry.delay == timedelta(hours=4)
    assert (campaign.retry.daily_attempts, campaign.retry.max_days) == (3, 10)


def test_windows_are_put_in_order_and_unnamed_days_have_none() -> None:
    week = CampaignFile.from_flags(LEAST).campaign(0, "UTC").windows
    assert week.days[0] == (Window(open=540, close=720), Window(open=840, close=1200))
    assert week.days[4] == week.days[0]
    assert week.days[5:] == ((), ())


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        """name = "a,b"
kind = "cold"
mode = "clairvoyant"
dial_string = "SIP/{number}&SIP/1"
queue = "Bad Queue"
ring_timeout_s = 5
colour = 1
cps = "fast"
zone = "Mars/Base"
country = "XX"
[windows]
"mon-fry" = ["09:00-12:00"]
"tue" = ["12:00-09:00"]
"sat" = ["09:00-12:00", "11:00-13:00"]
[retry]
delay = "4 hors"
daily_attempt = 3
[retry.delays]
buzy = "10m"
""",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        CampaignFile.load(path)
    lines = str(caught.value).splitlines()
    told = [int(line.removeprefix(f"{path}:").split(":")[0]) for line in lines]
    assert told == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 16, 17, 19]
    assert f'{path}:16: retry.delay: "4 hors" is not a duration (write 4h, 10m, 90s)' in lines
    assert f"{path}:17: retry.daily_attempt: is not known; did you mean daily_attempts?" in lines


def test_a_predictive_campaign_keeps_three_percent_unless_said() -> None:
    plain = CampaignFile.from_flags(LEAST | {"mode": "predictive"}).campaign(1, "Asia/Shanghai")
    assert (plain.mode, plain.pacing, plain.priority) == (Mode.PREDICTIVE, PacingChoice(), 5)
    said = {"abandon_percent": "1.5", "aggressiveness": 0.5, "amd": True}
    flags = LEAST | {"mode": "predictive", "predictive": said, "priority": 2}
    bold = CampaignFile.from_flags(flags).campaign(1, "Asia/Shanghai")
    assert bold.pacing == PacingChoice(cap=Fraction(15, 1000), aggressiveness=0.5, amd=True)
    assert bold.priority == 2


@pytest.mark.parametrize(
    "wrong",
    [{"abandon_percent": 0}, {"abandon_percent": 11}, {"aggressiveness": 1.5}, {"amd": "perhaps"}],
)
def test_a_pacing_that_no_law_knows_is_refused(wrong: dict[str, object]) -> None:
    (said,) = faults_of(mode="predictive", predictive=wrong)
    assert said.startswith(f"predictive.{next(iter(wrong))}: ")


def test_preview_lasts_two_minutes_and_a_skipped_contact_rests_as_after_a_call() -> None:
    plain = CampaignFile.from_flags(LEAST | {"mode": "preview"}).campaign(1, "Asia/Shanghai")
    assert (plain.mode, plain.preview_limit_s) == (Mode.PREVIEW, 120)
    assert plain.retry.skip_wait == plain.retry.delay
    rules = {"limit_s": 45, "skip_delay": "20m"}
    other = CampaignFile.from_flags(LEAST | {"mode": "preview", "preview": rules})
    campaign = other.campaign(1, "Asia/Shanghai")
    assert campaign.preview_limit_s == 45
    assert campaign.retry.skip_wait == timedelta(minutes=20)


@pytest.mark.parametrize(
    "dial_string",
    [
        "PJSIP/1@trunk",
        "PJSIP/{number}{number}",
        "PJSIP/{number}@{trunk}",
        "PJSIP/{number}@a,30",
        "PJSIP/{number}&PJSIP/1",
        "PJSIP/{number}@a\r\nAction: Command",
        "PJSIP/{number}@a\n",
        "PJSIP/{number}@a|b",
        "PJSIP/{number} ",
        "PJSIP/{number}$(x)",
        "{number}",
        "",
    ],
)
def test_a_dial_string_holds_one_number_and_nothing_that_asterisk_would_split(
    dial_string: str,
) -> None:
    assert len(faults_of(dial_string=dial_string)) == 1


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_accepted_dial_string_can_carry_a_header_or_a_second_party(
    before: str, after: str
) -> None:
    try:
        file = CampaignFile.from_flags(LEAST | {"dial_string": f"PJSIP/{before}{{number}}{after}"})
    except ConfigError:
        return
    assert not set(file.dial_string) & set("\r\n\0,&|;()$\"' ")
    assert file.dial_string.replace("{number}", "").isascii()


@pytest.mark.parametrize(
    "caller_id", ["张三", "1,CALLERID(num)=10086", "1\r\nX: y", "1\n", "<1>", "1"]
)
def test_a_caller_id_is_digits(caller_id: str) -> None:
    assert len(faults_of(caller_id=caller_id)) == 1


@pytest.mark.parametrize("name", ["", "a\nb", " a", "a,b", "x" * 65, "-rf"])
def test_a_campaign_name_is_plain(name: str) -> None:
    assert len(faults_of(name=name)) == 1


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        ({}, "no window at all"),
        ({"mon": []}, "no window at all"),
        ({"mon-fri": ["09:00-12:00"], "wed": ["13:00-14:00"]}, "wed is named twice"),
        ({"mon": "09:00-12:00"}, "is not a list of windows"),
        ({"mon": ["9 to 12"]}, "is no window"),
        ("always", "is not a table"),
    ],
)
def test_windows_that_cannot_be_meant_are_refused(windows: object, words: str) -> None:
    assert any(words in line for line in faults_of(windows=windows))


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("mon", [0]),
        ("Monday", [0]),
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("fri-mon", [4, 5, 6, 0]),
        ("sat,sun", [5, 6]),
        ("every day", [0, 1, 2, 3, 4, 5, 6]),
        ("weekend", [5, 6]),
        ("周一至周五", [0, 1, 2, 3, 4]),
        ("星期六、星期日", [5, 6]),
        ("每天", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_days_are_named_in_english_and_chinese(key: str, days: list[int]) -> None:
    assert parse_days(key) == days


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("4h", 14_400), ("10m", 600), ("90s", 90), ("1h30m", 5_400), ("1d", 86_400), (0, 0)],
)
def test_durations_are_written_with_their_units(text: object, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "4", 4, "h", "4 hors", "-4h", None, True, "4h 10", [], "٤h"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="write 4h, 10m, 90s"):
        parse_duration(text)


def test_a_delay_per_outcome_is_for_outcomes_that_are_retried() -> None:  # R5, R6
    file = CampaignFile.from_flags(LEAST | {"retry": {"delays": {"busy": "10m"}}})
    assert file.retry.policy().outcome_delays == {Outcome.BUSY: timedelta(minutes=10)}
    assert "vacant is not retried" in faults_of(retry={"delays": {"vacant": "10m"}})[0]


def test_flags_that_were_not_given_are_left_to_the_defaults() -> None:
    assert CampaignFile.from_flags(LEAST | {"cps": None}).cps == 5.0


def test_the_example_runs_at_every_hour_on_simulated_customers() -> None:
    file = CampaignFile.load(EXAMPLES / "callback.toml")
    assert file.queue == "waihu-callback"
    assert (file.ring_timeout_s, file.wrap_up_s, file.number_check) == (15, 20, "possible")
    assert file.dial_string == "Local/{number}@waihu-lab-customers/n"
    assert set(file.campaign(0, "UTC").windows.days) == {(Window(open=0, close=1440),)}


def test_the_examples_mix_is_one_that_the_lab_can_act_out() -> None:
    raw = tomllib.loads((EXAMPLES / "callback.toml").read_text("utf-8"))["lab"]["mix"]
    assert len(mix_of(raw).by_digits) == 100
    assert sum(raw.values()) == 100


def test_shares_that_do_not_add_up_are_refused() -> None:
    assert faults_of(lab={"mix": {"answers": 50}}) == ["lab.mix: the shares add up to 50, not 100"]


def test_the_example_for_real_telephones_fits_and_wants_valid_numbers() -> None:
    campaign = CampaignFile.load(EXAMPLES / "production.toml").campaign(0, "Asia/Shanghai")
    assert campaign.number_check == "valid"
    assert campaign.windows.days[6] == ()


def test_holidays_and_the_finer_rules_of_retry_may_be_said(tmp_path: Path) -> None:
    path = tmp_path / "campaign.toml"
    text = (EXAMPLES / "production.toml").read_text("utf-8")
    for key in ("calendar", "holidays", "open_hours_only", "numbers"):
        assert f"\n# {key} = " in text
        text = text.replace(f"\n# {key} = ", f"\n{key} = ")
    path.write_text(text, "utf-8")
    shelf = CalendarShelf(None, date(2026, 11, 22))
    books = Books(calendar=shelf.calendar, regulations=load_regulations())
    campaign = CampaignFile.load(path).campaign(0, "Asia/Shanghai", books)
    assert campaign.calendar is not None
    assert campaign.calendar.is_covered(date(2026, 10, 1))
    assert campaign.holidays is Holidays.CLOSED
    assert campaign.retry.open_hours_only
    assert campaign.retry.numbers is NumberOrder.ALTERNATE


def test_without_a_word_of_them_they_are_off() -> None:
    campaign = CampaignFile.from_flags(LEAST).campaign(0, "Asia/Shanghai")
    assert campaign.calendar is None
    assert not campaign.retry.open_hours_only
    assert campaign.retry.numbers is NumberOrder.FIRST


def test_a_calendar_or_a_habit_that_is_none_is_refused() -> None:
    assert any("is not a calendar" in fault for fault in faults_of(calendar="China"))
    assert any("holidays" in fault for fault in faults_of(holidays="half a day"))
    assert any("numbers" in fault for fault in faults_of(retry={"numbers": "last"}))
