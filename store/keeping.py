"""Writes that wait for the database are put into the journal, and whoever gave one is told.

Owns: when a write is late, what of it the journal takes, and when the journal is emptied again.
Must not know how anything gets into the database (`store.writer`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from dialer.effects import SaveSlot
from store.effect_codec import effect_line, is_promised
from store.errors import NotKeptError, StoreError
from store.journal import Journal
from store.outcomes import WriteEffect

log = structlog.get_logger()

KEEP_AFTER_S = 1.0
"""What the database has not taken after this goes into the journal."""

TRY_AGAIN_S = 1.0
"""So long a disk is left alone that has failed."""

Told = Callable[[WriteEffect], None]
Failed = Callable[[WriteEffect, StoreError], None]


@dataclass(slots=True, kw_only=True, eq=False)
class Write:
    """One write in the writer's line, since `since` (monotonic seconds).

    `kept`: whether it is in the journal; False: it has no room there; None: not yet. `told`: its
    agent has an answer. `failures`: how often it alone has failed.
    """

    effect: WriteEffect
    since: float
    kept: bool | None = None
    told: bool = False
    failures: int = 0


class Keeper:
    """Watches over the writer's line. Without a journal it keeps nothing.

    Args:
        journal: where late writes go.
        kept: told of each agent's word that is in the journal: it will not be lost.
        failed: told, with NotKeptError, of each word that the journal could not take either.
        clock: monotonic seconds.
        may_empty: whether what is neither in the line nor in the database is safe elsewhere.
    """

    def __init__(
        self,
        journal: Journal | None,
        *,
        kept: Told,
        failed: Failed,
        clock: Callable[[], float],
        may_empty: Callable[[], bool] = lambda: True,
    ) -> None:
        self._journal = journal
        self._may_empty = may_empty
        self._kept, self._failed = kept, failed
        self._clock = clock
        self._again_at = clock()

    def left(self) -> list[dict[str, Any]]:
        """What an earlier run has left in the journal, in order."""
        return [json.loads(line) for line in self._journal.records()] if self._journal else []

    async def keep(self, line: Iterable[Write], *, at_once: bool) -> None:
        """Put into the journal what of the line has waited too long, or all of it `at_once`.

        Where nothing of the line is in the journal any more, it is emptied.
        """
        waiting = tuple(line)
        if self._journal is None:
            return
        late = [one for one in waiting if self._is_late(one, at_once=at_once)]
        if late and self._clock() < self._again_at:
            return
        if late:
            await self._append(self._journal, late)
        elif self._journal.used and not any(one.kept for one in waiting) and self._may_empty():
            with suppress(OSError):  # tried again at the next look
                await asyncio.to_thread(self._journal.clear)
                _have_room_again(waiting)

    def _is_late(self, one: Write, *, at_once: bool) -> bool:
        if one.kept is not None or isinstance(one.effect, SaveSlot):
            return False
        return at_once or self._clock() - one.since >= KEEP_AFTER_S

    async def _append(self, journal: Journal, late: Sequence[Write]) -> None:
        records = [
            (effect_line(one.effect), is_promised(one.effect))
            for one in late
            if not isinstance(one.effect, SaveSlot)
        ]
        kept: Sequence[bool | None]
        try:
            kept = await asyncio.to_thread(journal.append, records)
        except OSError as error:
            log.error("journal.failed", fault=str(error))  # noqa: TRY400 - the disk's, no bug
            self._again_at = self._clock() + TRY_AGAIN_S
            kept = [None] * len(late)
        for one, is_kept in zip(late, kept, strict=True):
            one.kept = is_kept
            self._tell(one)

    def _tell(self, one: Write) -> None:
        """Whoever waits is told at once, also of what is tried again in a moment."""
        if one.told or not is_promised(one.effect):
            return
        one.told = True
        if one.kept:
            self._kept(one.effect)
        else:
            fault = NotKeptError("neither database nor journal takes it now")
            self._failed(one.effect, fault)


def _have_room_again(waiting: Iterable[Write]) -> None:
    for one in waiting:
        one.kept = None
