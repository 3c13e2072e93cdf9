"""However large the terminal is, and however much there is to show, every band has its lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from supervisor.terminal_board.heights import EDGES, Heights, shared_out

SIZES = st.integers(min_value=24, max_value=200)
WANTS = st.integers(min_value=1, max_value=400)


def used(shares: Heights) -> int:
    return shares.figures + shares.work + (shares.agents or 0) + shares.outcomes + shares.alarms


@given(SIZES, WANTS, WANTS, WANTS)
def test_nothing_is_given_out_twice(lines: int, work: int, agents: int, alarms: int) -> None:
    shares = shared_out(lines, work=work, agents=agents, alarms=alarms)
    room = lines - EDGES
    if shares.agents is None:
        assert used(shares) + min(agents, 3) <= room, "some lines are left to the agents"
    else:
        assert used(shares) == room


@given(SIZES, WANTS, WANTS, WANTS)
def test_nobody_has_more_than_asked_for(lines: int, work: int, agents: int, alarms: int) -> None:
    shares = shared_out(lines, work=work, agents=agents, alarms=alarms)
    assert shares.work <= work
    assert shares.alarms <= alarms


def test_at_80_by_24_all_four_bands_are_there() -> None:
    shares = shared_out(24, work=9, agents=40, alarms=30)
    assert (shares.figures, shares.work, shares.alarms) == (3, 7, 4)
    assert (shares.agents, shares.outcomes) == (None, 0)
