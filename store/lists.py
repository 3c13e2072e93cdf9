"""The lists of a campaign: their states and parts, their loads, and small loads in one go.

Owns: what an operator asks of a list that is there. Must not know files (`campaigns.lists`), nor
how a load writes (`store.loading`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ContactState, ListState
from campaigns.phone.numbers import E164, GoodNumber, NumberKind
from campaigns.row.rows import GoodRow, fields_text
from store import schema
from store.database import Database
from store.list_rows import LoadRow
from store.loading import BATCH, LoadCounts, LoadOrder, begin, list_id_of
from store.locks import change_rules
from store.sorting import Finding

IMPORT_BATCH = BATCH

_list = schema.call_list
_load = schema.list_import
_pool = schema.pool
_tally = schema.tally


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A contact of whom little more than the numbers is known, in E.164 and the order of trying.

    `reference` is the operator's own key; `zone` a zone's name.
    """

    reference: str
    name: str
    zone: str | None
    numbers: tuple[str, ...]
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallLoad:
    """What became of a few contacts that were loaded in one go; `findings` by their place."""

    added: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListImport:
    """A load as it is noted: the file by name and content, and what became of its rows."""

    campaign_id: int
    file_name: str
    sha256: str
    rows_read: int
    added: int
    duplicates: int
    refused: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecord:
    """A list of a campaign, and how many of its contacts are in which state.

    `share`: its part of the calls beside the other lists' parts; None: no part is kept.
    """

    id: int
    name: str
    state: ListState
    share: int | None
    created_at: datetime
    contacts: Mapping[ContactState, int]


class Lists:
    """The lists in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def import_batch(
        self, campaign_id: int, rows: Sequence[NewContact], now: datetime, name: str = "list"
    ) -> SmallLoad:
        """Load at most `IMPORT_BATCH` contacts into the list of that name, and show them.

        Raises:
            UnknownCampaignError: there is no such campaign.
            StoreError: nothing was added.
        """
        if not rows:
            return SmallLoad(added=0, findings=())
        order = LoadOrder(campaign_id=campaign_id, file_name=name, sha256="", list_name=name)
        load = await begin(self._database, order, now)
        done = await load.add([LoadRow(None, _good(row)) for row in rows], now)
        counts = LoadCounts(
            rows_read=len(rows), added=done.added, duplicates=len(done.findings), refused=0
        )
        await load.finish(counts, now)
        return SmallLoad(added=done.added, findings=done.findings)

    async def imports(self, campaign_id: int) -> tuple[ListImport, ...]:
        """The loads of a campaign that came to their end, oldest first."""
        query = (
            select(_load)
            .where(_load.c.campaign_id == campaign_id, _load.c.alive_at.is_(None))
            .order_by(_load.c.id)
        )
        async with self._database.reading() as connection:
            return tuple(
                ListImport(
                    campaign_id=row.campaign_id,
                    file_name=row.file_name,
                    sha256=row.sha256,
                    rows_read=row.rows_read,
                    added=row.added,
                    duplicates=row.duplicates,
                    refused=row.refused,
                    at=row.at,
                )
                for row in await connection.execute(query)
            )

    async def was_loaded(self, campaign_id: int, sha256: str) -> bool:
        """Whether the same content was loaded into the campaign before."""
        query = select(_load.c.id).where(
            _load.c.campaign_id == campaign_id,
            _load.c.sha256 == sha256,
            _load.c.alive_at.is_(None),
        )
        async with self._database.reading() as connection:
            return (await connection.execute(query.limit(1))).first() is not None

    async def records(self, campaign_id: int) -> tuple[ListRecord, ...]:
        """The campaign's lists, oldest first; those still loading are nobody's business."""
        query = (
            select(_list)
            .where(_list.c.campaign_id == campaign_id, _list.c.state != ListState.LOADING.value)
            .order_by(_list.c.id)
        )
        async with self._database.reading() as connection:
            counts = await _counts(connection, campaign_id)
            return tuple(
                ListRecord(
                    id=row.id,
                    name=row.name,
                    state=ListState(row.state),
                    share=row.share,
                    created_at=row.created_at,
                    contacts=counts.get(row.id, {}),
                )
                for row in await connection.execute(query)
            )

    async def set_state(self, campaign_id: int, name: str, state: ListState) -> None:
        """Pause, resume or withdraw a list. The second judgement obeys at once (I3).

        Who is in the air stays there: living calls end as they would.

        Raises:
            UnknownListError: the campaign has no such list.
        """
        async with self._database.writing() as connection:
            await change_rules(connection)
            list_id = await list_id_of(connection, campaign_id, name)
            changed = update(_list).where(_list.c.id == list_id).values(state=state.value)
            await connection.execute(changed)

    async def set_share(self, campaign_id: int, name: str, share: int | None) -> None:
        """Give a list its part of the campaign's calls, beside the other lists' parts.

        Raises:
            UnknownListError: the campaign has no such list.
        """
        async with self._database.writing() as connection:
            list_id = await list_id_of(connection, campaign_id, name)
            kept = update(_list).where(_list.c.id == list_id).values(share=share, credit=0)
            await connection.execute(kept)


async def _counts(
    connection: AsyncConnection, campaign_id: int
) -> dict[int, dict[ContactState, int]]:
    """By list and state, from the counts that are kept: no contact is read."""
    found = await connection.execute(
        select(_pool.c.list_id, _tally.c.state, func.sum(_tally.c.n).label("contacts"))
        .join(_pool, _pool.c.id == _tally.c.pool_id)
        .where(_pool.c.campaign_id == campaign_id)
        .group_by(_pool.c.list_id, _tally.c.state)
    )
    counts: dict[int, dict[ContactState, int]] = {}
    for row in found:
        if row.contacts:
            counts.setdefault(row.list_id, {})[ContactState(row.state)] = int(row.contacts)
    return counts


def _good(row: NewContact) -> GoodRow:
    return GoodRow(
        reference=row.reference,
        name=row.name,
        zone=row.zone,
        numbers=tuple(_unknown(row.numbers)),
        fields=fields_text(row.custom),
    )


def _unknown(e164s: Iterable[str]) -> Iterable[GoodNumber]:
    for e164 in dict.fromkeys(e164s):
        yield GoodNumber(E164(e164), NumberKind.PHONE, "", geographic=False)
