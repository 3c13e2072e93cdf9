"""Contacts of some pools in the order of their ranks, read a few at a time.

Owns: the reads that a claim is made of: appointments, ready contacts, and those whose time has come
since anybody looked. Each is by an index and with a limit, however long the list is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.contact import Contact, ContactState, ListState
from campaigns.judge import Code
from campaigns.serving import ServingOrder, rank_of
from store import schema
from store.facts import AnyRow
from store.pools import Pool
from store.prepared import Prepared

MORE_THAN_ASKED: Final = 16
"""So many more than a claim asks for are looked at of those who have waited long enough."""

LEAST_LOOKED_AT: Final = 128
"""And so many in any case: in an order other than `waiting` the best of them is served."""

STRIDE: Final = 32
"""Behind one who may not be dialed, so many are read and judged at a time: few questions."""

MOST_HELD: Final = 1000
"""Behind so many that other engines hold at this moment nobody is looked for."""

POOLS_AT_ONCE: Final = 100
"""SQLite takes 500 parts of a union at most."""

_BEFORE_ALL: Final = -(1 << 63)

_contact = schema.contact
_appointment = schema.appointment
_attempt = schema.attempt
_IS_AFTER = _contact.c.rank > bindparam("after")
_AGENTS: BindParameter[Any] = bindparam("agents", expanding=True)


class Ranked(NamedTuple):
    """A contact whose time has come, and its place in its pool."""

    rank: int
    id: int
    pool_id: int


class Shelf:
    """What may be dialed of some pools, the smallest rank first.

    `due` are contacts of any pools that are not written as ready yet; `judge` says who of some ids
    may be dialed; None: it is asked enough, and nobody is read any more. `holds`: who is ready is
    locked as it is read, and whom another engine holds is not read at all.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        pools: Collection[Pool],
        due: Sequence[Ranked],
        judge: Callable[[Sequence[int]], Awaitable[list[Contact] | None]],
        *,
        holds: bool,
    ) -> None:
        self._connection = connection
        # On SQLite there is one writer at a time, and nobody to hold anything against.
        self._holds = holds and connection.dialect.name == "postgresql"
        self._judge = judge
        ids = {pool.id for pool in pools}
        self._due = deque(sorted(one for one in due if one.pool_id in ids))
        self._pools = [pool.id for pool in pools if pool.ready > 0]
        self._page: deque[Ranked] = deque()
        self._after = _BEFORE_ALL
        self._all_read = not self._pools
        self._yes: deque[Contact] = deque()

    async def head(self, step: int) -> Contact | None:
        """The next one that may be dialed, None where there is none; judged `step` at a time."""
        while not self._yes:
            ids = await self._next_ids(step)
            if not ids:
                return None
            found = await self._judge(ids)
            if found is None:
                return None
            self._yes.extend(found)
            step = max(step, STRIDE)
        return self._yes[0]

    def take(self) -> Contact:
        """The one that `head` has found."""
        return self._yes.popleft()

    async def _next_ids(self, step: int) -> list[int]:
        ids: list[int] = []
        while len(ids) < step:
            if not self._page and not self._all_read:
                await self._turn_page(step)
            page, due = self._page, self._due
            if not page and not due:
                break
            is_of_page = page and (not due or page[0] <= due[0])
            ids.append((page if is_of_page else due).popleft().id)
        return ids

    async def _turn_page(self, step: int) -> None:
        found: list[Ranked] = []
        for first in range(0, len(self._pools), POOLS_AT_ONCE):
            pools = self._pools[first : first + POOLS_AT_ONCE]
            given = {f"pool{n}": pool for n, pool in enumerate(pools)}
            given |= {"after": self._after, "step": step}
            if self._holds:
                given["ahead"] = step + MOST_HELD
            query = _page_of(len(pools), holds=self._holds)
            rows = await query.rows(self._connection, given)
            found += [Ranked(row.rank, row.id, row.pool_id) for row in rows]
        self._page.extend(sorted(found)[:step])
        self._all_read = len(found) < step
        if self._page:
            self._after = self._page[-1].rank


@lru_cache(maxsize=2 * POOLS_AT_ONCE)
def _page_of(pools: int, *, holds: bool) -> Prepared:
    """The first `step` of so many pools after rank `after`: each part is an index read in order."""
    columns = (_contact.c.rank, _contact.c.id, _contact.c.pool_id)
    parts = []
    for n in range(pools):
        part = (
            select(*columns)
            .where(
                _contact.c.pool_id == bindparam(f"pool{n}"), _contact.c.rank > bindparam("after")
            )
            .order_by(_contact.c.rank)
            .limit(bindparam("ahead" if holds else "step"))
            .subquery()
        )
        parts.append(select(*part.c))
    page = union_all(*parts).order_by(literal_column("rank"))
    if not holds:
        return Prepared(page.limit(bindparam("step")))
    ahead = page.limit(bindparam("ahead")).subquery()
    # Row by row, and no more of them than are wanted: whom one engine locks the others pass over.
    held = (
        select(*columns)
        .where(_contact.c.id == ahead.c.id, _contact.c.rank == ahead.c.rank)
        .with_for_update(key_share=True, skip_locked=True)
        .lateral()
    )
    return Prepared(
        select(*held.c).select_from(ahead, held).order_by(ahead.c.rank).limit(bindparam("step"))
    )


def by_appointment(
    campaign_id: int, agents: Collection[str] | None, now: datetime, most: int
) -> tuple[Prepared, dict[str, Any]]:
    """The question for contacts whose appointment has come, the earliest first.

    `agents`: who is there; whom one agent was promised is only found if that one is. None: all.
    """
    given: dict[str, Any] = {"campaign_id": campaign_id, "now": now, "most": most}
    if agents is not None:
        given["agents"] = list(agents)
    return _appointments(everybody=agents is None), given


@lru_cache(maxsize=2)
def _appointments(*, everybody: bool) -> Prepared:
    is_due = _contact.c.next_attempt_at <= bindparam("now")
    # Who waits for nothing but an agent is looked at whenever that one is there; so is who keeps a
    # place in a queue beside it.
    waits = _contact.c.standing.in_((Code.APPOINTMENT.value, Code.IN_TURN.value))
    own = and_(_appointment.c.agent.is_not(None), or_(waits, is_due))
    if not everybody:
        own = and_(own, _appointment.c.agent.in_(_AGENTS))
    return Prepared(
        select(_contact.c.id)
        .join(_appointment, _appointment.c.contact_id == _contact.c.id)
        .join(schema.pool, schema.pool.c.id == _contact.c.pool_id)
        .join(schema.call_list, schema.call_list.c.id == schema.pool.c.list_id)
        .where(
            _appointment.c.campaign_id == bindparam("campaign_id"),
            _appointment.c.closed.is_(None),
            _appointment.c.at <= bindparam("now"),
            _contact.c.state == ContactState.OPEN.value,
            schema.call_list.c.state == ListState.ACTIVE.value,
            or_(and_(_appointment.c.agent.is_(None), is_due), own),
        )
        .order_by(_appointment.c.at, _contact.c.id)
        .limit(bindparam("most"))
    )


async def due_waiting(
    connection: AsyncConnection, campaign: Campaign, count: int, now: datetime, *, holds: bool
) -> list[Ranked]:
    """Contacts that have waited long enough, the first ones, with the ranks that they get.

    `holds`: they are locked; whom another engine holds is left out.
    """
    query, given = waited_enough(campaign, count, now, holds=holds)
    return ranked(campaign, await query.rows(connection, given))


def waited_enough(
    campaign: Campaign, count: int, now: datetime, *, holds: bool
) -> tuple[Prepared, dict[str, Any]]:
    """The question for them."""
    given = {
        "campaign_id": campaign.id,
        "now": now,
        "most": max(count + MORE_THAN_ASKED, LEAST_LOOKED_AT),
    }
    return _due(counts_tries=campaign.order is ServingOrder.LEAST_TRIED, holds=holds), given


def ranked(campaign: Campaign, rows: Sequence[AnyRow]) -> list[Ranked]:
    """What it found, with their ranks."""
    return [
        Ranked(
            rank_of(campaign.order, campaign.id, row.id, row.tries, row.next_attempt_at),
            row.id,
            row.pool_id,
        )
        for row in rows
    ]


@lru_cache(maxsize=4)
def _due(*, counts_tries: bool, holds: bool) -> Prepared:
    query = (
        select(
            _contact.c.id,
            _contact.c.pool_id,
            _contact.c.next_attempt_at,
            tries_of_contact() if counts_tries else literal_column("0").label("tries"),
        )
        .where(
            _contact.c.campaign_id == bindparam("campaign_id"),
            _contact.c.next_attempt_at <= bindparam("now"),
            _contact.c.rank.is_(None),
        )
        .order_by(_contact.c.next_attempt_at)
        .limit(bindparam("most"))
    )
    if holds:
        query = query.with_for_update(key_share=True, skip_locked=True)
    return Prepared(query)


def tries_of_contact() -> Any:
    """How many attempts at the contact counted, as a column of a query over contacts."""
    return (
        select(func.count())
        .where(_attempt.c.contact_id == _contact.c.id, _attempt.c.counted)
        .scalar_subquery()
        .label("tries")
    )
