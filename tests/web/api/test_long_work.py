"""Long work ends with the engine, wherever it is: an engine that stops does not wait for it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dialer.cli_progress import Told
from store.database import Database
from supervisor.web.api.long_work import EngineStoppingError, LongWork
from tests.web.api.conftest import Base

EVER_S = 3_600.0


async def test_a_step_that_waits_is_broken_off_and_may_tidy_up(base: Base) -> None:
    work, begun, tidied = LongWork(), threading.Event(), threading.Event()

    async def waits(_database: Database, _told: Told) -> None:
        begun.set()
        try:
            await asyncio.sleep(EVER_S)
        finally:
            tidied.set()

    under_way = asyncio.create_task(work.run(base.settings, waits))
    assert await asyncio.to_thread(begun.wait, 60)
    work.close()
    with pytest.raises(EngineStoppingError):
        await under_way
    # Its thread ends: nothing else would let the program end.
    assert await asyncio.to_thread(tidied.wait, 60)


async def test_what_is_asked_for_at_the_end_is_not_begun(base: Base) -> None:
    work = LongWork()
    work.close()

    async def never(_database: Database, _told: Told) -> None:
        raise AssertionError

    with pytest.raises(EngineStoppingError):
        await work.run(base.settings, never)
