"""Abandoned calls by blocks of days: the arithmetic of 16 CFR 310.4(b)(4)."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.law.abandonment import Answered, block_at, drops_left, is_allowed
from campaigns.law.regulation import AbandonRule, Sure

NEW_YORK = ZoneInfo("America/New_York")
RULE = AbandonRule(source="16 CFR 310.4", sure=Sure.HIGH, share=Fraction(3, 100), block_days=30)
FIRST = datetime(2026, 10, 20, 14, 5, tzinfo=UTC)


def test_thirty_of_a_thousand_are_allowed_and_thirty_one_are_not() -> None:  # kpi 4.4
    assert is_allowed(RULE, Answered(live=1000, abandoned=30))
    assert not is_allowed(RULE, Answered(live=1000, abandoned=31))


def test_day_thirty_one_starts_clean() -> None:  # kpi 4.4
    # The clocks change on 1 November: a block is local days, not hours.
    day_30 = datetime(2026, 11, 18, 23, 59, tzinfo=NEW_YORK).astimezone(UTC)
    day_31 = datetime(2026, 11, 19, tzinfo=NEW_YORK).astimezone(UTC)
    first, second = (block_at(FIRST, NEW_YORK, 30, at) for at in (day_30, day_31))
    assert (first.number, second.number) == (1, 2)
    assert first.ends == second.begins == day_31
    assert first.begins == datetime(2026, 10, 20, tzinfo=NEW_YORK)


def test_a_share_of_nothing_is_no_share() -> None:
    assert Answered(live=0, abandoned=0).share is None
    assert Answered(live=10, abandoned=0).share == 0
    assert is_allowed(RULE, Answered(live=0, abandoned=0))


def test_more_cannot_be_abandoned_than_answered() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Answered(live=1, abandoned=2)


def test_the_first_drop_alone_does_not_stop_a_block_that_is_judged_from_34() -> None:
    rule = AbandonRule(
        source="x" * 3, sure=Sure.HIGH, share=Fraction(3, 100), block_days=30, judged_from=34
    )
    assert is_allowed(rule, Answered(live=1, abandoned=1))
    assert not is_allowed(rule, Answered(live=20, abandoned=2))
    assert drops_left(rule, Answered(live=0, abandoned=0)) == 1


@given(live=st.integers(0, 5_000), more=st.integers(0, 5_000), data=st.data())
def test_who_uses_up_the_drops_that_are_left_stays_allowed_and_one_more_does_not(
    live: int, more: int, data: st.DataObject
) -> None:
    abandoned = data.draw(st.integers(0, live))
    left = drops_left(RULE, Answered(live=live, abandoned=abandoned), expected=more)
    at_the_end = abandoned + left
    if 0 <= at_the_end < live + more:
        assert is_allowed(RULE, Answered(live=live + more, abandoned=at_the_end))
        assert not is_allowed(RULE, Answered(live=live + more, abandoned=at_the_end + 1))


@given(minutes=st.integers(0, 60 * 24 * 400))
def test_every_moment_lies_in_one_block(minutes: int) -> None:
    now = FIRST + timedelta(minutes=minutes)
    block = block_at(FIRST, NEW_YORK, 30, now)
    assert block.begins <= now < block.ends
    days = (block.ends.astimezone(NEW_YORK).date() - block.begins.astimezone(NEW_YORK).date()).days
    assert days == 30
