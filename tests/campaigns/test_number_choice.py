"""Which number of several is dialed next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.contact import Contact, ContactState, PastAttempt, PhoneNumber
from campaigns.number_choice import NOBODY_THERE, number_to_dial
from campaigns.outcomes import Outcome, rule_of
from campaigns.retry_policy import NumberOrder

START = datetime(2026, 11, 23, 1, tzinfo=UTC)
THREE = tuple(PhoneNumber(id=n, e164=f"+86215555000{n}", position=n) for n in (1, 2, 3))


def contact(*made: tuple[int, Outcome], numbers: tuple[PhoneNumber, ...] = THREE) -> Contact:
    attempts = tuple(
        PastAttempt(
            placed_at=START + timedelta(hours=4 * place),
            outcome=outcome,
            number_id=number_id,
            counted=rule_of(outcome).counted,
        )
        for place, (number_id, outcome) in enumerate(made)
    )
    person = Contact(
        id=1,
        campaign_id=1,
        zone=None,
        state=ContactState.OPEN,
        numbers=numbers,
        attempts=attempts,
        appointment=None,
    )
    for number_id, outcome in made:
        if rule_of(outcome).retires_number:
            person = person.with_retired(number_id, outcome)
    return person


def next_id(person: Contact, order: NumberOrder = NumberOrder.ALTERNATE) -> int | None:
    number = number_to_dial(person, order)
    return None if number is None else number.id


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param([], 1, id="never tried: the first"),
        pytest.param([(1, Outcome.NO_ANSWER)], 2, id="no answer: the next"),
        pytest.param([(1, Outcome.REJECTED)], 2, id="rejected: the next"),
        pytest.param([(1, Outcome.SWITCHED_OFF)], 2, id="switched off: the next"),
        pytest.param([(1, Outcome.MACHINE)], 2, id="a machine: the next"),
        pytest.param([(2, Outcome.BUSY)], 2, id="busy: the same"),
        pytest.param([(3, Outcome.NO_ANSWER)], 1, id="after the last comes the first"),
        pytest.param([(1, Outcome.NO_ANSWER), (2, Outcome.FAILED)], 2, id="ours: the same"),
        pytest.param([(2, Outcome.CONGESTION)], 2, id="congestion: the same"),
        pytest.param([(2, Outcome.ABANDONED)], 2, id="somebody answered there: the same"),
        pytest.param([(2, Outcome.LOST)], 2, id="lost: the same"),
        pytest.param([(1, Outcome.VACANT)], 2, id="vacant: the next good one"),
        pytest.param([(2, Outcome.VACANT), (1, Outcome.NO_ANSWER)], 3, id="past a vacant one"),
        pytest.param([(1, Outcome.VACANT), (3, Outcome.NO_ANSWER)], 2, id="round, past a vacant"),
    ],
)
def test_the_next_number_on_no_answer_the_same_on_busy(
    made: list[tuple[int, Outcome]], expected: int
) -> None:
    assert next_id(contact(*made)) == expected


def test_without_the_strategy_it_is_always_the_first_good_one() -> None:
    tried = contact((1, Outcome.NO_ANSWER))
    assert next_id(tried, NumberOrder.FIRST) == 1
    assert next_id(contact((1, Outcome.VACANT)), NumberOrder.FIRST) == 2


def test_a_number_that_is_gone_from_file_starts_the_round_again() -> None:
    assert next_id(contact((9, Outcome.NO_ANSWER))) == 1


def test_without_a_good_number_there_is_none() -> None:  # R6
    for order in NumberOrder:
        assert next_id(contact(numbers=()), order) is None
        assert next_id(contact((1, Outcome.VACANT), numbers=THREE[:1]), order) is None


@given(st.lists(st.sampled_from(sorted(NOBODY_THERE)), min_size=1, max_size=12))
def test_nobody_there_goes_round_all_numbers_evenly(outcomes: list[Outcome]) -> None:
    made: list[tuple[int, Outcome]] = []
    for outcome in outcomes:
        number_id = next_id(contact(*made))
        assert number_id is not None
        made.append((number_id, outcome))
    assert [number_id for number_id, _ in made] == [1 + n % 3 for n in range(len(made))]


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(Outcome)), max_size=8))
def test_a_retired_number_is_never_chosen(made: list[tuple[int, Outcome]]) -> None:  # R6
    person = contact(*made)
    for order in NumberOrder:
        number = number_to_dial(person, order)
        assert (number is None) == (not person.good_numbers)
        assert number is None or number.retired is None
