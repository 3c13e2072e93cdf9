"""A connection is made again and again, and ends when it is told to (R18)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import pairwise
from random import Random

import pytest
from structlog.testing import capture_logs

from supervisor.sinks.reconnecting import (
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    PeerAwayError,
    kept_connected,
)
from supervisor.sinks.standing import Standing
from tests.supervisor.sinks.stage import utc_now


async def test_a_cancel_that_a_library_swallows_ends_the_sink_all_the_same() -> None:
    begun = asyncio.Event()

    async def serve() -> None:
        """What `asyncio.wait_for` does before Python 3.12, where the answer is just there."""
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    task = asyncio.create_task(kept_connected(serve, Standing("one", utc_now), Random(1)))
    await begun.wait()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=30.0)
    assert done == {task}
    assert task.cancelled()


@pytest.mark.looptime
async def test_a_fault_that_lasts_is_logged_once_and_waited_out_longer_and_longer() -> None:
    tries: list[float] = []

    async def away() -> None:
        tries.append(asyncio.get_running_loop().time())
        raise PeerAwayError("nobody is there")

    standing = Standing("one", utc_now)
    with capture_logs() as logs:
        task = asyncio.create_task(kept_connected(away, standing, Random(1)))
        await asyncio.sleep(60.0)
        task.cancel()
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert [line["event"] for line in logs] == ["sink.down"]
    assert standing.view.fault == "nobody is there"
    assert waits[0] <= FIRST_WAIT_S
    assert max(waits) <= LONGEST_WAIT_S
    assert min(waits[-4:]) >= LONGEST_WAIT_S / 2


def test_a_time_out_is_told_in_words() -> None:
    assert str(PeerAwayError.of(TimeoutError())) == "it does not answer in time"
    assert str(PeerAwayError.of(ValueError("no URL"))) == "no URL"
