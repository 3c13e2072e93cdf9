"""The simulated customers' mix: a hundred pairs of digits shared out by percentages."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.lab.customers import DEFAULT_MIX, Behaviour, Pace, behaviour_of, mix_of


@st.composite
def percentages(draw: st.DrawFn) -> dict[str, int]:
    cuts = st.lists(st.integers(0, 100), min_size=len(Behaviour) - 1, max_size=len(Behaviour) - 1)
    marks = [0, *sorted(draw(cuts)), 100]
    return {b: marks[i + 1] - marks[i] for i, b in enumerate(Behaviour)}


@given(percentages())
def test_each_behaviour_gets_as_many_of_the_hundred_as_its_percentage(
    shares: dict[str, int],
) -> None:
    mix = mix_of(shares)
    counted = Counter(behaviour_of(f"+8610555500{n:02}", mix) for n in range(100))
    assert counted == Counter({Behaviour(name): share for name, share in shares.items() if share})


@given(st.integers(0, 10**9))
def test_only_the_last_two_digits_decide(number: int) -> None:
    whole = f"+86{number:010}"
    assert behaviour_of(whole, DEFAULT_MIX) is behaviour_of(whole[-2:], DEFAULT_MIX)


def test_neighbouring_numbers_are_no_procession_of_one_behaviour() -> None:
    first_ten = {behaviour_of(f"{n:02}", DEFAULT_MIX) for n in range(10)}
    assert len(first_ten) >= 3


@pytest.mark.parametrize(
    ("shares", "why"),
    [
        ({"answers": 99}, "sum to 99"),
        ({"answers": 100, "sings": 0}, "unknown behaviour 'sings'"),
        ({"answers": 110, "busy": -10}, "negative"),
    ],
)
def test_a_mix_that_does_not_add_up_is_refused_with_the_reason(
    shares: dict[str, int], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        mix_of(shares)


def test_a_number_without_two_last_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="two digits"):
        behaviour_of("5", DEFAULT_MIX)


def test_a_pace_runs_from_shortest_to_longest() -> None:
    with pytest.raises(ValueError, match="talk_s"):
        Pace(talk_s=(5.0, 1.0))
