"""The one batching writer: what happened to calls, in the order in which it was submitted.

Owns: the queue of writes, one transaction per batch, and the word back once it is on the disk
(I6). Must not know what the rows are (`store.outcomes`). A write that fails takes no other
with it: the batch is rolled back and its writes are done one by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from dialer.messages import AmendAttempt, EndAttempt, SaveSlot
from store.database import Database
from store.errors import StoreError
from store.outcomes import WriteEffect, write_effect

# The transaction of a full batch stays under about 0.1 s: a claim may be waiting for it.
BATCH = 48

Done = Callable[[WriteEffect], None]
Failed = Callable[[WriteEffect, StoreError], None]


class Writer:
    """Give it effects with `submit`, and run `run` as a task until `close`.

    Args:
        database: where they go.
        done: told of each effect after its commit.
        failed: told of each effect that the database refused, with the reason.
        reach: passes a named kill point.
    """

    def __init__(
        self,
        database: Database,
        *,
        done: Done,
        failed: Failed,
        reach: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._done = done
        self._failed = failed
        self._reach = reach
        self._queue: asyncio.Queue[WriteEffect | None] = asyncio.Queue()

    def submit(self, effect: WriteEffect) -> None:
        """Queue a write; it is answered by `done` or `failed`."""
        self._queue.put_nowait(effect)

    async def flush(self) -> None:
        """Wait until everything submitted so far is answered."""
        await self._queue.join()

    def close(self) -> None:
        """Let `run` end once everything submitted so far is answered."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Write until closed."""
        closing = False
        while not closing:
            taken = await self._take()
            batch = [effect for effect in taken if effect is not None]
            closing = len(batch) < len(taken)
            if batch:
                await self._write(batch)
            for _ in taken:
                self._queue.task_done()

    async def _take(self) -> list[WriteEffect | None]:
        """What is waiting, at least one, at most a batch."""
        taken = [await self._queue.get()]
        while len(taken) < BATCH and not self._queue.empty():
            taken.append(self._queue.get_nowait())
        return taken

    async def _write(self, batch: Sequence[WriteEffect]) -> None:
        try:
            await self._commit(batch)
        except StoreError as error:
            if len(batch) == 1:
                self._failed(batch[0], error)
                return
            for effect in batch:
                await self._write([effect])
            return
        for effect in batch:
            self._done(effect)

    async def _commit(self, batch: Sequence[WriteEffect]) -> None:
        async with self._database.writing() as connection:
            for effect in batch:
                await write_effect(connection, effect)
            for effect in batch:
                self._reach_before(effect)
        for effect in batch:
            if _gives_disposition(effect):
                self._reach("disposition.after_commit")
            elif _is_login(effect):
                self._reach("login.after_commit")

    def _reach_before(self, effect: WriteEffect) -> None:
        if _gives_disposition(effect):
            self._reach("disposition.before_commit")
        elif _is_login(effect):
            self._reach("login.before_commit")
        elif isinstance(effect, EndAttempt):
            self._reach("outcome.before_commit")


def _gives_disposition(effect: WriteEffect) -> bool:
    match effect:
        case EndAttempt():
            return effect.disposition is not None
        case AmendAttempt():
            return True
        case _:
            return False


def _is_login(effect: WriteEffect) -> bool:
    return isinstance(effect, SaveSlot) and effect.slot is not None
