"""Keys pressed one after the other, in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.outcomes import Disposition
from dialer.keypad import DEFAULT_KEYS, FORGET_S, Keypad, Press, fault_in
from dialer.messages import Now

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SLOT = "7001"


def at(mono: float) -> Now:
    return Now(utc=START + timedelta(seconds=mono), mono=mono)


def pressed(keys: str, gap_s: float = 0.4) -> list[Disposition | Press]:
    keypad = Keypad(DEFAULT_KEYS)
    return [keypad.press(SLOT, key, at(gap_s * n)) for n, key in enumerate(keys)]


@pytest.mark.parametrize(("keys", "word"), list(DEFAULT_KEYS.items()))
def test_a_word_is_understood_with_its_last_key(keys: str, word: Disposition) -> None:
    assert pressed(keys)[-1] is word
    assert pressed(keys)[:-1] == [Press.BEGUN] * (len(keys) - 1)


def test_a_star_clears_what_was_begun() -> None:
    assert pressed("9*01") == [Press.BEGUN, Press.CLEARED, Press.UNKNOWN, Disposition.SUCCESS]


def test_what_is_no_word_is_forgotten_at_once() -> None:
    assert pressed("91#1")[1:] == [Press.UNKNOWN, Press.UNKNOWN, Disposition.SUCCESS]


def test_an_unfinished_sequence_is_forgotten_after_three_seconds() -> None:
    keypad = Keypad(DEFAULT_KEYS)
    assert keypad.press(SLOT, "9", at(0)) is Press.BEGUN
    assert keypad.press(SLOT, "0", at(FORGET_S)) is Press.UNKNOWN
    assert keypad.press(SLOT, "9", at(10)) is Press.BEGUN
    assert keypad.forget(at(12.9)) == []
    assert keypad.forget(at(13)) == [SLOT]
    assert keypad.forget(at(13)) == []


def test_a_press_that_is_told_twice_is_one_press() -> None:
    keypad = Keypad(DEFAULT_KEYS)
    assert keypad.press(SLOT, "9", at(0)) is Press.BEGUN
    assert keypad.press(SLOT, "9", at(0.01)) is Press.DOUBLED
    assert keypad.press(SLOT, "0", at(0.4)) is Disposition.REFUSED


def test_slots_do_not_hear_each_other() -> None:
    keypad = Keypad(DEFAULT_KEYS)
    assert keypad.press("7001", "9", at(0)) is Press.BEGUN
    assert keypad.press("7002", "0", at(0.2)) is Press.UNKNOWN
    assert keypad.press("7001", "0", at(0.4)) is Disposition.REFUSED


@given(st.text("0123456789*#", max_size=12), st.floats(min_value=0, max_value=2.0))
def test_no_key_told_twice_bars_a_person(keys: str, later_s: float) -> None:
    """However late the second telling comes, it makes no `refused` of what was none."""
    keypad, doubled = Keypad(DEFAULT_KEYS), Keypad(DEFAULT_KEYS)
    once = [keypad.press(SLOT, key, at(3 * n)) for n, key in enumerate(keys)]
    twice = [
        doubled.press(SLOT, key, at(3 * n + again))
        for n, key in enumerate(keys)
        for again in (0, later_s)
    ]
    assert Disposition.REFUSED not in once
    assert Disposition.REFUSED not in twice


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"123": Disposition.SUCCESS}, "not one digit or two"),
        ({"": Disposition.SUCCESS}, "not one digit or two"),
        ({"*1": Disposition.SUCCESS}, "not one digit or two"),
        ({"99": Disposition.REFUSED}, "not one digit or two different ones"),
        ({"9": Disposition.REFUSED}, "for good"),
        ({"4": Disposition.APPOINTMENT}, "needs a time"),
        ({"9": Disposition.FAX, "90": Disposition.REFUSED}, 'the beginning of "90"'),
    ],
)
def test_a_table_that_invites_mistakes_is_refused(
    keys: dict[str, Disposition], complaint: str
) -> None:
    assert complaint in (fault_in(keys) or "")


def test_the_usual_table_keeps_its_own_rules_and_none_is_allowed() -> None:
    assert fault_in(DEFAULT_KEYS) is None
    assert fault_in({}) is None
