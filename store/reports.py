"""Questions about what came of the calls (R7).

Owns: queries over attempts and contacts, nothing written. Must not compute a KPI: it hands out
the counts and times that the KPI functions take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.contact import ContactState
from campaigns.outcomes import Branch, Disposition, NotSent, Outcome, rule_of
from dialer.messages import CampaignRecord
from store import schema
from store.campaigns import campaign_records
from store.database import Database
from store.errors import UnknownCampaignError
from store.schema import AttemptState

_attempt = schema.attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReport:
    """The feedback report of one campaign (R7).

    `outcomes` and `branches` count ended attempts, `contacts` the contacts by state.
    `attempts` is all that was claimed, `calls` what of it was placed, `not_sent` why the others
    were not, `open_attempts` what has not ended yet, `counted` what took one of a day's dials,
    `reached` the distinct contacts that somebody talked to.
    """

    campaign: CampaignRecord
    outcomes: Mapping[Outcome, int]
    branches: Mapping[Branch, int]
    contacts: Mapping[ContactState, int]
    attempts: int
    calls: int
    not_sent: Mapping[NotSent, int]
    open_attempts: int
    counted: int
    reached: int
    open_appointments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTimes:
    """One attempt that was sent, as the KPI functions take it; times in aware UTC."""

    attempt: str
    contact_id: int
    agent: str | None
    state: AttemptState
    sent_at: datetime
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    disposition: Disposition | None


class Reports:
    """The questions that reports ask."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def outcomes(self, campaign_id: int, now: datetime) -> OutcomeReport:
        """What came of a campaign so far.

        Raises:
            UnknownCampaignError: there is none.
        """
        async with self._database.reading() as connection:
            found = await campaign_records(connection, now, schema.campaign.c.id == campaign_id)
            if not found:
                raise UnknownCampaignError(campaign_id)
            by_outcome = await _by_outcome(connection, campaign_id)
            outcomes = {
                outcome: count for outcome, count in by_outcome.items() if outcome is not None
            }
            return OutcomeReport(
                campaign=found[0],
                outcomes=outcomes,
                branches=_by_branch(outcomes),
                contacts=await _by_state(connection, campaign_id),
                attempts=sum(by_outcome.values()),
                calls=await _placed(connection, campaign_id),
                not_sent=await _not_sent(connection, campaign_id),
                open_attempts=by_outcome.get(None, 0),
                counted=await _counted(connection, campaign_id),
                reached=await _reached(connection, campaign_id),
                open_appointments=await _open_appointments(connection, campaign_id),
            )

    async def call_times(
        self, campaign_id: int, since: datetime, until: datetime
    ) -> tuple[CallTimes, ...]:
        """The attempts that were sent in [since, until), in the order of sending.

        A call belongs to the interval in which it was placed.
        """
        query = (
            select(_attempt)
            .where(
                _attempt.c.campaign_id == campaign_id,
                _attempt.c.sent_at >= since,
                _attempt.c.sent_at < until,
            )
            .order_by(_attempt.c.sent_at, _attempt.c.id)
        )
        async with self._database.reading() as connection:
            return tuple(
                CallTimes(
                    attempt=row.id,
                    contact_id=row.contact_id,
                    agent=row.agent,
                    state=AttemptState(row.state),
                    sent_at=row.sent_at,
                    answered_at=row.answered_at,
                    bridged_at=row.bridged_at,
                    ended_at=row.ended_at,
                    outcome=Outcome(row.outcome) if row.outcome else None,
                    disposition=Disposition(row.disposition) if row.disposition else None,
                )
                for row in await connection.execute(query)
            )


async def _by_outcome(connection: AsyncConnection, campaign_id: int) -> dict[Outcome | None, int]:
    rows = await connection.execute(
        select(_attempt.c.outcome, func.count().label("attempts"))
        .where(_attempt.c.campaign_id == campaign_id)
        .group_by(_attempt.c.outcome)
    )
    return {Outcome(row.outcome) if row.outcome else None: row.attempts for row in rows}


def _by_branch(outcomes: Mapping[Outcome, int]) -> dict[Branch, int]:
    branches = dict.fromkeys(Branch, 0)
    for outcome, count in outcomes.items():
        branches[rule_of(outcome).branch] += count
    return branches


async def _by_state(connection: AsyncConnection, campaign_id: int) -> dict[ContactState, int]:
    contact = schema.contact
    rows = await connection.execute(
        select(contact.c.state, func.count().label("contacts"))
        .where(contact.c.campaign_id == campaign_id)
        .group_by(contact.c.state)
    )
    return {ContactState(row.state): row.contacts for row in rows}


async def _placed(connection: AsyncConnection, campaign_id: int) -> int:
    query = select(func.count()).where(
        _attempt.c.campaign_id == campaign_id,
        _attempt.c.sent_at.is_not(None),
        _attempt.c.outcome.is_distinct_from(Outcome.NOT_SENT.value),
    )
    return int(await connection.scalar(query) or 0)


async def _not_sent(connection: AsyncConnection, campaign_id: int) -> dict[NotSent, int]:
    rows = await connection.execute(
        select(_attempt.c.note, func.count().label("attempts"))
        .where(
            _attempt.c.campaign_id == campaign_id,
            _attempt.c.outcome == Outcome.NOT_SENT.value,
            _attempt.c.note.in_([why.value for why in NotSent]),
        )
        .group_by(_attempt.c.note)
        .order_by(func.count().desc(), _attempt.c.note)
    )
    return {NotSent(row.note): row.attempts for row in rows}


async def _counted(connection: AsyncConnection, campaign_id: int) -> int:
    query = select(func.count()).where(
        _attempt.c.campaign_id == campaign_id, _attempt.c.counted.is_(True)
    )
    return int(await connection.scalar(query) or 0)


async def _reached(connection: AsyncConnection, campaign_id: int) -> int:
    talked = [outcome.value for outcome in Outcome if rule_of(outcome).branch is Branch.CONNECTED]
    query = select(func.count(_attempt.c.contact_id.distinct())).where(
        _attempt.c.campaign_id == campaign_id, _attempt.c.outcome.in_(talked)
    )
    return int(await connection.scalar(query) or 0)


async def _open_appointments(connection: AsyncConnection, campaign_id: int) -> int:
    appointment = schema.appointment
    query = select(func.count()).where(
        appointment.c.campaign_id == campaign_id, appointment.c.closed.is_(None)
    )
    return int(await connection.scalar(query) or 0)
