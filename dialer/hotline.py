"""The IVR flows of a running engine: read at the start, read again at a reload.

Owns: which files are in force, what a fault in one does, and who keeps a place for who is to be
called back: the engine is asked.
At the start a broken flow is left out, loudly, and its number's calls go to their queue: the
dialing must not wait for a menu. At a reload it is refused, and the flows in force stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Final

import structlog

from agi.flow_call import Means
from agi.flow_desk import FlowDesk, Flows
from agi.flow_lookup import Lookups
from agi.flow_orders import FlowOrders
from agi.flow_queues import FlowQueues
from agi.flow_speech import Speech
from config.errors import ConfigError
from config.order_policy import order_policy
from config.settings import Settings
from dialer.kept_places import KEPT
from dialer.messages import Ask, CallRated, InboundNoted, Now, WishCallBack
from routing.flow import Flow
from routing.flow_talk import Again, Done, Failed, NoteCallBack
from routing.loader import flow_path, load_flow, surroundings

log = structlog.get_logger()

SPEECH_FOLDER = "speech"
"""A folder beside the engine's socket."""

KEEP_PATIENCE_S: Final = 5.0
"""The database may be slow; what it has not taken after a second is in the journal."""

AskEngine = Callable[[Ask], Awaitable[Mapping[str, str]]]


class Hotline:
    """The flow desk of one engine.

    `ask` asks the engine; `tell` tells it of each call for the record, and what callers say of it.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], Now],
        ask: AskEngine,
        tell: Callable[[InboundNoted | CallRated], None] = lambda _: None,
        *,
        orders: FlowOrders | None = None,
        queues: FlowQueues | None = None,
    ) -> None:
        self._clock = clock
        self._ask = ask
        self._wishes = count(1)
        self._lookups = Lookups()
        means = Means(
            lookups=self._lookups,
            voice=_voice(settings),
            keep_place=self._keep_place,
            note_answer=tell,
            utc_now=self._utc_now,
            mono=lambda: clock().mono,
            orders=orders,
            queues=queues,
        )
        self._means = means
        self.desk = FlowDesk(means, self._at_the_start(settings), tell)

    async def _keep_place(self, call: str, wish: NoteCallBack) -> Done | Again | Failed:
        """Ask the engine; it answers once the place is on the disk."""
        question = WishCallBack(
            ask=f"place:{next(self._wishes)}",
            call=call,
            number=wish.number,
            queue=wish.queue,
            language=wish.language,
        )
        try:
            async with asyncio.timeout(KEEP_PATIENCE_S):
                kept = (await self._ask(question)).get(KEPT)
        except TimeoutError:
            kept = ""
        match kept:
            case "kept":
                log.info("call_back.kept", call=call)
                return Done()
            case "again":
                return Again()
            case _:
                log.warning("call_back.not_kept", call=call)
                return Failed()

    def close(self) -> None:
        """Ask no more servers."""
        self._lookups.close()

    def read(self, settings: Settings) -> dict[str, Flow]:
        """All flows that the settings name, by name. Blocks: it reads files.

        Raises:
            ConfigError: one of them is not there, or has a fault; all faults at once. Or what is
                set of work orders cannot be: flows open some.
        """
        today = self._utc_now().date()
        order_policy(settings, today)
        site = surroundings(settings, today)
        return {
            name: load_flow(flow_path(settings, name), site) for name in settings.inbound.flow_names
        }

    def take(self, settings: Settings, flows: dict[str, Flow]) -> list[str]:
        """Put them in force for every new call; the names of those that are new or changed."""
        before = {flow.name: flow for flow in self._in_force()}
        self._means.voice.speak_by(settings.inbound.speech)
        self.desk.flows = _by_number(settings, flows)
        return sorted(name for name, flow in flows.items() if before.get(name) != flow)

    def _in_force(self) -> list[Flow]:
        flows = self.desk.flows
        return [flow for flow in (*flows.by_number.values(), flows.default) if flow is not None]

    def _at_the_start(self, settings: Settings) -> Flows:
        site = surroundings(settings, self._utc_now().date())
        flows: dict[str, Flow] = {}
        for name in settings.inbound.flow_names:
            try:
                flows[name] = load_flow(flow_path(settings, name), site)
            except ConfigError as error:
                log.error("flow.left_out", flow=name, fault=str(error))  # noqa: TRY400  the text is all
        return _by_number(settings, flows)

    def _utc_now(self) -> datetime:
        return self._clock().utc


def _by_number(settings: Settings, flows: dict[str, Flow]) -> Flows:
    """A number whose flow was left out has none: its callers meet no other's."""
    named = settings.inbound.flows
    return Flows(
        default=flows.get(settings.inbound.flow or ""),
        by_number={number: flows.get(name) for number, name in named.items()},
    )


def _voice(settings: Settings) -> Speech:
    return Speech(settings.inbound.speech, settings.paths.run / SPEECH_FOLDER)
