"""What callers meet: FastAGI's server, the flows, and what these look up.

Owns: which parts of the engine and the store a flow works with. Must not know what a flow says.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from agi.flow_orders import FlowOrders
from agi.flow_queues import FlowQueues
from agi.handlers import make_routes
from agi.server import FastAgiServer, SessionLimits
from config.settings import Settings
from dialer.clock import clock, utc_now
from dialer.hotline import Hotline
from dialer.loop import EngineLoop
from dialer.messages import Message
from dialer.order_clock import OrderRules, mind_orders
from dialer.parts import number_reader
from store.database import Database
from store.errors import StoreError
from store.last_agent import last_agent

AGI_LIMITS = SessionLimits(sessions=1_500, life_s=3_600.0)
"""A caller may be in a flow for long; each wait within it has a limit of its own."""


class CallerSide:
    """The callers' side of one engine. `in_force` gives the settings that hold now.

    `deliver` is told of each call for the record.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        loop: EngineLoop,
        random: Random,
        *,
        in_force: Callable[[], Settings],
        deliver: Callable[[Message], None],
    ) -> None:
        self._settings = settings
        self._database = database
        self._loop = loop
        self._in_force = in_force
        self._orders = OrderRules(in_force, utc_now)
        self.hotline = Hotline(
            settings,
            clock,
            loop.ask,
            deliver,
            orders=self._orders_of_callers(random),
            queues=FlowQueues(loop.ask, self._last_agent),
        )

    def server(self) -> FastAgiServer:
        """FastAGI's server, which does not listen yet."""
        return FastAgiServer(
            host=self._settings.agi.host,
            port=self._settings.agi.port,
            routes=make_routes(self._loop.ask, self.hotline.desk),
            limits=AGI_LIMITS,
        )

    async def mind_orders(self) -> None:
        """Until cancelled: see to the work orders, which callers open."""
        await mind_orders(self._database, self._orders, utc_now)

    def _orders_of_callers(self, random: Random) -> FlowOrders:
        return FlowOrders(
            self._database,
            self._orders.site,
            random,
            utc_now=utc_now,
            mono=lambda: clock().mono,
        )

    async def _last_agent(self, number: str) -> str:
        """Who talked to a caller last; empty: nobody, or the database is away."""
        e164 = number_reader(self._in_force())(number)
        try:
            return await last_agent(self._database, e164) if e164 else ""
        except StoreError:
            return ""
