"""Erlang B, C and A against published figures, exact sums, a simulation, and their limits (R8)."""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dialer.staffing.erlang import (
    MOST_AGENTS,
    Target,
    Traffic,
    agents_for,
    erlang_b,
    erlang_c,
    most_kept_busy,
    smallest_team,
    waiting,
)

EIGHTY_IN_20 = Target(share=0.8, within_s=20)


def traffic(load: float, handle_s: float = 180, patience_s: float | None = None) -> Traffic:
    return Traffic(calls_per_hour=load * 3600 / handle_s, handle_s=handle_s, patience_s=patience_s)


traffics = st.builds(
    traffic,
    st.floats(0.01, 300),
    st.floats(20, 1200),
    st.one_of(st.none(), st.floats(0, 3600)),
)
targets = st.builds(Target, share=st.floats(0.05, 0.99), within_s=st.floats(0, 120))


# ── published figures ────────────────────────────────────────────────────────────────────


def test_erlang_b_of_the_usual_table() -> None:
    # Every table of Erlang B: 10 erlangs on 10 lines 21.5 %, 5 on 10 lines 1.8 %.
    assert erlang_b(10, 10) == pytest.approx(0.2146, abs=5e-5)
    assert erlang_b(10, 5) == pytest.approx(0.0184, abs=5e-5)
    assert erlang_b(0, 3) == 1.0


def test_erlang_c_of_the_textbook() -> None:
    # mitan.co.uk, "The Erlang-C formula": 360 calls in half an hour, 4 minutes, 55 agents, 15 s.
    calls = Traffic(calls_per_hour=720, handle_s=240)
    found = waiting(calls, 55, 15)
    assert calls.load == 48
    assert erlang_c(55, 48) == pytest.approx(0.239, abs=5e-4)
    assert found.wait_share == pytest.approx(0.239, abs=5e-4)
    assert found.asa_s == pytest.approx(8.2, abs=0.05)
    assert found.service_level == pytest.approx(0.846, abs=5e-4)
    assert found.occupancy == pytest.approx(0.873, abs=5e-4)


def test_erlang_c_finds_the_team_of_the_textbook() -> None:
    # jonesthenet.com, "Erlang uplift": 250 calls an hour of 330 s, 80 % in 30 s: 28 advisors.
    calls = Traffic(calls_per_hour=250, handle_s=330)
    assert agents_for(calls, Target(share=0.8, within_s=30)) == 28


def test_erlang_a_beside_erlang_c_of_its_authors() -> None:
    # Mandelbaum and Zeltyn, "The Palm/Erlang-A Queue" (after Garnett, Mandelbaum and Reiman,
    # 2002): 50 agents, 48 calls a minute, 1 minute each, patience 2 minutes. Given up 3.1 %, mean
    # wait of all 3.7 s, 3 waiting, agents 93 % busy; without patience 20.8 s, 17 waiting, 96 %.
    with_patience = Traffic(calls_per_hour=2880, handle_s=60, patience_s=120)
    found = waiting(with_patience, 50, 20)
    assert found.abandoned == pytest.approx(0.031, abs=5e-4)
    assert found.abandoned is not None
    assert 120 * found.abandoned == pytest.approx(3.7, abs=0.05)
    assert 48 / 60 * 120 * found.abandoned == pytest.approx(3, abs=0.05)
    assert found.occupancy == pytest.approx(0.93, abs=5e-3)

    endless = waiting(replace(with_patience, patience_s=None), 50, 20)
    assert endless.asa_s == pytest.approx(20.8, abs=0.05)
    assert endless.occupancy == pytest.approx(0.96)


# ── exact sums ───────────────────────────────────────────────────────────────────────────


def summed(load: float, agents: int, haste: float, kept_busy: int = 0) -> tuple[float, float]:
    """The shares that wait and give up, by adding the states of the birth-and-death process up."""
    state, likely, whole = kept_busy, 1.0, 1.0
    waits = 1.0 if kept_busy >= agents else 0.0
    queue = 0.0
    while likely > 1e-18 * whole or state < agents + load:
        state += 1
        likely *= load / (min(state, agents) + max(0, state - agents) * haste)
        whole += likely
        waits += likely if state >= agents else 0.0
        queue += likely * max(0, state - agents)
        if whole > 1e250:
            likely, whole, waits, queue = (one / 1e250 for one in (likely, whole, waits, queue))
    return waits / whole, haste * queue / whole / load


@pytest.mark.parametrize(
    ("load", "agents", "haste"),
    [
        (0.01, 1, 1.0),
        (2, 1, 100.0),
        (6, 8, 3.0),
        (6, 8, 0.01),
        (48, 50, 0.001),
        (100, 50, 0.5),
        (300, 250, 50.0),
        (1000, 1000, 0.3),
        (4900, 5000, 1.0),
        (5000, 4900, 2.0),
    ],
)
def test_the_integrals_agree_with_the_sums(load: float, agents: int, haste: float) -> None:
    found = waiting(traffic(load, patience_s=180 / haste), agents, 20)
    waits, gone = summed(load, agents, haste)
    assert found.wait_share == pytest.approx(waits, rel=1e-9)
    assert found.abandoned == pytest.approx(gone, rel=1e-9)


@pytest.mark.parametrize("kept_busy", [0, 1, 5, 9, 11, 12])
def test_the_floor_of_outbound_calls_agrees_with_the_sums(kept_busy: int) -> None:
    found = waiting(traffic(9, patience_s=120), 12, 20, kept_busy=kept_busy)
    waits, gone = summed(9, 12, 1.5, kept_busy)
    assert found.wait_share == pytest.approx(waits, rel=1e-9)
    assert found.abandoned == pytest.approx(gone, rel=1e-9)


def test_a_floor_among_next_to_no_callers_is_held_all_the_time() -> None:
    # The states below it would be more than 1e300 times as likely as those above.
    found = waiting(traffic(0.05, patience_s=10), 152, 20, kept_busy=52)
    assert found.outbound_load == pytest.approx(52 - 0.05, abs=0.001)
    assert found.occupancy == pytest.approx(52 / 152, rel=1e-4)
    assert waiting(traffic(0.05, patience_s=10), 152, 20).outbound_load == 0


# ── a simulation ─────────────────────────────────────────────────────────────────────────


def simulated(
    calls: Traffic, agents: int, within_s: float, *, kept_busy: int = 0, offered: int = 60_000
) -> tuple[float, float, float, float]:
    """Service level, share given up, mean wait of the answered, and outbound load, event by event.

    It knows nothing of the formulas: callers arrive, wait in a line, lose patience, are served.
    """
    random, busy = Random(8), kept_busy
    ends = [random.expovariate(1 / calls.handle_s) for _ in range(kept_busy)]
    heapq.heapify(ends)
    line: deque[tuple[float, float]] = deque()
    outbound = 0
    waits: list[float] = []
    arrival = 0.0

    def one_free(at: float) -> None:
        nonlocal busy, outbound
        busy -= 1
        while line:
            came, leaves = line.popleft()
            if leaves > at:
                waits.append(at - came)
                heapq.heappush(ends, at + random.expovariate(1 / calls.handle_s))
                busy += 1
                return
        if busy < kept_busy:
            outbound += 1
            heapq.heappush(ends, at + random.expovariate(1 / calls.handle_s))
            busy += 1

    for _ in range(offered):
        arrival += random.expovariate(calls.calls_per_hour / 3600)
        while ends and ends[0] <= arrival:
            one_free(heapq.heappop(ends))
        if busy < agents:
            waits.append(0.0)
            heapq.heappush(ends, arrival + random.expovariate(1 / calls.handle_s))
            busy += 1
        else:
            assert calls.patience_s
            line.append((arrival, arrival + random.expovariate(1 / calls.patience_s)))
    in_time = sum(wait <= within_s for wait in waits)
    gone = offered - len(waits)
    mean_wait = sum(waits) / len(waits)
    return in_time / offered, gone / offered, mean_wait, outbound * calls.handle_s / arrival


@pytest.mark.parametrize(
    ("load", "agents", "patience_s", "kept_busy"),
    [(9, 10, 60, 0), (9, 8, 240, 0), (30, 32, 120, 0), (9, 13, 120, 11), (3, 6, 90, 5)],
)
def test_erlang_a_is_what_happens_in_a_simulation(
    load: float, agents: int, patience_s: float, kept_busy: int
) -> None:
    calls = traffic(load, patience_s=patience_s)
    level, gone, asa_s, outbound = simulated(calls, agents, 20, kept_busy=kept_busy)
    found = waiting(calls, agents, 20, kept_busy=kept_busy)
    assert found.service_level == pytest.approx(level, abs=0.02)
    assert found.abandoned == pytest.approx(gone, abs=0.01)
    assert found.asa_s == pytest.approx(asa_s, rel=0.08)
    assert found.outbound_load == pytest.approx(outbound, abs=0.1)


# ── limits ───────────────────────────────────────────────────────────────────────────────


@given(load=st.floats(0.1, 200), spare=st.integers(1, 30), within_s=st.floats(0, 60))
@settings(deadline=None)
def test_erlang_a_with_patience_without_end_is_erlang_c(
    load: float, spare: int, within_s: float
) -> None:
    agents = math.floor(load) + spare
    # As many agents as work: without patience the wait has no end, and any patience ends it.
    assume(agents - load > 0.001)
    patient = waiting(traffic(load, patience_s=1e10), agents, within_s)
    endless = waiting(traffic(load), agents, within_s)
    assert patient.wait_share == pytest.approx(erlang_c(agents, load), rel=1e-4, abs=1e-9)
    assert patient.service_level == pytest.approx(endless.service_level, rel=1e-4, abs=1e-4)
    assert endless.abandoned == 0


@given(load=st.floats(0.1, 200), agents=st.integers(1, 250))
@settings(deadline=None)
def test_erlang_a_without_patience_is_erlang_b(load: float, agents: int) -> None:
    lost = erlang_b(agents, load)
    for patience_s in (0.0, 1e-9):
        hasty = waiting(traffic(load, patience_s=patience_s), agents, 20)
        assert hasty.abandoned == pytest.approx(lost, rel=1e-6, abs=1e-12)
        assert hasty.service_level == pytest.approx(1 - lost, rel=1e-6)


def test_with_agents_without_end_nobody_waits() -> None:
    for patience_s in (None, 0.0, 60.0):
        found = waiting(traffic(10, patience_s=patience_s), MOST_AGENTS, 0)
        assert found.service_level == pytest.approx(1)
        assert found.wait_share == pytest.approx(0)
        assert found.asa_s == pytest.approx(0)


def test_where_nobody_calls_nobody_is_needed_and_there_is_no_share_of_nothing() -> None:
    calls = traffic(0)
    found = waiting(calls, 3, 20)
    assert agents_for(calls, EIGHTY_IN_20) == 0
    assert found.service_level is found.asa_s is found.abandoned is None
    assert found.occupancy == 0
    assert waiting(calls, 0, 20).occupancy is None


@pytest.mark.parametrize(("patience_s", "gone"), [(None, 0.0), (60.0, 1.0)])
def test_where_nobody_is_there_nobody_is_answered(patience_s: float | None, gone: float) -> None:
    found = waiting(traffic(3, patience_s=patience_s), 0, 20)
    assert (found.service_level, found.wait_share, found.abandoned) == (0.0, 1.0, gone)
    assert found.asa_s is None


def test_a_queue_that_only_grows_answers_nobody_in_time() -> None:
    found = waiting(traffic(10), 10, 20)
    assert (found.service_level, found.asa_s, found.occupancy) == (0.0, None, 1.0)
    assert most_kept_busy(traffic(10), 10, EIGHTY_IN_20) is None


@pytest.mark.parametrize("agents", [1, 100, MOST_AGENTS])
@pytest.mark.parametrize("patience_s", [1e-6, 1.0, 1e4, 1e9, 1e15])
@pytest.mark.parametrize("part", [1e-6, 0.5, 0.999, 1.0, 1.001, 2.0, 10.0])
def test_no_figure_is_ever_nonsense(agents: int, patience_s: float, part: float) -> None:
    found = waiting(traffic(part * agents, patience_s=patience_s), agents, 20)
    for share in (found.service_level, found.wait_share, found.abandoned, found.occupancy):
        assert share is not None
        assert -1e-12 <= share <= 1 + 1e-12
    assert found.asa_s is None or found.asa_s >= 0


# ── more of one, less of the other ───────────────────────────────────────────────────────


@given(traffic=traffics, agents=st.integers(1, 320), within_s=st.floats(0, 120))
@settings(deadline=None)
def test_one_agent_more_never_makes_it_worse(
    traffic: Traffic, agents: int, within_s: float
) -> None:
    fewer, more = (waiting(traffic, some, within_s) for some in (agents, agents + 1))
    assert fewer.service_level is not None
    assert more.service_level is not None
    assert more.service_level >= fewer.service_level - 1e-9
    assert (more.wait_share or 0) <= (fewer.wait_share or 0) + 1e-9
    assert (more.abandoned or 0) <= (fewer.abandoned or 0) + 1e-9


@given(traffic=traffics, target=targets)
@settings(deadline=None)
def test_the_team_is_the_smallest_that_keeps_the_target(traffic: Traffic, target: Target) -> None:
    agents = agents_for(traffic, target)
    enough = waiting(traffic, agents, target.within_s).service_level
    short = waiting(traffic, agents - 1, target.within_s).service_level
    assert enough is not None
    assert short is not None
    assert short - 1e-9 < target.share <= enough + 1e-9


@given(traffic=traffics, target=targets, agents=st.integers(1, 320))
@settings(deadline=None)
def test_outbound_calls_take_what_the_target_leaves_and_no_more(
    traffic: Traffic, target: Target, agents: int
) -> None:
    floor = most_kept_busy(traffic, agents, target)
    if floor is None:
        return
    kept = waiting(traffic, agents, target.within_s, kept_busy=floor)
    assert kept.service_level is not None
    assert kept.service_level >= target.share - 1e-9
    if floor < agents:
        more = waiting(traffic, agents, target.within_s, kept_busy=floor + 1)
        assert more.service_level is not None
        assert more.service_level < target.share + 1e-9
        assert more.outbound_load >= kept.outbound_load - 1e-9


@given(need=st.integers(1, MOST_AGENTS), guess=st.integers(-5, MOST_AGENTS + 5))
def test_the_smallest_team_is_found_from_any_guess(need: int, guess: int) -> None:
    assert smallest_team(lambda agents: agents >= need, guess) == need


# ── refused ──────────────────────────────────────────────────────────────────────────────


def test_a_team_beyond_all_measure_is_refused() -> None:
    with pytest.raises(ValueError, match=str(MOST_AGENTS)):
        agents_for(traffic(MOST_AGENTS + 1), EIGHTY_IN_20)


@pytest.mark.parametrize(
    "wrong",
    [
        {"calls_per_hour": -1.0},
        {"calls_per_hour": math.inf},
        {"handle_s": 0.0},
        {"handle_s": math.nan},
        {"patience_s": -1.0},
    ],
)
def test_figures_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        replace(Traffic(calls_per_hour=10, handle_s=180, patience_s=60), **wrong)


@pytest.mark.parametrize(("share", "within_s"), [(0, 20), (1, 20), (80, 20), (0.8, -1)])
def test_a_target_that_no_team_keeps_is_refused(share: float, within_s: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Target(share=share, within_s=within_s)
