"""Hints that follow a campaign whose windows or rules were changed.

Owns: making the open contacts due for judging again, a stretch at a time so that a claim never
waits long, and remembering how far that has come. The mark is set in the transaction of the change
itself (`renewed_to`), and whoever comes by goes on from it: the command that made the change, or
the next claim where that command died. Must not judge anybody.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ContactState
from store import schema
from store.facts import is_in_call

# Contacts whose due hints are renewed in one transaction; a claim may be waiting for it.
HINTS_AT_ONCE = 2000

_campaign = schema.campaign
_contact = schema.contact


async def renew_some(
    connection: AsyncConnection,
    campaign_id: int,
    now: datetime,
    *,
    at_once: int | None = None,
    without: AbstractSet[int] = frozenset(),
) -> bool:
    """Renew the next hints, if any are of former rules; whether there are more.

    The hints of the contacts `without` stay as they are.
    """
    after = await _renewed_to(connection, campaign_id)
    if after is not None:
        # There is something to do, which is rare: look again, and be the only one that does it.
        after = await _renewed_to(connection, campaign_id, alone=True)
    if after is None:
        return False
    stretch = _next_after(campaign_id, after).limit(at_once or HINTS_AT_ONCE).subquery()
    last: int | None = await connection.scalar(select(func.max(stretch.c.id)))
    if last is not None:
        await _renew(connection, campaign_id, (after, last), now, without)
    await connection.execute(
        update(_campaign).where(_campaign.c.id == campaign_id).values(renewed_to=last)
    )
    return last is not None


async def next_to_renew(connection: AsyncConnection, campaign_id: int) -> int | None:
    """The first contact of the next stretch; None where there is none."""
    after = await _renewed_to(connection, campaign_id)
    if after is None:
        return None
    found: int | None = await connection.scalar(_next_after(campaign_id, after).limit(1))
    return found


async def _renewed_to(
    connection: AsyncConnection, campaign_id: int, *, alone: bool = False
) -> int | None:
    query = select(_campaign.c.renewed_to).where(_campaign.c.id == campaign_id)
    if alone:
        query = query.with_for_update(key_share=True)
    found: int | None = await connection.scalar(query)
    return found


def _next_after(campaign_id: int, after: int) -> Select[tuple[int]]:
    return (
        select(_contact.c.id)
        .where(_contact.c.campaign_id == campaign_id, _contact.c.id > after)
        .order_by(_contact.c.id)
    )


async def _renew(
    connection: AsyncConnection,
    campaign_id: int,
    stretch: tuple[int, int],
    now: datetime,
    without: AbstractSet[int],
) -> None:
    """Make the open contacts after the first and up to the last of `stretch` due for judging."""
    after, last = stretch
    await connection.execute(
        update(_contact)
        .where(
            _contact.c.campaign_id == campaign_id,
            _contact.c.id > after,
            _contact.c.id <= last,
            _contact.c.state == ContactState.OPEN.value,
            _contact.c.rank.is_(None),
            _contact.c.id.not_in(without),
            ~is_in_call(_contact.c.id),
        )
        .values(next_attempt_at=now)
    )
