"""What a row of a list is worth."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.consent import Consent, ConsentBasis
from campaigns.phone.numbers import NumberKind, is_e164
from campaigns.row import row_check
from campaigns.row.columns import PhoneCell, RowFacts, map_columns
from campaigns.row.row_check import check_facts, check_row
from campaigns.row.rows import GoodRow, Reason, RowRule

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
RULE = RowRule(country="CN", check="valid", zone=SHANGHAI, now=NOW)


def facts(
    *phones: str | PhoneCell,
    time_zone: str = "",
    priority: str = "",
    appointment: str = "",
    agent: str = "",
    consent: tuple[str, str, str] = ("", "", ""),
) -> RowFacts:
    cells = [
        phone if isinstance(phone, PhoneCell) else PhoneCell(phone, NumberKind.PHONE)
        for phone in phones or ("13800138000",)
    ]
    return RowFacts(
        reference="K1",
        name="张三",
        time_zone=time_zone,
        phones=tuple(cells),
        custom={},
        priority=priority,
        appointment=appointment,
        appointment_agent=agent,
        consent=consent[0],
        consent_proof=consent[1],
        consent_at=consent[2],
    )


def good(row: RowFacts) -> GoodRow:
    checked = check_facts(row, RULE)
    assert isinstance(checked, GoodRow)
    return checked


# ── numbers and zones ────────────────────────────────────────────────────────────────────


def test_each_number_once_in_the_order_of_the_columns_the_bad_ones_dropped() -> None:
    row = good(facts("021-58781234", "无", "13800138000", "+86 138 0013 8000"))
    assert row.e164s == ("+862158781234", "+8613800138000")
    assert row.dropped == (Reason.LETTERS,)


def test_a_row_without_a_good_number_is_refused_for_its_first_one() -> None:
    assert check_facts(facts("无", "123"), RULE) is Reason.LETTERS


@pytest.mark.parametrize(
    ("text", "column", "kind"),
    [
        ("13800138000", NumberKind.PHONE, NumberKind.MOBILE),
        ("02158781234", NumberKind.PHONE, NumberKind.FIXED),
        ("13800138000", NumberKind.WORK, NumberKind.WORK),
        ("02158781234", NumberKind.HOME, NumberKind.HOME),
        ("800-820-8820", NumberKind.WORK, NumberKind.TOLL_FREE),
    ],
)
def test_the_column_says_what_a_number_is_unless_it_is_toll_free(
    text: str, column: NumberKind, kind: NumberKind
) -> None:
    assert good(facts(PhoneCell(text, column))).numbers[0].kind is kind


def test_the_zone_is_the_columns_else_the_numbers() -> None:
    assert good(facts(time_zone="Asia/Urumqi")).zone == "Asia/Urumqi"
    assert good(facts("+1 212 555 0143")).zone == "America/New_York"
    assert check_facts(facts(time_zone="Beijing"), RULE) is Reason.BAD_TIME_ZONE


def test_a_contact_that_can_be_in_several_zones_has_none_but_all_of_them() -> None:
    row = good(facts("+1 212 555 0143", "+1 415 555 0143"))
    assert (row.zone, row.zones) == (None, ("America/Los_Angeles", "America/New_York"))
    assert "Pacific/Honolulu" in good(facts("+1 800 555 0143")).zones


def test_the_columns_zone_ends_all_doubt() -> None:
    row = good(facts("+1 800 555 0143", time_zone="America/Chicago"))
    assert (row.zone, row.zones) == ("America/Chicago", ())


def test_two_zones_of_one_clock_are_one() -> None:
    row = good(facts("13800138000", "+852 2123 4567"))
    assert row.zones == ()
    assert row.zone in {"Asia/Shanghai", "Asia/Hong_Kong"}


# ── priority, appointment, consent ───────────────────────────────────────────────────────


@pytest.mark.parametrize(("text", "priority"), [("1", 1), ("9", 9), ("３", 3), ("5.0", 5)])
def test_a_priority_is_1_to_9(text: str, priority: int) -> None:
    assert good(facts(priority=text)).priority == priority


@pytest.mark.parametrize("text", ["0", "10", "-1", "1.5", "高"])
def test_what_is_no_priority_is_refused(text: str) -> None:
    assert check_facts(facts(priority=text), RULE) is Reason.BAD_PRIORITY


def test_no_priority_is_the_lists() -> None:
    assert good(facts()).priority is None


def test_an_appointment_is_in_the_contacts_zone_else_in_the_campaigns() -> None:
    # R4
    three = "2026-11-25 15:00"
    assert good(facts(appointment=three)).appointment == datetime(2026, 11, 25, 7, tzinfo=UTC)
    new_york = good(facts("+1 212 555 0143", appointment=three))
    assert new_york.appointment == datetime(2026, 11, 25, 20, tzinfo=UTC)
    anywhere = good(facts("+1 800 555 0143", appointment=three))
    assert anywhere.appointment == datetime(2026, 11, 25, 7, tzinfo=UTC)


def test_an_appointment_can_be_with_one_agent() -> None:
    assert good(facts(appointment="2026-11-25 15:00", agent="1001")).appointment_agent == "1001"
    assert not good(facts(agent="1001")).appointment_agent


def test_what_is_no_appointment_is_refused() -> None:
    assert check_facts(facts(appointment="明天下午"), RULE) is Reason.BAD_APPOINTMENT
    assert check_facts(facts(appointment="2026-11-25"), RULE) is Reason.BAD_APPOINTMENT


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("明示同意", ConsentBasis.CONSENT),
        ("Opt-in", ConsentBasis.CONSENT),
        ("约定回访", ConsentBasis.REQUEST),
        ("客戶要求", ConsentBasis.REQUEST),
        ("服务关系", ConsentBasis.CONTRACT),
        ("contract", ConsentBasis.CONTRACT),
    ],
)
def test_the_ground_of_a_call_is_kept_with_its_proof(text: str, basis: ConsentBasis) -> None:
    row = good(facts(consent=(text, "录音 4711", "2026-11-01")))
    given_at = datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert row.consent == Consent(basis=basis, proof="录音 4711", given_at=given_at)


@pytest.mark.parametrize("text", ["", "无", "none", "否"])
def test_no_ground_is_none(text: str) -> None:
    assert good(facts(consent=(text, "", ""))).consent is None


@pytest.mark.parametrize(
    "consent",
    [
        ("也许", "", ""),
        ("", "录音 4711", ""),
        ("同意", "", "yesterday"),
        ("同意", "", "2026-11-23"),
    ],
)
def test_a_ground_that_is_not_understood_is_refused(consent: tuple[str, str, str]) -> None:
    assert check_facts(facts(consent=consent), RULE) is Reason.BAD_CONSENT


# ── the row as a whole ───────────────────────────────────────────────────────────────────


def test_more_cells_than_the_header_has_are_refused_unless_they_are_blank() -> None:
    columns = map_columns(["电话"])
    assert check_row(["13800138000", " "], 1, columns, RULE) is not Reason.TOO_MANY_CELLS
    assert check_row(["13800138000", "x"], 1, columns, RULE) is Reason.TOO_MANY_CELLS


def test_a_name_of_two_hundred_characters_is_the_longest() -> None:
    columns = map_columns(["电话", "姓名"])
    longest = "张" * row_check.LONGEST_WORD
    assert isinstance(check_row(["13800138000", longest], 2, columns, RULE), GoodRow)
    assert check_row(["13800138000", longest + "三"], 2, columns, RULE) is Reason.TEXT_TOO_LONG


CELL = st.text(max_size=30) | st.text(alphabet="0123456789+-() .@&,/;|年月日:T\r\n\0", max_size=30)
TEXTS = st.lists(CELL, min_size=9, max_size=9)


@settings(max_examples=200)
@given(TEXTS)
def test_whatever_the_cells_say_only_numbers_to_dial_come_out(cells: list[str]) -> None:
    row = RowFacts(
        reference=cells[0],
        name=cells[1],
        time_zone=cells[2],
        phones=(PhoneCell(cells[3], NumberKind.PHONE), PhoneCell("13800138000", NumberKind.HOME)),
        custom={},
        priority=cells[4],
        appointment=cells[5],
        appointment_agent=cells[6],
        consent=cells[7],
        consent_proof=cells[8],
    )
    checked = check_facts(row, RULE)
    if isinstance(checked, GoodRow):
        assert all(is_e164(number) for number in checked.e164s)
        assert checked.priority in {None, *range(1, 10)}


@pytest.mark.parametrize(
    ("cell", "says_no"), [("否", True), ("No", True), ("", False), ("同意", False)]
)
def test_a_no_is_more_than_an_empty_cell(cell: str, *, says_no: bool) -> None:
    row = good(facts(consent=(cell, "", "")))
    assert row.says_no_consent is says_no
    assert (row.consent is None) is (cell != "同意")
