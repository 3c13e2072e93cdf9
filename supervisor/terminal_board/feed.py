"""Pictures from the running engine, for as long as anybody looks.

Owns: that the board finds the engine again by itself, whenever it comes back. Must not know what is
done with a picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from dialer.client import EngineClient, EngineNotRunningError
from dialer.wire import Do
from supervisor.snapshot import Snapshot, from_json

AGAIN_AFTER_S: Final = 0.5


async def pictures(socket: Path) -> AsyncIterator[Snapshot]:
    """Each picture as it comes, without end.

    Raises:
        ValueError: the engine is of a version that is not understood here.
    """
    while True:
        with suppress(EngineNotRunningError):
            async with EngineClient(socket) as engine:
                async for answer in engine.follow(Do.WATCH):
                    yield from_json(answer.facts)
        await asyncio.sleep(AGAIN_AFTER_S)
