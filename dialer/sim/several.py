"""Many runs of a plan, side by side on the cores of this machine.

Owns: handing runs out to processes, and their order. A run is the same wherever it is made.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from dialer.sim.forecast import Figures, figures_of
from dialer.sim.plan import Plan

_plans: list[Plan] = []


def _keep(plan: Plan) -> None:
    _plans[:] = [plan]


def _one(agents: int, seed: int) -> Figures:
    return figures_of(_plans[0], agents, seed)


def forecasts(
    plan: Plan,
    staffings: Sequence[int],
    seeds: Sequence[int],
    progressed: Callable[[int, int | None], None],
) -> list[list[Figures]]:
    """The runs of each staffing, one a seed. `progressed`: so many of so many are made."""
    wanted = [(agents, seed) for agents in staffings for seed in seeds]
    cores = min(os.cpu_count() or 1, len(wanted))
    done: dict[tuple[int, int], Figures] = {}
    progressed(0, len(wanted))
    if cores == 1:
        for agents, seed in wanted:
            done[agents, seed] = figures_of(plan, agents, seed)
            progressed(len(done), len(wanted))
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(cores, context, initializer=_keep, initargs=(plan,)) as pool:
            # The longest first: a large floor makes the most calls.
            futures = {pool.submit(_one, *one): one for one in sorted(wanted, reverse=True)}
            for future in as_completed(futures):
                done[futures[future]] = future.result()
                progressed(len(done), len(wanted))
    return [[done[agents, seed] for seed in seeds] for agents in staffings]
