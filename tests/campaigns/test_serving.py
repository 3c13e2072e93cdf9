"""The order of serving: ranks, and turns between lists that keep parts of the calls."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns.serving import ServingOrder, next_turn, rank_of

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
A_BIGINT = range(-(1 << 63), 1 << 63)
ids = st.integers(1, (1 << 30) - 1)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  the zone is drawn


def rank(order: ServingOrder, contact: int, tries: int = 0, due: datetime = NINE) -> int:
    return rank_of(order, 1, contact, tries, due)


def test_each_order_serves_as_its_name_says() -> None:
    later = NINE + timedelta(minutes=5)
    assert rank(ServingOrder.WAITING, 2) < rank(ServingOrder.WAITING, 1, due=later)
    assert rank(ServingOrder.OLDEST, 1, due=later) < rank(ServingOrder.OLDEST, 2)
    assert rank(ServingOrder.NEWEST, 2) < rank(ServingOrder.NEWEST, 1)
    assert rank(ServingOrder.LEAST_TRIED, 2, 1, later) < rank(ServingOrder.LEAST_TRIED, 1, 2)
    assert rank(ServingOrder.LEAST_TRIED, 2, 1) < rank(ServingOrder.LEAST_TRIED, 1, 1, later)


def test_chance_stays_the_same_and_differs_between_campaigns() -> None:
    orders = [
        sorted(range(50), key=lambda one: rank_of(ServingOrder.RANDOM, campaign, one, 0, NINE))
        for campaign in (1, 1, 2)
    ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert orders[0] != list(range(50))


@given(st.sampled_from(ServingOrder), ids, ids, st.integers(0, 500), moments)
def test_a_rank_fits_its_column_and_is_of_one_contact(
    order: ServingOrder, one: int, other: int, tries: int, due: datetime
) -> None:
    ranks = {rank(order, one, tries, due), rank(order, other, tries, due)}
    assert all(found in A_BIGINT for found in ranks)
    assert len(ranks) == len({one, other})


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 20), min_size=1), st.integers(1, 300))
def test_no_list_is_ever_more_than_a_turn_of_each_other_off_its_part(
    parts: dict[int, int], turns: int
) -> None:
    credit: dict[int, int] = {}
    served: Counter[int] = Counter()
    for turn in range(1, turns + 1):
        name, credit = next_turn(parts, credit)
        served[name] += 1
        for one, part in parts.items():
            assert abs(served[one] - turn * part / sum(parts.values())) < len(parts)
    assert sum(credit.values()) == 0


def test_seven_parts_of_ten_are_seven_calls_of_ten() -> None:
    credit: dict[int, int] = {}
    served = []
    for _ in range(20):
        name, credit = next_turn({1: 7, 2: 3}, credit)
        served.append(name)
    assert Counter(served) == {1: 14, 2: 6}
    assert served[:4] == [1, 2, 1, 1]


def test_a_list_that_had_nobody_does_not_come_back_with_a_burst() -> None:
    _, credit = next_turn({1: 1, 2: 1}, {})
    for _ in range(100):
        _, credit = next_turn({1: 1}, credit)
    turns = []
    for _ in range(6):
        name, credit = next_turn({1: 1, 2: 1}, credit)
        turns.append(name)
    assert Counter(turns) == {1: 3, 2: 3}
