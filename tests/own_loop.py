"""Work in an event loop of its own, for fixtures of the whole session."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine


def in_a_loop_of_its_own(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Tests have their own loops; a thread keeps this one apart from them."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(work())).result()
