"""What a campaign's calls have shown so far: how often people answer, how long it takes.

Owns: the counts and sums over its attempts, nothing written. Must not compute a rate: it hands
out what the rates are made of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, select

from campaigns.outcomes import Branch, Outcome, rule_of
from store import schema
from store.columns import UtcDateTime
from store.database import Database

_attempt = schema.attempt

NO_PERSON: Final = frozenset({Outcome.MACHINE, Outcome.FAX})
_OWN_SIDE: Final = tuple(
    outcome.value for outcome in Outcome if rule_of(outcome).branch is Branch.OWN_SIDE
)
_CLOSE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHistory:
    """Counts and sums over the calls of one campaign.

    `placed`: calls that reached the network. `contacts`: distinct ones among them. `live`: calls
    that a person answered. `talks` took `talk_s` seconds in all; `wrap_ups` of them were followed
    closely enough by the agent's next call to say how long the after-call work was, `wrap_up_s`
    in all.
    """

    placed: int = 0
    contacts: int = 0
    live: int = 0
    talks: int = 0
    talk_s: float = 0.0
    wrap_ups: int = 0
    wrap_up_s: float = 0.0


async def call_history(
    database: Database, campaign_id: int, *, since: datetime, wrap_up_limit_s: float
) -> CallHistory:
    """What was placed since then.

    The end of after-call work is not kept. Where calls are placed for a free agent it is next to
    the placing of that agent's next call; gaps that are longer than the campaign's limit for
    after-call work are breaks, and are left out, and so are calls that were placed before.
    """
    placed = (
        _attempt.c.campaign_id == campaign_id,
        _attempt.c.sent_at >= since,
        _attempt.c.outcome.not_in(_OWN_SIDE),
    )
    counts = select(
        func.count().label("placed"),
        func.count(_attempt.c.contact_id.distinct()).label("contacts"),
        func.count()
        .filter(
            _attempt.c.answered_at.is_not(None),
            _attempt.c.outcome.not_in([outcome.value for outcome in NO_PERSON]),
        )
        .label("live"),
    ).where(*placed)
    async with database.reading() as connection:
        row = (await connection.execute(counts)).one()
        found = CallHistory(placed=row.placed, contacts=row.contacts, live=row.live)
        limit = timedelta(seconds=wrap_up_limit_s)
        async with connection.stream(_talks(placed)) as talks:
            async for talk in talks:
                found = _with_talk(found, talk, limit)
    return found


def _talks(placed: tuple[Any, ...]) -> Select[Any]:
    """Each agent's calls in order, each with the placing of the next."""
    following = func.lead(_attempt.c.sent_at, type_=UtcDateTime).over(
        partition_by=_attempt.c.agent, order_by=(_attempt.c.sent_at, _attempt.c.id)
    )
    calls = (
        select(
            _attempt.c.bridged_at,
            _attempt.c.ended_at,
            _attempt.c.outcome,
            following.label("following"),
        )
        .where(*placed, _attempt.c.agent.is_not(None))
        .subquery()
    )
    return select(calls).where(calls.c.bridged_at.is_not(None), calls.c.ended_at.is_not(None))


def _with_talk(found: CallHistory, talk: Any, limit: timedelta) -> CallHistory:
    length = talk.ended_at - talk.bridged_at
    found = replace(found, talks=found.talks + 1, talk_s=found.talk_s + length.total_seconds())
    gap = None if talk.following is None else talk.following - talk.ended_at
    if gap is None or not timedelta() <= gap <= limit + _CLOSE:
        return found
    seconds = min(gap, limit).total_seconds()
    return replace(found, wrap_ups=found.wrap_ups + 1, wrap_up_s=found.wrap_up_s + seconds)
