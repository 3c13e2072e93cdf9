"""Work orders and complaints on file: opened, changed, found, chased (R13-R15).

Owns: the transactions. What an act means is `campaigns.orders`'s to say; a promised call is made
a contact by `store.promising`. What is returned is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.orders.numbers import draw_number
from campaigns.orders.order import (
    ActRefusedError,
    Entry,
    NewOrder,
    Order,
    OrderPolicy,
    Step,
    advance,
    escalations,
    open_order,
    overdue_step,
)
from campaigns.orders.states import LIVING, Act, State
from campaigns.outcomes import Outcome
from store import schema
from store.database import Database
from store.errors import OrderChangedError
from store.order_rows import add, change, entry_of, find_row, order_of

_order = schema.work_order
_event = schema.work_order_event
_attempt = schema.attempt
_contact = schema.contact

_TRIES: Final = 20
_AT_ONCE: Final = 200
_LIVING: Final = [state.value for state in LIVING]
_REACHED: Final = (Outcome.SUCCESS.value, Outcome.SUCCESS_PROXY.value)
CALL_BACK: Final = "call-back"
"""Who answers, where nobody took the call under a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """An order and its trail, oldest first."""

    order: Order
    trail: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which orders are asked for; what is None is not asked. `living`: nobody has closed it.

    `overdue_at`: those that are overdue at that moment.
    """

    owner: str | None = None
    group: str | None = None
    kind: str | None = None
    state: State | None = None
    e164: str | None = None
    living: bool = False
    overdue_at: datetime | None = None
    limit: int = 200


class WorkOrders:
    """The orders in the database. `policy`: the limits and owners that the operator set."""

    def __init__(self, database: Database, policy: OrderPolicy) -> None:
        self._database = database
        self._policy = policy

    # ── one order ────────────────────────────────────────────────────────────────────────

    async def open(self, new: NewOrder, random: Random, now: datetime) -> Order:
        """Open one under a number that nobody has.

        Raises:
            StoreError: nothing is saved.
        """
        async with self._database.writing() as connection:
            number = await _free_number(connection, random)
            order, entry = open_order(new, number, self._policy, now)
            await add(connection, order, entry)
        return order

    async def show(self, number: str) -> OrderRecord:
        """One order with all that was done to it.

        Raises:
            UnknownOrderError: nobody has that number.
        """
        async with self._database.reading() as connection:
            row = await find_row(connection, number)
            query = select(_event).where(_event.c.order_id == row.id).order_by(_event.c.version)
            trail = tuple(map(entry_of, await connection.execute(query)))
        return OrderRecord(order=order_of(row), trail=trail)

    async def act(
        self, number: str, step: Step, now: datetime, *, seen: int | None = None
    ) -> Order:
        """Do something to an order. `seen`: the version that whoever does it has looked at.

        Raises:
            UnknownOrderError: nobody has that number.
            OrderChangedError: somebody else was faster; nothing is changed.
            ActRefusedError: it does not belong there; nothing is changed.
        """
        async with self._database.writing() as connection:
            return await act_in(connection, number, step, self._policy, now, seen=seen)

    # ── many ─────────────────────────────────────────────────────────────────────────────

    async def listed(self, wanted: Wanted) -> tuple[Order, ...]:
        """The orders that are asked for: what is due first, then what is closed, newest first."""
        query = select(_order).where(*_conditions(wanted)).limit(wanted.limit)
        if wanted.living:
            # By the index of what is due: the closed ones of years are not looked at.
            query = query.order_by(_order.c.due_at, _order.c.id.desc())
        else:
            query = query.order_by(_order.c.due_at.is_(None), _order.c.due_at, _order.c.id.desc())
        async with self._database.reading() as connection:
            return tuple(map(order_of, await connection.execute(query)))

    async def of_caller(self, e164: str) -> tuple[Order, ...]:
        """What is still open for a customer's number, newest first."""
        query = (
            select(_order)
            .where(_order.c.e164 == e164, _order.c.state.in_(_LIVING))
            .order_by(_order.c.id.desc())
            .limit(_AT_ONCE)
        )
        async with self._database.reading() as connection:
            return tuple(map(order_of, await connection.execute(query)))

    async def opened_between(self, since: datetime, until: datetime) -> tuple[Order, ...]:
        """All that were opened then, for figures (R20)."""
        then = (_order.c.opened_at >= since, _order.c.opened_at < until)
        async with self._database.reading() as connection:
            rows = await connection.execute(select(_order).where(*then).order_by(_order.c.id))
            return tuple(map(order_of, rows))

    # ── by the clock ─────────────────────────────────────────────────────────────────────

    async def chase(self, now: datetime) -> tuple[Order, ...]:
        """Bring what is overdue one level higher, each in a transaction of its own.

        Several may do it at once, and again after a crash: each order goes up once.
        """
        query = (
            select(_order)
            .where(_order.c.chase_at < now)
            .order_by(_order.c.chase_at)
            .limit(_AT_ONCE)
        )
        async with self._database.reading() as connection:
            found = tuple(map(order_of, await connection.execute(query)))
        return await self._done([(order, overdue_step()) for order in escalations(found, now)], now)

    async def take_answers(self, now: datetime) -> tuple[Order, ...]:
        """Note on the promises that were kept that the customer was reached, to be confirmed."""
        query = (
            select(_order, _attempt.c.id.label("attempt"), _attempt.c.agent)
            .join(_attempt, _attempt.c.contact_id == _order.c.promise_contact)
            .join(_contact, _contact.c.id == _order.c.promise_contact)
            .where(
                _order.c.promise_contact.is_not(None),
                _order.c.state == State.PROMISED.value,
                _attempt.c.outcome.in_(_REACHED),
                _attempt.c.claimed_at >= _order.c.promise_made_at,
                # The ids of contacts that were removed are given anew.
                _contact.c.created_at <= _order.c.promise_made_at,
            )
            .order_by(_attempt.c.claimed_at)
            .limit(_AT_ONCE)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        steps = {
            row.number: (
                order_of(row),
                Step(act=Act.ANSWER, who=row.agent or CALL_BACK, note=f"call {row.attempt}"),
            )
            for row in rows
        }
        return await self._done(list(steps.values()), now)

    async def _done(self, steps: Sequence[tuple[Order, Step]], now: datetime) -> tuple[Order, ...]:
        """Do each, unless somebody has changed the order since it was read."""
        done = []
        for order, step in steps:
            try:
                done.append(await self.act(order.number, step, now, seen=order.version))
            except (OrderChangedError, ActRefusedError):
                continue
        return tuple(done)


async def act_in(
    connection: AsyncConnection,
    number: str,
    step: Step,
    policy: OrderPolicy,
    now: datetime,
    *,
    seen: int | None = None,
) -> Order:
    """Do something to an order in the caller's transaction; raises what `WorkOrders.act` does."""
    row = await find_row(connection, number)
    order = order_of(row)
    if seen is not None and order.version != seen:
        raise OrderChangedError(number)
    after, entry = advance(order, step, policy, now)
    await change(connection, row.id, order, after, entry)
    return after


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    equal = {
        "owner": wanted.owner,
        "business_group": wanted.group,
        "kind": wanted.kind,
        "e164": wanted.e164,
        "state": None if wanted.state is None else wanted.state.value,
    }
    conditions: list[ColumnElement[bool]] = [
        _order.c[name] == value for name, value in equal.items() if value is not None
    ]
    if wanted.living:
        conditions.append(_order.c.due_at.is_not(None))
    if wanted.overdue_at is not None:
        conditions.append(_order.c.due_at < wanted.overdue_at)
    return conditions


async def _free_number(connection: AsyncConnection, random: Random) -> str:
    for _ in range(_TRIES):
        number = draw_number(random)
        taken = select(_order.c.id).where(_order.c.number == number)
        if await connection.scalar(taken) is None:
            return number
    raise AssertionError("of a hundred million numbers twenty in a row are taken")
