"""Which agent talked last with a number, on calls that came in and on calls that went out (R9).

Owns: this question. Must not know what is made of the answer.
"""

from __future__ import annotations

from sqlalchemy import select

from store import schema
from store.database import Database


async def last_agent(database: Database, e164: str) -> str:
    """The login of who talked to that number last; empty: nobody did, as far as is known."""
    inbound, attempt, number = schema.queue_call, schema.attempt, schema.contact_number
    came = (
        select(inbound.c.agent, inbound.c.ended_at.label("at"))
        .where(inbound.c.number == e164, inbound.c.agent.is_not(None))
        .order_by(inbound.c.joined_at.desc())
        .limit(1)
    )
    went = (
        select(attempt.c.agent, attempt.c.bridged_at.label("at"))
        .join(number, number.c.id == attempt.c.number_id)
        .where(
            number.c.e164 == e164,
            attempt.c.agent.is_not(None),
            attempt.c.bridged_at.is_not(None),
        )
        .order_by(attempt.c.bridged_at.desc())
        .limit(1)
    )
    async with database.reading() as connection:
        found = [row for one in (came, went) for row in await connection.execute(one)]
    return max(found, key=lambda row: row.at).agent if found else ""
