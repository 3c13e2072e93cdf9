"""What people write in phone columns, and what may go into a dial string."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.phone.numbers import NumberCheck, NumberRefusal, is_e164, to_e164


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("0086 138 0013 8000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("021-58781234", "+862158781234"),
        ("(021) 5878.1234", "+862158781234"),
        ("（021）５８７８－１２３４", "+862158781234"),
        ("１３８００１３８０００", "+8613800138000"),
        ("400-820-8820", "+864008208820"),
        ("'13800138000", "+8613800138000"),
        ('="13800138000"', "+8613800138000"),
        ("13800138000.0", "+8613800138000"),
        ("\t13800138000\t", "+8613800138000"),
        ("\u202d13800138000\u202c", "+8613800138000"),
        ("tel:+86-138-0013-8000", "+8613800138000"),
        ("'+86 138 0013 8000", "+8613800138000"),
        ("+1 202 555 0143", "+12025550143"),
        ("+886 912 345 678", "+886912345678"),
    ],
)
def test_a_number_is_understood_however_it_is_written(text: str, e164: str) -> None:
    assert to_e164(text, "CN") == e164


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", NumberRefusal.EMPTY),
        (" \u3000 ", NumberRefusal.EMPTY),
        ("-", NumberRefusal.EMPTY),
        ("无", NumberRefusal.LETTERS),
        ("unknown", NumberRefusal.LETTERS),
        ("138OO138000", NumberRefusal.LETTERS),
        ("021-58781234转123", NumberRefusal.EXTENSION),
        ("021-58781234 ext. 5", NumberRefusal.EXTENSION),
        ("02158781234#5", NumberRefusal.EXTENSION),
        ("tel:+862158781234;ext=5", NumberRefusal.EXTENSION),
        ("1.38E+10", NumberRefusal.SCIENTIFIC),
        ("13800138000/13900139000", NumberRefusal.UNSAFE_CHARACTERS),
        ("13800138000&SIP", NumberRefusal.UNSAFE_CHARACTERS),
        ("13800138000@trunk", NumberRefusal.UNSAFE_CHARACTERS),
        ("13800138000,,1", NumberRefusal.UNSAFE_CHARACTERS),
        ("13800138000;", NumberRefusal.UNSAFE_CHARACTERS),
        ("13800138000|x", NumberRefusal.UNSAFE_CHARACTERS),
        ("13800138000\r\nAction: Command", NumberRefusal.UNSAFE_CHARACTERS),
        ("13800138000\n", NumberRefusal.UNSAFE_CHARACTERS),
        ("13800\x00138000", NumberRefusal.UNSAFE_CHARACTERS),
        ("*31#13800138000", NumberRefusal.UNSAFE_CHARACTERS),
        ("138+00138000", NumberRefusal.UNSAFE_CHARACTERS),
        ("123", NumberRefusal.TOO_SHORT),
        ("1", NumberRefusal.TOO_SHORT),
        ("+8613800138000139", NumberRefusal.TOO_LONG),
        ("1" * 10_000, NumberRefusal.TOO_LONG),
        ("10086", NumberRefusal.NO_AREA_CODE),
        ("+999 123456789", NumberRefusal.UNKNOWN_COUNTRY),
        ("1380013800", NumberRefusal.NOT_VALID),
        ("+86 21 0000 1234", NumberRefusal.NOT_VALID),
    ],
)
def test_what_cannot_be_dialed_is_refused_with_the_reason(
    text: str, refusal: NumberRefusal
) -> None:
    assert to_e164(text, "CN") is refusal


def test_numbers_that_nobody_owns_pass_only_where_possible_is_enough() -> None:
    assert to_e164("021 0000 1234", "CN", NumberCheck.POSSIBLE) == "+862100001234"
    assert to_e164("10086", "CN", "possible") is NumberRefusal.NO_AREA_CODE


def test_the_country_reads_numbers_without_a_code() -> None:
    assert to_e164("0912 345 678", "TW") == "+886912345678"
    assert to_e164("13800138000", "nowhere") is NumberRefusal.UNKNOWN_COUNTRY


TYPED = st.text(alphabet="0123456789+-() .,;&@/|#*xX转\r\n\t\0'=\"ext:tel０１２３（）", max_size=40)


@given(
    st.text() | TYPED,
    st.sampled_from(["CN", "US", "TW", "GB", "", "??"]),
    st.sampled_from(NumberCheck),
)
def test_whatever_the_text_only_a_plus_and_digits_come_out(
    text: str, country: str, check: NumberCheck
) -> None:
    number = to_e164(text, country, check)
    if not isinstance(number, NumberRefusal):
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number, re.ASCII)


@given(st.from_regex(r"\A\+86(13[0-9]|15[0-35-9]|18[0-9])[0-9]{8}\Z"))
def test_a_number_that_came_out_goes_in_again_unchanged(e164: str) -> None:
    number = to_e164(e164, "CN", NumberCheck.POSSIBLE)
    assert number == e164
    assert is_e164(number)
