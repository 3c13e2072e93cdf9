"""Bringing contacts that are there already up to date by a row of a new list.

Owns: what of a contact a list may change (name, reference, fields, priority, consent) and what it
never does (numbers, zone, state, history); and the move of a contact from a list to the one that
takes its place. Must not decide who is updated (`store.sorting`).

A contact that moves goes into a pool of the load that is still the old list's: it is dialed as
before until the load is shown, and then the pool changes hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store import schema
from store.consent import heed_list
from store.sorting import Update

_contact = schema.contact
_pool = schema.pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """The pools of a load whose contacts were there before.

    `pools`: by the pool that they came from and the priority that they get.
    """

    pools: dict[tuple[int, int | None], int] = field(default_factory=dict)
    moving: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.moving)

    async def show(self, connection: AsyncConnection, list_id: int) -> None:
        """Give those that move to the list that is shown now."""
        for (_, priority), pool_id in self.pools.items():
            values: dict[str, int] = {} if priority is None else {"priority": priority}
            if pool_id in self.moving:
                values["list_id"] = list_id
            if values:
                await connection.execute(
                    update(_pool).where(_pool.c.id == pool_id).values(**values)
                )


async def update_contacts(  # noqa: PLR0917  the load's own facts
    connection: AsyncConnection,
    updates: Sequence[Update],
    moves: Moves,
    load_id: int,
    campaign_id: int,
    by: str,
    now: datetime,
) -> Moves:
    """Write what the rows say; return the moves with what came to them.

    `by`: what the ledger says of a changed ground. One that a person gave for `campaign_id` is
    none for another campaign; a no holds everywhere.
    """
    pools, moving = dict(moves.pools), set(moves.moving)
    for change in updates:
        values = _values(change)
        priority = change.row.good.priority
        pool_id = change.holder.pool_id
        if pool_id is not None and (change.moves or priority is not None):
            key = (pool_id, priority)
            if key not in pools:
                # Until it is shown, a pool that moves keeps the old place in the order.
                at_once = None if change.moves else priority
                pools[key] = await _like(connection, pool_id, load_id, at_once)
            values["pool_id"] = pools[key]
            if change.moves:
                moving.add(pools[key])
        await connection.execute(
            update(_contact).where(_contact.c.id == change.holder.contact_id).values(**values)
        )
        good, ours = change.row.good, change.holder.campaign_id == campaign_id
        if good.says_no_consent or (good.consent is not None and ours):
            await heed_list(connection, change.holder.contact_id, good.consent, by, now)
    return Moves(pools=pools, moving=frozenset(moving))


def _values(change: Update) -> dict[str, Any]:
    """The columns that the row has a word for; an empty cell takes nothing away."""
    good = change.row.good
    values: dict[str, Any] = {"line": change.row.line}
    if good.reference:
        values["reference"] = good.reference
    if good.name:
        values["name"] = good.name
    if good.custom:
        values["custom"] = good.custom
    return values


async def _like(
    connection: AsyncConnection, pool_id: int, load_id: int, priority: int | None
) -> int:
    """Make a pool like that one, of the same list, for this load."""
    same = (await connection.execute(select(_pool).where(_pool.c.id == pool_id))).one()
    values = {**same._mapping, "load_id": load_id}  # noqa: SLF001  SQLAlchemy's public name
    del values["id"]
    if priority is not None:
        values["priority"] = priority
    made = await connection.execute(insert(_pool).values(**values).returning(_pool.c.id))
    return int(made.scalar_one())
