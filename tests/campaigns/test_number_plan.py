"""The short way to a number says what the library says, wherever it says anything."""

from __future__ import annotations

from itertools import islice
from random import Random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import timezone

from campaigns.phone.number_plan import plan_of
from campaigns.phone.number_zones import zones_of
from campaigns.phone.numbers import GoodNumber, NumberKind, by_plan, read_number
from tests.fuzz.number_walk import TYPES, chinese, differs, of_all_countries

COUNTRIES = ("CN", "US", "GB", "TW", "HK", "DE", "CA", "IT", "RU", "KZ", "MX", "BR")


def test_all_of_chinas_prefixes_are_read_as_the_library_reads_them() -> None:
    found = [differs(text, "CN") for text in chinese(4, Random(1))]
    assert True not in found
    assert found.count(False) > 5_000


def test_numbers_of_every_country_are_read_as_the_library_reads_them() -> None:
    found = [differs(*one) for one in islice(of_all_countries(Random(2)), 10_000)]
    assert True not in found
    assert found.count(False) > 3_000


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"\A\+?[0-9]{1,20}\Z"), st.sampled_from(COUNTRIES))
def test_no_digits_at_all_are_read_otherwise(text: str, country: str) -> None:
    assert not differs(text, country)


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("13800138000", "+8613800138000"),
        ("+8613800138000", "+8613800138000"),
        ("008613800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("013800138000", "+8613800138000"),
        ("02158781234", "+862158781234"),
        ("2158781234", "+862158781234"),
        ("+12025550143", "+12025550143"),
        ("0085221234567", "+85221234567"),
    ],
)
def test_the_plain_forms_go_the_short_way(text: str, e164: str) -> None:
    number = by_plan(text, "CN")
    assert number is not None
    assert number.e164 == e164


def test_every_country_has_a_plan() -> None:
    assert [region for region in phonenumbers.SUPPORTED_REGIONS if plan_of(region) is None] == []
    assert plan_of("nowhere") is None
    assert plan_of("cn") is None


@pytest.mark.parametrize(
    ("text", "country", "kind", "region"),
    [
        ("13800138000", "CN", NumberKind.MOBILE, "CN"),
        ("021-58781234", "CN", NumberKind.FIXED, "CN"),
        ("800-820-8820", "CN", NumberKind.TOLL_FREE, "CN"),
        ("400-820-8820", "CN", NumberKind.PHONE, "CN"),
        ("(416) 555-0143", "US", NumberKind.PHONE, "CA"),
        ("+1 800 555 0143", "CN", NumberKind.TOLL_FREE, "US"),
        ("+44 7400 123456", "GB", NumberKind.MOBILE, "GB"),
        ("+44 1534 456789", "GB", NumberKind.FIXED, "JE"),
        ("+800 1234 5678", "CN", NumberKind.TOLL_FREE, ""),
        ("02 1234 5678", "IT", NumberKind.FIXED, "IT"),
    ],
)
def test_a_number_knows_its_kind_and_its_country(
    text: str, country: str, kind: NumberKind, region: str
) -> None:
    number = read_number(text, country)
    assert isinstance(number, GoodNumber)
    assert (number.kind, number.country) == (kind, region)


def test_a_number_that_is_only_possible_has_the_country_of_its_code() -> None:
    number = read_number("021 0000 1234", "CN", "possible")
    assert isinstance(number, GoodNumber)
    assert (number.e164, number.kind, number.country) == ("+862100001234", NumberKind.PHONE, "CN")


def examples() -> list[phonenumbers.PhoneNumber]:
    found = (
        phonenumbers.example_number_for_type(region, kind)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in TYPES
    )
    return [one for one in found if one is not None and phonenumbers.is_valid_number(one)]


def test_the_zones_of_a_number_are_the_librarys() -> None:
    compared = 0
    for example in examples():
        e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        number = read_number(e164, "CN")
        # Two of the examples are too short for us, or to be dialed from abroad.
        if isinstance(number, GoodNumber):
            known = timezone.time_zones_for_number(example)
            assert zones_of(number) == tuple(zone for zone in known if zone != "Etc/Unknown")
            compared += 1
    assert compared > 1_000
