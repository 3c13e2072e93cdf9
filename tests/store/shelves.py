"""Lists with pools of their own, as a load makes them, for the specifications of serving."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from sqlalchemy import insert, select, update

from campaigns.campaign import Campaign
from campaigns.contact import ListState
from campaigns.serving import rank_of
from store import schema
from store.lists import NewContact
from tests.store.room import MONDAY_9, Room


async def a_list(room: Room, campaign: Campaign, name: str, *, share: int | None = None) -> int:
    """An empty list of the campaign."""
    async with room.database.writing() as connection:
        made = await connection.execute(
            insert(schema.call_list)
            .values(
                campaign_id=campaign.id,
                name=name,
                state=ListState.ACTIVE.value,
                share=share,
                created_at=MONDAY_9,
            )
            .returning(schema.call_list.c.id)
        )
        return int(made.scalar_one())


async def a_pool(
    room: Room,
    campaign: Campaign,
    list_id: int,
    contacts: int,
    *,
    priority: int = 5,
    zone: str | None = None,
    due: datetime = MONDAY_9,
) -> list[int]:
    """A pool of that list with so many contacts who are ready since `due`; their ids."""
    ids = await _loaded(room, campaign, contacts)
    async with room.database.writing() as connection:
        made = await connection.execute(
            insert(schema.pool)
            .values(
                campaign_id=campaign.id,
                list_id=list_id,
                priority=priority,
                zone=zone,
                zones="",
                countries="CN",
            )
            .returning(schema.pool.c.id)
        )
        pool_id = made.scalar_one()
        for contact in ids:
            await connection.execute(
                update(schema.contact)
                .where(schema.contact.c.id == contact)
                .values(
                    pool_id=pool_id,
                    zone=zone,
                    standing=schema.READY,
                    next_attempt_at=due,
                    rank=rank_of(campaign.order, campaign.id, contact, 0, due),
                )
            )
    return ids


async def _loaded(room: Room, campaign: Campaign, contacts: int) -> list[int]:
    before = await contact_ids(room)
    numbers = count(len(before))
    rows = [
        NewContact(
            reference="", name="x", zone=None, numbers=(f"+8613{next(numbers):09d}",), custom={}
        )
        for _ in range(contacts)
    ]
    await room.lists.import_batch(campaign.id, rows, MONDAY_9)
    return [one for one in await contact_ids(room) if one not in before]


async def contact_ids(room: Room) -> list[int]:
    """All contacts, in the order in which they came."""
    async with room.database.reading() as connection:
        query = select(schema.contact.c.id).order_by(schema.contact.c.id)
        return list(await connection.scalars(query))


async def set_list(room: Room, list_id: int, state: ListState) -> None:
    """Say what is wanted of a list."""
    async with room.database.writing() as connection:
        await connection.execute(
            update(schema.call_list)
            .where(schema.call_list.c.id == list_id)
            .values(state=state.value)
        )


async def claimed(
    room: Room,
    campaign: Campaign,
    counts: Iterable[int],
    now: datetime = MONDAY_9,
    agents: tuple[str, ...] = (),
) -> list[int]:
    """The contacts that claims of so many get, one claim after the other."""
    found: list[int] = []
    for asked in counts:
        claims, _ = await room.hopper.claim(campaign.id, asked, now, agents)
        found += [claim.contact_id for claim in claims]
    return found
