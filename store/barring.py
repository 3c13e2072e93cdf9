"""Is a contact barred? Its numbers' own entries, and the patterns that fit them.

Owns: the patterns as they are kept for look-ups, read again whenever they have changed. Must not
know how entries are made (`store.do_not_call`) nor what a pattern means
(`campaigns.do_not_call`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.do_not_call import Barred, Patterns
from store import schema
from store.facts import Known
from store.prepared import Prepared

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


async def load_patterns(connection: AsyncConnection) -> Patterns:
    """The patterns as committed; they are laid out anew only when they have changed."""
    version = await _VERSION.one_or_none(connection, {})
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


def barred_by(known: Known, patterns: Patterns, now: datetime) -> Barred | None:
    """The entry that bars the contact longest; None where nothing does. One number is enough."""
    if not known.barred and patterns.is_empty:
        return None
    contact = known.contact
    fitting = (patterns.match(number.e164, contact.campaign_id, now) for number in contact.numbers)
    found = [entry for entry in (*known.barred, *fitting) if entry is not None]
    return _longest(entry for entry in found if entry.holds(contact.campaign_id, now))


def _longest(entries: Iterable[Barred]) -> Barred | None:
    return max(entries, key=lambda entry: _end(entry.expires_at), default=None)


def _end(expires_at: datetime | None) -> float:
    return math.inf if expires_at is None else expires_at.timestamp()
