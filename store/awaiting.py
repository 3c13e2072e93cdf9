"""What a start needs of the database, tried until the database takes it.

Owns: the pause between two tries, and that the log hears of it once. Must not know what is done,
nor which faults pass (`StoreError.passes`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from store.errors import StoreError

log = structlog.get_logger()

PAUSE_S = 2.0

CURE = (
    "see what else writes to the database, and whether its disk is full; "
    "the engine goes on by itself"
)


async def awaited(
    work: Callable[[], Awaitable[None]],
    *,
    stopping: asyncio.Event,
    waiting: Callable[[], None],
    pause_s: float = PAUSE_S,
) -> bool:
    """Do `work`, again and again while the database is away; False: `stopping` came first.

    `work` may be done in part, and then once more from its beginning. `waiting` is called after
    each try that failed.

    Raises:
        StoreError: the database refuses, and waiting would not help.
    """
    began_at, faults = time.monotonic(), 0
    while not stopping.is_set():
        try:
            await work()
        except StoreError as error:
            if not error.passes:
                raise
            if not faults:
                log.error("store.awaited", fault=str(error), cure=CURE)  # noqa: TRY400  no bug
            faults += 1
            waiting()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await stopping.wait()
        else:
            if faults:
                log.info("store.came", for_s=round(time.monotonic() - began_at, 1))
            return True
    return False
