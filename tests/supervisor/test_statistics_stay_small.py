"""Memory of the figures: by what lives and a short row of ended calls, never by the day's calls.

A growth of about 100 B a call was seen once: the ids of ended attempts that are remembered, so
that a late word revives none. It ends with the last of `ENDED_KEPT`, at about 1 MB.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.outcomes import Outcome
from dialer.messages import Now
from supervisor.statistics import Statistics

KEPT = 100
AT_FIRST, LATER = 1_000, 4_000
START = Now(utc=datetime(2026, 11, 23, 1, tzinfo=UTC), mono=1_000.0)


def moment(nth: int) -> Now:
    past = nth * 0.3
    return Now(utc=START.utc + timedelta(seconds=past), mono=START.mono + past)


def dials(statistics: Statistics, nth: int) -> None:
    attempt, now = f"{nth:026d}", moment(nth)
    statistics.call_placed(attempt, "spring", now)
    statistics.call_answered(attempt, now)
    statistics.call_bridged(attempt, now)
    statistics.call_ended(attempt, Outcome.SUCCESS, now)


def takes_a_caller(statistics: Statistics, nth: int) -> None:
    call, queue, now = f"1795319876.{nth}", "waihu-inbound", moment(nth)
    statistics.queue_joined(call, queue, now, number="13900000000")
    if nth % 2:
        statistics.queue_connected(call, queue, "1001", now)
    else:
        statistics.queue_abandoned(call, queue, now)
    statistics.call_gone(call, now)
    statistics.take_ended_stays()


@pytest.mark.parametrize("call", [dials, takes_a_caller])
def test_after_the_short_memory_is_full_no_call_adds_to_it(  # I11
    call: Callable[[Statistics, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supervisor.statistics.ENDED_KEPT", KEPT)
    statistics = Statistics(ZoneInfo("Asia/Shanghai"))
    tracemalloc.start()
    try:
        for nth in range(AT_FIRST):
            call(statistics, nth)
        before, _ = tracemalloc.get_traced_memory()
        for nth in range(AT_FIRST, LATER):
            call(statistics, nth)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / (LATER - AT_FIRST) < 1.0
