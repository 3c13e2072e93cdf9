"""Refusing a promised time that may not be kept (R4).

Owns: how the rules' refusal becomes the store's error, for every door that an appointment
comes in by. Must not know the rules (`campaigns.retry`) nor write anything.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign_hours import hours_of, zone_for
from campaigns.contact import Contact
from campaigns.judge import Code, Facts, judge
from campaigns.retry import check_appointment
from store import schema
from store.errors import AppointmentBarredError, AppointmentRefusedError, UnknownAgentError

# What no waiting mends: the promise would be broken.
_BARS: Final = frozenset(
    {
        Code.DO_NOT_CALL,
        Code.NO_NUMBER,
        Code.LAW_UNKNOWN,
        Code.CONSENT,
        Code.CONSENT_PROOF,
        Code.LIST_WITHDRAWN,
    }
)


def refuse_if_impossible(contact: Contact, campaign: Campaign, at: datetime, now: datetime) -> None:
    """Let an appointment at `at` pass that may be made at `now`.

    Raises:
        AppointmentRefusedError: past or outside the window; it names the nearest times.
    """
    refusal = check_appointment(at, hours_of(campaign, contact), now)
    if refusal is None:
        return
    zone = zone_for(campaign, contact)
    nearest = tuple(
        moment.astimezone(zone).isoformat(timespec="minutes")
        for moment in (refusal.before, refusal.after)
        if moment is not None
    )
    raise AppointmentRefusedError(refusal.fault, nearest)


def refuse_if_barred(facts: Facts, at: datetime) -> None:
    """Let an appointment pass with a contact that may be called `at` that time, for all we know.

    `facts`: as they will be then. What may change until then (a pause, a closed window) is no bar.

    Raises:
        AppointmentBarredError: it may not.
    """
    verdict = judge(replace(facts, campaign_state=CampaignState.RUNNING, in_call=False), at)
    if verdict.code in _BARS:
        raise AppointmentBarredError(verdict.code.value, verdict.params)


async def refuse_unknown_agent(connection: AsyncConnection, agent: str | None) -> None:
    """Let the name of an agent pass, or none.

    Raises:
        UnknownAgentError: nobody would ever make the call.
    """
    if agent is None:
        return
    found = select(schema.agent.c.login).where(schema.agent.c.login == agent)
    if await connection.scalar(found) is None:
        raise UnknownAgentError(agent)
