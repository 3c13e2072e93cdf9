"""Agents' words on calls that came in: what came of them, and who called (R11, R13).

Owns: the rows of `call_note`, and what is written with one: answers, the do-not-call entry of
who wants no more calls, the end of the draft; all of it or nothing. Must not know the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store import schema
from store.consent import withdraw_of_number
from store.database import Database
from store.do_not_call import REFUSED, DoNotCallEntry, add_entry
from store.drafts import drop_in
from store.form_answers import FilledForm, keep_answers

_note = schema.call_note


class InboundResult(StrEnum):
    """What came of a call that came in, in the agent's word."""

    RESOLVED = "resolved"
    PASSED_ON = "passed_on"
    CALL_BACK = "call_back"
    NOT_OURS = "not_ours"
    SILENT = "silent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNote:
    """One agent's word on one call. `name`: as the caller gave it, where nobody on file is meant.

    `e164`: the caller's number, empty where it was withheld.
    """

    call: str
    agent: str
    at: datetime
    result: InboundResult
    e164: str = ""
    contact: int | None = None
    name: str = ""
    note: str = ""


async def save_note(database: Database, note: CallNote, filled: FilledForm | None = None) -> None:
    """Write the word; a second one of the same agent takes the place of the first.

    Who refuses is on the do-not-call list with the same commit, for every campaign.

    Raises:
        StoreError: nothing is saved.
    """
    async with database.writing() as connection:
        await _write(connection, note)
        if filled is not None:
            await keep_answers(connection, filled)
        if note.result is InboundResult.REFUSED and note.e164:
            await _bar(connection, note)
        await drop_in(connection, note.agent, note.call)


async def _write(connection: AsyncConnection, note: CallNote) -> None:
    this = (_note.c.call == note.call, _note.c.agent == note.agent)
    await connection.execute(delete(_note).where(*this))
    await connection.execute(
        insert(_note).values(
            call=note.call,
            agent=note.agent,
            at=note.at,
            e164=note.e164 or None,
            contact_id=note.contact,
            name=note.name,
            result=note.result.value,
            note=note.note,
        )
    )


async def _bar(connection: AsyncConnection, note: CallNote) -> None:
    source = f"call {note.call}"[: schema.NAME_LENGTH]
    entry = DoNotCallEntry(
        e164=note.e164, campaign_id=None, source=source, reason=REFUSED, added_at=note.at
    )
    await add_entry(connection, entry, by=note.agent)
    await withdraw_of_number(connection, note.e164, source, note.at)


async def notes_of_number(database: Database, e164: str, limit: int = 5) -> Sequence[CallNote]:
    """The last words on calls from that number, newest first.

    Raises:
        StoreError: the database cannot be read.
    """
    if not e164:
        return []
    query = select(_note).where(_note.c.e164 == e164).order_by(_note.c.at.desc()).limit(limit)
    async with database.reading() as connection:
        return [
            CallNote(
                call=row.call,
                agent=row.agent,
                at=row.at,
                result=InboundResult(row.result),
                e164=row.e164 or "",
                contact=row.contact_id,
                name=row.name,
                note=row.note,
            )
            for row in await connection.execute(query)
        ]
