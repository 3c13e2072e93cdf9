"""A connection that is made again and again, with a wait that grows and is never quite the same.

Owns: the waits. Must not know to whom the connection is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from supervisor.sinks.standing import Standing

FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 5.0
"""A broker that is back is found within this: viewers must not wait for minutes."""

GROWTH: Final = 2.0


class PeerAwayError(Exception):
    """The peer is away, refuses us, or does not answer in time; the text says which."""

    @classmethod
    def of(cls, error: Exception) -> PeerAwayError:
        """The same, in the words of what was raised; a time-out has none of its own."""
        silent = isinstance(error, TimeoutError) or not str(error)
        return cls("it does not answer in time" if silent else str(error))


def heed_the_end() -> None:
    """Raise CancelledError where this task was cancelled and did not notice.

    Libraries wait by `asyncio.wait_for`, which before Python 3.12 swallows a cancel that comes in
    the same moment as the answer (gh-86296): a sink would go on for ever, and the engine's end
    would wait for it. Called after each round trip, outside of any time-out.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def kept_connected(
    serve: Callable[[], Awaitable[None]], standing: Standing, random: Random
) -> None:
    """Serve, and begin anew after each PeerAwayError, until cancelled.

    The wait is a random part, at least half, of one that doubles up to LONGEST_WAIT_S; a
    connection that has stood begins with the shortest again.
    """
    wait_s = FIRST_WAIT_S
    while True:
        try:
            await serve()
        except PeerAwayError as error:
            if standing.is_up:
                wait_s = FIRST_WAIT_S
            standing.went_down(str(error))
        heed_the_end()
        await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))
        wait_s = min(wait_s * GROWTH, LONGEST_WAIT_S)
