"""The IVR flows of a running engine: read at the start, read again at a reload.

Owns: which files are in force, what a fault in one does, and where a wished call-back is kept.
At the start a broken flow is left out, loudly, and its number's calls go to their queue: the
dialing must not wait for a menu. At a reload it is refused, and the flows in force stay.
"""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

import structlog

from agi.flow_call import Means, NoteNumber
from agi.flow_desk import FlowDesk, Flows, Tell
from agi.flow_lookup import Lookups
from agi.flow_orders import FlowOrders
from agi.flow_speech import Speech
from config.errors import ConfigError
from config.order_policy import order_policy
from config.settings import Settings
from dialer.messages import Now
from routing.flow import Flow
from routing.loader import flow_path, load_flow, surroundings

log = structlog.get_logger()

SPEECH_FOLDER = "speech"
CALL_BACKS = "call-backs"
"""Folders beside the engine's socket, and beside its database."""


class Hotline:
    """The flow desk of one engine. `tell` is told of each call, for the record."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], Now],
        tell: Tell = lambda _: None,
        orders: FlowOrders | None = None,
    ) -> None:
        self._clock = clock
        self._lookups = Lookups()
        means = Means(
            lookups=self._lookups,
            voice=_voice(settings),
            note_call_back=_note_into(settings.paths.database.parent / CALL_BACKS, self._utc_now),
            utc_now=self._utc_now,
            mono=lambda: clock().mono,
            orders=orders,
        )
        self._means = means
        self.desk = FlowDesk(means, self._at_the_start(settings), tell)

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


def _note_into(folder: Path, utc_now: Callable[[], datetime]) -> NoteNumber:
    """One small list for each wish, in a folder that `waihu list watch` can load from."""
    numbers = count(1)

    async def note(number: str) -> bool:
        name = f"{utc_now():%Y%m%dT%H%M%SZ}-{os.getpid()}-{next(numbers)}"
        try:
            await asyncio.to_thread(_write_list, folder / f"{name}.csv", name, number)
        except OSError as error:
            log.error("flow.call_back_not_kept", fault=error.strerror)  # noqa: TRY400  no fault of ours
            return False
        log.info("flow.call_back_kept", file=name)
        return True

    return note


def _write_list(path: Path, reference: str, number: str) -> None:
    """It is there as a whole, and on the disk, before the caller is promised anything."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text).writerows([("reference", "name", "phone"), (reference, "", number)])
    beside = path.with_suffix(".tmp")
    with beside.open("x", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text.getvalue())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
