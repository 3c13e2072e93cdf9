"""Do-not-call patterns: how they are written, whom they bar, and until when."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.do_not_call import Barred, Patterns, is_plain, read_pattern

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
DIGITS = st.text("0123", min_size=3, max_size=6)
PATTERNS = st.from_regex(r"\+[123][0-3]{2}[0-3?]{0,4}\*?", fullmatch=True)
NUMBERS = st.from_regex(r"\+[123][0-3]{2,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+8613800000000", "+8613800000000"),
        ("+86 138-0000-0000", "+8613800000000"),
        ("+8610*", "+8610*"),
        ("＋８６１３８？？？？００００", "+86138????0000"),
        ("+1 (305) *", "+1305*"),
    ],
)
def test_a_pattern_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert read_pattern(typed) == kept
    assert read_pattern(kept) == kept
    assert is_plain(kept) == kept[1:].isdigit()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("8610*", "no country code"),
        ("", "no country code"),
        ("+86*", "fewer than 3 digits"),
        ("+*", "fewer than 3 digits|no pattern"),
        ("+????????????", "fewer than 3 digits"),
        ("+86*10", r"a \* in the middle"),
        ("+8610%", "no pattern of a number"),
        ("+86' or 1=1 --", "no pattern of a number"),
        ("+0861012345", "begins with a 0"),
        ("+86101234567890123", "longer than the 15 digits"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_pattern(typed)


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_a_clear_no(text: str) -> None:
    try:
        kept = read_pattern(text)
    except ValueError:
        return
    assert re.fullmatch(r"\+[1-9?][0-9?]{2,14}\*?", kept)


@given(patterns=st.lists(PATTERNS, max_size=20), e164=NUMBERS)
def test_many_patterns_bar_what_one_of_them_does(patterns: list[str], e164: str) -> None:
    found = Patterns([Barred(pattern=pattern) for pattern in patterns]).match(e164, 1, NOW)
    fitting = [pattern for pattern in patterns if re.fullmatch(as_expression(pattern), e164)]
    assert (found is not None) == bool(fitting)
    assert found is None or found.pattern in fitting


def as_expression(pattern: str) -> str:
    return re.escape(pattern).replace(r"\?", "[0-9]").replace(r"\*", "[0-9]*")


def test_an_entry_bars_until_it_expires_and_not_a_moment_longer() -> None:
    until = NOW + timedelta(hours=1)
    patterns = Patterns([Barred(pattern="+8610*", expires_at=until)])
    assert patterns.match("+861012345678", 1, until - timedelta(microseconds=1)) is not None
    assert patterns.match("+861012345678", 1, until) is None


def test_an_entry_of_one_campaign_bars_no_other() -> None:
    patterns = Patterns([Barred(pattern="+8610*", campaign_id=7)])
    assert patterns.match("+861012345678", 7, NOW) is not None
    assert patterns.match("+861012345678", 8, NOW) is None


def test_what_has_expired_does_not_hide_what_holds() -> None:
    gone = Barred(pattern="+8610*", expires_at=NOW)
    holds = Barred(pattern="+8610????????", reason="refused")
    assert Patterns([gone, holds]).match("+861012345678", 1, NOW) == holds


def test_ten_thousand_patterns_are_no_slower_than_the_length_of_a_number() -> None:
    patterns = Patterns(Barred(pattern=f"+86{prefix}*") for prefix in range(10_000, 20_000))
    assert patterns.match("+8615555123456", 1, NOW) is not None
    assert patterns.match("+8625555123456", 1, NOW) is None
