"""The pools of a campaign: which may be served now, and when the next one may.

Owns: reading pools with the counts that are kept of them, and asking the clock for each. A pool
whose window is closed, or whose list is not wanted, is not touched: none of its contacts is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.campaign_hours import hours_in, own_hours
from campaigns.contact import ContactState, ListState
from campaigns.hours import Hours, is_open, local_date, look_again, next_open
from campaigns.judge import Code
from store import schema
from store.facts import AnyRow, zone_of
from store.prepared import Prepared

_contact = schema.contact
_pool = schema.pool
_list = schema.call_list
_tally = schema.tally

_IS_READY = and_(
    _tally.c.pool_id == _pool.c.id,
    _tally.c.state == ContactState.OPEN.value,
    _tally.c.standing == schema.READY,
)
_ACTIVE = Prepared(
    select(
        _pool.c.id,
        _pool.c.list_id,
        _pool.c.priority,
        _pool.c.zone,
        _pool.c.zones,
        _pool.c.countries,
        _list.c.share,
        _list.c.credit,
        func.coalesce(func.sum(_tally.c.n), 0).label("ready"),
    )
    .join(_list, _list.c.id == _pool.c.list_id)
    .outerjoin(_tally, _IS_READY)
    .where(
        _pool.c.campaign_id == bindparam("campaign_id"),
        _list.c.state == ListState.ACTIVE.value,
    )
    .group_by(*_pool.c, _list.c.share, _list.c.credit)
)
_FIRST_WAITING = (
    select(_contact.c.next_attempt_at)
    .where(
        _contact.c.campaign_id == bindparam("campaign_id"),
        _contact.c.next_attempt_at.is_not(None),
        _contact.c.rank.is_(None),
    )
    .order_by(_contact.c.next_attempt_at)
    .limit(1)
)
_CREDIT = Prepared(
    update(_list)
    .where(_list.c.id == bindparam("list"))
    .values(credit=_list.c.credit + bindparam("change"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """What decides when the contacts of a pool may be called: zones and countries.

    `zone`: their own, empty where the campaign's holds; `zones`: all that their numbers may lie
    in, where these are several; `countries` of their numbers.
    """

    zone: str | None
    zones: str = ""
    countries: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool of a list that is wanted. `ready`: how many stand in it whose time has come.

    `share`: the list's part of the calls, None where none is kept; `credit`: what it is behind.
    """

    id: int
    list_id: int
    priority: int
    clocks: Clocks
    share: int | None
    credit: int
    ready: int


def opens_at(campaign: Campaign, clocks: Clocks, now: datetime) -> datetime | None:
    """When contacts of these clocks may be called: `now` or later; None: never, as things are."""
    return next_open(_hours(campaign, clocks), now)


def _look_at(campaign: Campaign, clocks: Clocks, now: datetime) -> datetime | None:
    """The same; where only the end of a calendar is in the way, when to see if there is more."""
    hours = _hours(campaign, clocks)
    return next_open(hours, now) or look_again(hours, _zone(clocks) or campaign.zone, now, now)


def _hours(campaign: Campaign, clocks: Clocks) -> Hours:
    zones = tuple(zone_of(key) for key in clocks.zones.split("|") if key)
    countries = tuple(code for code in clocks.countries.split("|") if code)
    return hours_in(campaign, _zone(clocks), zones, countries)


def _zone(clocks: Clocks) -> ZoneInfo | None:
    return zone_of(clocks.zone) if clocks.zone else None


def held_by_clock(campaign: Campaign, clocks: Clocks, now: datetime) -> str | None:
    """The code of what keeps contacts of these clocks from being called now; None: nothing."""
    at = opens_at(campaign, clocks, now)
    if at is not None and at <= now:
        return None
    zone = _zone(clocks) or campaign.zone
    own = own_hours(campaign, zone)
    if at is None:
        return _shut_for_good(own, zone, now).value
    if is_open(own, now):
        return Code.LEGAL_HOURS.value
    calendar = campaign.calendar
    on_holiday = calendar is not None and local_date(zone, now) in calendar.holidays
    return (Code.HOLIDAY if on_holiday else Code.OUTSIDE_WINDOW).value


def _shut_for_good(own: Hours, zone: ZoneInfo, now: datetime) -> Code:
    if look_again(own, zone, now, now) is not None:
        return Code.CALENDAR_ENDS
    return Code.NO_WINDOW if next_open(own, now) is None else Code.HOURS_APART


def clocks_of(row: AnyRow) -> Clocks:
    """The clocks in a row that holds the pool's columns."""
    return Clocks(zone=row.zone, zones=row.zones, countries=row.countries)


async def active_pools(connection: AsyncConnection, campaign_id: int) -> tuple[Pool, ...]:
    """The pools of the campaign's lists that are to be dialed."""
    query, given = of_active_lists(campaign_id)
    return pools_of(await query.rows(connection, given))


def of_active_lists(campaign_id: int) -> tuple[Prepared, dict[str, Any]]:
    """The question for them."""
    return _ACTIVE, {"campaign_id": campaign_id}


def pools_of(rows: Sequence[AnyRow]) -> tuple[Pool, ...]:
    """What it found."""
    return tuple(
        Pool(
            id=row.id,
            list_id=row.list_id,
            priority=row.priority,
            clocks=clocks_of(row),
            share=row.share,
            credit=row.credit,
            ready=int(row.ready),
        )
        for row in rows
    )


def open_pools(campaign: Campaign, pools: Sequence[Pool], now: datetime) -> list[Pool]:
    """Those whose contacts may be called now."""
    opens: dict[Clocks, bool] = {}
    for pool in pools:
        if pool.clocks not in opens:
            opens[pool.clocks] = opens_at(campaign, pool.clocks, now) == now
    return [pool for pool in pools if opens[pool.clocks]]


async def next_due_of(
    connection: AsyncConnection,
    campaign: Campaign,
    now: datetime,
    *,
    without: AbstractSet[int] = frozenset(),
) -> datetime | None:
    """When the campaign's next contact falls due, leaving out those `without`.

    At or before `now` where somebody may be looked at already, None where nobody ever will.
    """
    pools = await active_pools(connection, campaign.id)
    if without:
        pools = await _without(connection, pools, without)
    clocks = {pool.clocks for pool in pools if pool.ready > 0}
    times = [_look_at(campaign, one, now) for one in clocks]
    times.append(await _first_waiting(connection, campaign.id, without))
    return min((at for at in times if at is not None), default=None)


async def _first_waiting(
    connection: AsyncConnection, campaign_id: int, without: AbstractSet[int]
) -> datetime | None:
    query = _FIRST_WAITING.where(_contact.c.id.not_in(without)) if without else _FIRST_WAITING
    found: datetime | None = await connection.scalar(query, {"campaign_id": campaign_id})
    return found


async def _without(
    connection: AsyncConnection, pools: Sequence[Pool], without: AbstractSet[int]
) -> tuple[Pool, ...]:
    """The same pools, as if the contacts `without` were not ready."""
    query = select(_contact.c.pool_id).where(
        _contact.c.id.in_(without), _contact.c.rank.is_not(None)
    )
    taken: defaultdict[int, int] = defaultdict(int)
    for pool_id in await connection.scalars(query):
        taken[pool_id] += 1
    return tuple(replace(pool, ready=pool.ready - taken[pool.id]) for pool in pools)


async def write_credit(connection: AsyncConnection, changes: Mapping[int, int]) -> None:
    """Add to the lists what they are behind their parts; who adds at once adds to the sum."""
    for list_id, change in sorted(changes.items()):
        await _CREDIT.run(connection, {"list": list_id, "change": change})
