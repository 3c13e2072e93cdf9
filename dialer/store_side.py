"""What a live engine keeps: the parts of the store, joined.

Owns: what the database needs before the first call, and what it holds of earlier runs. Must not
know what the engine does with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

import structlog

from config.books import load_books
from config.settings import Settings
from dialer.clock import utc_now
from dialer.effects import Reply
from dialer.ids import attempt_id
from dialer.killpoints import KillPoints
from dialer.messages import Message, Unfinished
from dialer.written import Answers
from store.aside import CLAIM, Aside, aside_path
from store.campaigns import Campaigns
from store.database import Database
from store.errors import StoreError
from store.hopper import Hopper
from store.journal import Journal
from store.perform import Store
from store.writer import Writer

log = structlog.get_logger()


class StoreSide:
    """The store of one engine. `put` hands a message to the engine; `reply` answers a word."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        journal: Journal,
        kill_points: KillPoints,
        random: Random,
        *,
        put: Callable[[Message], None],
        reply: Callable[[Reply], None],
    ) -> None:
        self.database = database
        self.aside = Aside(aside_path(settings.paths.database))
        self._hopper = Hopper(
            database,
            settings.site.engine,
            lambda: attempt_id(utc_now(), random),
            reach=kill_points.reach,
            set_aside=self._not_claimed,
        )
        answers = Answers(put=put, reply=reply)
        self.writer = Writer(
            database,
            done=answers.written,
            failed=answers.not_written,
            kept=answers.kept,
            reach=kill_points.reach,
            journal=journal,
            aside=self.aside,
            engine=settings.site.engine,
        )
        self.store = Store(database, self._hopper, self.writer)

    async def make_ready(self) -> list[Message]:
        """The database as the engine needs it; what the engine is to hear of earlier runs.

        Raises:
            StoreError: the database cannot be used.
        """
        await self.database.upgrade()
        await self.writer.catch_up()
        now = utc_now()
        left = self.aside.not_ended(await self._hopper.recover(now))
        loaded = await self.store.load(now)
        return [Unfinished(attempts=left), loaded]

    async def read_books(self, settings: Settings) -> None:
        """New calendars may be there: campaigns that keep them are judged by these at once."""
        now = utc_now()
        books = await asyncio.to_thread(load_books, settings, now.date())
        try:
            await Campaigns(self.database).take_books(books, now)
        except StoreError as error:
            self.database.use(books)
            log.warning("books.not_judged_by", fault=str(error))

    def _not_claimed(self, contact: int, fault: str) -> None:
        self.aside.put({"kind": CLAIM, "contact": contact}, fault)
