"""How a campaign's contacts stand: who may be dialed now, whom which rule holds back, who is done.

Owns: these counts, which add up to the lists. They are read from the tallies that triggers keep, so
that ten million contacts are counted as quickly as ten. Reads only; whether one that may be dialed
now really is, the judge says at the claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.contact import ContactState, ListState
from campaigns.judge import Code
from store import schema
from store.facts import AnyRow
from store.pools import clocks_of, held_by_clock
from store.standing import IN_CALL, READY

LOOKED_AT: Final = 10_000
"""Of contacts whose wait is over and whom no claim has looked at since, no more are told apart."""

_contact = schema.contact
_pool = schema.pool
_list = schema.call_list
_tally = schema.tally
_CLOCKS = (_pool.c.zone, _pool.c.zones, _pool.c.countries)
_LISTS: Final[Mapping[str, Code]] = {
    ListState.PAUSED: Code.LIST_PAUSED,
    ListState.WITHDRAWN: Code.LIST_WITHDRAWN,
}

_n = func.sum(_tally.c.n)
_STANDINGS = (
    select(
        _list.c.state.label("list_state"),
        *_CLOCKS,
        _tally.c.state,
        _tally.c.standing,
        _n.label("n"),
    )
    .join(_pool, _pool.c.id == _tally.c.pool_id)
    .join(_list, _list.c.id == _pool.c.list_id)
    .where(
        _pool.c.campaign_id == bindparam("campaign_id"),
        _list.c.state != ListState.LOADING.value,
    )
    .group_by(_list.c.state, *_CLOCKS, _tally.c.state, _tally.c.standing)
    .having(_n != 0)
)
_some = (
    select(_contact.c.pool_id, _contact.c.standing)
    .where(
        _contact.c.campaign_id == bindparam("campaign_id"),
        _contact.c.next_attempt_at <= bindparam("now"),
        _contact.c.rank.is_(None),
        _contact.c.standing != IN_CALL,
    )
    .order_by(_contact.c.next_attempt_at)
    .limit(LOOKED_AT)
    .subquery()
)
_WAITED_ENOUGH = (
    select(*_CLOCKS, _some.c.standing, func.count().label("n"))
    .select_from(_some)
    .join(_pool, _pool.c.id == _some.c.pool_id)
    .join(_list, _list.c.id == _pool.c.list_id)
    .where(_list.c.state == ListState.ACTIVE.value)
    .group_by(*_CLOCKS, _some.c.standing)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many stand where: all three together are the lists.

    `now` may be dialed, by rules and clocks; `held`: by which rule how many are not, those in a
    call among them; `closed`: how many are not dialed any more, by state.
    """

    now: int
    held: Mapping[str, int]
    closed: Mapping[str, int]

    @property
    def contacts(self) -> int:
        """All of them."""
        return self.now + sum(self.held.values()) + sum(self.closed.values())

    @property
    def open(self) -> int:
        """Those of lists that are not withdrawn, whom a call may still reach."""
        held = sum(self.held.values()) - self.held.get(Code.LIST_WITHDRAWN, 0)
        return self.now + held


async def count(connection: AsyncConnection, campaign: Campaign, now: datetime) -> Counts:
    """How the contacts of a campaign stand at `now`. Lists that are being loaded do not count."""
    given = {"campaign_id": campaign.id, "now": now}
    held: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    for row in await connection.execute(_STANDINGS, given):
        if row.state == ContactState.OPEN:
            held[_standing(row, campaign, now)] += int(row.n)
        else:
            closed[row.state] += int(row.n)
    for row in await connection.execute(_WAITED_ENOUGH, given):
        held[row.standing] -= row.n
        held[held_by_clock(campaign, clocks_of(row), now) or READY] += row.n
    may_be_dialed = held.pop(READY, 0)
    return Counts(now=may_be_dialed, held={**+held}, closed=dict(closed))


def _standing(row: AnyRow, campaign: Campaign, now: datetime) -> str:
    """By which rule the contacts of a row are held back; READY: by none."""
    standing: str = row.standing
    if standing == IN_CALL:
        return standing
    if row.list_state in _LISTS:
        return _LISTS[row.list_state].value
    if standing == READY:
        return held_by_clock(campaign, clocks_of(row), now) or READY
    return standing
