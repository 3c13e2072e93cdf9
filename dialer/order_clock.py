"""The engine's side of work orders: what is overdue goes up, and answers are noted (R13, R14).

Owns: when the database is looked at, and by which settings. What is due is read from the rows each
time, so that a restart forgets nothing; several engines may look at once (`store.work_orders`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime

import structlog

from agi.flow_orders import OrderSite
from campaigns.orders.order import OrderPolicy
from config.errors import ConfigError
from config.order_policy import order_policy
from config.order_settings import OrderSettings
from config.settings import Settings
from store.database import Database
from store.errors import StoreError
from store.work_orders import WorkOrders

log = structlog.get_logger()

LOOK_EVERY_S = 5.0


class OrderRules:
    """What is set of work orders now; calendars are read again each day, and after a change.

    `settings` and `utc_now` are asked each time.
    """

    def __init__(self, settings: Callable[[], Settings], utc_now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._utc_now = utc_now
        self._known: tuple[OrderSettings, date, OrderPolicy] | None = None

    async def site(self) -> OrderSite:
        """The policy, and the country of callers' numbers.

        Raises:
            ConfigError: nobody knows the calendar, and none was known before.
        """
        settings, today = self._settings(), self._utc_now().date()
        policy = await self._policy(settings, today)
        return OrderSite(policy=policy, country=settings.inbound.country)

    async def _policy(self, settings: Settings, today: date) -> OrderPolicy:
        if self._known is not None and self._known[:2] == (settings.orders, today):
            return self._known[2]
        try:
            policy = await asyncio.to_thread(order_policy, settings, today)
        except ConfigError as error:
            if self._known is None:
                raise
            log.error("orders.settings_unfit", fault=str(error))  # noqa: TRY400  the text is all
            return self._known[2]
        self._known = (settings.orders, today, policy)
        return policy


async def mind_orders(
    database: Database, rules: OrderRules, utc_now: Callable[[], datetime]
) -> None:
    """Until cancelled: note the answers of promised calls, then chase what is overdue."""
    this = asyncio.current_task()
    is_told = False
    while True:
        try:
            await look_at_orders(database, rules, utc_now())
        except (StoreError, ConfigError) as error:
            # A query that is cancelled may end as a fault of the connection, and we would stay.
            if this is not None and this.cancelling():
                return
            if not is_told:
                log.warning("orders.not_looked_at", fault=str(error))
            is_told = True
        except Exception:
            # A fault of ours, or a row of a later version, must not stop the dialing.
            if not is_told:
                log.exception("orders.look_broke")
            is_told = True
        else:
            is_told = False
        await asyncio.sleep(LOOK_EVERY_S)


async def look_at_orders(database: Database, rules: OrderRules, now: datetime) -> None:
    """Look once. An answer comes first: what was answered in time is not chased.

    Raises:
        StoreError, ConfigError: the rest is for the next time.
    """
    orders = WorkOrders(database, (await rules.site()).policy)
    for order in await orders.take_answers(now):
        log.info("order.answered", order=order.number)
    for order in await orders.chase(now):
        log.warning(
            "order.escalated",
            order=order.number,
            level=order.level.value,
            owner=order.owner,
            group=order.group,
        )
