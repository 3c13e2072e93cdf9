"""How long one decision of the predictive pacer takes: 500 agents, 2,000 calls in flight.

Run by hand: `python benchmarks/pacing_decision.py`. The reference is the progressive decision of
the same floor, which only counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from random import Random

from dialer.pacing import PacingFacts, progressive
from dialer.pacing.predictive import Predictive

AGENTS, CALLS = 500, 2000
DECISIONS = 400
WRITING = 0.3
NOW_S = 300.0


def busy_floor(agents: int, calls: int) -> Predictive:
    random, pacer = Random(7), Predictive(0.03)  # noqa: S311  the same in each run
    happens: list[tuple[float, Callable[[float], None]]] = []
    for agent in range(agents):
        pacer.free(agent, 0.0)
        # A history to learn from: each agent has had a call.
        began = random.uniform(0, 200)
        happens += [
            (began, partial(pacer.dialed, agent)),
            (began + 14, partial(pacer.human, agent)),
            (began + 14, partial(pacer.connected, agent, agent)),
        ]
        if random.random() < WRITING:
            happens.append((began + 14 + random.expovariate(1 / 60), partial(pacer.hung_up, agent)))
    for call in range(calls):
        happens.append((270 + random.uniform(0, 28), partial(pacer.dialed, f"now {call}")))
    for when, event in sorted(happens, key=lambda one: one[0]):
        if when < NOW_S:
            event(when)
    return pacer


def median_us(work: Callable[[], object]) -> float:
    took = []
    for _ in range(DECISIONS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2] * 1e6


def main() -> None:
    facts = PacingFacts(
        running=True,
        stopping=False,
        dialable=True,
        store_ok=True,
        breaker_open=False,
        list_dry=False,
        free_agents=AGENTS,
        calls_alive=CALLS,
        max_calls=10**6,
        cps_room=100,
    )
    simple = median_us(lambda: progressive.decide(facts))
    pacer = busy_floor(AGENTS, CALLS)
    pacer.decide(NOW_S)
    predictive = median_us(lambda: pacer.decide(NOW_S + 0.5))
    print(f"{AGENTS:,} agents, {CALLS:,} calls in flight")
    print(f"progressive {simple:8.1f} us a decision")
    print(f"predictive  {predictive:8.1f} us a decision  x {predictive / simple:,.0f}")


if __name__ == "__main__":
    main()
