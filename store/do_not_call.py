"""The do-not-call list: of one campaign, or of all; numbers, and patterns of numbers.

Owns: who is on it, since when, until when and why; each change leaves an entry in the ledger.
Whether that stops a call is the judge's word, who is told of it (`store.barring`) in the
transaction of the claim and again in that of the sending. What an entry does to contacts that
wait is `store.barred_contacts`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.do_not_call import Barred, Patterns, is_plain
from campaigns.ledger import EntryKind
from store import schema
from store.barred_contacts import hold_back, let_go
from store.database import Database
from store.errors import NotListedError, RefusedForGoodError
from store.facts import AnyRow
from store.ledger import enter_act
from store.locks import change_rules

REFUSED: Final = "refused"
"""The reason of an entry that the person asked for: only the person can take it back."""
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotCallEntry:
    """A number, or a pattern of numbers, that must not be called.

    `campaign_id` None: by no campaign. `expires_at` None: for ever.
    """

    e164: str
    campaign_id: int | None
    source: str
    reason: str
    added_at: datetime
    expires_at: datetime | None = None

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for more than one number."""
        return not is_plain(self.e164)

    def holds_as_long_as(self, other: DoNotCallEntry) -> bool:
        """Whether the other would add nothing to it, if both are of one number.

        The person's own refusal adds to any other reason: nobody else can take it back.
        """
        if other.reason == REFUSED != self.reason:
            return False
        if self.expires_at is None:
            return True
        return other.expires_at is not None and other.expires_at <= self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What shall come off the list, by whose wish. `asked_again`: the person's own."""

    e164: str
    campaign_id: int | None
    reason: str
    by: str = ""
    asked_again: bool = False


class DoNotCall:
    """The list in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: DoNotCallEntry, by: str = "") -> bool:
        """Put a number on the list; False if it was there already for as long (that word stays).

        A pattern's contacts are held back by `store.barred_contacts.sweep` afterwards; nobody
        calls them in the meantime.
        """
        async with self._database.writing() as connection:
            return await add_entry(connection, entry, by)

    async def remove(self, removal: Removal, now: datetime) -> DoNotCallEntry:
        """Take a number or a pattern off the list; what it was stays in the ledger.

        Raises:
            NotListedError: it is not on it, for that campaign (or for all, if none is named).
            RefusedForGoodError: the person refused, and has not asked to be called again.
        """
        async with self._database.writing() as connection:
            return await _remove(connection, removal, now)

    async def add_many(self, entries: Sequence[DoNotCallEntry]) -> int:
        """Put numbers (no patterns) of one reach on the list; how many of them are new there.

        The ledger is told once for the whole file: see `store.ledger.Ledger.note`.
        """
        new = 0
        for first in range(0, len(entries), AT_ONCE):
            async with self._database.writing() as connection:
                new += await _add_some(connection, entries[first : first + AT_ONCE])
        return new

    async def check(self, e164: str) -> tuple[DoNotCallEntry, ...]:
        """All entries for a number, expired ones too: its own first, then patterns that fit."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_of(schema.do_not_call, e164))
            own = sorted(map(_entry, rows), key=lambda entry: entry.campaign_id or 0)
            patterns = [_pattern(row) for row in await connection.execute(_all_patterns())]
        return (*own, *(entry for entry in patterns if _fits(entry, e164)))

    async def entries(
        self, *, campaign_id: int | None = None, limit: int = 1000
    ) -> tuple[DoNotCallEntry, ...]:
        """All patterns, then the newest numbers, at most `limit`; maybe one campaign's only."""
        async with self._database.reading() as connection:
            patterns = await connection.execute(_all_patterns(campaign_id))
            listed = schema.do_not_call
            newest = _reach_of(select(listed), listed, campaign_id).order_by(listed.c.id.desc())
            numbers = await connection.execute(newest.limit(limit))
            return (*map(_pattern, patterns), *map(_entry, numbers))

    @asynccontextmanager
    async def all(
        self, campaign_id: int | None = None
    ) -> AsyncIterator[AsyncIterator[DoNotCallEntry]]:
        """The whole list, few entries in memory at a time."""
        async with self._database.reading() as connection:
            yield _streamed(connection, campaign_id)


async def add_entry(connection: AsyncConnection, entry: DoNotCallEntry, by: str = "") -> bool:
    """Put an entry on the list in the caller's transaction; False if that changes nothing."""
    await change_rules(connection)
    there = await _there(connection, entry)
    if any(one.holds_as_long_as(entry) for one in there):
        return False
    await _write(connection, entry)
    await enter_act(connection, EntryKind.BARRED, entry.e164, _told(entry, by), entry.added_at)
    if not entry.is_pattern:
        await hold_back(connection, [entry.e164], entry.campaign_id, entry.expires_at)
    return True


async def _add_some(connection: AsyncConnection, entries: Sequence[DoNotCallEntry]) -> int:
    await change_rules(connection)
    by_number = {entry.e164: entry for entry in entries}
    listed, first = schema.do_not_call, entries[0]
    query = select(listed).where(listed.c.e164.in_(by_number), _reaches(listed, first.campaign_id))
    for row in list(await connection.execute(query)):
        one = _entry(row)
        if one.e164 in by_number and one.holds_as_long_as(by_number[one.e164]):
            del by_number[one.e164]
    if not by_number:
        return 0
    same = _same_reach(listed, first.campaign_id)
    await connection.execute(delete(listed).where(listed.c.e164.in_(by_number), same))
    await connection.execute(insert(listed), [_values(entry) for entry in by_number.values()])
    await hold_back(connection, list(by_number), first.campaign_id, first.expires_at)
    return len(by_number)


async def _remove(connection: AsyncConnection, removal: Removal, now: datetime) -> DoNotCallEntry:
    await change_rules(connection)
    table = schema.do_not_call if is_plain(removal.e164) else schema.do_not_call_pattern
    here = (_key(table) == removal.e164, _same_reach(table, removal.campaign_id))
    row = (await connection.execute(select(table).where(*here))).first()
    if row is None:
        raise NotListedError(removal.e164)
    entry = _entry(row) if table is schema.do_not_call else _pattern(row)
    if entry.reason == REFUSED and not removal.asked_again:
        raise RefusedForGoodError(removal.e164)
    await connection.execute(delete(table).where(*here))
    said = {"why": removal.reason, "asked_again": removal.asked_again, "was": _told(entry, "")}
    body = {**said, "by": removal.by}
    await enter_act(connection, EntryKind.UNBARRED, removal.e164, body, now)
    if not entry.is_pattern:
        await let_go(connection, [entry.e164], entry.campaign_id, now)
    return entry


async def _there(connection: AsyncConnection, entry: DoNotCallEntry) -> list[DoNotCallEntry]:
    """What bars the same already, for every campaign or for this one."""
    table = schema.do_not_call_pattern if entry.is_pattern else schema.do_not_call
    query = _of(table, entry.e164).where(_reaches(table, entry.campaign_id))
    made = _pattern if entry.is_pattern else _entry
    return [made(row) for row in await connection.execute(query)]


async def _write(connection: AsyncConnection, entry: DoNotCallEntry) -> None:
    """In place of an entry of the same reach that would expire sooner."""
    table = schema.do_not_call_pattern if entry.is_pattern else schema.do_not_call
    same = _same_reach(table, entry.campaign_id)
    await connection.execute(delete(table).where(_key(table) == entry.e164, same))
    await connection.execute(insert(table), [_values(entry)])


def _values(entry: DoNotCallEntry) -> dict[str, Any]:
    return {
        "pattern" if entry.is_pattern else "e164": entry.e164,
        "campaign_id": entry.campaign_id,
        "source": entry.source,
        "reason": entry.reason,
        "added_at": entry.added_at,
        "expires_at": entry.expires_at,
    }


def _told(entry: DoNotCallEntry, by: str) -> dict[str, Any]:
    return {
        "number": entry.e164,
        "campaign": entry.campaign_id,
        "source": entry.source,
        "reason": entry.reason,
        "since": entry.added_at.isoformat(),
        "expires": entry.expires_at.isoformat() if entry.expires_at else None,
        "by": by,
    }


# ── queries ──────────────────────────────────────────────────────────────────────────────


def _key(table: Table) -> ColumnElement[str]:
    return table.c.e164 if table is schema.do_not_call else table.c.pattern


def _of(table: Table, e164: str) -> Select[*tuple[Any, ...]]:
    return select(table).where(_key(table) == e164).order_by(table.c.id)


def _same_reach(table: Table, campaign_id: int | None) -> ColumnElement[bool]:
    return table.c.campaign_id.is_not_distinct_from(campaign_id)


def _reaches(table: Table, campaign_id: int | None) -> ColumnElement[bool]:
    """Entries that bar at least what one of this reach would."""
    return table.c.campaign_id.is_(None) | _same_reach(table, campaign_id)


def _reach_of(
    query: Select[*tuple[Any, ...]], table: Table, campaign_id: int | None
) -> Select[*tuple[Any, ...]]:
    return query if campaign_id is None else query.where(table.c.campaign_id == campaign_id)


def _all_patterns(campaign_id: int | None = None) -> Select[*tuple[Any, ...]]:
    table = schema.do_not_call_pattern
    return _reach_of(select(table), table, campaign_id).order_by(table.c.id)


async def _streamed(
    connection: AsyncConnection, campaign_id: int | None
) -> AsyncIterator[DoNotCallEntry]:
    for row in await connection.execute(_all_patterns(campaign_id)):
        yield _pattern(row)
    listed = schema.do_not_call
    query = _reach_of(select(listed), listed, campaign_id).order_by(listed.c.id)
    async with connection.stream(query) as result:
        async for row in result:
            yield _entry(row)


def _fits(entry: DoNotCallEntry, e164: str) -> bool:
    return Patterns([Barred(pattern=entry.e164)]).fits(e164)


def _entry(row: AnyRow) -> DoNotCallEntry:
    return _made(row.e164, row)


def _pattern(row: AnyRow) -> DoNotCallEntry:
    return _made(row.pattern, row)


def _made(number: str, row: AnyRow) -> DoNotCallEntry:
    return DoNotCallEntry(
        e164=number,
        campaign_id=row.campaign_id,
        source=row.source,
        reason=row.reason,
        added_at=row.added_at,
        expires_at=row.expires_at,
    )
