"""Hours of a floor in a second: the real engine and store in worlds where much goes wrong.

Each world checks the house's invariants all along (`world_audit`), comes to rest, and must dial
again afterwards. A world that fails names its kind and seed and tells its last events.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.dialer.world import World
from tests.dialer.world_plans import plan_of


async def lives_through(kind: str, seed: int, empty_file: Path, tmp_path: Path) -> World:
    file = tmp_path / "world.sqlite3"
    shutil.copy(empty_file, file)
    world = World(seed, plan_of(kind, seed), file)
    await world.run()
    return world


@pytest.mark.parametrize("seed", range(4))
async def test_a_calm_floor_bridges_whom_it_reaches(
    seed: int, empty_file: Path, tmp_path: Path
) -> None:
    world = await lives_through("calm", seed, empty_file, tmp_path)
    assert world.audit.placed >= 5
    assert world.audit.bridged
    assert world.process is not None
    assert world.process.findings == []  # an audit finds nothing where every word arrives


@pytest.mark.parametrize("seed", range(8))
async def test_lost_doubled_and_late_words_and_a_busy_store_break_no_rule(
    seed: int, empty_file: Path, tmp_path: Path
) -> None:
    await lives_through("noisy", seed, empty_file, tmp_path)


async def test_preview_campaigns_are_among_these_worlds(empty_file: Path, tmp_path: Path) -> None:
    seeds = [seed for seed in range(8) if plan_of("noisy", seed).previews][-3:]
    audits = [(await lives_through("noisy", seed, empty_file, tmp_path)).audit for seed in seeds]
    assert sum(audit.previews_dialed for audit in audits)
    assert sum(audit.skips for audit in audits)


@pytest.mark.parametrize("seed", range(8))
async def test_a_link_that_is_cut_again_and_again_breaks_no_rule(
    seed: int, empty_file: Path, tmp_path: Path
) -> None:
    await lives_through("link", seed, empty_file, tmp_path)


@pytest.mark.parametrize("seed", range(8))
async def test_an_engine_killed_between_any_two_effects_breaks_no_rule(
    seed: int, empty_file: Path, tmp_path: Path
) -> None:
    world = await lives_through("crashing", seed, empty_file, tmp_path)
    assert world.lives > 1


@pytest.mark.parametrize("seed", [0, 1, 2, 4])  # in these an agent speaks while it is locked
async def test_a_database_that_is_locked_again_and_again_breaks_no_rule_and_loses_no_word(
    seed: int, empty_file: Path, tmp_path: Path
) -> None:
    world = await lives_through("locked", seed, empty_file, tmp_path)
    assert world.audit.placed >= 5
    assert world.audit.words_kept


@pytest.mark.parametrize("seed", range(8))
async def test_everything_that_can_go_wrong_at_once_breaks_no_rule(
    seed: int, empty_file: Path, tmp_path: Path
) -> None:
    await lives_through("all", seed, empty_file, tmp_path)


@pytest.mark.parametrize("seed", range(4))
async def test_a_clock_that_is_set_again_and_again_breaks_no_rule(
    seed: int, empty_file: Path, tmp_path: Path
) -> None:
    await lives_through("clocks", seed, empty_file, tmp_path)


async def test_the_rules_hold_over_midnight_and_closed_windows(
    empty_file: Path, tmp_path: Path
) -> None:
    await lives_through("midnight", 0, empty_file, tmp_path)
