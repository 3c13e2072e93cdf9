"""Is a contact barred? Its numbers' own entries, and the patterns that fit them.

Owns: the look-up of entries, and the patterns as they are kept for look-ups, read again whenever
they have changed. Must not know how entries are made (`store.do_not_call`) nor what a pattern means
(`campaigns.do_not_call`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import Contact
from campaigns.do_not_call import Barred, Patterns
from store import schema
from store.facts import AnyRow
from store.prepared import Prepared, Question

Entries = Mapping[str, Sequence[Barred]]
"""The entries of some numbers, by number."""

_listed = schema.do_not_call
_OF: BindParameter[Any] = bindparam("e164s", expanding=True)
_own = select(_listed.c.e164, _listed.c.campaign_id, _listed.c.reason, _listed.c.expires_at).where(
    _listed.c.e164.in_(_OF)
)
# By the numbers themselves and not joined to them: a join may be made by reading the whole list.
# An entry without a campaign means every campaign. One that has expired is told too: only the
# reader knows the time.
_ENTRIES = Prepared(
    union_all(
        _own.where(_listed.c.campaign_id.is_(None)),
        _own.where(_listed.c.campaign_id == bindparam("campaign_id")),
    )
)

_pattern = schema.do_not_call_pattern
_VERSION = Prepared(
    select(
        func.count().label("patterns"),
        func.max(_pattern.c.id).label("id"),
        func.max(_pattern.c.added_at).label("added_at"),
        func.max(_pattern.c.expires_at).label("expires_at"),
    ).select_from(_pattern)
)
_ALL = select(_pattern.c.pattern, _pattern.c.campaign_id, _pattern.c.reason, _pattern.c.expires_at)
_KEPT: Final = "waihu.do_not_call_patterns"


async def load_entries(connection: AsyncConnection, contact: Contact) -> tuple[Barred, ...]:
    """The entries of any of its numbers."""
    query, given = of_numbers([number.e164 for number in contact.numbers], contact.campaign_id)
    return tuple(_entry(row) for row in await query.rows(connection, given))


def of_numbers(e164s: Sequence[str], campaign_id: int) -> Question:
    """The question for the entries of these numbers that the campaign has to heed."""
    return _ENTRIES, {"e164s": e164s, "campaign_id": campaign_id}


def entries_of(rows: Iterable[AnyRow]) -> Entries:
    """What it found."""
    entries: defaultdict[str, list[Barred]] = defaultdict(list)
    for row in rows:
        entries[row.e164].append(_entry(row))
    return entries


def _entry(row: AnyRow) -> Barred:
    return Barred(
        pattern=row.e164,
        campaign_id=row.campaign_id,
        reason=row.reason,
        expires_at=row.expires_at,
    )


def of_patterns() -> Question:
    """The question for the version of the patterns."""
    return _VERSION, {}


async def patterns_of(connection: AsyncConnection, rows: Sequence[AnyRow]) -> Patterns:
    """The patterns of the version that it found; laid out anew only when they have changed."""
    (version,) = rows
    kept = connection.sync_connection.info.get(_KEPT) if connection.sync_connection else None
    if kept is not None and kept[0] == version:
        patterns: Patterns = kept[1]
        return patterns
    patterns = Patterns(
        Barred(
            pattern=row.pattern,
            campaign_id=row.campaign_id,
            reason=row.reason,
            expires_at=row.expires_at,
        )
        for row in await connection.execute(_ALL)
    )
    if connection.sync_connection is not None:
        connection.sync_connection.info[_KEPT] = (version, patterns)
    return patterns


def barred_by(
    contact: Contact, entries: Entries, patterns: Patterns, now: datetime
) -> Barred | None:
    """The entry that bars the contact longest; None where nothing does. One number is enough."""
    if not entries and patterns.is_empty:
        return None
    e164s = [number.e164 for number in contact.numbers]
    own = (entry for e164 in e164s for entry in entries.get(e164, ()))
    fitting = (patterns.match(e164, contact.campaign_id, now) for e164 in e164s)
    found = [entry for entry in (*own, *fitting) if entry is not None]
    return _longest(entry for entry in found if entry.holds(contact.campaign_id, now))


def _longest(entries: Iterable[Barred]) -> Barred | None:
    return max(entries, key=lambda entry: _end(entry.expires_at), default=None)


def _end(expires_at: datetime | None) -> float:
    return math.inf if expires_at is None else expires_at.timestamp()
