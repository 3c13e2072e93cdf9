"""How the database answers: well, or so slowly that no new call should be begun.

Owns: the watch over every write under way, the probe that finds out when all is well again, and
the word to the engine. Must not know what is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import structlog
from sqlalchemy import select, update

from dialer.messages import StoreHealth
from store import schema
from store.database import Database
from store.errors import Blame, StoreBusyError, StoreError, StoreUnusableError

log = structlog.get_logger()

SLOW_S = 1.5
"""A write that takes longer than this is no basis for calls: people would wait for it."""

LOOK_S = 0.25
FIRST_REST_S = 0.5
LONGEST_REST_S = 10.0
"""Between a fault and the next probe; longer each time that it comes back soon."""

CALM_S = 60.0
"""Well for so long, and the faults before are forgotten."""


class Health:
    """One watch over one database. `tell` hears of each change; `clock` gives monotonic seconds.

    Put `watched` around each write, and run `run` as a task.
    """

    def __init__(self, tell: Callable[[StoreHealth], None], clock: Callable[[], float]) -> None:
        self._tell = tell
        self._clock = clock
        self._under_way: dict[object, float] = {}
        self._ill_since: float | None = None
        self._well_since = clock() - CALM_S
        self._rest_s = FIRST_REST_S
        self._probe_at = 0.0

    @property
    def ok(self) -> bool:
        """Whether writes are answered, and quickly."""
        return self._ill_since is None

    @property
    def wants_probe(self) -> bool:
        """Whether only asking can tell if all is well again."""
        return not (self.ok or self._under_way) and self._clock() >= self._probe_at

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Around one write, the wait for its turn included."""
        work, began_at = object(), self._clock()
        self._under_way[work] = began_at
        try:
            yield
        except (StoreBusyError, StoreUnusableError) as fault:
            del self._under_way[work]
            if not (isinstance(fault, StoreUnusableError) and fault.blame is Blame.ROW):
                self._ails(str(fault))
            raise
        except BaseException:
            del self._under_way[work]
            raise
        del self._under_way[work]
        self._answered(self._clock() - began_at)

    def _answered(self, took_s: float) -> None:
        if took_s > SLOW_S:
            self._ails(f"a write took {took_s:.1f} s")
        elif not self.ok and self._clock() >= self._probe_at:
            self._recovers()

    def look(self) -> None:
        """See whether a write under way has been waiting for too long."""
        oldest = min(self._under_way.values(), default=None)
        if oldest is not None and self._clock() - oldest > SLOW_S and self.ok:
            self._ails(f"a write has had no answer for {self._clock() - oldest:.1f} s")

    def _ails(self, fault: str) -> None:
        now = self._clock()
        if self._ill_since is None:
            soon = now - self._well_since < CALM_S
            self._rest_s = min(self._rest_s * 2, LONGEST_REST_S) if soon else FIRST_REST_S
            self._ill_since = now
            log.error("store.ails", fault=fault, effect="no new calls; living ones are served")
            self._tell(StoreHealth(ok=False, text=fault))
        self._probe_at = now + self._rest_s

    def _recovers(self) -> None:
        now = self._clock()
        for_s = now - (self._ill_since or now)
        self._ill_since, self._well_since = None, now
        log.info("store.recovered", for_s=round(for_s, 1))
        self._tell(StoreHealth(ok=True))

    async def run(self, database: Database) -> None:
        """Look and probe until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look_and_probe(database)

    async def look_and_probe(self, database: Database) -> None:
        """Look; where the database ails and nothing else asks it, ask."""
        self.look()
        if self.wants_probe:
            with suppress(StoreError):
                await probe(database)


async def probe(database: Database) -> None:
    """Write something that changes nothing, to the disk and all. Raises StoreError.

    To there and back: SQLite does not write a page whose content stays the same.
    """
    async with database.writing() as connection:
        for row in await connection.execute(select(schema.engine).limit(1)):
            same = update(schema.engine).where(schema.engine.c.id == row.id)
            for at in (row.started_at + timedelta(seconds=1), row.started_at):
                await connection.execute(same.values(started_at=at))
