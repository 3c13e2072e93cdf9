"""Who might be dialed next: the due index, and the judge's word on each candidate.

Owns: the order of serving (appointments first, then who has waited longest) and the hints
that keep the due index true. Must not know the rules: `campaigns.judge` answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact, ContactState
from campaigns.judge import Facts, Verdict, judge
from store import schema
from store.facts import load_contacts, load_do_not_call, load_in_call

# So many candidates are judged at least, and at most, in one claim. The lower keeps a row of
# refused ones from costing a transaction each; the upper keeps the transaction short.
LEAST_CANDIDATES = 32
MOST_CANDIDATES = 256

_contact = schema.contact
_appointment = schema.appointment

_IS_DUE = (
    _contact.c.campaign_id == bindparam("campaign_id"),
    _contact.c.state == ContactState.OPEN.value,
    _contact.c.next_attempt_at <= bindparam("now"),
)
# Whom somebody promised a call at a time comes before those who merely fell due (R4).
_DUE_BY_APPOINTMENT = (
    select(_contact.c.id)
    .join(_appointment, _appointment.c.contact_id == _contact.c.id)
    .where(
        _appointment.c.campaign_id == bindparam("campaign_id"),
        _appointment.c.closed.is_(None),
        _appointment.c.at <= bindparam("now"),
        *_IS_DUE,
    )
    .order_by(_appointment.c.at)
    .limit(bindparam("limit"))
)
_DUE = (
    select(_contact.c.id)
    .where(*_IS_DUE)
    .order_by(_contact.c.next_attempt_at, _contact.c.id)
    .limit(bindparam("limit"))
)
_NEXT_DUE_AT = select(func.min(_contact.c.next_attempt_at)).where(
    _contact.c.campaign_id == bindparam("campaign_id"),
    _contact.c.state == ContactState.OPEN.value,
)
_HINT = (
    update(_contact)
    .where(_contact.c.id == bindparam("contact"))
    .values(next_attempt_at=bindparam("hint"))
)


async def next_due_of(connection: AsyncConnection, campaign_id: int) -> datetime | None:
    """When the campaign's next contact falls due; in the past if one is due already."""
    found: datetime | None = await connection.scalar(_NEXT_DUE_AT, {"campaign_id": campaign_id})
    return found


async def due_contacts(
    connection: AsyncConnection, campaign_id: int, count: int, now: datetime
) -> list[Contact]:
    """Candidates in the order in which they are served."""
    limit = min(max(2 * count, LEAST_CANDIDATES), MOST_CANDIDATES)
    given = {"campaign_id": campaign_id, "now": now, "limit": limit}
    promised = list(await connection.scalars(_DUE_BY_APPOINTMENT, given))
    others = list(await connection.scalars(_DUE, given))
    ids = list(dict.fromkeys(promised + others))[:limit]
    contacts = await load_contacts(connection, ids)
    return [contacts[contact_id] for contact_id in ids]


async def judge_all(
    connection: AsyncConnection,
    campaign: Campaign,
    state: CampaignState,
    contacts: Sequence[Contact],
    now: datetime,
) -> list[tuple[Contact, Verdict]]:
    """The judge's word on each candidate, from what this transaction sees."""
    ids = [contact.id for contact in contacts]
    do_not_call = await load_do_not_call(connection, ids)
    in_call = await load_in_call(connection, ids)
    facts = (
        Facts(
            campaign=campaign,
            campaign_state=state,
            contact=contact,
            do_not_call=do_not_call.get(contact.id),
            in_call=contact.id in in_call,
            engine=None,
        )
        for contact in contacts
    )
    return [(fact.contact, judge(fact, now)) for fact in facts]


async def write_hints(connection: AsyncConnection, hints: Mapping[int, datetime | None]) -> None:
    """Write when each contact is worth looking at again; None: not by itself."""
    rows = [{"contact": contact, "hint": hint} for contact, hint in hints.items()]
    if rows:
        await connection.execute(_HINT, rows)
