"""Lists that are shown, whose load died before all of it was carried out: an engine ends them.

Owns: how often it looks. Must not know what a load does (`store.updating`).
"""

from __future__ import annotations

import asyncio

import structlog

from dialer.clock import utc_now
from store.database import Database
from store.errors import StoreError
from store.staging import shown_unfinished

log = structlog.get_logger()

FINISH_LOADS_EVERY_S = 60.0
"""After so long at most an engine does what a load has left undone."""


async def finish_loads(database: Database) -> None:
    """Until cancelled: lists that are shown, whose load died before all of it was carried out."""
    this = asyncio.current_task()
    while True:
        try:
            async with database.reading() as connection:
                are_left = await shown_unfinished(connection)
            if are_left:
                # It brings the table of time zones, which an engine hardly ever needs.
                from store.updating import finish_shown  # noqa: PLC0415

                await finish_shown(database, utc_now())
        except StoreError as error:
            # A query that is cancelled may end as a fault of the connection, and we would stay.
            if this is not None and this.cancelling():
                return
            log.warning("loads.not_finished", fault=str(error))
        await asyncio.sleep(FINISH_LOADS_EVERY_S)
