"""Is the ledger whole? Each chain by itself, then beside the attempts, then beside each other.

Owns: the walk over all of it, and what it is compared with. Must not know how an entry follows
another (`campaigns.ledger`), and writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.ledger import SITE, Entry, EntryKind, Fault, FaultKind, Head, first_fault
from store import schema
from store.database import Database
from store.ledger import AT_ONCE, entry_of

_ledger = schema.ledger
_attempt = schema.attempt
_IS_CALL: Final = _ledger.c.kind == EntryKind.CALL.value

_AFTER = (
    select(_ledger)
    .where(_ledger.c.chain == bindparam("chain"), _ledger.c.seq > bindparam("seq"))
    .order_by(_ledger.c.seq)
    .limit(AT_ONCE)
)
_NEXT_CHAIN = select(func.min(_ledger.c.chain)).where(_ledger.c.chain > bindparam("chain"))
_AT = select(_ledger).where(_ledger.c.chain == bindparam("chain"), _ledger.c.seq == bindparam("n"))
_ENTERED = select(_ledger.c.subject).where(_IS_CALL, _ledger.c.subject == _attempt.c.id)
_SENT = select(_attempt.c.id).where(
    _ledger.c.subject == _attempt.c.id, _attempt.c.sent_at.is_not(None)
)
_NOT_ENTERED = (
    select(_attempt.c.id, _attempt.c.engine_id)
    .where(_attempt.c.sent_at.is_not(None), ~_ENTERED.exists())
    .order_by(_attempt.c.sent_at, _attempt.c.id)
    .offset(bindparam("before"))
    .limit(1)
)
_NOT_SENT = select(_ledger).where(_IS_CALL, ~_SENT.exists()).limit(1)
_TWICE = (
    select(_ledger.c.subject).where(_IS_CALL).group_by(_ledger.c.subject).having(func.count() > 1)
).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How many entries were walked over, and the first bad place, None where all is well.

    `last`: the last entry of each chain; kept elsewhere, its hash proves what came before it.
    """

    entries: int
    fault: Fault | None
    last: tuple[Entry, ...]


async def check_ledger(database: Database, progress: Callable[[int, int], None]) -> Checked:
    """Walk over all entries; `progress` is told how many of how many are done."""
    async with database.reading() as connection:
        total = int(await connection.scalar(select(func.count()).select_from(_ledger)) or 0)
        walk = _Walk(connection, lambda walked: progress(walked, total))
        fault = (
            await walk.all_chains()
            or await _unopened(connection)
            or await _cut(connection, walk.last)
            or await _against_attempts(connection)
        )
        return Checked(entries=walk.walked, fault=fault, last=tuple(walk.last))


class _Walk:
    """Over each chain from its first entry on; `last`: the last entry of each."""

    def __init__(self, connection: AsyncConnection, progress: Callable[[int], None]) -> None:
        self._connection = connection
        self._progress = progress
        self.walked = 0
        self.last: list[Entry] = []

    async def all_chains(self) -> Fault | None:
        chain: str | None = ""
        while (chain := await self._connection.scalar(_NEXT_CHAIN, {"chain": chain})) is not None:
            fault = await self._one(chain)
            if fault is not None:
                return fault
        return None

    async def _one(self, chain: str) -> Fault | None:
        head, last = Head(), None
        while entries := await _after(self._connection, chain, head):
            head, fault = first_fault(head, entries)
            if fault is not None:
                return fault
            last = entries[-1]
            self.walked += len(entries)
            self._progress(self.walked)
        self.last += [last] if last is not None else []
        return None


async def _after(connection: AsyncConnection, chain: str, head: Head) -> list[Entry]:
    rows = await connection.execute(_AFTER, {"chain": chain, "seq": head.seq})
    return [entry_of(row) for row in rows]


async def _unopened(connection: AsyncConnection) -> Fault | None:
    first = await _opening(connection)
    return Fault(kind=FaultKind.UNOPENED, chain=SITE, seq=1) if first is None else None


async def _opening(connection: AsyncConnection) -> dict[str, Any] | None:
    row = (await connection.execute(_AT, {"chain": SITE, "n": 1})).one_or_none()
    if row is None or row.kind != EntryKind.OPENED:
        return None
    body: dict[str, Any] = json.loads(row.body)
    return body


async def _cut(connection: AsyncConnection, last: Iterable[Entry]) -> Fault | None:
    """Each engine's last call has seen how far the site's chain had come."""
    for entry in last:
        seen = json.loads(entry.body).get("site") if entry.kind == EntryKind.CALL else None
        if seen is None:
            continue
        seq, text = seen
        row = (await connection.execute(_AT, {"chain": SITE, "n": seq})).one_or_none()
        if seq and (row is None or row.hash != text):
            return Fault(kind=FaultKind.CUT, chain=SITE, seq=seq)
    return None


async def _against_attempts(connection: AsyncConnection) -> Fault | None:
    """Exactly one entry for each call that was placed since the ledger was opened."""
    opening = await _opening(connection) or {}
    before = {"before": int(opening.get("sent_before", 0))}
    missing = (await connection.execute(_NOT_ENTERED, before)).one_or_none()
    if missing is not None:
        kind = FaultKind.CALL_WITHOUT_ENTRY
        return Fault(kind=kind, chain=missing.engine_id, subject=missing.id)
    extra = (await connection.execute(_NOT_SENT)).one_or_none()
    if extra is not None:
        kind = FaultKind.ENTRY_WITHOUT_CALL
        return Fault(kind=kind, chain=extra.chain, seq=extra.seq, subject=extra.subject)
    twice = await connection.scalar(_TWICE)
    if twice is None:
        return None
    return Fault(kind=FaultKind.CALL_ENTERED_TWICE, chain="", subject=str(twice))
