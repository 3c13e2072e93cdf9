"""The rows of attempts before their outcome: claimed, sent, freed, left open by a crash.

Owns: writing those steps on the caller's connection. Must not decide which step is allowed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.outcomes import Outcome
from dialer.messages import Claim, UnfinishedAttempt
from store import schema
from store.columns import UtcDateTime
from store.errors import AttemptEndedError, UnknownAttemptError
from store.facts import AnyRow
from store.prepared import Prepared, Question
from store.schema import AttemptState
from store.settling import EndedAttempt, settle_contact

# Two steps of one attempt wait for each other.
_ATTEMPT = Prepared(
    select(
        schema.attempt.c.contact_id,
        schema.attempt.c.number_id,
        schema.attempt.c.state,
        schema.attempt.c.outcome,
        schema.attempt.c.claimed_at,
        schema.attempt.c.campaign_id,
        schema.contact_number.c.e164,
    )
    .join(schema.contact_number, schema.contact_number.c.id == schema.attempt.c.number_id)
    .where(schema.attempt.c.id == bindparam("attempt"))
    .with_for_update(key_share=True, of=schema.attempt)
)
_SENT = Prepared(
    update(schema.attempt)
    .where(schema.attempt.c.id == bindparam("attempt"))
    .values(
        state=AttemptState.SENT.value,
        sent_at=bindparam("now"),
        counted=True,
        agent=bindparam("agent_given"),
    )
)

_INSERT = """
INSERT INTO attempt (id, engine_id, campaign_id, contact_id, number_id, state, claimed_at,
                     counted, tech_cause, dial_status, note)
SELECT made.id, :engine, :campaign, made.contact, made.number, 'claimed', :now,
       FALSE, '', '', ''
FROM {made}
"""
_MADE = {
    "sqlite": "(SELECT json_extract(value, '$.id') AS id, "
    "json_extract(value, '$.contact') AS contact, "
    "json_extract(value, '$.number') AS number FROM json_each(:made)) AS made",
    "postgresql": "json_to_recordset(CAST(:made AS json)) "
    "AS made (id text, contact bigint, number bigint)",
}
_NOW = bindparam("now", type_=UtcDateTime)
_CLAIMED = {
    kind: Prepared(text(_INSERT.format(made=made)).bindparams(_NOW)) for kind, made in _MADE.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClaim:
    """An attempt that is claimed and not sent; `e164`: the number that it is to be dialed on."""

    id: str
    campaign_id: int
    contact_id: int
    number_id: int
    e164: str
    claimed_at: datetime


async def write_claimed(
    connection: AsyncConnection,
    engine_id: str,
    contacts: Sequence[Contact],
    claims: Sequence[Claim],
    now: datetime,
) -> None:
    """Write an attempt for each claim, made for the contact beside it: one statement for all."""
    if not claims:
        return
    made = [
        {"id": claim.attempt, "contact": contact.id, "number": _number_id(contact, claim)}
        for contact, claim in zip(contacts, claims, strict=True)
    ]
    given = {"engine": engine_id, "campaign": claims[0].campaign_id, "now": now}
    await _CLAIMED[connection.dialect.name].run(connection, {**given, "made": json.dumps(made)})


def _number_id(contact: Contact, claim: Claim) -> int:
    return next(
        number.id
        for number in contact.numbers
        if number.e164 == claim.e164 and number.retired is None
    )


def of_claim(attempt: str) -> Question:
    """The question for an attempt, which nobody else ends from then on."""
    return _ATTEMPT, {"attempt": attempt}


def open_claim(attempt: str, rows: Sequence[AnyRow]) -> OpenClaim:
    """What it found, provided that the attempt is claimed and nothing more.

    Raises:
        UnknownAttemptError, AttemptEndedError: it is not.
    """
    if not rows:
        raise UnknownAttemptError(attempt)
    row = rows[0]
    if row.state != AttemptState.CLAIMED:
        raise AttemptEndedError(attempt, row.outcome or row.state)
    return OpenClaim(
        id=attempt,
        campaign_id=row.campaign_id,
        contact_id=row.contact_id,
        number_id=row.number_id,
        e164=row.e164,
        claimed_at=row.claimed_at,
    )


async def write_sent(connection: AsyncConnection, attempt: str, agent: str, now: datetime) -> None:
    """From here on the attempt counts: the person may be called (R5).

    `agent`: who is kept for it; empty: nobody is.
    """
    given = {"attempt": attempt, "now": now, "agent_given": agent or None}
    await _SENT.run(connection, given)


async def free(
    connection: AsyncConnection, claim: OpenClaim, campaign: Campaign, why: str, now: datetime
) -> None:
    """End a claim as `not_sent`, with the reason, and let the rules say when it is next."""
    await connection.execute(
        update(schema.attempt)
        .where(schema.attempt.c.id == claim.id, schema.attempt.c.outcome.is_(None))
        .values(
            state=AttemptState.ENDED.value,
            outcome=Outcome.NOT_SENT.value,
            counted=False,
            ended_at=now,
            note=why,
        )
    )
    ended = EndedAttempt(
        id=claim.id,
        contact_id=claim.contact_id,
        number_id=claim.number_id,
        agent=None,
        placed_at=claim.claimed_at,
        counted=False,
        outcome=Outcome.NOT_SENT,
    )
    await settle_contact(connection, ended, campaign, now)


async def sign_on(connection: AsyncConnection, engine_id: str, now: datetime) -> None:
    """Write that this engine works from now on."""
    known = await connection.scalar(
        select(schema.engine.c.id).where(schema.engine.c.id == engine_id)
    )
    if known is None:
        await connection.execute(insert(schema.engine).values(id=engine_id, started_at=now))
        return
    await connection.execute(
        update(schema.engine).where(schema.engine.c.id == engine_id).values(started_at=now)
    )


async def open_claims(connection: AsyncConnection, engine_id: str) -> list[OpenClaim]:
    """What the engine has claimed and not sent."""
    attempt = schema.attempt
    query = (
        select(
            attempt.c.id,
            attempt.c.campaign_id,
            attempt.c.contact_id,
            attempt.c.number_id,
            schema.contact_number.c.e164,
            attempt.c.claimed_at,
        )
        .join(schema.contact_number, schema.contact_number.c.id == attempt.c.number_id)
        .where(
            attempt.c.engine_id == engine_id,
            attempt.c.state == AttemptState.CLAIMED.value,
            attempt.c.outcome.is_(None),
        )
    )
    return [
        OpenClaim(
            id=row.id,
            campaign_id=row.campaign_id,
            contact_id=row.contact_id,
            number_id=row.number_id,
            e164=row.e164,
            claimed_at=row.claimed_at,
        )
        for row in await connection.execute(query)
    ]


async def unfinished(connection: AsyncConnection, engine_id: str) -> tuple[UnfinishedAttempt, ...]:
    """The attempts of the engine that were sent and have no outcome, oldest first."""
    attempt = schema.attempt
    query = (
        select(
            attempt.c.id,
            attempt.c.campaign_id,
            attempt.c.contact_id,
            schema.contact_number.c.e164,
            schema.contact.c.zone,
            attempt.c.agent,
            attempt.c.answered_at,
            attempt.c.bridged_at,
            attempt.c.ended_at,
        )
        .join(schema.contact_number, schema.contact_number.c.id == attempt.c.number_id)
        .join(schema.contact, schema.contact.c.id == attempt.c.contact_id)
        .where(
            attempt.c.engine_id == engine_id,
            attempt.c.state != AttemptState.CLAIMED.value,
            attempt.c.outcome.is_(None),
        )
        .order_by(attempt.c.sent_at)
    )
    return tuple(
        UnfinishedAttempt(
            attempt=row.id,
            campaign_id=row.campaign_id,
            contact_id=row.contact_id,
            e164=row.e164,
            zone=row.zone,
            agent=row.agent,
            answered_at=row.answered_at,
            bridged_at=row.bridged_at,
            ended_at=row.ended_at,
        )
        for row in await connection.execute(query)
    )
