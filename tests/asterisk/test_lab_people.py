"""What simulated agents say of a call."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.lab.customers import DEFAULT_MIX, Behaviour
from asterisk.lab.people import A_PERSON, Habits, appointment_ahead, word_for
from campaigns.outcomes import Disposition

NOW = datetime(2026, 11, 23, 9, 37, 12, tzinfo=UTC)


def seeded(seed: int) -> Random:
    return Random(seed)  # reproducible people, no secret


def in_the_window(moment: datetime) -> bool:
    return 1 <= moment.hour < 4


HABITS = Habits(mix=DEFAULT_MIX, may_call=in_the_window)


@pytest.mark.parametrize(
    ("behaviour", "word"),
    [
        (Behaviour.FAX, Disposition.FAX),
        (Behaviour.MACHINE, Disposition.MACHINE),
        (Behaviour.HANGS_UP_EARLY, Disposition.UNSUCCESSFUL),
    ],
)
def test_what_is_no_talk_has_one_word(behaviour: Behaviour, word: Disposition) -> None:
    assert word_for(behaviour, seeded(1), HABITS, NOW) == (word, None)


def test_a_person_gives_every_word_about_as_often_as_the_table_says() -> None:
    random = seeded(7)
    said = Counter(word_for(Behaviour.ANSWERS, random, HABITS, NOW)[0] for _ in range(10_000))
    for word, percent in A_PERSON.items():
        assert said[word] == pytest.approx(percent * 100, abs=150)


@given(st.integers())
def test_an_appointment_is_a_quarter_hour_of_the_next_three_days_in_the_window(seed: int) -> None:
    moment = appointment_ahead(seeded(seed), HABITS, NOW)
    assert moment is not None
    assert in_the_window(moment)
    assert (moment.minute % 15, moment.second, moment.microsecond) == (0, 0, 0)
    assert timedelta(0) < moment - NOW < timedelta(days=4)


def test_where_no_time_is_allowed_nobody_makes_an_appointment() -> None:
    closed = Habits(mix=DEFAULT_MIX, may_call=lambda _: False)
    words = [word_for(Behaviour.ANSWERS, seeded(seed), closed, NOW) for seed in range(200)]
    assert all(word is not Disposition.APPOINTMENT and at is None for word, at in words)
