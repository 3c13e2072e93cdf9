"""Hints that follow a campaign whose windows or rules were changed.

Owns: judging those who wait again, and ranking those who are ready, a stretch at a time so that a
claim never waits long; and remembering how far that has come. The mark is set in the transaction
of the change itself (`renewed_to`), and whoever comes by goes on from it: the command that made
the change, or the next claim where that command died.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import ContactState, ListState
from campaigns.judge import Code, Facts, Verdict, judge
from campaigns.serving import ServingOrder, rank_of
from store import schema
from store.cases import load_cases
from store.facts import AnyRow, is_in_call, load_campaign
from store.prepared import Prepared, Question
from store.shelf import tries_of_contact
from store.standing import Standing, standing_of, write_ready, write_waiting

# Contacts whose due hints are renewed in one transaction; a claim may be waiting for it.
HINTS_AT_ONCE = 400

_campaign = schema.campaign
_contact = schema.contact
_far = select(_campaign.c.renewed_to).where(_campaign.c.id == bindparam("campaign_id"))
_RENEWED_TO = Prepared(_far)
_RENEWED_TO_ALONE = Prepared(_far.with_for_update(key_share=True))


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
    if await _renewed_to(connection, campaign_id) is None:
        return False
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


def of_renewal(campaign_id: int) -> Question:
    """The question for how far the hints have been renewed."""
    return _RENEWED_TO, {"campaign_id": campaign_id}


def is_to_renew(rows: Sequence[AnyRow]) -> bool:
    """Whether what it found says that some are of former rules."""
    return any(row.renewed_to is not None for row in rows)


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
    query = _RENEWED_TO_ALONE if alone else _RENEWED_TO
    found: int | None = await query.scalar(connection, {"campaign_id": campaign_id})
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
    """Judge those who wait, after the first and up to the last of `stretch`; rank the others."""
    campaign, _ = await load_campaign(connection, campaign_id)
    after, last = stretch
    given = {"campaign_id": campaign_id, "after": after, "last": last}
    query = _open_ones(counts_tries=campaign.order is ServingOrder.LEAST_TRIED)
    rows = [row for row in await connection.execute(query, given) if row.id not in without]
    waits = await _judge(connection, campaign, rows, now)
    await write_waiting(connection, waits)
    ready = [row for row in rows if row.rank is not None and row.id not in waits]
    ranks = ((row.id, _rank(row, campaign, now), row.rank) for row in ready)
    await write_ready(connection, ((id_, rank) for id_, rank, before in ranks if rank != before))


async def _judge(
    connection: AsyncConnection, campaign: Campaign, rows: Sequence[AnyRow], now: datetime
) -> dict[int, Standing]:
    """For what each one waits by the rules of now.

    Who is ready is judged at the claim, but for a filter: of that the counts should know at once.
    """
    all_of_them = campaign.filter is not None
    ready = {row.id for row in rows if row.rank is not None}
    ids = [row.id for row in rows if all_of_them or row.id not in ready]
    running = CampaignState.RUNNING
    cases = await load_cases(connection, campaign, running, ids, now, holds=True)
    waits = {id_: _standing(_judge_one(facts, now), now) for id_, facts in cases.items()}
    filtered = (Code.FILTERED, Code.FILTER_UNCLEAR)
    return {id_: wait for id_, wait in waits.items() if id_ not in ready or wait[0] in filtered}


def _judge_one(facts: Facts, now: datetime) -> Verdict:
    """As if the list were dialed: a list that rests holds back its pools, not its contacts.

    Who were told to wait for it would not hear that it goes on.
    """
    contact = replace(facts.contact, list_state=ListState.ACTIVE)
    return judge(replace(facts, contact=contact), now)


def _standing(verdict: Verdict, now: datetime) -> Standing:
    """Whoever may be dialed is due from now on; who is exhausted is closed by the claim."""
    if verdict.dialable or verdict.code is Code.CONTACT_EXHAUSTED:
        return Code.DELAY.value, now
    return standing_of(verdict, now)


def _rank(row: AnyRow, campaign: Campaign, now: datetime) -> int:
    due = row.next_attempt_at or now
    return rank_of(campaign.order, campaign.id, row.id, row.tries, due)


@lru_cache(maxsize=2)
def _open_ones(*, counts_tries: bool) -> Select[Any]:
    return select(
        _contact.c.id,
        _contact.c.rank,
        _contact.c.next_attempt_at,
        tries_of_contact() if counts_tries else literal_column("0").label("tries"),
    ).where(
        _contact.c.campaign_id == bindparam("campaign_id"),
        _contact.c.id > bindparam("after"),
        _contact.c.id <= bindparam("last"),
        _contact.c.state == ContactState.OPEN.value,
        ~is_in_call(_contact.c.id),
    )
