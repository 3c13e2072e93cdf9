"""Campaigns on file.

Owns: saving and finding campaigns, what the manager wants of them, and what is left of their
lists. Must not know the file a campaign was written in, nor start anything.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.books import Books
from campaigns.campaign import Campaign, CampaignState
from campaigns.ledger import By, EntryKind
from dialer.messages import CampaignRecord
from store import schema
from store.codec import decode_campaign, encode_campaign
from store.counts import count
from store.database import Database, books_of
from store.errors import UnknownCampaignError
from store.facts import AnyRow, load_campaign
from store.ledger import enter_act
from store.locks import change_rules
from store.pools import next_due_of
from store.removing import take_off_file
from store.renewing import renew_some
from store.widening import note_widening

PAUSE_BETWEEN_S = 0.005

_campaign = schema.campaign
_contact = schema.contact
_attempt = schema.attempt


class Campaigns:
    """The campaigns in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(
        self, campaign: Campaign, now: datetime, by: str = "", why: str = ""
    ) -> Campaign:
        """Write a campaign under its name, new (ready) or changed (its state stays).

        Returns it with the id that the database gave it; the id handed in is not looked at.
        After a change every open contact is judged anew, by the new windows and rules; should
        we die before all are, the next claims go on with it (`store.renewing`).
        """
        async with self._database.writing() as connection:
            await change_rules(connection)
            known = await _id_of(connection, campaign.name)
            before = None if known is None else (await load_campaign(connection, known))[0]
            await note_widening(connection, campaign, before.law if before else None, by, now)
            if before is not None:
                await _note_steering(connection, before, campaign, By(who=by, at=now, why=why))
            campaign_id = known or await _insert(connection, campaign, now)
            if known is not None:
                await _change(connection, campaign_id, campaign)
        if known is not None:
            await self._judge_anew(campaign_id, now)
        return replace(campaign, id=campaign_id)

    async def steer(self, campaign: Campaign, by: By) -> None:
        """Write another pacing or priority of a campaign on file; no contact is judged by them.

        The ledger says who did it, and what it was before.

        Raises:
            UnknownCampaignError: there is none of that id.
        """
        async with self._database.writing() as connection:
            await change_rules(connection)
            before, _ = await load_campaign(connection, campaign.id)
            steered = replace(before, pacing=campaign.pacing, priority=campaign.priority)
            await connection.execute(
                update(_campaign)
                .where(_campaign.c.id == campaign.id)
                .values(definition=encode_campaign(steered))
            )
            await _note_steering(connection, before, steered, by)

    async def judge_anew(self, now: datetime) -> None:
        """Have every contact of every campaign judged anew, a stretch at a time.

        Killed half-way, the next claims finish it.
        """
        async with self._database.writing() as connection:
            await connection.execute(update(_campaign).values(renewed_to=0))
            records = await campaign_records(connection, now)
        for record in records:
            await self._judge_anew(record.campaign.id, now)

    async def take_books(self, books: Books, now: datetime) -> None:
        """Read campaigns by a new edition of the books; those that differ now are judged anew."""
        before = await self._every()
        self._database.use(books)
        changed = [one.id for one in await self._every() if one not in before]
        if not changed:
            return
        async with self._database.writing() as connection:
            named = _campaign.c.id.in_(changed)
            await connection.execute(update(_campaign).where(named).values(renewed_to=0))
        for campaign_id in changed:
            await self._judge_anew(campaign_id, now)

    async def _every(self) -> list[Campaign]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(_campaign))
            return [_decoded(connection, row) for row in rows]

    async def _judge_anew(self, campaign_id: int, now: datetime) -> None:
        more = True
        while more:
            async with self._database.writing() as connection:
                more = await renew_some(connection, campaign_id, now)
            await asyncio.sleep(PAUSE_BETWEEN_S)

    async def get(self, campaign: str | int, now: datetime) -> CampaignRecord:
        """One campaign by name or id, with what is left of its list.

        Raises:
            UnknownCampaignError: there is none.
        """
        column = _campaign.c.id if isinstance(campaign, int) else _campaign.c.name
        found = await self._records(now, column == campaign)
        if not found:
            raise UnknownCampaignError(campaign)
        return found[0]

    async def records(self, now: datetime) -> tuple[CampaignRecord, ...]:
        """All campaigns, oldest first."""
        return await self._records(now)

    async def _records(
        self, now: datetime, *where: ColumnElement[bool]
    ) -> tuple[CampaignRecord, ...]:
        async with self._database.reading() as connection:
            return await campaign_records(connection, now, *where)

    async def delete(self, campaign: str | int) -> None:
        """Take a campaign off file, with its list, its loads and its appointments.

        Raises:
            UnknownCampaignError: there is none.
            CampaignHasRecordsError: somebody was called, or barred in it; records are kept.
        """
        async with self._database.writing() as connection:
            await take_off_file(connection, campaign)

    async def set_state(
        self, campaign: str | int, state: CampaignState, by: By | None = None
    ) -> None:
        """Say what is wanted of a campaign. The second judgement obeys at once (I3).

        A change is entered in the ledger, `by` whom it was wanted; None: by no person.

        Raises:
            UnknownCampaignError: there is none.
        """
        column = _campaign.c.id if isinstance(campaign, int) else _campaign.c.name
        async with self._database.writing() as connection:
            await change_rules(connection)
            found = (await connection.execute(select(_campaign).where(column == campaign))).first()
            if found is None:
                raise UnknownCampaignError(campaign)
            await connection.execute(
                update(_campaign).where(_campaign.c.id == found.id).values(state=state.value)
            )
            if by is not None and found.state != state.value:
                body = {"what": state.value, "was": found.state, **_told(by)}
                await enter_act(connection, EntryKind.CAMPAIGN_SET, found.name, body, by.at)


async def _note_steering(
    connection: AsyncConnection, before: Campaign, after: Campaign, by: By
) -> None:
    """Enter what was steered, in the transaction that does it; nothing where it is as it was."""
    was, now = _steering(before), _steering(after)
    changed = {name: value for name, value in now.items() if value != was[name]}
    if not changed:
        return
    what = ", ".join(f"{name} {value}" for name, value in changed.items())
    body = {"what": what, "was": {name: was[name] for name in changed}, **_told(by)}
    await enter_act(connection, EntryKind.CAMPAIGN_STEERED, after.name, body, by.at)


def _steering(campaign: Campaign) -> dict[str, object]:
    """What can be changed of a campaign while it dials, keyed as in its file."""
    pacing = campaign.pacing
    return {
        "mode": campaign.mode.value,
        "abandon_percent": float(pacing.cap * 100),
        "aggressiveness": pacing.aggressiveness,
        "amd": pacing.amd,
        "priority": campaign.priority,
    }


def _told(by: By) -> dict[str, str]:
    return {"by": by.who, "why": by.why}


def _decoded(connection: AsyncConnection, row: AnyRow) -> Campaign:
    return decode_campaign(row.id, row.name, row.definition, books_of(connection))


async def campaign_records(
    connection: AsyncConnection, now: datetime, *where: ColumnElement[bool]
) -> tuple[CampaignRecord, ...]:
    """The campaigns that meet `where`, with the counts of their lists at `now`."""
    rows = await connection.execute(select(_campaign).where(*where).order_by(_campaign.c.id))
    records = []
    for row in rows:
        campaign = _decoded(connection, row)
        counts = await count(connection, campaign, now)
        records.append(
            CampaignRecord(
                campaign=campaign,
                state=CampaignState(row.state),
                contacts=counts.contacts,
                open_contacts=counts.open,
                due_contacts=counts.now,
                next_due_at=await next_due_of(connection, campaign, now),
                held_contacts=counts.held,
                closed_contacts=counts.closed,
            )
        )
    return tuple(records)


async def _id_of(connection: AsyncConnection, name: str) -> int | None:
    found: int | None = await connection.scalar(
        select(_campaign.c.id).where(_campaign.c.name == name)
    )
    return found


async def _insert(connection: AsyncConnection, campaign: Campaign, now: datetime) -> int:
    made = await connection.execute(
        insert(_campaign)
        .values(
            name=campaign.name,
            state=CampaignState.READY.value,
            definition=encode_campaign(campaign),
            created_at=now,
        )
        .returning(_campaign.c.id)
    )
    return int(made.scalar_one())


async def _change(connection: AsyncConnection, campaign_id: int, campaign: Campaign) -> None:
    await connection.execute(
        update(_campaign)
        .where(_campaign.c.id == campaign_id)
        .values(definition=encode_campaign(campaign), renewed_to=0)
    )
