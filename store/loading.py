"""A load: all of a list, or nothing of it.

Owns: the life of a load. It begins with a list that no claim sees, writes contacts into pools of
its own in short transactions, and ends with one commit that shows them: as a new list, as part of
one that is there, or in place of one. What it changes of contacts that are there already holds
from that commit on as well (`store.updating`). A load that dies is seen by nobody; the next one
throws it away (`store.dead_loads`). Must not know files, nor how a number is read: rows come in
checked.

Each batch says that the load is alive, and so finds out whether somebody took it for dead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ListState
from store import schema
from store.agents import agent_records
from store.bulk import bulk_of
from store.database import Database
from store.dead_loads import DISCARDED, discard, is_under_way, mark_dead
from store.errors import ListWithdrawnError, LoadLostError, StoreError, UnknownListError
from store.facts import load_campaign
from store.list_rows import (
    CONTACT_COLUMNS,
    NUMBER_COLUMNS,
    Listed,
    LoadRow,
    NewRow,
    PoolKey,
    contact_rows,
    number_rows,
    pool_key,
)
from store.locks import change_rules
from store.on_file import look_up
from store.sorting import Finding, OnDuplicate, Sorted, Wish, sort_out
from store.staging import LoadNamed, Moves, stage
from store.updating import finish_shown, hear_noes

BATCH: Final = 2000
"""The most rows of one transaction."""

FEWEST: Final = 250
LONGEST_S: Final = 0.050
"""Where claims wait for it, a transaction that took longer makes the next one shorter."""

_NEWEST_PART: Final = 0.1
"""What the last transaction counts for in the pace."""

ROOM_S: Final = 0.005
"""Between two transactions at least, where claims wait: in it one of them gets its turn."""

_list = schema.call_list
_load = schema.list_import
_pool = schema.pool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOrder:
    """What is to be loaded, and how.

    `list_name`: the list that gets the contacts, made if the campaign has none of that name.
    `swap`: the list that it takes the place of; who is in both goes on with the history there is.
    `priority`: of rows that name none (1 first, 9 last).
    """

    campaign_id: int
    file_name: str
    sha256: str
    list_name: str
    swap: str | None = None
    priority: int = 5
    duplicates: OnDuplicate = OnDuplicate.SKIP
    elsewhere: OnDuplicate = OnDuplicate.ALLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What became of a batch: each row was added, has updated a contact, or is in `findings`.

    A finding with `row_loaded` is about a part of a row that counts as added or updated.
    """

    added: int
    updated: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCounts:
    """What became of a whole list."""

    rows_read: int
    added: int
    duplicates: int
    refused: int


class Load:
    """One load under way; made by `begin`. End it with `finish` or `give_up`."""

    def __init__(self, database: Database, order: LoadOrder, wish: Wish, list_id: int) -> None:
        self._database = database
        self._order = order
        self._wish = wish
        self._list_id = list_id
        self._listed = Listed(order.list_name, order.priority)
        self._pools: dict[PoolKey, int] = {}
        self._moves = Moves()
        self._updates = self._says_no = False
        self._free_at = 0.0
        self._pace = Pace()

    @property
    def id(self) -> int:
        """The load's number."""
        return int(self._wish.load_id or 0)

    async def add(self, rows: Sequence[LoadRow], now: datetime) -> BatchResult:
        """Write the rows that are new, in one transaction, or several where it would be long.

        Raises:
            LoadLostError: the load gave no sign of life for so long that another threw it away.
            StoreError: nothing was written of the transaction that failed.
        """
        if not rows:
            # So many refused ones may come that the load would be taken for dead.
            await self._write((), now)
        added = updated = at = 0
        findings: list[Finding] = []
        while at < len(rows):
            some = rows[at : at + self._pace.rows_at_once]
            found = await self._write(some, now)
            added, updated = added + len(found.fresh), updated + len(found.updates)
            findings += (
                (one._replace(place=one.place + at) for one in found.findings)
                if at
                else found.findings
            )
            at += len(some)
        return BatchResult(added=added, updated=updated, findings=tuple(findings))

    async def _write(self, rows: Sequence[LoadRow], now: datetime) -> Sorted:
        await self._leave_room()
        clock = asyncio.get_running_loop().time
        async with self._database.writing(durable=False) as connection:
            began_at = clock()
            others_wait = bulk_of(connection).OTHERS_WAIT
            await bulk_of(connection).settle_in(connection, self._order.campaign_id)
            await self._say_alive(connection, now)
            e164s = [number.e164 for row in rows for number in row.good.numbers]
            on_file = await look_up(
                connection,
                self._order.campaign_id,
                e164s,
                now,
                load_id=self.id if self._updates else None,
            )
            found = sort_out(rows, on_file, self._wish, now)
            pools = await self._insert(connection, found.fresh, now)
            moves = await stage(connection, found.updates, found.noes, self._moves, self._named)
            took_s = clock() - began_at
        # Only now: what was rolled back is not there.
        self._pools |= pools
        self._moves = moves
        self._updates |= bool(found.updates)
        self._says_no |= bool(found.noes) or any(
            one.row.good.says_no_consent for one in found.updates
        )
        if others_wait:
            self._free_at = clock() + ROOM_S
            self._pace = self._pace.after(len(rows), took_s)
        return found

    async def finish(self, counts: LoadCounts, now: datetime) -> None:
        """Show the load, in one commit, and note it; then carry out what it changes.

        What cannot be carried out now is done by whoever comes next: the load is in force.

        Raises:
            LoadLostError: as in `add`.
            ListWithdrawnError: meanwhile the list that it goes into was withdrawn.
            StoreError: nothing is shown; the load can be given up.
        """
        await self._leave_room()
        async with self._database.writing() as connection:
            if self._wish.swap_list_id is not None or self._says_no:
                # A list goes, or a ground does: no call on it is sent after this (I3).
                await change_rules(connection)
            await self._say_alive(connection, now)
            await self._judge_anew_if_changed(connection)
            shown_as = await self._show(connection) if self._pools or self._moves else None
            await self._moves.show(connection, self.id, shown_as)
            if self._says_no:
                await hear_noes(connection, self._named, now)
            await connection.execute(
                update(_load)
                .where(_load.c.id == self.id)
                .values(
                    list_id=shown_as,
                    alive_at=None,
                    at=now,
                    rows_read=counts.rows_read,
                    added=counts.added,
                    duplicates=counts.duplicates,
                    refused=counts.refused,
                )
            )
            if shown_as != self._list_id:
                await connection.execute(delete(_list).where(_list.c.id == self._list_id))
        if self._updates:
            with suppress(StoreError):
                await finish_shown(self._database, now)

    async def _judge_anew_if_changed(self, connection: AsyncConnection) -> None:
        """Rows were written by the campaign as it was at the beginning: the claims look again."""
        campaign, _ = await load_campaign(connection, self._order.campaign_id)
        if campaign != self._wish.campaign:
            this = update(schema.campaign).where(schema.campaign.c.id == campaign.id)
            await connection.execute(this.values(renewed_to=0))

    async def give_up(self) -> None:
        """Throw away what was written."""
        await discard(self._database, self.id)

    async def abandon(self) -> None:
        """Say that it is dead, and leave the rest to the next load: for who is in a hurry."""
        await mark_dead(self._database, self.id)

    async def _leave_room(self) -> None:
        """Sleep what is left of the gap; on SQLite others can write only in it."""
        left_s = self._free_at - asyncio.get_running_loop().time()
        if left_s > 0:
            await asyncio.sleep(left_s)

    async def _say_alive(self, connection: AsyncConnection, now: datetime) -> None:
        alive = update(_load).where(_load.c.id == self.id, _load.c.alive_at > DISCARDED)
        if (await connection.execute(alive.values(alive_at=now))).rowcount == 0:
            raise LoadLostError(self._order.file_name)

    async def _insert(
        self, connection: AsyncConnection, fresh: Sequence[LoadRow], now: datetime
    ) -> dict[PoolKey, int]:
        """Write new contacts; return the pools that were made for them."""
        if not fresh:
            return {}
        bulk, campaign_id = bulk_of(connection), self._order.campaign_id
        keys = [pool_key(row.good, self._order.priority) for row in fresh]
        made = {
            key: await self._make_pool(connection, key) for key in set(keys) - self._pools.keys()
        }
        pools = self._pools | made
        ids = await bulk.take_ids(connection, len(fresh))
        new = list(zip(ids, map(pools.__getitem__, keys), fresh, strict=True))
        contacts = contact_rows(self._wish.campaign, new, now, bulk.moment, self._listed)
        await bulk.write(connection, "contact", CONTACT_COLUMNS, contacts)
        numbers = number_rows(campaign_id, new)
        await bulk.write(connection, "contact_number", NUMBER_COLUMNS, numbers)
        await _write_appointments(connection, campaign_id, new, self._order.file_name, now)
        return made

    async def _make_pool(self, connection: AsyncConnection, key: PoolKey) -> int:
        made = await connection.execute(
            insert(_pool)
            .values(
                campaign_id=self._order.campaign_id,
                list_id=self._list_id,
                load_id=self.id,
                **key._asdict(),
            )
            .returning(_pool.c.id)
        )
        return int(made.scalar_one())

    @property
    def _named(self) -> LoadNamed:
        return LoadNamed(self.id, self._order.campaign_id, self._order.file_name)

    async def _show(self, connection: AsyncConnection) -> int:
        """Give the pools to the list that is seen; return it."""
        order = self._order
        target = await list_named(connection, order.campaign_id, order.list_name)
        if target is None:
            target = self._list_id
            shown = {"name": order.list_name, "state": ListState.ACTIVE.value}
            await connection.execute(update(_list).where(_list.c.id == target).values(**shown))
        else:
            ours = update(_pool).where(_pool.c.list_id == self._list_id)
            await connection.execute(ours.values(list_id=target))
        swapped = self._wish.swap_list_id
        if swapped is not None and swapped != target:
            gone = update(_list).where(_list.c.id == swapped)
            await connection.execute(gone.values(state=ListState.WITHDRAWN.value))
        return target


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a row takes, as it was lately: one slow transaction says little.

    `row_s`: seconds for one row, None before the first.
    """

    row_s: float | None = None

    def after(self, rows: int, took_s: float) -> Pace:
        """The pace when so many rows took so long."""
        if not rows:
            return self
        latest = took_s / rows
        before = latest if self.row_s is None else self.row_s
        return Pace(row_s=before + (latest - before) * _NEWEST_PART)

    @property
    def rows_at_once(self) -> int:
        """How many rows the next transaction takes."""
        if not self.row_s:
            return BATCH
        return min(max(int(LONGEST_S / self.row_s), FEWEST), BATCH)


async def begin(database: Database, order: LoadOrder, now: datetime) -> Load:
    """Begin a load. Throw dead ones away before (`store.dead_loads.discard_dead`).

    Raises:
        UnknownCampaignError, UnknownListError: there is no such campaign, or none to swap.
        ListWithdrawnError: the list that it goes into was withdrawn.
        StoreError: nothing was begun.
    """
    async with database.writing() as connection:
        return await _begun(connection, database, order, now)


async def begin_alone(database: Database, order: LoadOrder, now: datetime) -> Load | None:
    """Begin a load as `begin` does; None: another one into the campaign is under way.

    Its numbers are told as duplicates already, and would be in no list if it came to nothing.
    """
    async with database.writing() as connection:
        await bulk_of(connection).settle_in(connection, order.campaign_id)
        if await is_under_way(connection, order.campaign_id):
            return None
        return await _begun(connection, database, order, now)


async def _begun(
    connection: AsyncConnection, database: Database, order: LoadOrder, now: datetime
) -> Load:
    campaign, _ = await load_campaign(connection, order.campaign_id)
    swapped = None
    if order.swap is not None:
        swapped = await list_id_of(connection, order.campaign_id, order.swap)
    await list_named(connection, order.campaign_id, order.list_name)
    list_id, load_id = await _open(connection, order, now)
    agents = await agent_records(connection)
    wish = Wish(
        campaign=campaign,
        load_id=load_id,
        agents=frozenset(record.agent for record in agents),
        duplicates=order.duplicates,
        elsewhere=order.elsewhere,
        swap_list_id=swapped,
    )
    return Load(database, order, wish, list_id)


async def _open(connection: AsyncConnection, order: LoadOrder, now: datetime) -> tuple[int, int]:
    noted = {
        "campaign_id": order.campaign_id,
        "alive_at": now,
        "file_name": order.file_name[: schema.NAME_LENGTH],
        "sha256": order.sha256,
        "at": now,
        **dict.fromkeys(("rows_read", "added", "duplicates", "refused"), 0),
    }
    load = await connection.execute(insert(_load).values(**noted).returning(_load.c.id))
    load_id = int(load.scalar_one())
    hidden = {
        "campaign_id": order.campaign_id,
        # The true name comes with the end.
        "name": f"loading #{load_id}",
        "state": ListState.LOADING.value,
        "created_at": now,
    }
    made = await connection.execute(insert(_list).values(**hidden).returning(_list.c.id))
    list_id = int(made.scalar_one())
    await connection.execute(update(_load).where(_load.c.id == load_id).values(list_id=list_id))
    return list_id, load_id


async def list_named(connection: AsyncConnection, campaign_id: int, name: str) -> int | None:
    """The list of that name that contacts can be added to; None: there is none.

    Raises:
        ListWithdrawnError: it was withdrawn.
    """
    query = select(_list.c.id, _list.c.state).where(
        _list.c.campaign_id == campaign_id,
        _list.c.name == name,
        _list.c.state != ListState.LOADING.value,
    )
    row = (await connection.execute(query)).one_or_none()
    if row is not None and row.state == ListState.WITHDRAWN.value:
        raise ListWithdrawnError(name)
    return None if row is None else int(row.id)


async def list_id_of(connection: AsyncConnection, campaign_id: int, name: str) -> int:
    """The list of that name.

    Raises:
        UnknownListError: the campaign has none.
    """
    query = select(_list.c.id).where(
        _list.c.campaign_id == campaign_id,
        _list.c.name == name,
        _list.c.state != ListState.LOADING.value,
    )
    found: int | None = await connection.scalar(query)
    if found is None:
        raise UnknownListError(name)
    return found


async def _write_appointments(
    connection: AsyncConnection,
    campaign_id: int,
    new: Sequence[NewRow],
    file_name: str,
    now: datetime,
) -> None:
    rows = [
        {
            "campaign_id": campaign_id,
            "contact_id": contact_id,
            "at": row.good.appointment,
            "agent": row.good.appointment_agent or None,
            "made_by": file_name[: schema.NAME_LENGTH],
            "made_at": now,
        }
        for contact_id, _, row in new
        if row.good.appointment is not None
    ]
    if rows:
        await connection.execute(insert(schema.appointment), rows)
