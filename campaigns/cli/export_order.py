"""An export that somebody wants: the file, who wants it, and who is told how far it is.

Owns: that record, shared by every export, and its entry in the ledger (R25). Must not know what
is exported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from campaigns.ledger import EntryKind
from config.language import _
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_progress import Told
from store.database import Database
from store.ledger import Ledger

FORMS: Final = frozenset({".csv", ".xlsx"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """Where it goes, and by whose wish. `named`: what the ledger calls the file."""

    file: Path
    named: str
    by: str
    now: datetime
    told: Told

    async def note(
        self, database: Database, subject: str, rows: int, what: Mapping[str, Any]
    ) -> None:
        """Enter it, before the file is there: one without a trail would be worse than too many."""
        body = {**what, "file": self.named, "rows": rows, "by": self.by}
        await Ledger(database).note(EntryKind.EXPORTED, subject, body, self.now)


def of_a_form(file: Path) -> Path:
    """The whole path, of a form that is written.

    Raises:
        CommandError: it is of another one.
    """
    if file.suffix.lower() not in FORMS:
        said = _("{file}: name it .csv or .xlsx")
        raise CommandError(said.format(file=file.name), ExitCode.USAGE)
    return file.absolute()
