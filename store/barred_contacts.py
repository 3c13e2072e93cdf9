"""What a do-not-call entry does to the contacts that wait: they are told at once.

Owns: their hints, so that counts are right and nobody is looked at in vain. The entry itself
stops every call already (`store.barring`); an expiry brings its contacts back by their hint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ContactState
from campaigns.do_not_call import AND_ON, ANY_DIGIT, Barred, Patterns
from campaigns.judge import Code
from store import schema
from store.database import Database
from store.facts import is_in_call
from store.standing import waiting

AT_ONCE: Final = 500

_contact = schema.contact
_number = schema.contact_number


async def hold_back(
    connection: AsyncConnection,
    numbers: Sequence[str],
    campaign_id: int | None,
    until: datetime | None,
) -> None:
    """Take the open contacts with any of these numbers out of the queue, until then or for good."""
    await connection.execute(
        update(_contact)
        .where(_is_waiting(), _contact.c.id.in_(_with(numbers, campaign_id)))
        .values(**waiting(Code.DO_NOT_CALL.value, until))
    )


async def let_go(
    connection: AsyncConnection, numbers: Sequence[str], campaign_id: int | None, now: datetime
) -> None:
    """Have the contacts that were held back looked at again; another entry may still bar them."""
    await connection.execute(
        update(_contact)
        .where(
            _is_waiting(),
            _contact.c.standing == Code.DO_NOT_CALL.value,
            _contact.c.id.in_(_with(numbers, campaign_id)),
        )
        .values(**waiting(Code.DO_NOT_CALL.value, now))
    )


async def sweep(
    database: Database,
    barred: Barred,
    *,
    let_go_at: datetime | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Do the same for every number that a pattern fits, in short transactions; how many fitted.

    `let_go_at`: the pattern has come off the list just then; None: it has come onto it.
    """
    fitted, after = 0, 0
    while True:
        async with database.reading() as connection:
            after, numbers = await _next_fitting(connection, barred, after)
        if not numbers:
            return fitted
        async with database.writing() as connection:
            if let_go_at is None:
                await hold_back(connection, numbers, barred.campaign_id, barred.expires_at)
            else:
                await let_go(connection, numbers, barred.campaign_id, let_go_at)
        fitted += len(numbers)
        progress(fitted)


async def _next_fitting(
    connection: AsyncConnection, barred: Barred, after: int
) -> tuple[int, list[str]]:
    """The next numbers that fit, after the row of that id; none: there are no more."""
    start = _plain_start(barred.pattern)
    patterns = Patterns([Barred(pattern=barred.pattern)])
    query = (
        select(_number.c.id, _number.c.e164)
        .where(_number.c.id > after, func.substr(_number.c.e164, 1, len(start)) == start)
        .order_by(_number.c.id)
        .limit(AT_ONCE)
    )
    if barred.campaign_id is not None:
        query = query.where(_number.c.campaign_id == barred.campaign_id)
    fitting: list[str] = []
    while not fitting:
        rows = (await connection.execute(query.where(_number.c.id > after))).all()
        if not rows:
            break
        after = rows[-1].id
        fitting = [row.e164 for row in rows if patterns.fits(row.e164)]
    return after, fitting


def _plain_start(pattern: str) -> str:
    ends = (pattern.find(sign) for sign in (ANY_DIGIT, AND_ON))
    return pattern[: min((end for end in ends if end >= 0), default=len(pattern))]


def _is_waiting() -> ColumnElement[bool]:
    return (_contact.c.state == ContactState.OPEN.value) & ~is_in_call(_contact.c.id)


def _with(numbers: Sequence[str], campaign_id: int | None) -> Select[tuple[int]]:
    query = select(_number.c.contact_id).where(_number.c.e164.in_(numbers))
    if campaign_id is not None:
        query = query.where(_number.c.campaign_id == campaign_id)
    return query
