"""What predictive campaigns need to know of before: the law's counts, what pacers have learned.

Owns: both, for the engine's load. Must not know what a pacer makes of them (`dialer.pace`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import CampaignState, Mode
from dialer.messages import CampaignRecord
from store import schema
from store.answers import answered_windows

_AT_WORK: Final = (CampaignState.RUNNING, CampaignState.PAUSED)
_memory = schema.pacing_memory


async def with_pacing(
    connection: AsyncConnection, records: tuple[CampaignRecord, ...], engine_id: str, now: datetime
) -> tuple[CampaignRecord, ...]:
    """The records, those of predictive campaigns with what their pacers want to know.

    A count takes longer the more calls a campaign has had: those that are over are left out.
    """
    if not any(record.campaign.mode is Mode.PREDICTIVE for record in records):
        return records
    of_engine = select(_memory.c.campaign_id, _memory.c.memory)
    rows = await connection.execute(of_engine.where(_memory.c.engine_id == engine_id))
    memories = {row.campaign_id: _read(row.memory) for row in rows}
    told = []
    for record in records:
        campaign, one = record.campaign, record
        if campaign.mode is Mode.PREDICTIVE:
            one = replace(record, pacing_memory=memories.get(campaign.id))
            if record.state in _AT_WORK:
                answered = await answered_windows(connection, campaign, now)
                one = replace(one, answered=answered)
        told.append(one)
    return tuple(told)


async def save_memory(
    connection: AsyncConnection,
    engine_id: str,
    campaign_id: int,
    memory: Mapping[str, object],
    now: datetime,
) -> None:
    """Keep what the campaign's pacer has learned, in place of what was kept before."""
    mine = (_memory.c.engine_id == engine_id, _memory.c.campaign_id == campaign_id)
    known = select(schema.campaign.c.id).where(schema.campaign.c.id == campaign_id)
    await connection.execute(delete(_memory).where(*mine))
    if await connection.scalar(known) is None:
        return  # deleted meanwhile
    row = {"engine_id": engine_id, "campaign_id": campaign_id, "at": now}
    await connection.execute(insert(_memory).values(**row, memory=json.dumps(dict(memory))))


def _read(text: str) -> object:
    """None for what is no JSON: a pacer can begin without a memory."""
    try:
        return json.loads(text)
    except ValueError:
        return None
