"""Answers to questionnaires, by the call in which they were given (R24).

Owns: the rows of `form_answer`. Must not know which answers fit (`campaigns.forms`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store import schema
from store.database import Database

_answer = schema.form_answer

Answers = Mapping[str, Mapping[str, str]]
"""By call, then by question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """What was answered in one call, by question. `contact`: whom it was about, if on file."""

    call: str
    form: str
    agent: str
    at: datetime
    answers: Mapping[str, str] = field(default_factory=dict)
    contact: int | None = None


async def keep_answers(connection: AsyncConnection, filled: FilledForm) -> None:
    """Write the answers of a call in the caller's transaction, in place of earlier ones."""
    await connection.execute(delete(_answer).where(_answer.c.call == filled.call))
    if not filled.answers:
        return
    rows = [
        {
            "call": filled.call,
            "form": filled.form,
            "question": question,
            "answer": answer,
            "agent": filled.agent,
            "contact_id": filled.contact,
            "at": filled.at,
        }
        for question, answer in filled.answers.items()
    ]
    await connection.execute(insert(_answer), rows)


async def answers_of_contacts(
    connection: AsyncConnection, contacts: Sequence[int]
) -> dict[int, Answers]:
    """What was answered by contact and call, calls in the order of time."""
    query = select(_answer).where(_answer.c.contact_id.in_(contacts)).order_by(_answer.c.id)
    found: defaultdict[int, defaultdict[str, dict[str, str]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in await connection.execute(query):
        found[row.contact_id][row.call][row.question] = row.answer
    return {contact: dict(calls) for contact, calls in found.items()}


async def answers_of_calls(database: Database, calls: Sequence[str]) -> dict[str, dict[str, str]]:
    """What was answered in each of these calls, by question."""
    if not calls:
        return {}
    query = select(_answer).where(_answer.c.call.in_(calls)).order_by(_answer.c.id)
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    async with database.reading() as connection:
        for row in await connection.execute(query):
            found[row.call][row.question] = row.answer
    return found


async def questions_asked(connection: AsyncConnection, contacts: Sequence[int]) -> list[str]:
    """Which questions these contacts have answered, in the order in which they came up."""
    query = (
        select(_answer.c.question).where(_answer.c.contact_id.in_(contacts)).order_by(_answer.c.id)
    )
    return list(dict.fromkeys(await connection.scalars(query)))
