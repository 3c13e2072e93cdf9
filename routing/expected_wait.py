"""How long a caller who joins a queue now will wait, on average (R10).

Owns: the formula. With all agents busy one of c becomes free every h/c seconds, where h is the
average handle time (`aht`: talk, hold and after-call work); who joins behind n others waits for
n + 1 of these. Nobody's patience is reckoned with, so it is never too short for that reason.
"""

from __future__ import annotations


def expected_wait_s(
    *, waiting: int, free: int, serving: int, handle_s: float | None
) -> float | None:
    """Seconds until an agent has the call.

    `waiting`: callers in front; `free`, `serving`: agents who are free, and who are at work at all.
    None: nobody serves the queue, or no call of it was handled yet: then nothing is known.
    """
    if free > waiting:
        return 0.0
    if serving == 0 or handle_s is None:
        return None
    return (waiting + 1 - free) * handle_s / serving
