"""The ledger in the database: adding to it, and reading it again.

Owns: the next place in a chain, and which entries are asked for. Must not know what an entry
says (`campaigns.call_record`) nor whether a chain is whole (`store.ledger_check`).

An entry is written in the transaction of what it tells of: neither is there without the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    bindparam,
    cast,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.ledger import SITE, Entry, EntryKind, Head, Note, follow
from store import schema
from store.bulk import bulk_of
from store.database import Database
from store.facts import AnyRow
from store.locks import lock_chain
from store.prepared import Prepared, together

AT_ONCE: Final = 5000
_CONTACT: Final = "contact "

_ledger = schema.ledger
_COLUMNS: Final = ("chain", "seq", "at", "kind", "subject", "body", "previous", "hash")
_HEAD = Prepared(
    select(_ledger.c.seq, _ledger.c.hash)
    .where(_ledger.c.chain == bindparam("chain"))
    .order_by(_ledger.c.seq.desc())
    .limit(1)
)
_ADD = Prepared(
    insert(_ledger).values({column.name: bindparam(column.name) for column in _ledger.c})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are asked for; None: all."""

    attempt: str | None = None
    number: str | None = None
    campaign: str | None = None
    since: datetime | None = None
    limit: int | None = None


class Act(NamedTuple):
    """One of several things that somebody did at once."""

    kind: EntryKind
    subject: str
    body: dict[str, Any]


def contact_subject(contact_id: int) -> str:
    """How an entry names the contact that it is about."""
    return f"{_CONTACT}{contact_id}"


async def head_of(connection: AsyncConnection, chain: str) -> Head:
    """The last entry of the chain, which may be none."""
    return _head(await _HEAD.rows(connection, {"chain": chain}))


def _head(rows: Sequence[AnyRow]) -> Head:
    return Head(seq=rows[0].seq, hash=rows[0].hash) if rows else Head()


async def enter(connection: AsyncConnection, note: Note) -> Entry:
    """Add an entry in the caller's transaction."""
    if note.chain == SITE:
        # Several processes write into this one.
        await lock_chain(connection, SITE)
    return await _add(connection, follow(await head_of(connection, note.chain), note))


async def _add(connection: AsyncConnection, entry: Entry) -> Entry:
    await _ADD.run(connection, asdict(entry))
    return entry


async def enter_call(connection: AsyncConnection, note: Note) -> Entry:
    """Add a call's entry, which also says how far the site's own chain had come."""
    found = await together(connection, (_HEAD, {"chain": SITE}), (_HEAD, {"chain": note.chain}))
    site, own = (_head(rows) for rows in found)
    body = {**note.body, "site": [site.seq, site.hash]}
    return await _add(connection, follow(own, replace(note, body=body)))


async def enter_act(
    connection: AsyncConnection,
    kind: EntryKind,
    subject: str,
    body: dict[str, Any],
    now: datetime,
) -> None:
    """Add what somebody did to the site's chain."""
    note = Note(chain=SITE, at=now, kind=kind, subject=subject, body=body)
    await enter(connection, note)


async def enter_acts(connection: AsyncConnection, acts: Sequence[Act], now: datetime) -> None:
    """Add what was done in one go to the site's chain, in this order."""
    if not acts:
        return
    await lock_chain(connection, SITE)
    head, bulk = await head_of(connection, SITE), bulk_of(connection)
    rows = []
    for act in acts:
        note = Note(chain=SITE, at=now, kind=act.kind, subject=act.subject, body=act.body)
        entry = follow(head, note)
        head = Head(seq=entry.seq, hash=entry.hash)
        told = (entry.kind, entry.subject, entry.body, entry.previous, entry.hash)
        rows.append((entry.chain, entry.seq, bulk.moment(entry.at), *told))
    await bulk.write(connection, _ledger.name, _COLUMNS, rows)


class Ledger:
    """The ledger, to be read and to be told of exports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(
        self, kind: EntryKind, subject: str, body: dict[str, Any], now: datetime
    ) -> None:
        """Enter an act that changes nothing else in the database (R25: an export, say)."""
        async with self._database.writing() as connection:
            await enter_act(connection, kind, subject, body, now)

    async def entries(self, wanted: Wanted) -> tuple[Entry, ...]:
        """The newest entries that are wanted, oldest first."""
        query = _wanted(wanted).order_by(None)
        newest = query.order_by(_ledger.c.at.desc(), _ledger.c.chain, _ledger.c.seq.desc())
        async with self._database.reading() as connection:
            rows = await connection.execute(newest.limit(wanted.limit))
            return tuple(reversed([entry_of(row) for row in rows]))

    @asynccontextmanager
    async def all(self, wanted: Wanted) -> AsyncIterator[AsyncIterator[Entry]]:
        """All that are wanted, chain by chain, few of them in memory at a time."""
        async with self._database.reading() as connection:
            yield _streamed(connection, _wanted(wanted))


async def _streamed(
    connection: AsyncConnection, query: Select[*tuple[Any, ...]]
) -> AsyncIterator[Entry]:
    async with connection.stream(query) as result:
        async for rows in result.partitions(AT_ONCE):
            for row in rows:
                yield entry_of(row)


def _wanted(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    query = select(_ledger).order_by(_ledger.c.chain, _ledger.c.seq)
    if wanted.since is not None:
        query = query.where(_ledger.c.at >= wanted.since)
    if wanted.attempt is not None:
        query = query.where(_ledger.c.subject == wanted.attempt)
    if wanted.number is not None:
        query = query.where(_of_number(wanted.number))
    if wanted.campaign is not None:
        query = query.where(_of_campaign(wanted.campaign))
    return query


def _of_number(e164: str) -> ColumnElement[bool]:
    """What was done with the number and with its contacts, and the calls to it."""
    number = schema.contact_number
    calls = (
        select(schema.attempt.c.id)
        .join(number, number.c.id == schema.attempt.c.number_id)
        .where(number.c.e164 == e164)
    )
    contacts = select(literal(_CONTACT) + cast(number.c.contact_id, String)).where(
        number.c.e164 == e164
    )
    subject = _ledger.c.subject
    return or_(subject == e164, subject.in_(calls), subject.in_(contacts))


def _of_campaign(name: str) -> ColumnElement[bool]:
    calls = (
        select(schema.attempt.c.id)
        .join(schema.campaign, schema.campaign.c.id == schema.attempt.c.campaign_id)
        .where(schema.campaign.c.name == name)
    )
    return or_(_ledger.c.subject == name, _ledger.c.subject.in_(calls))


def entry_of(row: AnyRow) -> Entry:
    """The entry of a row of the table."""
    return Entry(
        chain=row.chain,
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        subject=row.subject,
        body=row.body,
        previous=row.previous,
        hash=row.hash,
    )
