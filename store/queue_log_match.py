"""Which stays of queue_log are on record already, though two clocks have written them.

Owns: the pairing of what two sources tell of the same call in the same queue. Pure.

A call is in a queue once at a time, so its stays are in the same order in both: they are paired in
this order, and where one source has more, so that the moments lie closest. So the clocks of two
machines may differ by as much as APART_S, and one stay does not become two.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

APART_S: Final = 60.0
MOST_WAYS: Final = 10_000
"""A caller who goes round and round between queues is paired in plain order."""


def paired(logged: Sequence[datetime], recorded: Sequence[datetime]) -> list[int | None]:
    """For each stay of the log the index of its record, None where it has none.

    Both are the moments of joining, in order.
    """
    found = _in_order(logged, recorded)
    return [
        record
        if record is not None and abs((at - recorded[record]).total_seconds()) <= APART_S
        else None
        for at, record in zip(logged, found, strict=True)
    ]


def _in_order(logged: Sequence[datetime], recorded: Sequence[datetime]) -> list[int | None]:
    if len(logged) > len(recorded):
        back = _in_order(recorded, logged)
        found: list[int | None] = [None] * len(logged)
        for record, log in enumerate(back):
            if log is not None:
                found[log] = record
        return found
    if len(logged) * len(recorded) > MOST_WAYS:
        return list(range(len(logged)))
    return list(_cheapest(logged, recorded))


def _cheapest(logged: Sequence[datetime], recorded: Sequence[datetime]) -> tuple[int, ...]:
    @cache
    def best(log: int, record: int) -> tuple[float, tuple[int, ...]]:
        """Pair all from here on; each of the log gets a record."""
        if log == len(logged):
            return 0.0, ()
        ways = []
        for place in range(record, len(recorded) - (len(logged) - log) + 1):
            apart = abs((logged[log] - recorded[place]).total_seconds())
            cost, rest = best(log + 1, place + 1)
            ways.append((apart + cost, (place, *rest)))
        return min(ways)

    return best(0, 0)[1]
