"""How many calls were placed in one hour, and how many a person answered, by campaign.

Owns: that count, for the norm of the answer rate. Must not know what is made of it
(`supervisor.answer_norm`).

An attempt's id begins with the time at which it was claimed, so the primary key leads to the calls
of an hour: no further index has to be kept at each claim. One hour is asked for at a time, in a
transaction of its own: however many attempts there are, the engine's reads wait for no long one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, func, or_, select

from campaigns.outcomes import Outcome
from dialer.ids import first_id
from store import schema
from store.database import Database

CLAIMED_BEFORE: Final = timedelta(minutes=75)
"""A call is placed within so long of its claim: an agent may look at the contact first, for an hour
at most (`limit_s` of a campaign's file)."""

_NOBODY: Final = (Outcome.MACHINE.value, Outcome.FAX.value)
_OWN_SIDE: Final = (Outcome.FAILED.value, Outcome.NOT_SENT.value, Outcome.SKIPPED.value)

_attempt = schema.attempt
# As `store.answers` counts: whatever answered and was no machine is a person.
_LIVE: Final = case(
    (
        _attempt.c.answered_at.is_not(None)
        & or_(_attempt.c.outcome.is_(None), _attempt.c.outcome.not_in(_NOBODY)),
        1,
    ),
)
_REACHED_NETWORK: Final = or_(
    _attempt.c.outcome.is_(None),
    _attempt.c.outcome.not_in(_OWN_SIDE),
    _attempt.c.answered_at.is_not(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """Calls that reached the network, and those that a person answered."""

    placed: int
    answered: int


async def answers_in_hour(
    database: Database, begins: datetime, ends: datetime
) -> Mapping[int, HourCount]:
    """By the campaign's id, of the calls placed in [begins, ends); who placed none is left out.

    Raises:
        StoreError: the database cannot be read.
    """
    query = (
        select(
            _attempt.c.campaign_id,
            func.count().label("placed"),
            func.count(_LIVE).label("answered"),
        )
        .where(
            _attempt.c.id >= first_id(begins - CLAIMED_BEFORE),
            _attempt.c.id < first_id(ends),
            _attempt.c.sent_at >= begins,
            _attempt.c.sent_at < ends,
            _REACHED_NETWORK,
        )
        .group_by(_attempt.c.campaign_id)
    )
    async with database.reading() as connection:
        return {
            row.campaign_id: HourCount(placed=row.placed, answered=row.answered)
            for row in await connection.execute(query)
        }
