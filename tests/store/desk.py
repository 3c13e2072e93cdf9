"""A writer with journal at work as in the engine, and what it says, for the specifications."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from store.aside import Aside, aside_path
from store.database import Database
from store.errors import StoreError
from store.journal import SIZE, Journal, journal_path
from store.outcomes import WriteEffect
from store.writer import Writer

WITHIN_S = 10.0


@dataclass
class Desk:
    """What the writer of one life of the engine is told and tells."""

    journal: Journal
    aside: Aside
    told: asyncio.Queue[tuple[str, WriteEffect]] = field(default_factory=asyncio.Queue)
    errors: list[StoreError] = field(default_factory=list)

    def opened_on(self, database: Database) -> None:
        """Take the writer's place."""
        self.writer = Writer(
            database,
            done=lambda effect: self.told.put_nowait(("done", effect)),
            failed=self._failed,
            kept=lambda effect: self.told.put_nowait(("kept", effect)),
            journal=self.journal,
            aside=self.aside,
        )

    def _failed(self, effect: WriteEffect, error: StoreError) -> None:
        self.errors.append(error)
        self.told.put_nowait(("failed", effect))

    async def hears(self) -> tuple[str, str]:
        """The next thing that the writer tells, and of which attempt."""
        async with asyncio.timeout(WITHIN_S):
            said, effect = await self.told.get()
        return said, getattr(effect, "attempt", "")

    async def rests(self) -> None:
        """Everything is settled, what is aside is on the disk, and the journal is empty."""
        async with asyncio.timeout(WITHIN_S):
            await self.writer.flush()
            while self.journal.used or not self.aside.saved:  # noqa: ASYNC110  nobody tells when it is emptied
                await asyncio.sleep(0.02)


@asynccontextmanager
async def at_work(
    database: Database,
    *,
    beside: Path | None = None,
    journal_bytes: int = SIZE,
    for_words: int = 0,
) -> AsyncIterator[Desk]:
    """One life of the engine, as far as its writes go; it writes first what the last one left.

    `beside`: what journal and set-aside lie beside, where there is no file of SQLite's.
    """
    file = database.path or beside
    assert file is not None
    aside = Aside(aside_path(file))
    with Journal(journal_path(file), size=journal_bytes, for_words=for_words) as journal:
        desk = Desk(journal=journal, aside=aside)
        desk.opened_on(database)
        await desk.writer.catch_up()
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(desk.writer.run())
            yield desk
            writing.cancel()
