"""Taking a campaign off file.

Owns: which rows go with a campaign, and the refusal where any of them is a record: an attempt at
a person, or a wish not to be called. Runs in the caller's transaction, so it is done wholly or
not at all, and no claim can come in between.
"""

from __future__ import annotations

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store import schema
from store.errors import CampaignHasRecordsError, UnknownCampaignError

_campaign = schema.campaign
# In the order in which the rows may go: none that another one points to.
_GOES_WITH_IT = (
    schema.pacing_memory,
    schema.appointment,
    schema.do_not_call_pattern,
    schema.contact_number,
    schema.contact,
)
_AND_THEN = (schema.pool, schema.list_import, schema.call_list)


async def take_off_file(connection: AsyncConnection, campaign: str | int) -> None:
    """Delete the campaign and what was only loaded or planned for it.

    Raises:
        UnknownCampaignError: there is none.
        CampaignHasRecordsError: there are records of it.
    """
    column = _campaign.c.id if isinstance(campaign, int) else _campaign.c.name
    row = (
        await connection.execute(select(_campaign.c.id, _campaign.c.name).where(column == campaign))
    ).one_or_none()
    if row is None:
        raise UnknownCampaignError(campaign)
    records = [
        await connection.scalar(
            select(func.count()).select_from(table).where(table.c.campaign_id == row.id)
        )
        or 0
        for table in (schema.attempt, schema.do_not_call)
    ]
    if any(records):
        raise CampaignHasRecordsError(row.name, *records)
    loads = select(schema.list_import.c.id).where(schema.list_import.c.campaign_id == row.id)
    contacts = select(schema.contact.c.id).where(schema.contact.c.campaign_id == row.id)
    for table in (schema.contact_update, schema.number_update):
        # Also what another campaign's load will change here: SQLite gives the ids to others.
        either = or_(table.c.load_id.in_(loads), table.c.contact_id.in_(contacts))
        await connection.execute(delete(table).where(either))
    await connection.execute(
        delete(schema.call_back).where(schema.call_back.c.contact_id.in_(contacts))
    )
    for table in _GOES_WITH_IT:
        await connection.execute(delete(table).where(table.c.campaign_id == row.id))
    pools = select(schema.pool.c.id).where(schema.pool.c.campaign_id == row.id)
    await connection.execute(delete(schema.tally).where(schema.tally.c.pool_id.in_(pools)))
    # Contacts of others that its loads gave another priority stay in the pools that they made.
    others = (schema.pool.c.load_id.in_(loads), schema.pool.c.campaign_id != row.id)
    await connection.execute(update(schema.pool).where(*others).values(load_id=None))
    for table in _AND_THEN:
        await connection.execute(delete(table).where(table.c.campaign_id == row.id))
    await connection.execute(delete(_campaign).where(_campaign.c.id == row.id))
