"""What came of a list, to be handed out: each contact with its calls, few of them in memory.

Owns: reading them page by page. Must not know how they are worded or written, nor that the
handing out is noted (`store.ledger`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ContactState
from campaigns.outcomes import Outcome
from store import schema
from store.database import Database
from store.facts import AnyRow
from store.form_answers import Answers, answers_of_contacts, questions_asked

AT_ONCE: Final = 500

_contact = schema.contact
_number = schema.contact_number
_attempt = schema.attempt
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedResults:
    """Which contacts: of a campaign, maybe of one list, maybe with a call since then."""

    campaign_id: int
    list_name: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultNumber:
    """One number of a contact; `retired`: what it was found to be (R6)."""

    e164: str
    retired: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCall:
    """One attempt; `at`: when it was sent, else claimed. `talk_s`: None where nobody talked.

    `answers`: what was answered in it, by question (R24).
    """

    at: datetime
    e164: str
    outcome: Outcome | None
    agent: str | None
    talk_s: float | None
    counted: bool
    note: str
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One contact with all that came of it; calls in the order of time.

    `answers`: the latest to each question, from whichever call.
    """

    contact_id: int
    reference: str
    name: str
    zone: str | None
    numbers: tuple[ResultNumber, ...]
    custom: Mapping[str, str]
    list_name: str
    priority: int | None
    state: ContactState
    standing: str
    next_attempt_at: datetime | None
    appointment_at: datetime | None
    calls: tuple[ResultCall, ...]
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumns:
    """What the rows need columns for: the custom fields in their order, the most numbers of one.

    `contacts`: how many rows of contacts there will be. `questions`: those that were answered.
    """

    custom: tuple[str, ...]
    numbers: int
    contacts: int
    questions: tuple[str, ...] = ()


class Exports:
    """Results, to be read for handing out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def columns(self, wanted: WantedResults) -> ResultColumns:
        """Look over the contacts once for what they hold."""
        custom: dict[str, None] = {}
        questions: dict[str, None] = {}
        numbers, contacts = 0, 0
        async for rows in self._pages(wanted):
            contacts += len(rows)
            ids = [row.id for row in rows]
            for row in rows:
                custom.update(dict.fromkeys(row.custom))
            async with self._database.reading() as connection:
                numbers = max(numbers, await _most_numbers(connection, ids))
                questions.update(dict.fromkeys(await questions_asked(connection, ids)))
        return ResultColumns(
            custom=tuple(custom), numbers=numbers, contacts=contacts, questions=tuple(questions)
        )

    async def results(self, wanted: WantedResults) -> AsyncIterator[Result]:
        """The contacts in the order in which they came in."""
        async for rows in self._pages(wanted):
            ids = [row.id for row in rows]
            async with self._database.reading() as connection:
                numbers = await _by_contact(connection, _NUMBERS, ids)
                calls = await _by_contact(connection, _CALLS, ids)
                answers = await answers_of_contacts(connection, ids)
            for row in rows:
                yield _result(row, numbers[row.id], calls[row.id], answers.get(row.id, {}))

    async def _pages(self, wanted: WantedResults) -> AsyncIterator[Sequence[AnyRow]]:
        query, after = _contacts(wanted), 0
        while True:
            async with self._database.reading() as connection:
                rows = (await connection.execute(query, {"after": after})).all()
            if not rows:
                return
            yield rows
            after = rows[-1].id


def _contacts(wanted: WantedResults) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            _contact,
            schema.pool.c.priority,
            schema.call_list.c.name.label("list_name"),
            schema.appointment.c.at.label("appointment_at"),
        )
        .outerjoin(schema.pool, schema.pool.c.id == _contact.c.pool_id)
        .outerjoin(schema.call_list, schema.call_list.c.id == schema.pool.c.list_id)
        .outerjoin(
            schema.appointment,
            (schema.appointment.c.contact_id == _contact.c.id)
            & schema.appointment.c.closed.is_(None),
        )
        .where(_contact.c.campaign_id == wanted.campaign_id, _contact.c.id > bindparam("after"))
        .order_by(_contact.c.id)
        .limit(AT_ONCE)
    )
    if wanted.list_name is not None:
        query = query.where(schema.call_list.c.name == wanted.list_name)
    if wanted.since is not None:
        called = select(_attempt.c.id).where(
            _attempt.c.contact_id == _contact.c.id, _attempt.c.claimed_at >= wanted.since
        )
        query = query.where(called.exists())
    return query


_NUMBERS = (
    select(_number.c.contact_id, _number.c.e164, _number.c.retired)
    .where(_number.c.contact_id.in_(_IDS))
    .order_by(_number.c.position, _number.c.id)
)
_CALLS = (
    select(
        _attempt.c.id,
        _attempt.c.contact_id,
        func.coalesce(
            _attempt.c.sent_at, _attempt.c.claimed_at, type_=_attempt.c.sent_at.type
        ).label("at"),
        _number.c.e164,
        _attempt.c.outcome,
        _attempt.c.agent,
        _attempt.c.bridged_at,
        _attempt.c.ended_at,
        _attempt.c.counted,
        _attempt.c.note,
    )
    .join(_number, _number.c.id == _attempt.c.number_id)
    .where(_attempt.c.contact_id.in_(_IDS))
    .order_by(_attempt.c.claimed_at, _attempt.c.id)
)


async def _by_contact(
    connection: AsyncConnection, query: Select[*tuple[Any, ...]], ids: list[int]
) -> defaultdict[int, list[AnyRow]]:
    found: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for row in await connection.execute(query, {"ids": ids}):
        found[row.contact_id].append(row)
    return found


async def _most_numbers(connection: AsyncConnection, ids: list[int]) -> int:
    numbers = await _by_contact(connection, _NUMBERS, ids)
    return max(map(len, numbers.values()), default=0)


def _result(row: AnyRow, numbers: list[AnyRow], calls: list[AnyRow], answers: Answers) -> Result:
    return Result(
        contact_id=row.id,
        reference=row.reference,
        name=row.name,
        zone=row.zone,
        numbers=tuple(
            ResultNumber(e164=one.e164, retired=Outcome(one.retired) if one.retired else None)
            for one in numbers
        ),
        custom=row.custom,
        list_name=row.list_name or "",
        priority=row.priority,
        state=ContactState(row.state),
        standing=row.standing,
        next_attempt_at=row.next_attempt_at,
        appointment_at=row.appointment_at,
        calls=tuple(_call(one, answers.get(one.id, {})) for one in calls),
        answers={name: said for given in answers.values() for name, said in given.items()},
    )


def _call(row: AnyRow, answers: Mapping[str, str]) -> ResultCall:
    talked = row.bridged_at is not None and row.ended_at is not None
    return ResultCall(
        at=row.at,
        e164=row.e164,
        outcome=Outcome(row.outcome) if row.outcome else None,
        agent=row.agent,
        talk_s=(row.ended_at - row.bridged_at).total_seconds() if talked else None,
        counted=row.counted,
        note=row.note,
        answers=answers,
    )
