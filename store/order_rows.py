"""Work orders as rows: the columns of an order and of a line of its trail, both ways.

Owns: the turning. Must not know who asks, nor any rule (`campaigns.orders`).
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.orders.order import Door, Entry, Level, Order
from campaigns.orders.states import State
from store import schema
from store.errors import OrderChangedError, UnknownOrderError
from store.facts import AnyRow

_order = schema.work_order
_event = schema.work_order_event

# `group` is a word of SQL's own.
_OTHER_NAMES: Final = {"group": "business_group"}
_FIELDS: Final = tuple(field.name for field in fields(Order))


def order_of(row: AnyRow) -> Order:
    """The order in a row that holds the table's columns."""
    named = row._mapping  # noqa: SLF001  the public name of a row's columns
    values = {name: named[_OTHER_NAMES.get(name, name)] for name in _FIELDS}
    values |= {
        "state": State(row.state),
        "level": Level(row.level),
        "opened_by": Door(row.opened_by),
    }
    return Order(**values)


def entry_of(row: AnyRow) -> Entry:
    """The line of a trail in a row."""
    return Entry(
        at=row.at,
        who=row.who,
        act=row.act,
        before=None if row.before is None else State(row.before),
        after=State(row.after),
        owner=row.owner,
        level=Level(row.level),
        note=row.note,
    )


async def find_row(connection: AsyncConnection, number: str) -> AnyRow:
    """The row of an order.

    Raises:
        UnknownOrderError: nobody has that number.
    """
    row = (await connection.execute(select(_order).where(_order.c.number == number))).one_or_none()
    if row is None:
        raise UnknownOrderError(number)
    return row


async def add(connection: AsyncConnection, order: Order, entry: Entry) -> int:
    """Write a new order and the first line of its trail; its id."""
    made = await connection.execute(_order.insert().values(_columns(order)).returning(_order.c.id))
    order_id = int(made.scalar_one())
    await _add_entry(connection, order_id, order, entry)
    return order_id


async def change(
    connection: AsyncConnection, order_id: int, before: Order, after: Order, entry: Entry
) -> None:
    """Write what an act has changed.

    Raises:
        OrderChangedError: it is no longer as it was `before`: somebody was faster.
    """
    changed = await connection.execute(
        update(_order)
        .where(_order.c.id == order_id, _order.c.version == before.version)
        .values(_columns(after))
    )
    if changed.rowcount == 0:
        raise OrderChangedError(before.number)
    await _add_entry(connection, order_id, after, entry)


async def _add_entry(
    connection: AsyncConnection, order_id: int, order: Order, entry: Entry
) -> None:
    told = {
        "before": None if entry.before is None else entry.before.value,
        "after": entry.after.value,
        "level": entry.level.value,
    }
    kept = {name: getattr(entry, name) for name in ("at", "who", "act", "owner", "note")}
    row = {"order_id": order_id, "version": order.version, **kept, **told}
    await connection.execute(_event.insert().values(row))


def _columns(order: Order) -> dict[str, Any]:
    columns = {_OTHER_NAMES.get(name, name): getattr(order, name) for name in _FIELDS}
    words = {name: getattr(order, name).value for name in ("state", "level", "opened_by")}
    return columns | words | {"due_at": order.due_at}
