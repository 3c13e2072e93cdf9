"""Waiting for something to become true, told by a plain look or by one that takes its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

LOOK_EVERY_S = 0.1


async def until(look: Callable[[], bool | Awaitable[bool]], within_s: float, what: str) -> None:
    """Look again and again.

    Raises:
        AssertionError: it did not come within `within_s`.
    """
    give_up = time.monotonic() + within_s
    while True:
        seen = look()
        if seen if isinstance(seen, bool) else await seen:
            return
        if time.monotonic() > give_up:
            raise AssertionError(f"not within {within_s:g} s: {what}")
        await asyncio.sleep(LOOK_EVERY_S)
