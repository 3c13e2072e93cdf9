"""The one batching writer: what happened to calls, in the order in which it was submitted.

Owns: the line of writes, one transaction per batch, and the word back once it is on the disk
(I6). Must not know what the rows are (`store.outcomes`).

What the database cannot take now stays in its place and is tried again, later and later
(`store.keeping` sees that it is not lost meanwhile). What the database will never take is set
aside, and the others go on.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import structlog

from dialer.effects import EndAttempt, SaveSlot
from store.aside import Aside
from store.catching_up import fitting, is_there, left_in_journal, try_what_is_aside
from store.database import Database
from store.effect_codec import encode_effect, gives_word
from store.errors import (
    AttemptEndedError,
    AttemptOpenError,
    Blame,
    StoreConflictError,
    StoreError,
    StoreUnusableError,
    is_of_the_database,
)
from store.health import probe
from store.journal import Journal
from store.keeping import Failed, Keeper, Told, Write
from store.locks import change_rules, hold_rules
from store.outcomes import WriteEffect, bars_somebody, write_effect

log = structlog.get_logger()

# The transaction of a full batch stays under about 0.1 s: a claim may be waiting for it.
BATCH = 48

LOOK_S = 0.1
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0
TRIES = 3
"""A write that fails so often while others succeed is set aside."""


class Writer:
    """Give it effects with `submit`, and run `run` as a task until `close`.

    Args:
        database: where they go.
        done: told of each effect after its commit, unless `kept` was.
        failed: told of each effect that the database refused, with the reason; of one that
            is neither in the database nor in the journal, with NotKeptError, and it is tried on.
        kept: told of each agent's word that is in the journal for now: it will not be lost.
        reach: passes a named kill point.
        journal: where late writes are kept; without one, they are in memory only.
        aside: where writes go that will never be taken; without one, they are only `failed`.
        clock: monotonic seconds.
        engine: whose writes they are.
    """

    def __init__(
        self,
        database: Database,
        *,
        done: Told,
        failed: Failed,
        kept: Told = lambda _: None,
        reach: Callable[[str], None] = lambda _: None,
        journal: Journal | None = None,
        aside: Aside | None = None,
        clock: Callable[[], float] = time.monotonic,
        engine: str | None = None,
    ) -> None:
        self._database = database
        self._engine = engine
        self._done, self._failed = done, failed
        self._reach = reach
        self._aside = aside
        self._keeper = Keeper(
            journal, kept=kept, failed=failed, clock=clock, may_empty=self._aside_is_saved
        )
        self._clock = clock
        self._line: deque[Write] = deque()
        self._fault: StoreError | None = None
        self._postponed_since = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False

    # ── for those who submit ─────────────────────────────────────────────────────────────

    def submit(self, effect: WriteEffect) -> None:
        """Queue a write; it is answered by `done`, `kept` or `failed`."""
        self._line.append(Write(effect=effect, since=self._clock()))
        self._idle.clear()
        self._news.set()

    @property
    def waiting(self) -> tuple[WriteEffect, ...]:
        """What the database has not taken yet, in order."""
        return tuple(one.effect for one in self._line)

    @property
    def at_risk(self) -> int:
        """How many writes would be lost with the process.

        A seat is none of them: it is never kept, and the phone logs in anew.
        """
        return sum(not (one.kept or isinstance(one.effect, SaveSlot)) for one in self._line)

    @property
    def in_journal(self) -> int:
        """How many wait in the journal: should the process end, the next start writes them."""
        return sum(one.kept is True for one in self._line)

    async def flush(self) -> None:
        """Wait until everything submitted so far is in the database, or refused."""
        await self._idle.wait()

    def close(self) -> None:
        """Let `run` end once everything submitted so far is answered."""
        self._closing = True
        self._news.set()

    # ── the course of it ─────────────────────────────────────────────────────────────────

    async def catch_up(self) -> None:
        """Write what an earlier run had to leave, before anybody looks at the database.

        After a StoreError it goes on with what it had taken up.

        Raises:
            StoreError: the database cannot take it now; everything stays where it is.
        """
        if self._aside is not None:
            await try_what_is_aside(self._aside, self._database, self._commit_alone)
        left = [] if self._line else self._keeper.left()
        self._line.extend(left_in_journal(left, self._set_aside))
        while self._line:
            if await self.write() and not self._line[0].failures and self._fault:
                raise self._fault
        await self.keep()
        if left:
            log.info("journal.written", writes=len(left))

    async def run(self) -> None:
        """Write until closed."""
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_until(over))
            while not (self._closing and not self._line):
                self._news.clear()
                if self._line:
                    await asyncio.sleep(await self.write())
                else:
                    await self._news.wait()
            over.set()
        await self.keep()

    async def _keep_until(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await self.keep()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await over.wait()

    async def keep(self) -> None:
        """Put into the journal what has waited too long; empty it when all is written."""
        if self._aside is not None:
            await self._aside.save()
        await self._keeper.keep(self._line, at_once=self._fault is not None)

    # ── into the database ────────────────────────────────────────────────────────────────

    async def write(self) -> float:
        """Write what is first in the line, at most a batch; says how long to rest after it."""
        batch = list(islice(self._line, BATCH))
        if not batch:
            return 0.0
        try:
            await self._commit([one.effect for one in batch])
        except StoreError as error:
            if is_of_the_database(error):
                return self._postpone(error)
            return await self._write_singly(batch)
        self._written(batch)
        return 0.0

    async def _write_singly(self, batch: Sequence[Write]) -> float:
        for one in batch:
            try:
                await self._commit_alone(one)
            except StoreError as error:
                if not await self._is_for_good(one, error):
                    return self._postpone(error)
                await self._refused(one, error)
            else:
                self._written([one])
        return 0.0

    async def _commit_alone(self, one: Write) -> None:
        """A word whose attempt stands otherwise than when it was given is written as fits there."""
        try:
            await self._commit([one.effect])
        except (AttemptOpenError, AttemptEndedError) as error:
            word = fitting(one, error)
            if word is None:
                raise
            one.effect = word
            await self._commit([word])

    async def _commit(self, batch: Sequence[WriteEffect]) -> None:
        async with self._database.writing() as connection:
            if any(map(bars_somebody, batch)):
                # Before any contact is locked: who changes the list meanwhile wants those.
                await change_rules(connection)
            else:
                # Who is barred, as an end writes it, must not outlive the entry.
                await hold_rules(connection)
            for effect in batch:
                await write_effect(connection, effect, self._engine)
            for effect in batch:
                self._reach_before(effect)
        for effect in batch:
            if gives_word(effect):
                self._reach("disposition.after_commit")
            elif _is_login(effect):
                self._reach("login.after_commit")

    def _reach_before(self, effect: WriteEffect) -> None:
        if gives_word(effect):
            self._reach("disposition.before_commit")
        elif _is_login(effect):
            self._reach("login.before_commit")
        elif isinstance(effect, EndAttempt):
            self._reach("outcome.before_commit")

    def _postpone(self, error: StoreError) -> float:
        """Leave everything in its place; the log hears of it once."""
        if self._fault is None:
            log.error("writes.postponed", fault=str(error), writes=len(self._line))
            self._postponed_since = self._clock()
            self._pause_s = FIRST_PAUSE_S
        self._fault = error
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        return self._pause_s

    def _written(self, batch: Sequence[Write]) -> None:
        self._takes_again()
        for one in batch:
            self._leaves(one)
            if not one.told:
                one.told = True
                self._done(one.effect)

    def _takes_again(self) -> None:
        if self._fault is not None:
            for_s = round(self._clock() - self._postponed_since, 1)
            log.info("writes.resumed", writes=len(self._line), for_s=for_s)
            self._fault = None

    def _leaves(self, one: Write) -> None:
        """Only the first of the line is ever settled."""
        assert self._line.popleft() is one  # noqa: S101  the order is the promise
        if not self._line:
            self._idle.set()

    # ── what it will never take ──────────────────────────────────────────────────────────

    async def _is_for_good(self, one: Write, error: StoreError) -> bool:
        """Whether trying on is useless: a refusal, or a failure of this write alone."""
        if is_of_the_database(error):
            return False
        if not isinstance(error, StoreUnusableError):
            return True
        with suppress(StoreError):
            await probe(self._database)
            one.failures += TRIES if error.blame is Blame.ROW else 1
        return one.failures >= TRIES

    async def _refused(self, one: Write, error: StoreError) -> None:
        if one.kept and await is_there(self._database, one.effect):
            self._written([one])
            return
        self._takes_again()
        self._leaves(one)
        effect = one.effect
        unfit = isinstance(error, StoreConflictError | StoreUnusableError)
        if (unfit or one.told) and not isinstance(effect, SaveSlot):
            self._set_aside(encode_effect(effect), str(error))
        if not one.told:
            one.told = True
            self._failed(effect, error)

    def _set_aside(self, said: dict[str, Any], fault: str) -> None:
        if self._aside is not None:
            self._aside.put(said, fault)

    def _aside_is_saved(self) -> bool:
        return self._aside is None or self._aside.saved


def _is_login(effect: WriteEffect) -> bool:
    return isinstance(effect, SaveSlot) and effect.slot is not None
