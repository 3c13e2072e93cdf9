"""Ids of attempts sort by the time at which they were made, so that a time leads to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dialer.ids import attempt_id, first_id

MOMENTS = st.integers(0, 70 * 365 * 86_400).map(
    lambda s: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


@given(MOMENTS, MOMENTS, st.integers())
def test_what_was_made_before_a_moment_sorts_before_it(
    made: datetime, moment: datetime, seed: int
) -> None:
    one = attempt_id(made, Random(seed))
    assert len(one) == len(first_id(moment)) == 26
    assert (one < first_id(moment)) == (made < moment)
