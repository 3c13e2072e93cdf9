"""Loans on file: agents who serve another group's queue for a while (R17).

Owns: those rows, and the ledger's entries on who lent whom. Must not know who is logged in: the
engine reads the loans with the agents.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select

from campaigns.ledger import EntryKind
from dialer.messages import Loan
from store import schema
from store.agents import loan_of
from store.database import Database
from store.ledger import Act, enter_acts

_agent = schema.agent
_loan = schema.agent_loan


async def lend(database: Database, agents: Sequence[str], loan: Loan, why: str = "") -> list[str]:
    """Lend these agents, whatever they were lent to before; gives those who are not on file.

    Nobody is lent unless all are on file. `why`: for the ledger.
    """
    async with database.writing() as connection:
        found = select(_agent.c.login).where(_agent.c.login.in_(agents))
        known = set((await connection.execute(found)).scalars())
        unknown = [agent for agent in agents if agent not in known]
        if unknown:
            return unknown
        await connection.execute(delete(_loan).where(_loan.c.agent.in_(agents)))
        rows = [
            {
                "agent": agent,
                "queue": loan.queue,
                "since": loan.since,
                "until": loan.until,
                "by": loan.by,
            }
            for agent in agents
        ]
        await connection.execute(insert(_loan), rows)
        until = None if loan.until is None else loan.until.isoformat()
        body = {"what": loan.queue, "until": until, "by": loan.by, "why": why}
        acts = [Act(EntryKind.AGENT_LENT, f"agent {agent}", body) for agent in agents]
        await enter_acts(connection, acts, loan.since)
    return []


async def take_back(
    database: Database, agents: Sequence[str], by: str, now: datetime, why: str = ""
) -> dict[str, Loan]:
    """End the loans of these agents; those that held until now, by agent."""
    async with database.writing() as connection:
        wanted = _loan.c.agent.in_(agents)
        rows = await connection.execute(select(_loan).where(wanted).order_by(_loan.c.agent))
        held = {row.agent: loan for row in rows if (loan := loan_of(row)).holds(now)}
        await connection.execute(delete(_loan).where(wanted))
        acts = [
            Act(
                EntryKind.AGENT_TAKEN_BACK,
                f"agent {agent}",
                {"what": loan.queue, "by": by, "why": why},
            )
            for agent, loan in held.items()
        ]
        await enter_acts(connection, acts, now)
    return held
