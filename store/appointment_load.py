"""How many appointments a campaign has promised for each half hour of a day.

Owns: that question. Must not know how many are too many.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from store import schema
from store.database import Database

HALF_HOUR: Final = timedelta(minutes=30)
_appointment = schema.appointment


async def promised(
    database: Database, campaign_id: int, since: datetime, until: datetime
) -> dict[datetime, int]:
    """Open appointments by the half hour, counted from `since`, in which they begin.

    Raises:
        StoreError: the database cannot be read.
    """
    query = select(_appointment.c.at).where(
        _appointment.c.campaign_id == campaign_id,
        _appointment.c.closed.is_(None),
        _appointment.c.at >= since,
        _appointment.c.at < until,
    )
    async with database.reading() as connection:
        moments = list(await connection.scalars(query))
    return dict(Counter(since + ((at - since) // HALF_HOUR) * HALF_HOUR for at in moments))
