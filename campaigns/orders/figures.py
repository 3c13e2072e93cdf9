"""Work orders in figures: how many came, were completed, and were on time (R14, R20).

Owns: the reckoning. An order counts in the group that has it now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from campaigns.orders.order import Order
from campaigns.orders.states import LIVING


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFigures:
    """What became of the orders of one group (of all: `group` is empty).

    `judged`: those whose limit has passed, or which were solved before; `on_time`: of these, solved
    within it. `responded` and `responded_on_time`: the same of the investigation. What was referred
    elsewhere is only in `opened` and `referred`.
    """

    group: str
    opened: int = 0
    referred: int = 0
    completed: int = 0
    judged: int = 0
    on_time: int = 0
    responded: int = 0
    responded_on_time: int = 0
    still_open: int = 0
    overdue: int = 0
    reopened: int = 0


def figures_of(orders: Iterable[Order], now: datetime) -> tuple[OrderFigures, ...]:
    """The figures of each group by name, those of all at the end."""
    by_group: dict[str, list[Order]] = {}
    for order in orders:
        by_group.setdefault(order.group, []).append(order)
    every = [order for group in by_group.values() for order in group]
    return (
        *(_figures(group, by_group[group], now) for group in sorted(by_group)),
        _figures("", every, now),
    )


def _figures(group: str, orders: list[Order], now: datetime) -> OrderFigures:
    ours = [one for one in orders if not _elsewhere(one)]
    solved = [_judged(_solved_at(one), one.solve_by, now) for one in ours]
    seen = [
        _judged(one.investigated_at or _solved_at(one), one.investigate_by, now) for one in ours
    ]
    return OrderFigures(
        group=group,
        opened=len(orders),
        referred=len(orders) - len(ours),
        completed=sum(one.closed_at is not None for one in ours),
        judged=sum(one is not None for one in solved),
        on_time=sum(one is True for one in solved),
        responded=sum(one is not None for one in seen),
        responded_on_time=sum(one is True for one in seen),
        still_open=sum(one.state in LIVING for one in ours),
        overdue=sum(one.is_overdue(now) for one in ours),
        reopened=sum(one.reopened > 0 for one in ours),
    )


def _elsewhere(order: Order) -> bool:
    """Referred, and closed so, where it was: the customer did not insist."""
    open_here = order.state in LIVING or order.solved_at is not None
    return bool(order.referred_to) and not order.in_scope and not open_here


def _seen_at(order: Order) -> datetime | None:
    return order.investigated_at or _solved_at(order)


def _solved_at(order: Order) -> datetime | None:
    return order.solved_at or order.closed_at


def _judged(done_at: datetime | None, limit: datetime, now: datetime) -> bool | None:
    """Whether it was in time; None while that is open."""
    if done_at is not None:
        return done_at <= limit
    return False if now > limit else None
