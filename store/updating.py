"""Bringing contacts that are there already up to date by the rows of a load that is shown.

Owns: what of a contact a list may change (name, reference, fields, consent, numbers that nobody
has) and what it never does (numbers that it has, a zone that was told, state, history). Must not
decide who is updated (`store.sorting`).

A load is seen wholly or not at all, and it may update millions; but claims wait for each commit,
on SQLite at least. So a load only notes what it will change (`store.staging`), the one short commit
that shows it decides that all of that holds, and it is carried out afterwards, a few contacts in a
transaction, which also takes the notes of these away: killed at any moment, whoever comes next goes
on. That is the load itself, the next one, `waihu list discard`, or an engine, now and then.

What a contact is between the two is what it was before, and that does no harm, but for a no: who
has taken the ground back must not be called any more. So each no is carried out in the showing
commit itself, with its entry in the ledger. (Not before it: a load that is given up would leave it
in force.) And whatever is said of a ground in between is newer than the ground that is still to
come, which is therefore given first (`store.consent`).
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ContactState
from campaigns.judge import Code
from store import schema
from store.bulk import bulk_of
from store.consent import give_of_load, refused_in_file
from store.database import Database
from store.errors import StoreError
from store.facts import is_in_call
from store.locks import hold_rules
from store.moving import move_with_added
from store.row_by_row import is_of_a_row
from store.staging import LoadNamed, shown_unfinished

AT_ONCE: Final = 250
"""The contacts of one transaction: 5 to 15 ms, and 50 ms where each of them gets a number."""

_READ_AT_ONCE: Final = 25_000
"""Ids are read so many at a time: PostgreSQL may sort all that are left, to find the first."""

_ROOM_S: Final = 0.005

_contact = schema.contact
_number = schema.contact_number
_update = schema.contact_update
_added = schema.number_update
_MAY_BE_BROUGHT: Final = (
    Code.CONSENT.value,
    Code.CONSENT_PROOF.value,
    Code.FILTERED.value,
    Code.FILTER_UNCLEAR.value,
)


async def hear_noes(connection: AsyncConnection, load: LoadNamed, now: datetime) -> None:
    """Take the ground of those to whom the load says no, in the transaction that shows it."""
    noes = select(_update.c.contact_id).where(_update.c.load_id == load.id, _update.c.says_no)
    await refused_in_file(connection, noes, load.file_name, now)


async def finish_shown(database: Database, now: datetime) -> None:
    """Carry out what loads that are shown have still to change, the first of them first.

    Raises:
        StoreError: the rest is still to be done; where the database refuses a contact's row
            (`is_of_a_row`), that is this contact alone.
    """
    async with database.reading() as connection:
        loads = await shown_unfinished(connection)
    faults = [await _carry_out(database, load, now) for load in loads]
    for fault in faults:
        if fault is not None:
            raise fault


async def _carry_out(database: Database, load: LoadNamed, now: datetime) -> StoreError | None:
    """All of one load; whose row refuses is passed over. Returns the last such refusal."""
    fault: StoreError | None = None
    after = 0
    while ids := await _next_of(database, load.id, after):
        at, at_once, after = 0, AT_ONCE, ids[-1]
        while at < len(ids):
            some = ids[at : at + at_once]
            try:
                async with database.writing(durable=False) as connection:
                    stretch = _Stretch(load.id, some[0], some[-1])
                    await _carry_out_some(connection, load, stretch, now)
            except StoreError as error:
                if not is_of_a_row(error):
                    raise
                if len(some) > 1:
                    # One by one, up to the one that it is.
                    at_once = 1
                    continue
                at_once, fault = AT_ONCE, error
            at += len(some)
            await asyncio.sleep(_ROOM_S)
    return fault


async def _next_of(database: Database, load_id: int, after: int) -> list[int]:
    query = select(_update.c.contact_id).where(
        _update.c.load_id == load_id, _update.c.contact_id > after
    )
    async with database.reading() as connection:
        ids = await connection.scalars(query.order_by(_update.c.contact_id).limit(_READ_AT_ONCE))
        return list(ids)


class _Stretch(NamedTuple):
    """Some contacts of a load, from the first to the last."""

    load_id: int
    first: int
    last: int

    @property
    def updates(self) -> ColumnElement[bool]:
        """The rows about them."""
        theirs = _update.c.contact_id.between(self.first, self.last)
        return and_(_update.c.load_id == self.load_id, theirs)

    @property
    def numbers(self) -> ColumnElement[bool]:
        """The numbers that they get."""
        theirs = _added.c.contact_id.between(self.first, self.last)
        return and_(_added.c.load_id == self.load_id, theirs)

    @property
    def contacts(self) -> Select[tuple[int]]:
        """Their ids."""
        return select(_update.c.contact_id).where(self.updates)


async def _carry_out_some(
    connection: AsyncConnection, load: LoadNamed, stretch: _Stretch, now: datetime
) -> None:
    """A few contacts; nothing where somebody else has done so by now."""
    # As a claim does: who takes a ground back just now comes before this, or after.
    await hold_rules(connection)
    # One at a time for a campaign, also where several go on with what one has left. And where
    # another campaign's contacts get numbers, no load there has just seen that nobody has them.
    for campaign_id in sorted({load.campaign_id, *await _with_new_numbers(connection, stretch)}):
        await bulk_of(connection).settle_in(connection, campaign_id)
    locked = select(_contact.c.id).where(_contact.c.id.in_(stretch.contacts))
    await connection.execute(locked.order_by(_contact.c.id).with_for_update(key_share=True))
    await give_of_load(connection, load, stretch.updates, now)
    await _write(connection, stretch)
    await _look_again(connection, stretch, now)
    await _add_numbers(connection, stretch, now)
    await connection.execute(delete(_added).where(stretch.numbers))
    await connection.execute(delete(_update).where(stretch.updates))


async def _with_new_numbers(connection: AsyncConnection, stretch: _Stretch) -> set[int]:
    """The campaigns of those who get one."""
    theirs = select(_contact.c.campaign_id).join(_added, _added.c.contact_id == _contact.c.id)
    return set(await connection.scalars(theirs.where(stretch.numbers).distinct()))


async def _write(connection: AsyncConnection, stretch: _Stretch) -> None:
    """Write the columns that the rows have a word for, and only where something is new."""
    texts = ("reference", "name")
    values: dict[str, ColumnElement[Any]] = {
        name: func.coalesce(_update.c[name], _contact.c[name]) for name in (*texts, "custom")
    }
    is_new = or_(
        *(_update.c[name] != _contact.c[name] for name in texts),
        cast(_update.c.custom, Text) != cast(_contact.c.custom, Text),
    )
    theirs = (stretch.updates, _contact.c.id == _update.c.contact_id, is_new)
    await connection.execute(update(_contact).where(*theirs).values(values))


async def _look_again(connection: AsyncConnection, stretch: _Stretch, now: datetime) -> None:
    """Who waited for nothing but what a list may bring is due now, and who gets a number."""
    with_numbers = select(_added.c.contact_id).where(stretch.numbers)
    await connection.execute(
        update(_contact)
        .where(
            _contact.c.id.in_(stretch.contacts),
            _contact.c.state == ContactState.OPEN.value,
            _contact.c.rank.is_(None),
            or_(
                _contact.c.standing.in_(_MAY_BE_BROUGHT),
                _contact.c.id.in_(with_numbers),
            ),
            ~is_in_call(_contact.c.id),
        )
        .values(next_attempt_at=now)
    )


async def _add_numbers(connection: AsyncConnection, stretch: _Stretch, now: datetime) -> None:
    """Put the new numbers behind those that are there; one that somebody has by now stays his."""
    behind = (
        select(func.coalesce(func.max(_number.c.position) + 1, 0))
        .where(_number.c.contact_id == _added.c.contact_id)
        .scalar_subquery()
    )
    taken = (
        select(_number.c.id)
        .where(_number.c.e164 == _added.c.e164, _number.c.campaign_id == _contact.c.campaign_id)
        .exists()
    )
    query = (
        select(
            _contact.c.id,
            _contact.c.campaign_id,
            _added.c.e164,
            (behind + _added.c.position).label("position"),
            _added.c.kind,
            _added.c.country,
        )
        .join(_contact, _contact.c.id == _added.c.contact_id)
        .where(stretch.numbers, ~taken)
    )
    rows = (await connection.execute(query)).all()
    if not rows:
        return
    names = ("contact_id", "campaign_id", "e164", "position", "kind", "country")
    await connection.execute(insert(_number), [dict(zip(names, row, strict=True)) for row in rows])
    await move_with_added(connection, [(row.id, row.e164) for row in rows], now)
