"""What operators change, in the ledger (R25): the changes that no store function enters itself.

Owns: the form of such an entry. Must not know what was changed. It is written after the change:
should the database go away in between, the change stands and the entry lacks.
"""

from __future__ import annotations

from campaigns.ledger import By, EntryKind
from store.database import Database
from store.ledger import Ledger


async def note_change(
    database: Database, kind: EntryKind, subject: str, by: By, **told: object
) -> None:
    """Enter who changed what, and why if they said so."""
    why = {"why": by.why} if by.why else {}
    await Ledger(database).note(kind, subject, {**told, "by": by.who, **why}, by.at)
