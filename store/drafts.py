"""What agents are typing and have not saved yet, kept over every crash and reload.

Owns: the rows of `draft`, and which of two pages was first. Must not know what is in a draft.
What `save` returns from is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store import schema
from store.database import Database
from store.errors import StoreError

KEPT_FOR: Final = timedelta(days=14)
"""Nobody comes back to what is older."""

MOST_OPEN: Final = 200
"""Drafts of one agent. What is typed beyond is refused: nothing older makes room for it."""

_draft = schema.draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is being typed about a call. `version`: how often it was saved."""

    agent: str
    call: str
    version: int
    body: str
    at: datetime


class DraftChangedError(StoreError):
    """Another page of the same agent has saved something else meanwhile; nothing is changed."""

    def __init__(self, there: Draft) -> None:
        super().__init__("another page has saved this draft since")
        self.there = there


class DraftsFullError(StoreError):
    """The agent has MOST_OPEN drafts already; nothing is changed."""

    def __init__(self) -> None:
        super().__init__(f"an agent has at most {MOST_OPEN} drafts")


class Drafts:
    """The drafts in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, agent: str, call: str, body: str, now: datetime, *, seen: int) -> Draft:
        """Keep what is typed. `seen`: the version that the page has, 0 for none.

        Raises:
            DraftChangedError: somebody else was faster; it carries what is there.
            DraftsFullError: it would be one more than an agent may have.
            StoreError: nothing is saved.
        """
        async with self._database.writing() as connection:
            there = await _find(connection, agent, call, alone=True)
            if there is not None and there.body == body:
                return there
            if there is not None and there.version != seen:
                raise DraftChangedError(there)
            if there is None and await _count(connection, agent) >= MOST_OPEN:
                raise DraftsFullError
            draft = Draft(agent=agent, call=call, version=seen + 1, body=body, at=now)
            await _write(connection, draft, is_new=there is None)
        return draft

    async def of_agent(self, agent: str) -> Sequence[Draft]:
        """All that the agent has not saved yet, oldest first."""
        query = select(_draft).where(_draft.c.agent == agent).order_by(_draft.c.at, _draft.c.call)
        async with self._database.reading() as connection:
            return [Draft(**row._mapping) for row in await connection.execute(query)]  # noqa: SLF001

    async def drop(self, agent: str, call: str) -> None:
        """What was typed is saved where it belongs, or thrown away by whoever typed it."""
        async with self._database.writing() as connection:
            await drop_in(connection, agent, call)

    async def forget_old(self, now: datetime) -> None:
        """Throw away what nobody came back to."""
        async with self._database.writing() as connection:
            await connection.execute(delete(_draft).where(_draft.c.at < now - KEPT_FOR))


async def drop_in(connection: AsyncConnection, agent: str, call: str) -> None:
    """The same in the caller's transaction."""
    this = (_draft.c.agent == agent, _draft.c.call == call)
    await connection.execute(delete(_draft).where(*this))


async def _find(connection: AsyncConnection, agent: str, call: str, *, alone: bool) -> Draft | None:
    query = select(_draft).where(_draft.c.agent == agent, _draft.c.call == call)
    found = await connection.execute(query.with_for_update() if alone else query)
    row = found.one_or_none()
    return None if row is None else Draft(**row._mapping)  # noqa: SLF001  SQLAlchemy's own name


async def _count(connection: AsyncConnection, agent: str) -> int:
    query = select(func.count()).select_from(_draft).where(_draft.c.agent == agent)
    return int(await connection.scalar(query) or 0)


async def _write(connection: AsyncConnection, draft: Draft, *, is_new: bool) -> None:
    values = {"version": draft.version, "body": draft.body, "at": draft.at}
    if is_new:
        values |= {"agent": draft.agent, "call": draft.call}
        await connection.execute(insert(_draft).values(**values))
        return
    this = (_draft.c.agent == draft.agent, _draft.c.call == draft.call)
    await connection.execute(update(_draft).where(*this).values(**values))
