"""How many answered a campaign's calls in its block of days, and how many of them were abandoned.

Owns: that count (kpi: X and L), one for the judge and for the pacer, for laws that bound its share,
and where its block lies. Must not know the share (`campaigns.law.abandonment`). For the judge it is
counted anew every ten seconds at most, and days that are over every ten minutes: a block has many
calls.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.law.abandonment import (
    NOBODY,
    UNLESS_BRIDGED,
    Answered,
    Block,
    Windows,
    abandon_rules,
    block_at,
)
from campaigns.outcomes import Outcome
from store import schema

_FRESH_FOR: Final = timedelta(seconds=10)
_KEPT: Final = "waihu.answered"
_KEPT_FIRST: Final = "waihu.answered.first"
_KEPT_BEFORE: Final = "waihu.answered.before"
_STALE_AFTER: Final = timedelta(minutes=10)
_USUAL_BLOCK_DAYS: Final = 30

_attempt = schema.attempt
_FIRST = select(func.min(_attempt.c.sent_at)).where(_attempt.c.campaign_id == bindparam("campaign"))
# As `campaigns.law.abandonment.counts_of` says it of one call.
_ABANDONED = case(
    (_attempt.c.outcome == Outcome.ABANDONED.value, 1),
    (
        _attempt.c.outcome.in_(sorted(one.value for one in UNLESS_BRIDGED))
        & _attempt.c.bridged_at.is_(None),
        1,
    ),
)
_COUNT = select(func.count().label("live"), func.count(_ABANDONED).label("abandoned")).where(
    _attempt.c.campaign_id == bindparam("campaign"),
    _attempt.c.outcome.is_not(None),
    _attempt.c.outcome.not_in(sorted(one.value for one in NOBODY)),
    _attempt.c.answered_at.is_not(None),
    _attempt.c.sent_at >= bindparam("begins"),
)


def block_days(campaign: Campaign) -> int | None:
    """The days of the block that a law counts in; None where none that may hold counts."""
    rules = abandon_rules(campaign.law, campaign.regulations, campaign.mode)
    return min((rule.block_days for rule in rules), default=None)


async def answered_windows(
    connection: AsyncConnection, campaign: Campaign, now: datetime
) -> Windows:
    """The live answers of the campaign's local day, and of its block of days.

    Days of the block that are over are counted seldom: they hardly change.
    """
    day = block_at(now, campaign.zone, 1, now)
    block = await block_of(connection, campaign, now)
    today = await _between(connection, campaign.id, day.begins, day.ends)
    over = await _before_today(connection, campaign.id, block.begins, day.begins, now)
    return Windows(
        day=replace(today, ends=day.ends),
        block=Answered(
            live=today.live + over.live,
            abandoned=today.abandoned + over.abandoned,
            ends=block.ends,
        ),
    )


async def block_of(connection: AsyncConnection, campaign: Campaign, now: datetime) -> Block:
    """The campaign's block of days that `now` lies in."""
    days = block_days(campaign) or _USUAL_BLOCK_DAYS
    first = await _first_call(connection, campaign.id)
    return block_at(first or now, campaign.zone, days, now)


async def _first_call(connection: AsyncConnection, campaign_id: int) -> datetime | None:
    """When the campaign's first call was sent: once there is one, it stays the first."""
    info = connection.sync_connection.info if connection.sync_connection else {}
    known = info.setdefault(_KEPT_FIRST, {})
    if campaign_id not in known:
        first: datetime | None = await connection.scalar(_FIRST, {"campaign": campaign_id})
        if first is None:
            return None
        known[campaign_id] = first
    found: datetime = known[campaign_id]
    return found


async def _before_today(
    connection: AsyncConnection, campaign_id: int, begins: datetime, ends: datetime, now: datetime
) -> Answered:
    if begins >= ends:
        return Answered(live=0, abandoned=0)
    info = connection.sync_connection.info if connection.sync_connection else {}
    kept = info.setdefault(_KEPT_BEFORE, {})
    at, span, found = kept.get(campaign_id, (None, None, None))
    if at is not None and span == (begins, ends) and at <= now < at + _STALE_AFTER:
        before: Answered = found
        return before
    counted = await _between(connection, campaign_id, begins, ends)
    kept[campaign_id] = (now, (begins, ends), counted)
    return counted


async def _between(
    connection: AsyncConnection, campaign_id: int, begins: datetime, ends: datetime
) -> Answered:
    query = _COUNT.where(_attempt.c.sent_at < ends)
    given = {"campaign": campaign_id, "begins": begins}
    row = (await connection.execute(query, given)).one()
    return Answered(live=row.live, abandoned=row.abandoned)


async def load_answered(connection: AsyncConnection, campaign: Campaign, now: datetime) -> Answered:
    """The live answers of the block that `now` lies in, for the judge."""
    info = connection.sync_connection.info if connection.sync_connection else {}
    at, kept = info.get(_KEPT, {}).get(campaign.id, (None, None))
    if at is not None and at <= now < at + _FRESH_FOR:
        found: Answered = kept
        return found
    found = (await answered_windows(connection, campaign, now)).block
    info.setdefault(_KEPT, {})[campaign.id] = (now, found)
    return found
