"""A sample of the load: what is dialed is on file, and an engine at rest is as it was before.

The whole of it, with the memory of an hour, is `make load`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drill.load import Load
from tests.drill.vitals import Sample, chart, memory_kb


@pytest.mark.usefixtures("parts")
async def test_after_the_load_nothing_is_left_over_and_every_call_is_on_file(
    tmp_path: Path,
) -> None:  # I2 I11
    said: list[str] = []
    load = Load(tmp_path, load_s=6.0, cps=4.0, warm_s=9.0, every_s=1.5, say=said.append)
    await load.run()
    assert not load.faults, "\n".join(said)
    assert load.figures.calls_dialed == sum(
        count for outcome, count in load.figures.ended_as.items() if outcome != "not_sent"
    )
    assert load.figures.calls_dialed > 10
    assert load.samples[0].at_s < load.samples[-1].at_s


def sample(at_s: float, rss_kb: int) -> Sample:
    return Sample(
        at_s=at_s,
        rss_kb=rss_kb,
        files=1,
        threads=1,
        tasks=1,
        waiting=0,
        calls=0,
        channels=0,
        database_kb=1,
    )


def test_memory_is_compared_by_the_medians_of_the_first_steady_span_and_of_the_last() -> None:
    taken = [sample(at, rss) for at, rss in ((0, 50), (300, 100), (600, 100), (3300, 120))]
    assert memory_kb(taken, 300, 300) == (100, 120)
    assert chart(taken, lambda one: one.rss_kb).endswith(" 120")
