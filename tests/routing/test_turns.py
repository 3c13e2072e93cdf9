"""Whose turn it is: nobody overtakes, no place is lost, and no agent is kept for nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.turns import Caller, FreeAgent, Place, turns

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
QUEUES = ("a", "b", "c")


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def place(minute: int, queue: str = "a", name: str = "") -> Place:
    return Place(e164=name or f"+86139{minute:08}", queue=queue, joined_at=at(minute))


def caller(minute: int, queue: str = "a") -> Caller:
    return Caller(queue=queue, joined_at=at(minute))


def agent(name: str, *queues: str) -> FreeAgent:
    return FreeAgent(agent=name, levels=dict.fromkeys(queues or ("a",), 1))


def anybody(_queue: str, _joined_at: datetime) -> int:
    return 1


def test_who_came_first_is_first_on_the_line_or_not() -> None:
    one = agent("1001")
    assert turns([one], [caller(1)], [place(2)], anybody) == {}
    assert turns([one], [caller(2)], [place(1)], anybody) == {"1001": place(1)}
    assert turns([one], [caller(1)], [place(1)], anybody) == {}
    assert turns([one, agent("1002")], [caller(1)], [place(2)], anybody) == {"1002": place(2)}


def test_an_agent_of_another_queue_is_nobodys_turn() -> None:
    other = agent("1001", "b")
    assert turns([other], [], [place(1)], anybody) == {}
    assert turns([other], [caller(0)], [place(1, "b")], anybody) == {"1001": place(1, "b")}


def skilled(name: str, level: int) -> FreeAgent:
    return FreeAgent(agent=name, levels={"a": level})


def test_the_best_agent_is_kept_and_of_equals_the_longest_idle() -> None:
    longest_idle = [skilled("1001", 5), skilled("1002", 9), skilled("1003", 9)]
    assert turns(longest_idle, [], [place(1)], anybody) == {"1002": place(1)}
    assert turns(longest_idle, [caller(0)], [place(1)], anybody) == {"1003": place(1)}


def test_nobody_is_kept_below_the_level_that_the_wait_asks_for() -> None:
    def wider_after_a_minute(_queue: str, joined_at: datetime) -> int:
        return 5 if at(10) - joined_at >= timedelta(minutes=1) else 7

    free = [skilled("1001", 5)]
    assert turns(free, [], [place(10)], wider_after_a_minute) == {}
    assert turns(free, [], [place(9)], wider_after_a_minute) == {"1001": place(9)}
    # A caller who may not have that agent yet does not stand before who may.
    assert turns(free, [caller(10)], [place(9)], wider_after_a_minute) == {"1001": place(9)}


agents = st.lists(st.sets(st.sampled_from(QUEUES), min_size=1), max_size=6).map(
    lambda many: [agent(str(1001 + n), *sorted(q)) for n, q in enumerate(many)]
)
minutes, queues = st.integers(0, 30), st.sampled_from(QUEUES)
callers = st.lists(st.builds(caller, minutes, queues), max_size=8)
places = st.lists(st.builds(place, minutes, queues), max_size=8, unique_by=lambda one: one.e164)


@given(agents, callers, places)
def test_nobody_overtakes_no_place_is_lost_and_nobody_is_kept_for_nothing(
    free: list[FreeAgent], waiting: list[Caller], kept: list[Place]
) -> None:
    found = turns(free, waiting, kept, anybody)
    by_name = {one.agent: one for one in free}
    assert len({one.e164 for one in found.values()}) == len(found)
    assert all(one in kept for one in found.values())
    assert all(one.queue in by_name[name].levels for name, one in found.items())
    left = [one for one in free if one.agent not in found]
    for one in kept:
        if one in found.values():
            # Of those on the line who came before, each finds an agent beside those who are kept.
            for queue in QUEUES:
                earlier = [w for w in waiting if w.queue == queue and w.joined_at <= one.joined_at]
                taken = [n for n, p in found.items() if p.joined_at >= one.joined_at]
                if any(queue in by_name[n].levels for n in taken):
                    assert len(earlier) <= sum(queue in who.levels for who in left)
        else:
            # Whom nobody is kept for has nobody left, but for callers who came before.
            before = [w for w in waiting if w.joined_at <= one.joined_at]
            assert sum(one.queue in who.levels for who in left) <= len(before)
