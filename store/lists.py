"""Loading lists: contacts in short batches, nothing doubled, and a note of each load.

Owns: what a batch adds and what it finds there already. Must not know files, encodings or how
a number is read (`campaigns.readers`): numbers come in E.164.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.campaign_hours import due_in
from campaigns.contact import Contact, ContactState, PhoneNumber
from store import schema
from store.database import Database
from store.facts import load_campaign, zone_of

# Rows in one transaction: under 50 ms, so that a claim never waits long.
IMPORT_BATCH = 250
# The gap in which a waiting claim gets in.
PAUSE_BETWEEN_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """One row of a list. `reference` is the operator's own key; `zone` a zone's name.

    `numbers` are E.164 in the order of trying, at least one.
    """

    reference: str
    name: str
    zone: str | None
    numbers: tuple[str, ...]
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A row that was not added: the campaign holds this number of it already.

    `row` is the position in the batch; `contact_id` has the number.
    """

    row: int
    e164: str
    contact_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What became of a batch; `added` and `duplicates` make up all of its rows."""

    added: int
    duplicates: tuple[Duplicate, ...]


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


class Lists:
    """The loads into the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def import_batch(
        self, campaign_id: int, rows: Sequence[NewContact], now: datetime
    ) -> BatchResult:
        """Add the rows whose numbers are all new to the campaign, in one transaction.

        Give at most `IMPORT_BATCH` rows at a time. Loading the same rows again adds none.

        Raises:
            UnknownCampaignError: there is no such campaign.
            StoreError: nothing of the batch was added.
        """
        async with self._database.writing() as connection:
            campaign, _ = await load_campaign(connection, campaign_id)
            fresh, duplicates = await _part(connection, campaign_id, rows)
            ids = await _insert_contacts(connection, campaign, fresh, now)
            await _insert_numbers(connection, campaign_id, ids, fresh)
        await asyncio.sleep(PAUSE_BETWEEN_S)
        return BatchResult(added=len(fresh), duplicates=duplicates)

    async def known_numbers(self, campaign_id: int, e164s: Iterable[str]) -> dict[str, int]:
        """Which of the numbers the campaign holds, and the contact that has each: a dry run."""
        async with self._database.reading() as connection:
            return await _known_numbers(connection, campaign_id, e164s)

    async def note(self, made: ListImport) -> None:
        """Write down that a list was loaded."""
        async with self._database.writing() as connection:
            await connection.execute(
                insert(schema.list_import).values(
                    campaign_id=made.campaign_id,
                    file_name=made.file_name,
                    sha256=made.sha256,
                    rows_read=made.rows_read,
                    added=made.added,
                    duplicates=made.duplicates,
                    refused=made.refused,
                    at=made.at,
                )
            )

    async def imports(self, campaign_id: int) -> tuple[ListImport, ...]:
        """The loads of a campaign, oldest first."""
        noted = schema.list_import
        query = select(noted).where(noted.c.campaign_id == campaign_id).order_by(noted.c.id)
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


async def _known_numbers(
    connection: AsyncConnection, campaign_id: int, e164s: Iterable[str]
) -> dict[str, int]:
    numbers = schema.contact_number
    found = await connection.execute(
        select(numbers.c.e164, numbers.c.contact_id).where(
            numbers.c.campaign_id == campaign_id, numbers.c.e164.in_(list(e164s))
        )
    )
    return {row.e164: row.contact_id for row in found}


async def _part(
    connection: AsyncConnection, campaign_id: int, rows: Sequence[NewContact]
) -> tuple[list[NewContact], tuple[Duplicate, ...]]:
    """Tell the new rows from those that share a number with the campaign or an earlier row."""
    e164s = (e164 for row in rows for e164 in row.numbers)
    known = await _known_numbers(connection, campaign_id, e164s)
    fresh: list[NewContact] = []
    duplicates: list[Duplicate] = []
    for position, row in enumerate(rows):
        shared = next((e164 for e164 in row.numbers if e164 in known), None)
        if shared is not None:
            duplicates.append(Duplicate(row=position, e164=shared, contact_id=known[shared]))
            continue
        fresh.append(row)
        # The contact has no id yet; within the batch 0 stands for it.
        known |= dict.fromkeys(row.numbers, 0)
    return fresh, tuple(duplicates)


async def _insert_contacts(
    connection: AsyncConnection, campaign: Campaign, rows: Sequence[NewContact], now: datetime
) -> list[int]:
    if not rows:
        return []
    zones = {row.zone for row in rows}
    first_due = {zone: _first_due(campaign, zone, now) for zone in zones}
    pools = {zone: await _pool_of(connection, campaign.id, zone, now) for zone in zones}
    # The ids are ours to give: we are the one writer, and asking for them row by row is slow.
    last = await connection.scalar(select(func.max(schema.contact.c.id)))
    ids = list(range((last or 0) + 1, (last or 0) + 1 + len(rows)))
    await connection.execute(
        insert(schema.contact),
        [
            {
                "id": contact_id,
                "campaign_id": campaign.id,
                "pool_id": pools[row.zone],
                "reference": row.reference,
                "name": row.name,
                "zone": row.zone,
                "state": ContactState.OPEN.value,
                "custom": dict(row.custom),
                "standing": "delay",
                "next_attempt_at": first_due[row.zone],
                "created_at": now,
            }
            for contact_id, row in zip(ids, rows, strict=True)
        ],
    )
    return ids


async def _pool_of(
    connection: AsyncConnection, campaign_id: int, zone: str | None, now: datetime
) -> int:
    """The campaign's pool of that zone, made if it is not there yet."""
    pools, lists = schema.pool, schema.call_list
    found = await connection.scalar(
        select(pools.c.id).where(
            pools.c.campaign_id == campaign_id, pools.c.zone.is_not_distinct_from(zone)
        )
    )
    if found is not None:
        return int(found)
    of_campaign = select(lists.c.id).where(lists.c.campaign_id == campaign_id)
    list_id = await connection.scalar(of_campaign)
    if list_id is None:
        active = schema.ListState.ACTIVE.value
        named = {"campaign_id": campaign_id, "name": "list", "state": active, "created_at": now}
        made = await connection.execute(insert(lists).values(**named).returning(lists.c.id))
        list_id = made.scalar_one()
    made = await connection.execute(
        insert(pools)
        .values(
            campaign_id=campaign_id,
            list_id=list_id,
            priority=5,
            zone=zone,
            zones="",
            countries="",
        )
        .returning(pools.c.id)
    )
    return int(made.scalar_one())


def _first_due(campaign: Campaign, zone: str | None, now: datetime) -> datetime | None:
    """When a contact without a history is first due: the same for all of one zone."""
    untried = Contact(
        id=0,
        campaign_id=campaign.id,
        zone=zone_of(zone) if zone else None,
        state=ContactState.OPEN,
        numbers=(PhoneNumber(id=0, e164="", position=0),),
        attempts=(),
        appointment=None,
    )
    return due_in(campaign, untried, now).at


async def _insert_numbers(
    connection: AsyncConnection,
    campaign_id: int,
    contact_ids: Sequence[int],
    rows: Sequence[NewContact],
) -> None:
    numbers = [
        {
            "contact_id": contact_id,
            "campaign_id": campaign_id,
            "e164": e164,
            "position": position,
            "kind": "phone",
        }
        for contact_id, row in zip(contact_ids, rows, strict=True)
        for position, e164 in enumerate(dict.fromkeys(row.numbers))
    ]
    if numbers:
        await connection.execute(insert(schema.contact_number), numbers)
