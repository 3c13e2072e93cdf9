"""What a flow asks before a queue: the agent of last time, the place, and how long it may take.

Owns: the limits of time, and what is said when no answer comes: then the caller goes into the
queue as everybody does. Must not know flows' steps, nor how the engine finds its answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Final

import structlog

from dialer.messages import Ask, EnterQueue, LookAtQueue

log: structlog.stdlib.BoundLogger = structlog.get_logger()

WITHIN_S: Final = 1.0
AS_EVERYBODY: Final[Mapping[str, str]] = {"WAIHU_MARK": "", "WAIHU_POSITION": ""}
"""What stands on the channel of a caller who waits for nobody in particular, behind the others."""

AskEngine = Callable[[Ask], Awaitable[Mapping[str, str]]]
FindAgent = Callable[[str], Awaitable[str]]
"""Who talked to that number last; empty: nobody, or it is not known."""


class FlowQueues:
    """The queues of one engine, as flows see them."""

    def __init__(self, ask: AskEngine, find_agent: FindAgent) -> None:
        self._ask = ask
        self._find_agent = find_agent
        self._numbers = count(1)

    async def last_agent(self, number: str) -> str:
        """The login of who talked to that caller last, if it is found in time."""
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._find_agent(number) if number else ""
        except TimeoutError:
            log.warning("flow.last_agent_unknown", why="the database is slow")
        return ""

    async def enter(
        self, call: str, queue: str, *, last_agent: str, waited_s: float
    ) -> Mapping[str, str]:
        """The variables with which the caller enters the queue."""
        if not last_agent and waited_s <= 0:
            return AS_EVERYBODY
        ask = EnterQueue(
            ask=self._next_id(), call=call, queue=queue, last_agent=last_agent, waited_s=waited_s
        )
        return {**AS_EVERYBODY, **await self._answer(ask)}

    async def look(self, call: str, queue: str) -> Mapping[str, str]:
        """How the queue stands, as facts; none: it is not known."""
        return await self._answer(LookAtQueue(ask=self._next_id(), call=call, queue=queue))

    async def _answer(self, ask: Ask) -> Mapping[str, str]:
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._ask(ask)
        except TimeoutError:
            log.warning("flow.queue_unanswered", question=type(ask).__name__, call=ask.call)
        return {}

    def _next_id(self) -> str:
        return f"queue:{next(self._numbers)}"
