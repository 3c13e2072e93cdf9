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
    return FreeAgent(agent=name, queues=queues or ("a",))


def test_who_came_first_is_first_on_the_line_or_not() -> None:
    one = agent("1001")
    assert turns([one], [caller(1)], [place(2)]) == {}
    assert turns([one], [caller(2)], [place(1)]) == {"1001": place(1)}
    assert turns([one], [caller(1)], [place(1)]) == {}
    assert turns([one, agent("1002")], [caller(1)], [place(2)]) == {"1002": place(2)}


def test_an_agent_of_another_queue_is_nobodys_turn() -> None:
    assert turns([agent("1001", "b")], [], [place(1)]) == {}
    assert turns([agent("1001", "b")], [caller(0)], [place(1, "b")]) == {"1001": place(1, "b")}


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
    found = turns(free, waiting, kept)
    by_name = {one.agent: one for one in free}
    assert len({one.e164 for one in found.values()}) == len(found)
    assert all(one in kept for one in found.values())
    assert all(one.queue in by_name[name].queues for name, one in found.items())
    left = [one for one in free if one.agent not in found]
    for one in kept:
        if one in found.values():
            # Of those on the line who came before, each finds an agent beside those who are kept.
            for queue in QUEUES:
                earlier = [w for w in waiting if w.queue == queue and w.joined_at <= one.joined_at]
                taken = [n for n, p in found.items() if p.joined_at >= one.joined_at]
                if any(queue in by_name[n].queues for n in taken):
                    assert len(earlier) <= sum(queue in who.queues for who in left)
        else:
            # Whom nobody is kept for has nobody left, but for callers who came before.
            before = [w for w in waiting if w.joined_at <= one.joined_at]
            assert sum(one.queue in who.queues for who in left) <= len(before)
