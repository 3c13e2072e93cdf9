"""Faulty data: what was found wrong with which number, when and by whom (R2, R6).

Owns: that list, for whoever owns the data. Must not decide what is faulty: the outcomes did.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, or_, select

from campaigns.contact import ContactState
from campaigns.outcomes import RULES, Branch, Outcome
from store import schema
from store.database import Database
from store.facts import AnyRow

AT_ONCE: Final = 500
_FOUND_WRONG: Final = [one.value for one in Outcome if RULES[one].branch is Branch.WRONG_CONTACT]

_contact = schema.contact
_number = schema.contact_number
_attempt = schema.attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyData:
    """One number that was found wrong. `by`: the agent who said so; None: the network did.

    `state`: of the contact, who may have other numbers left.
    """

    campaign: str
    contact_id: int
    reference: str
    name: str
    custom: Mapping[str, str]
    state: ContactState
    e164: str
    found: Outcome
    at: datetime
    by: str | None
    note: str


async def faulty_data(
    database: Database, campaign_id: int | None = None
) -> AsyncIterator[FaultyData]:
    """All that stands as wrong now, of one campaign or of all, contact by contact."""
    query, after, seen = _wrong(campaign_id), (0, 0), 0
    while True:
        async with database.reading() as connection:
            given = {"contact": after[0], "number": after[1]}
            rows = (await connection.execute(query, given)).all()
        if not rows:
            return
        for row in rows:
            # The latest finding of a number comes first; earlier ones were of the same number.
            if row.number_id != seen:
                yield _faulty(row)
            seen = row.number_id
        after = (rows[-1].contact_id, rows[-1].number_id)


def _wrong(campaign_id: int | None) -> Select[*tuple[Any, ...]]:
    later = or_(
        _attempt.c.contact_id > bindparam("contact"),
        and_(
            _attempt.c.contact_id == bindparam("contact"),
            _attempt.c.number_id > bindparam("number"),
        ),
    )
    stands = or_(
        _number.c.retired == _attempt.c.outcome,
        and_(
            _attempt.c.outcome == Outcome.WRONG_RECORD.value,
            _contact.c.state == ContactState.FAULTY.value,
        ),
    )
    query = (
        select(
            schema.campaign.c.name.label("campaign"),
            _contact.c.reference,
            _contact.c.name,
            _contact.c.custom,
            _contact.c.state,
            _number.c.e164,
            _attempt.c.contact_id,
            _attempt.c.number_id,
            _attempt.c.outcome,
            _attempt.c.disposition,
            _attempt.c.agent,
            _attempt.c.claimed_at,
            _attempt.c.ended_at,
            _attempt.c.note,
        )
        .join(_number, _number.c.id == _attempt.c.number_id)
        .join(_contact, _contact.c.id == _attempt.c.contact_id)
        .join(schema.campaign, schema.campaign.c.id == _attempt.c.campaign_id)
        .where(_attempt.c.outcome.in_(_FOUND_WRONG), stands, later)
        .order_by(_attempt.c.contact_id, _attempt.c.number_id, _attempt.c.claimed_at.desc())
        .limit(AT_ONCE)
    )
    return query if campaign_id is None else query.where(_attempt.c.campaign_id == campaign_id)


def _faulty(row: AnyRow) -> FaultyData:
    return FaultyData(
        campaign=row.campaign,
        contact_id=row.contact_id,
        reference=row.reference,
        name=row.name,
        custom=row.custom,
        state=ContactState(row.state),
        e164=row.e164,
        found=Outcome(row.outcome),
        at=row.ended_at or row.claimed_at,
        by=row.agent if row.disposition else None,
        note=row.note,
    )
