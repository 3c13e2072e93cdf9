"""Waiting for something to become true, with a limit, and saying what did not come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

LOOK_EVERY_S = 0.05

T = TypeVar("T")


async def wait_for(look: Callable[[], Awaitable[T]], *, within_s: float, what: str) -> T:
    """Look again and again until `look` gives something true; that is returned.

    Raises:
        AssertionError: it did not come within `within_s`; says what was seen last.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + within_s
    while True:
        seen = await look()
        if seen:
            return seen
        if clock() > until:
            raise AssertionError(f"not within {within_s:g} s: {what}; last seen: {seen!r}")
        await asyncio.sleep(LOOK_EVERY_S)
