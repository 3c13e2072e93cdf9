"""Who saw to which alarm, in the ledger.

Owns: the entry. Must not know when an alarm stands.
"""

from __future__ import annotations

from datetime import datetime

from campaigns.ledger import EntryKind
from store.database import Database
from store.ledger import enter_act


async def note_seen(
    database: Database, *, alarm: str, level: str, subject: str, by: str, now: datetime
) -> None:
    """Enter that somebody saw to an alarm; `subject`: what it is about."""
    body = {"what": alarm, "level": level, "by": by}
    async with database.writing() as connection:
        await enter_act(connection, EntryKind.ALARM_SEEN_TO, subject, body, now)
