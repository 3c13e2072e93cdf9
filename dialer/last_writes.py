"""The last writes of an engine that ends: waited for where they would be lost with it.

Owns: for how long, and what the log says of those that are left. Must not know what is written.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from dialer.clock import clock
from store.writer import Writer

log = structlog.get_logger()

WRITE_REST_S = 30.0
"""At the end, so long are writes tried that are nowhere but in memory."""

REST_LOOK_S = 0.25


async def write_the_rest(writer: Writer) -> bool:
    """Before we go, everything is on the disk, or the log says what is not.

    What is in the journal is safe: the next start writes it before anything else. Nobody
    waits for a seat. True: nothing is left.
    """
    give_up_at = clock().mono + WRITE_REST_S
    while writer.waiting:
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_LOOK_S):
                await writer.flush()
        if not writer.at_risk or clock().mono >= give_up_at:
            break
    if writer.in_journal:
        log.warning("writes.left_in_journal", writes=writer.in_journal)
    if writer.at_risk:
        log.error("write.given_up", writes=writer.at_risk)
    return not writer.waiting
