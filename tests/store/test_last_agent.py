"""Who talked last with a number, whoever called whom (R9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert

from dialer.effects import NoteProgress
from store import schema
from store.database import Database
from store.last_agent import last_agent
from tests.store.room import MONDAY_9, Room


async def answered(database: Database, number: str, agent: str | None, at: datetime) -> None:
    """A stay in a queue that is on file."""
    row = {
        "call_id": f"1.{at.timestamp():.0f}",
        "queue": "waihu-a",
        "number": number,
        "joined_at": at,
        "ended_at": at,
        "how": "answered" if agent else "abandoned",
        "waited_ms": 0,
        "agent": agent,
        "transferred": False,
        "source": "live",
    }
    async with database.writing() as connection:
        await connection.execute(insert(schema.queue_call).values(row))


async def test_the_last_talk_counts_whoever_called_whom(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    assert await last_agent(room.database, claim.e164) == "", "nobody has talked yet"
    talk = NoteProgress(attempt=claim.attempt, agent="1001", bridged_at=MONDAY_9)
    await room.write(talk)
    assert await last_agent(room.database, claim.e164) == "1001"
    later = MONDAY_9 + timedelta(hours=1)
    await answered(room.database, claim.e164, "1002", later)
    await answered(room.database, claim.e164, None, later + timedelta(hours=1))
    await answered(room.database, "+8613900000000", "1009", later + timedelta(hours=2))
    assert await last_agent(room.database, claim.e164) == "1002"
