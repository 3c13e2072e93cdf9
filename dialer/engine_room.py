"""All parts of one live engine, made once and joined.

Owns: who is told what. Settings end here: everything below is given small plain policies. Must
not start or end a part: the order of both is `dialer.app`'s.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from random import Random

from asterisk.perform import Performer
from campaigns.phone.numbers import caller_e164
from config.settings import Settings
from dialer.beside import BesideTheCalls
from dialer.caller_side import CallerSide
from dialer.clock import clock, utc_now
from dialer.control import ControlServer
from dialer.effects import Effect, Reply
from dialer.killpoints import KillPoints
from dialer.listening_rights import mind_listeners
from dialer.loop import EngineLoop
from dialer.messages import Message, Now, StopListening
from dialer.notes import notes_of
from dialer.pages import OnPages, pages_served
from dialer.parts import engine_of, link_of, recording_of
from dialer.popping import PopPolicy, Pops
from dialer.reload import Reloader
from dialer.scraping import scraped
from dialer.service_manager import ServiceManager
from dialer.store_side import StoreSide
from dialer.watcher_side import WatcherSide
from store.accounts import Accounts
from store.database import Database
from store.health import Health
from store.journal import Journal


class EngineRoom:
    """All parts of one engine.

    Raises:
        ConfigError: the AMI secret is missing, or a password's file is not as it must be.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        journal: Journal,
        kill_points: KillPoints,
        random: Random,
        read_again: Callable[[], Settings] | None,
    ) -> None:
        self.settings = settings
        self.database = database
        self.service = ServiceManager(os.environ, os.getpid())
        self.recording = recording_of(settings)
        self._beside = BesideTheCalls(time.monotonic)
        self.kept = StoreSide(
            settings,
            database,
            journal,
            kill_points,
            random,
            put=self._deliver,
            reply=self._reply,
        )
        self.link = link_of(settings, self._deliver, random, self.recording)
        # Only an Originate and a Redirect have such a place: `originate.after_send`.
        self.link.written = lambda action: kill_points.reach(f"{action.name.lower()}.after_send")
        self._switch = Performer(self.link)
        self.loop = EngineLoop(
            engine_of(settings), self._switch, self.kept.store, clock, kill_points
        )
        if self.recording is not None:
            self.loop.witnesses.append(self._note)
        self.health = Health(self.loop.put, time.monotonic)
        self.callers = CallerSide(
            settings,
            database,
            self.loop,
            random,
            in_force=self._in_force,
            deliver=self._deliver,
        )
        self.reload = Reloader(
            settings,
            self.loop,
            self.service,
            read_again=read_again,
            read_books=self.kept.read_books,
            hotline=self.callers.hotline,
        )
        self.pops = Pops(database, self._pop_policy, utc_now)
        self.watchers = WatcherSide(
            settings,
            database,
            self.loop,
            self.pops,
            beside=self._beside,
            random=random,
            in_force=self._in_force,
            link_fault=lambda: self.link.fault or "",
            set_aside=lambda: len(self.kept.aside),
        )
        self.control = ControlServer(
            settings.paths.socket,
            self.loop,
            self.watchers.picture,
            self.reload.by_request,
            self.pops,
            acknowledge=self.watchers.acknowledge,
        )
        self.loop.on_handled = self._handled
        self.loop.on_ticked = lambda now: self.service.ticked(self.loop.engine, now)

    def pages(self, on_pages: OnPages) -> AbstractAsyncContextManager[None]:
        """The pages and the API, where they are wanted."""
        return pages_served(
            self.settings.web,
            self._in_force,
            database=self.database,
            loop=self.loop,
            switch=self._switch,
            hub=self.watchers.hub,
            streams=self.watchers.streams,
            pops=self.pops,
            on_pages=on_pages,
        )

    def scraped(self) -> AbstractAsyncContextManager[None]:
        """The figures for Prometheus, where they are wanted."""
        return scraped(
            self.settings,
            self.loop,
            self.watchers.hub,
            unwritten=lambda: len(self.kept.writer.waiting),
            viewers=lambda: self.watchers.streams.viewers,
        )

    async def mind_listeners(self) -> None:
        """Until cancelled: whoever may listen no longer is taken off the talk."""
        await mind_listeners(
            Accounts(self.database), self.loop.engine.listening.listeners, self._let_listener_go
        )

    def _in_force(self) -> Settings:
        return self.reload.settings

    def _note(self, said: Message | Effect, now: Now) -> None:
        """What the AMI stream lacks goes into its recording as well."""
        assert self.recording is not None  # noqa: S101  tells mypy what `__init__` has seen
        for note in notes_of(said):
            at = now.utc.timestamp()
            self.recording.note(note.name, note.headers, at=at, standing=note.standing)

    async def _let_listener_go(self, phone: str) -> None:
        why = "the right is withdrawn"
        await self.loop.command(
            lambda ref: StopListening(ref=ref, phone=phone, by="waihu", why=why)
        )

    def _handled(self, now: Now) -> None:
        with self._beside.guarded("announcing"):
            changed = self.control.announce(self.loop.engine)
            self.watchers.announce(changed, now)

    def _deliver(self, message: Message) -> None:
        with self._beside.guarded("pops"):
            self.pops.heard(message)
        self.loop.put(message)

    def _pop_policy(self) -> PopPolicy:
        settings = self._in_force()
        # Read as work orders read theirs: a number of no known range may have some, too.
        country = settings.inbound.country
        return PopPolicy(
            scripts=settings.scripts.texts, read_number=lambda text: caller_e164(text, country)
        )

    def _reply(self, reply: Reply) -> None:
        self.loop.reply(reply)
