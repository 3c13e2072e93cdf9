"""Bringing contacts that are there already up to date by a row of a new list.

Owns: what of a contact a list may change (name, reference, fields, priority, consent) and what it
never does (numbers, zone, state, history); and the move of a contact from a list to the one that
takes its place. Must not decide who is updated (`store.sorting`).

A contact that moves goes into a pool of the load that is still the old list's: it is dialed as
before until the load is shown, and then the pool changes hands.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ContactState
from campaigns.judge import Code
from campaigns.rows import NO_FIELDS
from store import schema
from store.consent import heard_of_file, refused_in_file
from store.facts import is_in_call
from store.sorting import Update

_contact = schema.contact
_pool = schema.pool
_MAY_BE_BROUGHT: Final = (
    Code.CONSENT.value,
    Code.CONSENT_PROOF.value,
    Code.FILTERED.value,
    Code.FILTER_UNCLEAR.value,
)


class LoadNamed(NamedTuple):
    """The load that the rows come with."""

    id: int
    campaign_id: int
    file_name: str


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


async def update_contacts(
    connection: AsyncConnection,
    updates: Sequence[Update],
    moves: Moves,
    load: LoadNamed,
    now: datetime,
) -> Moves:
    """Write what the rows say; return the moves with what came to them."""
    if not updates:
        return moves
    told = {
        change.holder.contact_id: change.row.good.consent
        for change in updates
        # A ground for one campaign is none for another; a no holds everywhere.
        if change.row.good.consent is not None and change.holder.campaign_id == load.campaign_id
    }
    for change in updates:
        if change.row.good.says_no_consent:
            await refused_in_file(connection, change.holder.contact_id, load.file_name, now)
    heard = await heard_of_file(connection, told, load.file_name, now)
    pools, moving = dict(moves.pools), set(moves.moving)
    for change in updates:
        values = _values(change, hears_consent=change.holder.contact_id in heard)
        priority = change.row.good.priority
        pool_id = change.holder.pool_id
        if pool_id is not None and (change.moves or priority is not None):
            key = (pool_id, priority)
            if key not in pools:
                # Until it is shown, a pool that moves keeps the old place in the order.
                shown_now = None if change.moves else priority
                pools[key] = await _like(connection, pool_id, load.id, shown_now)
            values["pool_id"] = pools[key]
            if change.moves:
                moving.add(pools[key])
        await connection.execute(
            update(_contact).where(_contact.c.id == change.holder.contact_id).values(**values)
        )
    await _look_again(connection, [change.holder.contact_id for change in updates], now)
    return Moves(pools=pools, moving=frozenset(moving))


async def _look_again(connection: AsyncConnection, contacts: Sequence[int], now: datetime) -> None:
    """Who waited for nothing but what a list may bring is due now."""
    await connection.execute(
        update(_contact)
        .where(
            _contact.c.id.in_(contacts),
            _contact.c.state == ContactState.OPEN.value,
            _contact.c.standing.in_(_MAY_BE_BROUGHT),
            ~is_in_call(_contact.c.id),
        )
        .values(next_attempt_at=now)
    )


def _values(change: Update, *, hears_consent: bool) -> dict[str, Any]:
    """The columns that the row has a word for; an empty cell takes nothing away."""
    good = change.row.good
    values: dict[str, Any] = {"line": change.row.line}
    if good.reference:
        values["reference"] = good.reference
    if good.name:
        values["name"] = good.name
    if good.fields != NO_FIELDS:
        values["custom"] = json.loads(good.fields)
    if good.consent is not None and hears_consent:
        values["consent"] = good.consent.basis.value
        values["consent_proof"] = good.consent.proof
        values["consent_at"] = good.consent.given_at
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
