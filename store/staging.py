"""What a load will change of contacts that are there: kept beside them until the load is shown.

Owns: those rows (`contact_update`, `number_update`), and the pools in which contacts come over
from another list. Nobody looks at either before the load is shown, and a load that dies takes them
along. Must not decide who is updated (`store.sorting`), nor carry out any of it
(`store.updating`).

A contact that moves, or gets another priority, goes into a pool of the load that is as the one it
comes from, and still the old list's: it is dialed as before until the load is shown, and then the
pool changes hands, with all that are in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.row.rows import NO_FIELDS
from store import schema
from store.bulk import Bulk, bulk_of
from store.sorting import Update

_AT_ONCE: Final = 5000

_contact = schema.contact
_load = schema.list_import
_pool = schema.pool
_update = schema.contact_update
_number = schema.number_update
_NO_GROUND: Final = {"consent": None, "consent_proof": None, "consent_at": None}
_UPDATE_COLUMNS: Final = tuple(column.name for column in _update.c)
_NUMBER_COLUMNS: Final = tuple(column.name for column in _number.c)


class LoadNamed(NamedTuple):
    """The load that the rows come with."""

    id: int
    campaign_id: int
    file_name: str


async def shown_unfinished(connection: AsyncConnection) -> list[LoadNamed]:
    """The loads that are shown and not carried out to the end, in the order of their showing."""
    waits = select(_update.c.load_id).where(_update.c.load_id == _load.c.id).exists()
    query = (
        select(_load.c.id, _load.c.campaign_id, _load.c.file_name)
        .where(_load.c.alive_at.is_(None), waits)
        .order_by(_load.c.at, _load.c.id)
    )
    return [LoadNamed(*row) for row in await connection.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """The pools of a load whose contacts were there before.

    `pools`: by the pool that they came from and the priority that they get.
    """

    pools: dict[tuple[int, int | None], int] = field(default_factory=dict)
    moving: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.moving)

    async def show(self, connection: AsyncConnection, load_id: int, list_id: int | None) -> None:
        """Give those that move to the list that is shown now, and the others their priority."""
        ours = _pool.c.load_id == load_id
        if self.moving:
            # With those whose number was mended meanwhile: that put them into a pool of their own.
            left = select(_pool.c.list_id).where(ours, _pool.c.id.in_(self.moving)).distinct()
            lists = (await connection.scalars(left)).all()
            moved = update(_pool).where(ours, _pool.c.list_id.in_(lists))
            await connection.execute(moved.values(list_id=list_id))
        for (_, priority), pool_id in self.pools.items():
            if priority is not None:
                this = update(_pool).where(ours, _pool.c.id == pool_id)
                await connection.execute(this.values(priority=priority))


async def stage(
    connection: AsyncConnection,
    updates: Sequence[Update],
    noes: Collection[int],
    moves: Moves,
    load: LoadNamed,
) -> Moves:
    """Keep what the rows say; return the moves with what came to them.

    `noes`: contacts of this load, new ones too, to whom a later row of the list says no.
    """
    bulk = bulk_of(connection)
    if updates:
        changed = list(_changed(updates, load, bulk))
        await bulk.write(connection, _update.name, _UPDATE_COLUMNS, changed)
    if added := list(_added(updates, load)):
        await bulk.write(connection, _number.name, _NUMBER_COLUMNS, added)
    if noes:
        theirs = (_update.c.load_id == load.id, _update.c.contact_id.in_(noes))
        await connection.execute(update(_update).where(*theirs).values(says_no=True, consent=None))
        hidden = select(_load.c.list_id).where(_load.c.id == load.id).scalar_subquery()
        new = (
            _contact.c.id.in_(noes),
            _contact.c.pool_id.in_(select(_pool.c.id).where(_pool.c.list_id == hidden)),
        )
        await connection.execute(update(_contact).where(*new).values(**_NO_GROUND))
    return await _into_pools(connection, updates, moves, load)


def _changed(updates: Sequence[Update], load: LoadNamed, bulk: Bulk) -> Iterator[tuple[Any, ...]]:
    """Tuples of the columns; None where the row has no word: an empty cell takes nothing away."""
    for change in updates:
        good = change.row.good
        # A ground for one campaign is none for another; a no holds everywhere.
        is_ours = change.holder.campaign_id == load.campaign_id
        consent = good.consent if is_ours and not good.says_no_consent else None
        given_at = consent.given_at if consent is not None else None
        yield (
            load.id,
            change.holder.contact_id,
            change.row.line,
            good.reference or None,
            good.name or None,
            None if good.fields == NO_FIELDS else good.fields,
            consent.basis.value if consent is not None else None,
            consent.proof if consent is not None else None,
            bulk.moment(given_at) if given_at is not None else None,
            good.says_no_consent,
        )


def _added(updates: Sequence[Update], load: LoadNamed) -> Iterator[tuple[Any, ...]]:
    for change in updates:
        for position, number in enumerate(change.new_numbers):
            yield (
                load.id,
                number.e164,
                change.holder.contact_id,
                position,
                number.kind.value,
                number.country,
            )


async def _into_pools(
    connection: AsyncConnection, updates: Sequence[Update], moves: Moves, load: LoadNamed
) -> Moves:
    pools, moving = dict(moves.pools), set(moves.moving)
    going: defaultdict[int, list[int]] = defaultdict(list)
    for change in updates:
        pool_id, priority = change.holder.pool_id, change.row.good.priority
        if pool_id is None or not (change.moves or priority is not None):
            continue
        key = (pool_id, priority)
        if key not in pools:
            pools[key] = await _like(connection, pool_id, load.id)
        if change.moves:
            moving.add(pools[key])
        going[pools[key]].append(change.holder.contact_id)
    for pool_id, contacts in going.items():
        theirs = update(_contact).where(_contact.c.id.in_(contacts))
        await connection.execute(theirs.values(pool_id=pool_id))
    return Moves(pools=pools, moving=frozenset(moving))


async def _like(connection: AsyncConnection, pool_id: int, load_id: int) -> int:
    """Make a pool like that one, of the same list, for this load."""
    same = (await connection.execute(select(_pool).where(_pool.c.id == pool_id))).one()
    values = {**same._mapping, "load_id": load_id}  # noqa: SLF001  SQLAlchemy's public name
    del values["id"]
    made = await connection.execute(insert(_pool).values(**values).returning(_pool.c.id))
    return int(made.scalar_one())


async def drop_some(connection: AsyncConnection, load_id: int) -> bool:
    """Throw away the next rows of a load; whether there may be more."""
    dropped = 0
    for table, key in ((_update, _update.c.contact_id), (_number, _number.c.e164)):
        some = select(key).where(table.c.load_id == load_id).limit(_AT_ONCE)
        those = delete(table).where(table.c.load_id == load_id, key.in_(some))
        dropped += (await connection.execute(those)).rowcount
    return dropped > 0
