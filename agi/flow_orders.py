"""Work orders in a flow: how the caller's stands, opening one, and how many there are (R13, R14).

Owns: who may hear what, and the time limits. A caller hears of an order of the own number, or of
one whose number was typed; who guesses numbers soon hears of none. Must not know flows' steps.

When the database does not answer in time the caller takes the flow's other way.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Final, TypeVar

import structlog

from campaigns.orders import numbers
from campaigns.orders.order import Door, NewOrder, Order, OrderPolicy, spoken_facts
from campaigns.phone.numbers import caller_e164
from routing.flow_talk import AskOrder, Failed, Found, NotFound, OpenOrder
from store.database import Database
from store.errors import StoreError, UnknownOrderError
from store.work_orders import WorkOrders

log: structlog.stdlib.BoundLogger = structlog.get_logger()

AT_ONCE: Final = 64
"""Callers whose orders are being asked for; who comes while a database hangs is told at once."""
FACTS_WITHIN_S: Final = 1.0
HOTLINE: Final = "hotline"
"""Who opens an order, by its trail."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSite:
    """What the operator set. `country`: of callers' numbers without a country code."""

    policy: OrderPolicy
    country: str


class FlowOrders:
    """The work orders that callers of one engine ask for.

    `site` gives what is set now. `utc_now` and `mono` read the clocks.
    """

    def __init__(
        self,
        database: Database,
        site: Callable[[], Awaitable[OrderSite]],
        random: Random,
        *,
        utc_now: Callable[[], datetime],
        mono: Callable[[], float],
    ) -> None:
        self._database = database
        self._site = site
        self._random = random
        self._utc_now = utc_now
        self._guesses = Guesses(mono)
        self._at_work: set[asyncio.Task[Any]] = set()

    async def find(self, wanted: AskOrder, caller: str) -> Found | NotFound | Failed:
        """The order of the number that was typed, or the newest open one of the caller's own."""
        typed = numbers.read_number(wanted.number)
        if wanted.number and typed is None:
            return NotFound()
        if typed is not None and not self._guesses.may_go_on(caller):
            log.warning("order.guessing", caller=caller)
            return Failed()
        try:
            return await self._within(wanted.limit_s, self._found(typed, caller))
        except UnknownOrderError:
            self._guesses.missed(caller)
            return NotFound()
        except (TimeoutError, StoreError) as error:
            log.warning("order.not_looked_up", fault=type(error).__name__)
            return Failed()

    async def open(self, wanted: OpenOrder, caller: str, call: str) -> Found | Failed:
        """Open one for the caller; its number is told once it is committed."""
        try:
            return await self._within(wanted.limit_s, self._opened(wanted, caller, call))
        except (TimeoutError, StoreError) as error:
            log.warning("order.not_opened", fault=type(error).__name__)
            return Failed()

    async def count(self, caller: str) -> str:
        """How many orders of the caller's number are open; empty when it cannot be told."""
        try:
            return str(await self._within(FACTS_WITHIN_S, self._count(caller)))
        except (TimeoutError, StoreError) as error:
            log.warning("order.not_counted", fault=type(error).__name__)
            return ""

    # ── in the database ──────────────────────────────────────────────────────────────────

    async def _within(self, limit_s: float, work: Coroutine[Any, Any, _T]) -> _T:
        """Wait so long for it. What takes longer goes on by itself: no write is torn."""
        if len(self._at_work) >= AT_ONCE:
            work.close()
            raise TimeoutError
        task = asyncio.create_task(work)
        self._at_work.add(task)
        task.add_done_callback(self._done)
        async with asyncio.timeout(limit_s):
            return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._at_work.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited for it may have gone

    async def _found(self, typed: str | None, caller: str) -> Found | NotFound:
        site = await self._site()
        orders = WorkOrders(self._database, site.policy)
        if typed is not None:
            return _told((await orders.show(typed)).order, site, count=1)
        own = await _of_caller(orders, caller, site)
        return _told(own[0], site, count=len(own)) if own else NotFound()

    async def _count(self, caller: str) -> int:
        site = await self._site()
        return len(await _of_caller(WorkOrders(self._database, site.policy), caller, site))

    async def _opened(self, wanted: OpenOrder, caller: str, call: str) -> Found:
        site = await self._site()
        new = NewOrder(
            kind=wanted.kind,
            opened_by=Door.IVR,
            who=HOTLINE,
            subject=wanted.subject,
            text=wanted.text,
            e164=caller_e164(caller, site.country),
            call=call,
            voicemail=wanted.voicemail,
            group=wanted.group,
        )
        orders = WorkOrders(self._database, site.policy)
        order = await orders.open(new, self._random, self._utc_now())
        log.info("order.opened", order=order.number, kind=order.kind, call=call)
        return _told(order, site, count=1)


def _told(order: Order, site: OrderSite, *, count: int) -> Found:
    return Found({**spoken_facts(order, site.policy.hours), "order_count": str(count)})


async def _of_caller(orders: WorkOrders, caller: str, site: OrderSite) -> tuple[Order, ...]:
    e164 = caller_e164(caller, site.country)
    return await orders.of_caller(e164) if e164 else ()


# ── guessing ─────────────────────────────────────────────────────────────────────────────

GUESSES_OF_ONE: Final = 5
GUESSES_OF_ALL: Final = 200
FORGOTTEN_AFTER_S: Final = 3_600.0
MOST_REMEMBERED: Final = 10_000


class Guesses:
    """Numbers that nobody has, by who typed them; who withholds the own number is one caller.

    A caller's number can be forged: together all callers have a limit too.
    """

    def __init__(self, mono: Callable[[], float]) -> None:
        self._mono = mono
        self._of: OrderedDict[str, deque[float]] = OrderedDict()
        self._of_all: deque[float] = deque()

    def may_go_on(self, caller: str) -> bool:
        """Whether another number may be tried."""
        own = self._lately(self._of.get(caller, deque()))
        return own < GUESSES_OF_ONE and self._lately(self._of_all) < GUESSES_OF_ALL

    def missed(self, caller: str) -> None:
        """The number that was typed is nobody's."""
        now = self._mono()
        self._of.setdefault(caller, deque(maxlen=GUESSES_OF_ONE)).append(now)
        self._of.move_to_end(caller)
        self._of_all.append(now)
        if len(self._of) > MOST_REMEMBERED:
            self._of.popitem(last=False)

    def _lately(self, times: deque[float]) -> int:
        since = self._mono() - FORGOTTEN_AFTER_S
        while times and times[0] < since:
            times.popleft()
        return len(times)
