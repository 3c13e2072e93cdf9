"""Stays of callers out of Asterisk's queue_log, for those that nobody saw live.

Owns: what is added, what is completed, and that nothing is there twice: a stay that is on file is
found by its call and queue (`store.queue_log_match`), and the live word stays as it is where it
knew. Must not know how queue_log is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from asterisk.queue_log import LogStay
from dialer.queue_effects import UNTOLD, QueueEnd
from store import schema
from store.database import Database
from store.facts import AnyRow
from store.queue_calls import Source
from store.queue_log_match import paired

_stay = schema.queue_call

BATCH: Final = 200
SETTLES: Final = timedelta(seconds=10)
"""An engine may still be writing what ended so lately: the next import looks at it."""
ONE_CLOCK: Final = timedelta(seconds=2)
"""Two words of queue_log on one stay differ by no more: both are whole seconds of one clock."""


@dataclass(slots=True)
class Imported:
    """What came of the stays of the log. `added` and `completed` on file, `known` as they were.

    `too_young`: left to the next import.
    """

    added: int = 0
    completed: int = 0
    known: int = 0
    too_young: int = 0


@dataclass(slots=True, kw_only=True)
class LogImport:
    """Takes stays, in any number, into one database.

    `read_number`: a caller's number in E.164. `now`: when it is done. `dry_run`: only count.
    """

    database: Database
    read_number: Callable[[str], str | None]
    now: datetime
    dry_run: bool = False
    done: Imported = field(default_factory=Imported)
    _waiting: list[LogStay] = field(default_factory=list)

    async def take(self, stay: LogStay) -> None:
        """One more stay; written with others.

        Raises:
            StoreError: the database does not take it. What was written before stays.
        """
        if stay.ended_at + timedelta(seconds=stay.talk_s or 0) > self.now - SETTLES:
            self.done.too_young += 1
            return
        self._waiting.append(stay)
        if len(self._waiting) >= BATCH:
            await self.finish()

    async def finish(self) -> None:
        """Write what is left. Raises StoreError."""
        if not self._waiting:
            return
        stays = sorted(self._waiting, key=_place)
        connecting = self.database.reading() if self.dry_run else self.database.writing()
        async with connecting as connection:
            counts = await self._write(connection, stays)
        self._waiting.clear()
        self.done.added += counts.added
        self.done.completed += counts.completed
        self.done.known += counts.known

    async def _write(self, connection: AsyncConnection, stays: Sequence[LogStay]) -> Imported:
        calls = {stay.call for stay in stays}
        rows = list(
            await connection.execute(
                select(_stay).where(_stay.c.call_id.in_(calls)).order_by(_stay.c.joined_at)
            )
        )
        counts, new = Imported(), []
        for (call, queue), group in groupby(stays, key=lambda stay: (stay.call, stay.queue)):
            # A file and its packed copy may both be given.
            same = {stay.joined_at: stay for stay in group}
            logged = list(same.values())
            recorded = [row for row in rows if (row.call_id, row.queue) == (call, queue)]
            places = paired([s.joined_at for s in logged], [row.joined_at for row in recorded])
            for stay, place in zip(logged, places, strict=True):
                if place is None or not _may_be_one(recorded[place], stay):
                    new.append(self._values(stay))
                    counts.added += 1
                elif news := _news(recorded[place], stay):
                    counts.completed += 1
                    if not self.dry_run:
                        change = update(_stay).where(_stay.c.id == recorded[place].id)
                        await connection.execute(change.values(**news))
                else:
                    counts.known += 1
        if new and not self.dry_run:
            await connection.execute(insert(_stay), new)
        return counts

    def _values(self, stay: LogStay) -> dict[str, Any]:
        return {
            "call_id": stay.call,
            "queue": stay.queue,
            "number": self.read_number(stay.number),
            "joined_at": stay.joined_at,
            **_end_of(stay),
            "talk_ms": None if stay.talk_s is None else stay.talk_s * 1000,
            "transferred": stay.transferred,
            "ended_by": None if stay.ended_by is None else stay.ended_by.value,
            "source": Source.QUEUE_LOG.value,
        }


def _place(stay: LogStay) -> tuple[str, str, datetime]:
    return stay.call, stay.queue, stay.joined_at


def _may_be_one(row: AnyRow, stay: LogStay) -> bool:
    """Of one call another stay may be on file alone, when the last import ended between the two."""
    joined_at: datetime = row.joined_at
    is_live: bool = row.source != Source.QUEUE_LOG.value
    return is_live or abs(joined_at - stay.joined_at) <= ONE_CLOCK


def _end_of(stay: LogStay) -> dict[str, Any]:
    return {
        "ended_at": stay.ended_at,
        "how": stay.how.value,
        "waited_ms": round((stay.ended_at - stay.joined_at).total_seconds() * 1000),
        "agent": stay.agent or None,
    }


def _news(row: AnyRow, stay: LogStay) -> dict[str, Any]:
    """What the log knows of a stay on file, and nobody has said yet."""
    news: dict[str, Any] = {}
    if row.how in UNTOLD and stay.how not in UNTOLD:
        news |= _end_of(stay)
    how = news.get("how", row.how)
    if how != QueueEnd.ANSWERED or stay.talk_s is None:
        return news
    if row.talk_ms is None:
        news["talk_ms"] = stay.talk_s * 1000
    if row.ended_by is None and stay.ended_by is not None:
        news["ended_by"] = stay.ended_by.value
    if stay.transferred and not row.transferred:
        news["transferred"] = True
    return news
