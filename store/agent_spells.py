"""What agents did, spell by spell.

Owns: the rows of agents' spells, and those that the database has not taken yet. A spell that goes
on is written again and again, longer each time: it is one row. Must not know what a state means.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.queue_effects import Spell
from store import schema
from store.database import Database

_spell = schema.agent_spell

MOST_PENDING: Final = 50_000
"""Of more, which only a database that is away for hours leaves behind, the oldest are dropped."""

AT_ONCE: Final = 200


class AgentSpells:
    """The way of spells into the database; what it refuses is tried with the next ones."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending: dict[tuple[str, datetime], Spell] = {}

    async def save(self, spells: Iterable[Spell]) -> None:
        """Write these, and what is left of before.

        Raises:
            StoreError: the database does not take them now; they are kept for the next time.
        """
        for spell in spells:
            self._pending[spell.agent, spell.began_at] = spell
        for key in list(self._pending)[: max(len(self._pending) - MOST_PENDING, 0)]:
            del self._pending[key]
        while self._pending:
            batch = list(self._pending.items())[:AT_ONCE]
            async with self._database.writing() as connection:
                await _write(connection, [spell for _, spell in batch])
            for key, spell in batch:
                if self._pending.get(key) is spell:
                    del self._pending[key]


async def _write(connection: AsyncConnection, spells: list[Spell]) -> None:
    keys = [(spell.agent, spell.began_at) for spell in spells]
    found = await connection.execute(
        select(_spell.c.agent, _spell.c.began_at).where(
            tuple_(_spell.c.agent, _spell.c.began_at).in_(keys)
        )
    )
    known = {(row.agent, row.began_at) for row in found}
    new = [spell for spell in spells if (spell.agent, spell.began_at) not in known]
    if new:
        await connection.execute(insert(_spell), [_values(spell) for spell in new])
    longer = [spell for spell in spells if (spell.agent, spell.began_at) in known]
    if longer:
        grow = (
            update(_spell)
            .where(_spell.c.agent == bindparam("of"), _spell.c.began_at == bindparam("since"))
            .values(ended_at=bindparam("until"))
        )
        given = [{"of": s.agent, "since": s.began_at, "until": s.ended_at} for s in longer]
        await connection.execute(grow, given)


def _values(spell: Spell) -> dict[str, Any]:
    return {
        "agent": spell.agent,
        "began_at": spell.began_at,
        "ended_at": spell.ended_at,
        "state": spell.state,
        "reason": spell.reason,
    }
