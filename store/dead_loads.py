"""Throwing away what loads left that died half-way.

Owns: which load counts as dead, and the removal, in short transactions: killed amid it, the next
one goes on. Nothing of it was ever seen, but for contacts that were to come over from another
list: they stay where they are (`store.staging`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ListState
from store import schema
from store.database import Database
from store.errors import StoreError
from store.row_by_row import is_of_a_row
from store.staging import drop_some
from store.updating import finish_shown

DEAD_AFTER: Final = timedelta(seconds=30)
"""Without a sign of life. A load that only slept finds out, and ends (`LoadLostError`)."""
DISCARDED: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The last sign of life of a load that is being thrown away."""
_LOOK_AGAIN_S: Final = 0.5
_AT_ONCE: Final = 500
_ROOM_S: Final = 0.005

_load = schema.list_import
_list = schema.call_list
_pool = schema.pool
_contact = schema.contact


async def clear_up(database: Database, now: datetime) -> int:
    """Throw away every dead load, and finish those that died when they were shown already.

    Return how many were thrown away.

    Raises:
        StoreError: not all of it could be done (`store.updating.finish_shown`).
    """
    count = await discard_dead(database, now)
    await finish_shown(database, now)
    return count


async def discard_dead(database: Database, now: datetime) -> int:
    """Throw away every dead load; return how many there were."""
    async with database.reading() as connection:
        dead = await _loads(connection, _load.c.alive_at <= now - DEAD_AFTER)
    for load_id in dead:
        await discard(database, load_id)
    return len(dead)


async def wait_for_others(
    database: Database, campaign_id: int, clock: Callable[[], datetime]
) -> None:
    """Wait until each load into the campaign is done, or dead and removed.

    Else a number of a load that comes to nothing, be it killed before or broken off later, would
    be told to be there already, and nobody would ever see it.
    """
    while True:
        now = clock()
        try:
            await clear_up(database, now)
        except StoreError as error:
            # A contact whose row the database refuses stops no list.
            if not is_of_a_row(error):
                raise
        async with database.reading() as connection:
            if not await is_under_way(connection, campaign_id):
                return
        await asyncio.sleep(_LOOK_AGAIN_S)


async def is_under_way(connection: AsyncConnection, campaign_id: int) -> bool:
    """Whether a load into the campaign has not come to its end."""
    return bool(await _loads(connection, _load.c.campaign_id == campaign_id))


async def discard(database: Database, load_id: int) -> None:
    """Throw one load away. Its own next batch, should it live after all, is refused.

    One that has come to its end is shown, and stays.
    """
    if not await mark_dead(database, load_id):
        return
    last: int | None = 0
    while last is not None:
        last = await _remove_some(database, load_id, last)
        await asyncio.sleep(_ROOM_S)
    more = True
    while more:
        async with database.writing() as connection:
            more = await drop_some(connection, load_id)
        await asyncio.sleep(_ROOM_S)
    async with database.writing() as connection:
        await _remove_rest(connection, load_id)


async def mark_dead(database: Database, load_id: int) -> bool:
    """From here on it is dead for everybody, also if this is killed; False if it is none (more).

    Whoever found it silent did so some time ago: meanwhile it may have woken up, and ended well.
    """
    async with database.writing() as connection:
        dead = update(_load).where(_load.c.id == load_id, _load.c.alive_at.is_not(None))
        if (await connection.execute(dead.values(alive_at=DISCARDED))).rowcount == 0:
            return False
        # Who was there before stays, in the list where he was.
        there = update(_pool).where(_pool.c.load_id == load_id, _pool.c.list_id != _hidden(load_id))
        await connection.execute(there.values(load_id=None))
    return True


def _hidden(load_id: int) -> ScalarSelect[int]:
    return select(_load.c.list_id).where(_load.c.id == load_id).scalar_subquery()


def _pools_of(load_id: int) -> Select[int]:
    return select(_pool.c.id).where(_pool.c.load_id == load_id)


async def _loads(connection: AsyncConnection, which: ColumnElement[bool]) -> list[int]:
    """The loads under way that are so, oldest first."""
    query = (
        select(_load.c.id)
        .join(_list, _list.c.id == _load.c.list_id)
        .where(_list.c.state == ListState.LOADING.value, which)
        .order_by(_load.c.id)
    )
    return list(await connection.scalars(query))


async def _remove_some(database: Database, load_id: int, after: int) -> int | None:
    """Remove the next contacts; return the last one's id, None when there are no more."""
    query = (
        select(_contact.c.id)
        .where(_contact.c.id > after, _contact.c.pool_id.in_(_pools_of(load_id)))
        .order_by(_contact.c.id)
        .limit(_AT_ONCE)
    )
    # To find them takes no lock; nothing else changes contacts that nobody sees.
    async with database.reading() as connection:
        ids: list[int] = list(await connection.scalars(query))
    if not ids:
        return None
    async with database.writing() as connection:
        for column in (schema.appointment.c.contact_id, schema.contact_number.c.contact_id):
            await connection.execute(delete(column.table).where(column.in_(ids)))
        await connection.execute(delete(_contact).where(_contact.c.id.in_(ids)))
    return ids[-1]


async def _remove_rest(connection: AsyncConnection, load_id: int) -> None:
    tally = schema.tally
    list_id = await connection.scalar(select(_load.c.list_id).where(_load.c.id == load_id))
    await connection.execute(delete(tally).where(tally.c.pool_id.in_(_pools_of(load_id))))
    await connection.execute(delete(_pool).where(_pool.c.load_id == load_id))
    await connection.execute(delete(_load).where(_load.c.id == load_id))
    await connection.execute(delete(_list).where(_list.c.id == list_id))
