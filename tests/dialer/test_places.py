"""Places: the longest idle has the lowest number at every moment, however many come and go."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dialer.places import Places
from routing.skills import PLACES

LOGINS = [str(1000 + n) for n in range(30)]


@given(st.lists(st.tuples(st.sampled_from(LOGINS), st.booleans()), max_size=400))
def test_as_the_switch_hears_it_one_after_the_other_the_order_is_always_right(
    course: list[tuple[str, bool]],
) -> None:
    places, told, since = Places(), dict[str, int](), dict[str, float]()
    for moment, (login, comes) in enumerate(course, start=1):
        if not comes:
            since.pop(login, None)
            continue
        since[login] = float(moment)
        for moved in places.free(login, since[login], since):
            told[moved] = places.of(moved)
            others = [one for one in since if one != login]
            others.sort(key=lambda one: since[one])
            assert [told[one] for one in others] == sorted({told[one] for one in others})
        assert all(told[one] < told[login] for one in since if one != login)


def test_who_was_kept_for_a_call_that_was_none_keeps_the_place() -> None:
    places = Places()
    free = {"1001", "1002"}
    places.free("1001", 10.0, free)
    places.free("1002", 20.0, free)
    assert places.free("1001", 10.0, free) == []
    assert places.of("1001") < places.of("1002")


def test_more_agents_than_there_are_places_share_the_last() -> None:
    places = Places()
    crowd = [str(n) for n in range(PLACES + 20)]
    for n, login in enumerate(crowd):
        places.free(login, float(n), crowd[: n + 1])
    assert places.of(crowd[0]) == 0
    assert places.of(crowd[-1]) == PLACES - 1


def test_when_the_numbers_are_used_up_those_who_are_free_move_down_in_their_order() -> None:
    random, places, told, since = Random(7), Places(), dict[str, int](), dict[str, float]()
    moves = 0
    for moment in range(5 * PLACES):
        login = random.choice(LOGINS)
        since.pop(login, None)
        if random.random() < 0.5:
            continue
        since[login] = float(moment)
        changed = places.free(login, since[login], since)
        moves += len(changed) > 1
        for moved in changed:
            told[moved] = places.of(moved)
            there = sorted((one for one in since if one != login), key=lambda one: since[one])
            numbers = [told[one] for one in there]
            assert numbers == sorted(set(numbers)), "at every moment, as the switch hears it"
        assert all(told[one] < told[login] for one in since if one != login)
    assert moves >= 2
