"""Hints that follow a campaign whose windows or rules were changed.

Owns: making the open contacts due for judging again, a stretch at a time so that a claim never
waits long, and remembering how far that has come. The mark is set in the transaction of the change
itself (`renewed_to`), and whoever comes by goes on from it: the command that made the change, or
the next claim where that command died. Must not judge anybody.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ContactState
from store import schema
from store.facts import is_in_call

# Contacts whose due hints are renewed in one transaction; a claim may be waiting for it.
HINTS_AT_ONCE = 2000

_campaign = schema.campaign
_contact = schema.contact


async def renew_some(connection: AsyncConnection, campaign_id: int, now: datetime) -> bool:
    """Renew the next stretch of hints, if any are of former rules; whether there are more."""
    after: int | None = await connection.scalar(
        select(_campaign.c.renewed_to).where(_campaign.c.id == campaign_id)
    )
    if after is None:
        return False
    last = await _renew_after(connection, campaign_id, after, now)
    await connection.execute(
        update(_campaign).where(_campaign.c.id == campaign_id).values(renewed_to=last)
    )
    return last is not None


async def _renew_after(
    connection: AsyncConnection, campaign_id: int, after: int, now: datetime
) -> int | None:
    """Make the next stretch of open contacts due for judging; None when there is no more."""
    stretch = (
        select(_contact.c.id)
        .where(_contact.c.campaign_id == campaign_id, _contact.c.id > after)
        .order_by(_contact.c.id)
        .limit(HINTS_AT_ONCE)
    ).subquery()
    last: int | None = await connection.scalar(select(func.max(stretch.c.id)))
    if last is None:
        return None
    await connection.execute(
        update(_contact)
        .where(
            _contact.c.campaign_id == campaign_id,
            _contact.c.id > after,
            _contact.c.id <= last,
            _contact.c.state == ContactState.OPEN.value,
            ~is_in_call(_contact.c.id),
        )
        .values(next_attempt_at=now)
    )
    return last
