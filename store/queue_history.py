"""Questions about what queues and agents have done (R18).

Owns: the reads of stays and spells for reports, each by an index. Must not reckon any figure
(`supervisor.queue_report`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from store import schema
from store.database import Database
from supervisor.queue_report import SpellOnFile, Stay

_stay = schema.queue_call
_spell = schema.agent_spell
_call = schema.inbound_call


class QueueHistory:
    """The questions that reports of queues ask."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stays(self, since: datetime, until: datetime) -> list[Stay]:
        """The stays that began in [since, until), in order."""
        query = (
            select(
                _stay.c.call_id,
                _stay.c.queue,
                _stay.c.joined_at,
                _stay.c.how,
                _stay.c.waited_ms,
                _stay.c.number,
                _stay.c.talk_ms,
                _stay.c.hold_ms,
                _stay.c.wrap_ms,
                _stay.c.transferred,
                _call.c.subject,
            )
            .outerjoin(_call, _call.c.id == _stay.c.call_id)
            .where(_stay.c.joined_at >= since, _stay.c.joined_at < until)
            .order_by(_stay.c.joined_at)
        )
        async with self._database.reading() as connection:
            return [Stay._make(row) for row in await connection.execute(query)]

    async def spells(self, since: datetime, until: datetime) -> list[SpellOnFile]:
        """What agents did in [since, until), with what reaches beyond."""
        query = select(_spell.c.agent, _spell.c.state, _spell.c.began_at, _spell.c.ended_at).where(
            _spell.c.ended_at > since, _spell.c.began_at < until
        )
        async with self._database.reading() as connection:
            return [SpellOnFile._make(row) for row in await connection.execute(query)]

    async def agents_of(self, queues: Collection[str]) -> set[str]:
        """Who serves these queues today."""
        query = select(schema.agent_queue.c.agent).where(schema.agent_queue.c.queue.in_(queues))
        async with self._database.reading() as connection:
            return set(await connection.scalars(query))
