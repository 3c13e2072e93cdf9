"""What callers say after a call: kept as they type it, and read for the figures (R16, R21).

Owns: the rows of `survey_answer`. Must not know how a score is made (`routing.survey`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.effects import KeepAnswer
from routing.survey import Answer
from store import schema
from store.database import Database

_answer = schema.survey_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswer:
    """One answer, and the call that it is about. `agent`: empty where nobody knows who it was."""

    call: str
    queue: str
    agent: str
    at: datetime
    answer: Answer


async def keep_answer(connection: AsyncConnection, said: KeepAnswer) -> None:
    """Keep an answer; of two to the same question of a call the first one stays."""
    this = (_answer.c.call == said.call, _answer.c.question == said.question)
    if await connection.scalar(select(_answer.c.id).where(*this)) is not None:
        return
    await connection.execute(
        insert(_answer).values(
            call=said.call[: schema.CALL_ID_LENGTH],
            queue=said.queue,
            agent=said.agent,
            question=said.question,
            key=said.key,
            highest=said.highest,
            weight=said.weight,
            at=said.at,
        )
    )


async def answers(database: Database, since: datetime, until: datetime) -> Sequence[CallAnswer]:
    """The answers that were given from `since` to before `until`, oldest first.

    Raises:
        StoreError: the database cannot be read.
    """
    query = (
        select(_answer)
        .where(_answer.c.at >= since, _answer.c.at < until)
        .order_by(_answer.c.at, _answer.c.id)
    )
    async with database.reading() as connection:
        return [
            CallAnswer(
                call=row.call,
                queue=row.queue,
                agent=row.agent,
                at=row.at,
                answer=Answer(
                    question=row.question, key=row.key, highest=row.highest, weight=row.weight
                ),
            )
            for row in await connection.execute(query)
        ]
