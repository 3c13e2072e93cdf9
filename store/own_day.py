"""What one agent has done since a moment: the few figures of the own desk.

Owns: those questions, each by an index. Must not know which day it is (the caller does) nor how
the figures are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from campaigns.outcomes import Outcome
from store import schema
from store.database import Database

_attempt = schema.attempt
_stay = schema.queue_call


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDay:
    """`talked_s`: of all calls together; None: there was none to reckon with."""

    answered: int
    dialed: int
    successes: int
    talked_s: float | None


async def own_day(database: Database, agent: str, since: datetime) -> OwnDay:
    """The agent's calls from `since` on.

    Raises:
        StoreError: the database cannot be read.
    """
    placed = select(_attempt.c.outcome, _attempt.c.bridged_at, _attempt.c.ended_at).where(
        _attempt.c.agent == agent,
        _attempt.c.claimed_at >= since,
        _attempt.c.bridged_at.is_not(None),
    )
    came_in = select(func.count(), func.sum(_stay.c.talk_ms)).where(
        _stay.c.joined_at >= since, _stay.c.agent == agent
    )
    async with database.reading() as connection:
        calls = (await connection.execute(placed)).all()
        answered, talk_ms = (await connection.execute(came_in)).one()
    talks = [(row.ended_at - row.bridged_at).total_seconds() for row in calls if row.ended_at]
    talked_s = sum(talks) + float(talk_ms or 0) / 1000
    won = {Outcome.SUCCESS.value, Outcome.SUCCESS_PROXY.value}
    return OwnDay(
        answered=answered,
        dialed=len(calls),
        successes=sum(row.outcome in won for row in calls),
        talked_s=talked_s if talks or answered else None,
    )
