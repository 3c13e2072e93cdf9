"""What loading a list would do, with nothing changed.

Owns: the same look and the same decisions as a load's (`store.on_file`, `store.sorting`), and the
numbers and contacts that the list has shown so far: in a private file that SQLite removes by
itself, so that a list of any length takes little memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from store.agents import agent_records
from store.database import Database
from store.facts import load_campaign
from store.list_rows import LoadRow
from store.loading import BatchResult, LoadOrder, list_id_of, list_named
from store.on_file import Holder, OnFile, look_up
from store.sorting import Sorted, Wish, sort_out

# No load has it.
_THIS_LOAD: Final = -1
_SEEN: Final = "SELECT line FROM seen WHERE e164 = ?"
_UPDATED: Final = "SELECT line FROM updated WHERE id = ?"


class DryRun:
    """One list that is only looked at; use it as a context."""

    def __init__(self, database: Database, wish: Wish) -> None:
        self._database = database
        self._wish = wish
        # An empty name is a file without one.
        self._seen = sqlite3.connect("", check_same_thread=False)
        self._seen.execute("CREATE TABLE seen (e164 TEXT PRIMARY KEY, line INT) WITHOUT ROWID")
        self._seen.execute("CREATE TABLE updated (id INTEGER PRIMARY KEY, line INT)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seen.close()

    async def add(self, rows: Sequence[LoadRow], now: datetime) -> BatchResult:
        """Say what would become of the batch; the batches before count as loaded.

        Raises:
            StoreError: the database cannot be read.
        """
        e164s = [number.e164 for row in rows for number in row.good.numbers]
        async with self._database.reading() as connection:
            on_file = await look_up(connection, self._wish.campaign.id, e164s, now)
        found = sort_out(rows, self._with_seen(on_file, e164s), self._wish, now)
        self._remember(found)
        return BatchResult(
            added=len(found.fresh), updated=len(found.updates), findings=tuple(found.findings)
        )

    def _with_seen(self, on_file: OnFile, e164s: Sequence[str]) -> OnFile:
        holders = {e164: list(held) for e164, held in on_file.holders.items()}
        with closing(self._seen.cursor()) as cursor:
            for e164 in e164s:
                found = cursor.execute(_SEEN, (e164,)).fetchone()
                for held in holders.get(e164, ()):
                    found = found or cursor.execute(_UPDATED, (held.contact_id,)).fetchone()
                if found is not None:
                    held = Holder(
                        contact_id=0,
                        campaign_id=self._wish.campaign.id,
                        is_running=False,
                        load_id=_THIS_LOAD,
                        line=found[0],
                    )
                    holders.setdefault(e164, []).insert(0, held)
        return replace(on_file, holders=holders)

    def _remember(self, found: Sorted) -> None:
        rows = (*found.fresh, *(change.row for change in found.updates))
        self._seen.executemany(
            "INSERT OR IGNORE INTO seen VALUES (?, ?)",
            [(number.e164, row.line) for row in rows for number in row.good.numbers],
        )
        self._seen.executemany(
            "INSERT OR IGNORE INTO updated VALUES (?, ?)",
            [(change.holder.contact_id, change.row.line) for change in found.updates],
        )


async def rehearse(database: Database, order: LoadOrder) -> DryRun:
    """Begin a dry run.

    Raises:
        UnknownCampaignError, UnknownListError: there is no such campaign, or none to swap.
        ListWithdrawnError: the list that it would go into was withdrawn.
    """
    async with database.reading() as connection:
        campaign, _ = await load_campaign(connection, order.campaign_id)
        swapped = None
        if order.swap is not None:
            swapped = await list_id_of(connection, order.campaign_id, order.swap)
        await list_named(connection, order.campaign_id, order.list_name)
        agents = await agent_records(connection)
    return DryRun(
        database,
        Wish(
            campaign=campaign,
            load_id=_THIS_LOAD,
            agents=frozenset(record.agent for record in agents),
            duplicates=order.duplicates,
            elsewhere=order.elsewhere,
            swap_list_id=swapped,
        ),
    )
