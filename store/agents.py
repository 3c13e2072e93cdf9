"""Agents on file: who they are, what they can, which queues they serve, which slot they sit in.

Owns: those rows. Must not know who is logged in now; `store.writer` saves slots.
"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.messages import AgentRecord, Loan
from store import schema
from store.database import Database
from store.facts import AnyRow

_agent = schema.agent
_queue = schema.agent_queue
_skill = schema.agent_skill
_loan = schema.agent_loan


class Agents:
    """The agents in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, record: AgentRecord) -> bool:
        """Add an agent or change name, queues and skills; True if new. Slot and loan stay."""
        async with self._database.writing() as connection:
            same_login = _agent.c.login == record.agent
            known = await connection.scalar(select(_agent.c.login).where(same_login))
            if known is None:
                await connection.execute(
                    insert(_agent).values(login=record.agent, name=record.name)
                )
            else:
                await connection.execute(update(_agent).where(same_login).values(name=record.name))
            await _write_queues(connection, record)
            await _write_skills(connection, record)
        return known is None

    async def records(self) -> tuple[AgentRecord, ...]:
        """All agents, by login."""
        async with self._database.reading() as connection:
            return await agent_records(connection)


async def agent_records(connection: AsyncConnection) -> tuple[AgentRecord, ...]:
    """All agents, by login, each with the queues in the order of serving."""
    queues: defaultdict[str, list[str]] = defaultdict(list)
    for row in await connection.execute(select(_queue).order_by(_queue.c.position)):
        queues[row.agent].append(row.queue)
    skills: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in await connection.execute(select(_skill).order_by(_skill.c.skill)):
        skills[row.agent][row.skill] = row.level
    loans = {row.agent: loan_of(row) for row in await connection.execute(select(_loan))}
    return tuple(
        AgentRecord(
            agent=row.login,
            name=row.name,
            queues=tuple(queues[row.login]),
            slot=row.slot,
            skills=dict(skills[row.login]),
            loan=loans.get(row.login),
        )
        for row in await connection.execute(select(_agent).order_by(_agent.c.login))
    )


def loan_of(row: AnyRow) -> Loan:
    """The loan of a row, which may be over."""
    return Loan(queue=row.queue, since=row.since, until=row.until, by=row.by)


async def _write_skills(connection: AsyncConnection, record: AgentRecord) -> None:
    await connection.execute(delete(_skill).where(_skill.c.agent == record.agent))
    rows = [
        {"agent": record.agent, "skill": skill, "level": level}
        for skill, level in record.skills.items()
    ]
    if rows:
        await connection.execute(insert(_skill), rows)


async def _write_queues(connection: AsyncConnection, record: AgentRecord) -> None:
    await connection.execute(delete(_queue).where(_queue.c.agent == record.agent))
    rows = [
        {"agent": record.agent, "queue": queue, "position": position}
        for position, queue in enumerate(dict.fromkeys(record.queues))
    ]
    if rows:
        await connection.execute(insert(_queue), rows)
