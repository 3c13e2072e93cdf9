"""How many answered a campaign's calls in its block of days, and how many of them were abandoned.

Owns: that count (kpi: X and L), for laws that bound its share. Must not know the share
(`campaigns.law.abandonment`). It is counted anew every ten seconds at most: a block has many calls.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.law.abandonment import Answered, block_at
from campaigns.law.law_choice import AUTO
from campaigns.outcomes import Outcome
from store import schema

_FRESH_FOR: Final = timedelta(seconds=10)
_KEPT: Final = "waihu.answered"
# Who answered was no person.
_NOBODY: Final = (Outcome.MACHINE.value, Outcome.FAX.value)

_attempt = schema.attempt
_FIRST = select(func.min(_attempt.c.sent_at)).where(_attempt.c.campaign_id == bindparam("campaign"))
_ABANDONED = case((_attempt.c.outcome == Outcome.ABANDONED.value, 1))
_COUNT = select(func.count().label("live"), func.count(_ABANDONED).label("abandoned")).where(
    _attempt.c.campaign_id == bindparam("campaign"),
    _attempt.c.outcome.is_not(None),
    _attempt.c.outcome.not_in(_NOBODY),
    _attempt.c.answered_at.is_not(None),
    _attempt.c.sent_at >= bindparam("begins"),
)


def block_days(campaign: Campaign) -> int | None:
    """The days of the block that a law counts in; None where none that may hold counts."""
    rules = (
        profile.abandon
        for profile in campaign.regulations.profiles
        if profile.name in campaign.law.profiles or AUTO in campaign.law.profiles
    )
    days = (rule.block_days for rule in rules if rule and campaign.mode not in rule.spares)
    return min(days, default=None)


async def load_answered(
    connection: AsyncConnection, campaign: Campaign, days: int, now: datetime
) -> Answered:
    """The live answers of the block that `now` lies in."""
    info = connection.sync_connection.info if connection.sync_connection else {}
    at, kept = info.get(_KEPT, {}).get(campaign.id, (None, None))
    if at is not None and at <= now < at + _FRESH_FOR:
        found: Answered = kept
        return found
    found = await _count(connection, campaign, days, now)
    info.setdefault(_KEPT, {})[campaign.id] = (now, found)
    return found


async def _count(
    connection: AsyncConnection, campaign: Campaign, days: int, now: datetime
) -> Answered:
    first: datetime | None = await connection.scalar(_FIRST, {"campaign": campaign.id})
    if first is None:
        return Answered(live=0, abandoned=0)
    block = block_at(first, campaign.zone, days, now)
    given = {"campaign": campaign.id, "begins": block.begins}
    row = (await connection.execute(_COUNT, given)).one()
    return Answered(live=row.live, abandoned=row.abandoned, ends=block.ends)
