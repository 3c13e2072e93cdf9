"""How busy a team is by simulation, as plans of seats take it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.campaign import Mode
from dialer.sim.occupancy import SIZES, USUAL, SimulatedOccupancy
from tests.dialer.sim.booked import same_each_time

PROGRESSIVE = replace(USUAL, mode=Mode.PROGRESSIVE)


def test_one_to_one_it_is_what_a_round_of_fixed_lengths_says_for_every_size() -> None:
    told: list[int] = []
    occupancy = SimulatedOccupancy(PROGRESSIVE, same_each_time(), told.append)
    # 10 s to the answer, 0.3 s to the agent, 80 s of talk and wrap-up, and a tick.
    for agents in (2, 3, 5):
        assert occupancy(agents) == pytest.approx(80 / 90.4, abs=0.01)
    assert list(occupancy.runs) == [2, 5]  # three lie between these
    assert told == [1, 2]
    occupancy.runs[SIZES[-1]] = occupancy.runs[5]
    assert occupancy(5000) == occupancy(5)
