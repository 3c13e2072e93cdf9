from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer import breaker
from dialer.breaker import Breaker
from dialer.throttle import Throttle


@given(
    cps=st.floats(min_value=0.1, max_value=30, allow_nan=False),
    gaps=st.lists(st.floats(min_value=0, max_value=2, allow_nan=False), max_size=200),
)
def test_calls_a_second_hold_in_every_second(cps: float, gaps: list[float]) -> None:  # I7
    throttle, now, placed = Throttle(cps), 0.0, []
    for gap in gaps:
        now += gap
        if throttle.room(now):
            throttle.take(now)
            placed.append(now)
    window = 1.0 if cps >= 1 else 1.0 / cps
    for start in placed:
        within = [at for at in placed if start <= at < start + window - 1e-9]
        assert len(within) <= max(1, int(cps))


def test_a_call_without_room_is_refused() -> None:
    throttle = Throttle(1)
    throttle.take(0.0)
    with pytest.raises(ValueError, match="no room"):
        throttle.take(0.5)


def test_the_breaker_opens_after_five_failures_and_doubles_its_pause() -> None:
    state, now = Breaker(), 100.0
    for _ in range(4):
        state = breaker.failed(state, now)
    assert not state.is_open(now)
    state = breaker.failed(state, now)
    assert state.is_open(now + 4.9)
    assert not state.is_open(now + 5.0)
    state = breaker.failed(state, now + 5.0)
    assert state.open_until == now + 5.0 + 10.0


def test_the_pause_has_an_end_however_many_failures_come() -> None:
    state, now, random = Breaker(), 0.0, Random(3)
    for _ in range(500):
        now += random.uniform(0, 400)
        state = breaker.failed(state, now)
        assert (state.open_until or 0) - now <= breaker.LONGEST_PAUSE_S


def test_one_sign_of_life_closes_it() -> None:
    state = Breaker(failures=4, pauses=3, open_until=1e9)
    assert state.is_open(0)
    assert not breaker.succeeded().is_open(0)


def test_calls_that_never_ring_become_suspect_after_three() -> None:
    state = Breaker()
    for expected in (False, False, False, True):
        assert state.suspects_trunk is expected
        state = breaker.never_rang(state)
