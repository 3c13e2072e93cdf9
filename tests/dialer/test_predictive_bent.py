"""Predictive pacing under whatever is told: twice, late, out of order, of nobody known, or not.

The bounds are stated here anew, from the numbers that each decision carries: no call without an
agent, none beyond what its price allows, none beyond so many for each agent, and never stuck.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import astuple
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing import Limit
from dialer.pacing.memory import from_plain, to_plain
from dialer.pacing.predictive import (
    MOST_AT_ONCE,
    MOST_PER_AGENT,
    PERSONS_PER_AGENT,
    Predictive,
    Why,
)
from dialer.pacing.price import PRICE_MOST

CAP = 0.03
RING_TIMEOUT_S = 30.0
LONG_AFTER_S = 100.0
"""Longer than any phone rings, and than anybody waits."""

Told = tuple[str, int, int, float]

_calls = st.integers(0, 8)
_agents = st.integers(0, 5)
_gaps = st.one_of(st.just(0.0), st.floats(0.0, 40.0), st.sampled_from((-3600.0, -1.0, 1e5)))
_OF_A_CALL = ("dialed", "failed", "answered", "human", "abandoned")
_OF_AN_AGENT = ("hung_up", "free", "left")
_REST = ("connected", "only", "steer", "account", "day_began", "block_began", "restart")
_sequences = st.lists(
    st.tuples(st.sampled_from(_OF_A_CALL + _OF_AN_AGENT + _REST), _calls, _agents, _gaps),
    max_size=150,
)


def tell(pacer: Predictive, told: Told, now: float) -> Predictive:
    """One event, or one word of the engine; the pacer that goes on."""
    kind, call, agent, _ = told
    words: Mapping[str, Callable[[], None]] = {
        "connected": lambda: pacer.connected(call, agent, now),
        "only": lambda: pacer.only(
            now, in_flight=[call, 99], waiting=[call], free=[agent], talking=[agent, agent + 1]
        ),
        "steer": lambda: pacer.steer(cap=call / 50 - 0.01, aggressiveness=agent / 3),
        "account": lambda: pacer.account(call * 100, agent, call * 90, call),
        "day_began": pacer.day_began,
        "block_began": pacer.block_began,
    }
    if kind == "restart":
        return Predictive(CAP, memory=from_plain(to_plain(pacer.memory())))
    if kind in words:
        words[kind]()
    else:
        getattr(pacer, kind)(agent if kind in _OF_AN_AGENT else call, now)
    return pacer


def check(pacer: Predictive, place: int, why: Why, room: int) -> None:
    standing = pacer.standing
    team = standing["free"] + standing["talking"] + standing["wrapping"]
    aloft = standing["in_flight"] + place
    one_to_one = standing["free"] - standing["waiting"] - standing["in_flight"]
    assert all(count >= 0 for count in standing.values())
    assert standing["judged"] <= standing["in_flight"]
    assert all(math.isfinite(number) for number in astuple(why) if not isinstance(number, Limit))
    assert 0.0 <= why.price <= PRICE_MOST
    assert min(why.expected_free, why.expected_answers, why.answer_rate) >= 0.0
    assert 0 <= place <= room
    if not team:
        assert place == 0
    # A free agent always has a call on its way, as far as the room goes.
    assert place >= min(one_to_one, room)
    if place > max(one_to_one, 0):
        assert aloft <= MOST_PER_AGENT * team
        expected = why.expected_answers + place * why.answer_rate
        assert expected <= PERSONS_PER_AGENT * team + 1e-6


@settings(max_examples=150, deadline=None)
@given(_sequences, st.integers(0, 600))
def test_whatever_is_told_it_never_runs_away_and_is_never_stuck(
    sequence: list[Told], room: int
) -> None:
    pacer = Predictive(CAP, ring_timeout_s=RING_TIMEOUT_S)
    times = list(accumulate(told[3] for told in sequence))
    for told, now in zip(sequence, times, strict=True):
        pacer = tell(pacer, told, now)
        place, why = pacer.decide(now, room)
        check(pacer, place, why, room)
        for call in range(min(place, 3)):
            pacer.dialed(call + told[1], now)
    last = times[-1] if times else 0.0
    place, why = pacer.decide(last + LONG_AFTER_S)
    assert why.in_flight == why.waiting == 0
    assert place >= why.free
    pacer.only(last, free=range(4))
    assert pacer.decide(last)[0] >= 4


_PARTS = ("price", "answers", "failures", "answer_level", "verdicts", "talk", "wrap", "shape")
_junk: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


_numbers = st.floats(0.0, 1e9) | st.sampled_from((0.0, 1e-300, 1.0, 1e9))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(_PARTS), st.integers(0, 200), _numbers | _junk), max_size=9)
)
def test_a_bent_memory_is_refused_or_does_no_harm(bends: list[tuple[str, int, object]]) -> None:
    plain = to_plain(Predictive(CAP).memory())
    for part, at, junk in bends:
        numbers = plain[part]
        if isinstance(numbers, list) and numbers:
            numbers[at % len(numbers)] = junk
        else:
            plain[part] = junk
    memory = from_plain(plain)
    pacer = Predictive(CAP, memory=memory)
    for agent in range(5):
        pacer.free(agent, 0.0)
    place, why = pacer.decide(0.0, 600)
    check(pacer, place, why, 600)
    for call in range(place):
        pacer.dialed(call, 0.0)
        pacer.human(call, 30.0)
    place, why = pacer.decide(30.0, 600)
    check(pacer, place, why, 600)


@given(_junk)
def test_no_junk_is_taken_for_a_memory(junk: object) -> None:
    assert from_plain(junk) is None


@pytest.mark.parametrize("agents", [1, 7, 500])
@pytest.mark.parametrize("persons", [0, 3000])
def test_nothing_but_failures_and_nothing_but_persons_are_no_runaway(
    agents: int, persons: int
) -> None:
    """Zero answers; then all of those in flight answered at once."""
    pacer, now, calls = Predictive(CAP), 0.0, 0
    pacer.account(persons, 0)
    for agent in range(agents):
        pacer.free(agent, now)
    for _ in range(20):
        place, why = pacer.decide(now)
        check(pacer, place, why, MOST_AT_ONCE)
        new = range(calls, calls + place)
        calls += place
        for call in new:
            pacer.dialed(call, now)
        again, why = pacer.decide(now)
        assert again == 0 or place == MOST_AT_ONCE
        check(pacer, again, why, MOST_AT_ONCE)
        now += 30.0
        for call in new:
            pacer.failed(call, now)
    place, _ = pacer.decide(now)
    for call in range(calls, calls + place):
        pacer.dialed(call, now)
    for call in range(calls, calls + place):
        pacer.human(call, now + 9.0)
    assert pacer.decide(now + 9.0)[0] == 0
    now += 11.0
    for at, call in enumerate(range(calls, calls + place)):
        if at < agents:
            pacer.connected(call, at, now)
        else:
            pacer.abandoned(call, now)
    _, why = pacer.decide(now)
    assert why.waiting == 0
    assert why.left == pytest.approx(CAP * (persons + place) - max(place - agents, 0))
    assert pacer.decide(now + 1.0)[0] == 0


@pytest.mark.parametrize("price", [0.02, 0.1, 0.25])
@pytest.mark.parametrize("agents", [2, 10, 60])
def test_what_is_placed_is_what_the_exact_chance_allows(agents: int, price: float) -> None:
    """Free agents, nobody busy: the next call is lost when as many answers come as agents are."""
    pacer = Predictive(CAP)
    for agent in range(agents):
        pacer.free(agent, 0.0)
    pacer.account(0, 0)
    pacer.steer(cap=CAP * price / pacer.decide(0.0)[1].price)
    place, why = pacer.decide(0.0)
    assert why.price == pytest.approx(price, rel=0.05)
    exact = next(
        calls
        for calls in range(agents, MOST_AT_ONCE)
        if chance_of_at_least(agents, calls, why.answer_rate) > price
    )
    assert place == pytest.approx(exact, rel=0.12, abs=2)


def chance_of_at_least(least: int, calls: int, rate: float) -> float:
    fewer = (
        math.comb(calls, answers) * rate**answers * (1 - rate) ** (calls - answers)
        for answers in range(least)
    )
    return 1 - math.fsum(fewer)
