"""Which agent gets a call: never one who is not free or lacks the skill, the longest idle among
equals, always the same one (R9, R17).
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.choice import Candidate, Choice, Reason, Wish, choose
from routing.skills import (
    ANYBODY,
    FIRST_MARK,
    LAST_PLACE,
    TOP_LEVEL,
    Need,
    Serving,
    Wider,
    band,
    level_in,
    limit,
    penalty,
)

NOW = 1_000.0
WIDENING = Need(
    queue="waihu-repairs",
    skill="repairs",
    least=3,
    wider=(Wider(after_s=30, least=2), Wider(after_s=60, least=1)),
    last_agent_s=10,
)


def candidate(agent: str, *, level: int = 3, idle_s: float = 0.0, free: bool = True) -> Candidate:
    return Candidate(agent=agent, free=free, level=level, idle_since=NOW - idle_s)


def names(choice: Choice) -> list[str]:
    return [one.agent for one in choice.order]


levels = st.integers(1, TOP_LEVEL)
candidates = st.lists(
    st.builds(
        Candidate,
        agent=st.integers(1000, 1050).map(str),
        free=st.booleans(),
        level=levels,
        idle_since=st.integers(0, 1000).map(float),
        kept=st.booleans(),
        lent=st.booleans(),
    ),
    unique_by=lambda one: one.agent,
    max_size=12,
)


@st.composite
def needs(draw: st.DrawFn) -> Need:
    down = sorted(draw(st.sets(levels, min_size=1, max_size=4)), reverse=True)
    times = sorted(draw(st.sets(st.integers(1, 300), min_size=len(down) - 1)))
    steps = [Wider(after_s=at, least=least) for at, least in zip(times, down[1:], strict=False)]
    alone_s = draw(st.integers(0, 20))
    return Need(queue="waihu-q", skill="s", least=down[0], wider=tuple(steps), last_agent_s=alone_s)


wishes = st.builds(
    Wish,
    need=needs(),
    waited_s=st.integers(0, 400).map(float),
    last_agent=st.one_of(st.just(""), st.integers(1000, 1050).map(str)),
)


@given(wishes, candidates)
def test_nobody_is_chosen_who_is_not_free_or_has_not_the_level(
    wish: Wish, there: list[Candidate]
) -> None:
    by_name = {one.agent: one for one in there}
    least = wish.need.least_after(wish.waited_s)
    for agent in names(choose(wish, there, NOW)):
        assert by_name[agent].free
        assert by_name[agent].level >= least or agent == wish.last_agent
        assert not by_name[agent].kept or agent == wish.last_agent


@given(wishes, candidates)
def test_the_better_level_is_first_and_the_longest_idle_among_equals(
    wish: Wish, there: list[Candidate]
) -> None:
    by_name = {one.agent: one for one in there}
    order = [by_name[agent] for agent in names(choose(wish, there, NOW))]
    for one, other in pairwise(order):
        if one.agent == wish.last_agent:
            continue
        assert one.level >= other.level
        if one.level == other.level:
            assert one.idle_since <= other.idle_since


@given(wishes, candidates, st.randoms(use_true_random=False))
def test_the_choice_is_the_same_in_whatever_order_agents_are_told(
    wish: Wish, there: list[Candidate], random: object
) -> None:
    mixed = list(there)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # a Random
    assert choose(wish, mixed, NOW) == choose(wish, there, NOW)


@given(wishes, candidates)
def test_everybody_has_a_place_or_a_reason(wish: Wish, there: list[Candidate]) -> None:
    choice = choose(wish, there, NOW)
    told = [one.agent for one in (*choice.order, *choice.others)]
    assert sorted(told) == sorted(one.agent for one in there)


def test_the_last_agent_is_first_whatever_the_level() -> None:
    there = [candidate("1001"), candidate("1002", level=1), candidate("1003", level=9)]
    wish = Wish(need=WIDENING, last_agent="1002")
    choice = choose(wish, there, NOW)
    assert names(choice) == ["1002"], "for so long nobody else"
    assert choice.order[0].reason is Reason.LAST_AGENT


def test_a_busy_last_agent_is_waited_for_and_not_for_ever() -> None:
    there = [candidate("1001"), candidate("1002", free=False)]
    early = choose(Wish(need=WIDENING, last_agent="1002", waited_s=4), there, NOW)
    assert (names(early), early.waits_s) == ([], 6)
    assert {one.agent: one.reason for one in early.others} == {
        "1001": Reason.WAITS_FOR_LAST_AGENT,
        "1002": Reason.NOT_FREE,
    }
    late = choose(Wish(need=WIDENING, last_agent="1002", waited_s=10), there, NOW)
    assert names(late) == ["1001"]


def test_a_last_agent_who_does_not_serve_the_queue_is_not_waited_for() -> None:
    choice = choose(Wish(need=WIDENING, last_agent="1009"), [candidate("1001")], NOW)
    assert names(choice) == ["1001"]


@pytest.mark.parametrize(
    ("waited_s", "served_by"),
    [(0, ["1003"]), (30, ["1003", "1002"]), (60, ["1003", "1002", "1001"])],
)
def test_a_need_widens_as_time_passes(waited_s: float, served_by: list[str]) -> None:
    there = [candidate(f"100{level}", level=level, idle_s=50 - level) for level in (1, 2, 3)]
    assert names(choose(Wish(need=WIDENING, waited_s=waited_s), there, NOW)) == served_by


# ── what an agent brings ─────────────────────────────────────────────────────────────────


@given(needs(), st.dictionaries(st.sampled_from(["s", "t"]), levels), st.booleans())
def test_who_lacks_the_skill_does_not_serve_the_queue_listed_or_not(
    need: Need,
    skills: dict[str, int],
    listed: bool,  # noqa: FBT001  drawn
) -> None:
    serving = Serving(skills=skills, listed=(need.queue,) if listed else ())
    level = level_in(need, serving)
    assert (level is not None) == (skills.get("s", 0) >= need.lowest)


def test_who_is_lent_serves_that_queue_alone_and_new_callers_too() -> None:
    serving = Serving(skills={"repairs": 1}, listed=("waihu-sales",), lent="waihu-repairs")
    assert level_in(WIDENING, serving) == WIDENING.least
    assert level_in(Need(queue="waihu-sales"), serving) is None
    assert level_in(WIDENING, Serving(skills={"repairs": 9}, lent="waihu-repairs")) == 9


def test_a_queue_without_a_skill_is_served_by_those_on_its_list() -> None:
    assert level_in(Need(queue="waihu-a"), Serving(skills={}, listed=("waihu-a",))) == 1
    assert level_in(Need(queue="waihu-a"), Serving(skills={"repairs": 9})) is None


# ── what app_queue is told ───────────────────────────────────────────────────────────────


@given(levels, levels, st.integers(0, 10_000), st.integers(0, 10_000))
def test_app_queue_sorts_by_level_then_place(one: int, other: int, here: int, there: int) -> None:
    if one > other:
        assert penalty(one, here) < penalty(other, there)
    assert band(one) <= penalty(one, here) <= limit(one)
    assert limit(1) < FIRST_MARK <= ANYBODY


@given(needs())
def test_the_steps_let_in_at_each_time_whom_the_choice_lets_in(need: Need) -> None:
    *steps, last = need.steps
    for at, up_to in steps:
        assert up_to == limit(need.least_after(at))
    assert last[1] == ANYBODY
    assert [at for at, _ in need.steps] == sorted({at for at, _ in need.steps})


def test_no_penalty_is_more_than_app_queue_can_reckon_with() -> None:
    most = 2**31 - 1
    assert most >= (ANYBODY + 1) * 1_000_000
    assert penalty(1, LAST_PLACE) < FIRST_MARK
