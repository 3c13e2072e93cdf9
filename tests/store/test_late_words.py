"""A word that comes after the call is held to the same rules as one for the call at hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns.appointments import AppointmentFault
from campaigns.campaign import Kind
from campaigns.outcomes import Disposition, Outcome
from dialer.effects import AmendAttempt, EndAttempt, ReplyCode
from dialer.messages import Claim
from dialer.written import REPLY_OF
from store.errors import AppointmentRefusedError, DispositionNotOfKindError
from tests.store.room import MONDAY_9, Room

ENDED_AT = MONDAY_9 + timedelta(minutes=1)
AT_NIGHT = MONDAY_9 + timedelta(hours=12)


async def undisposed(room: Room, kind: Kind = Kind.CALLBACK) -> Claim:
    campaign = await room.running_campaign(1, kind=kind)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.UNDISPOSED, at=ENDED_AT))
    return claim


def late(claim: Claim, word: Disposition, at: datetime | None = None) -> AmendAttempt:
    return AmendAttempt(
        attempt=claim.attempt, disposition=word, at=ENDED_AT, appointment_at=at, reply="r"
    )


async def test_a_sales_campaign_knows_no_success_by_proxy(room: Room) -> None:  # R3
    claim = await undisposed(room, Kind.SALES)

    await room.write(late(claim, Disposition.SUCCESS_PROXY))

    ((_, error),) = room.failed
    assert isinstance(error, DispositionNotOfKindError)
    assert (error.disposition, error.kind) == ("success_proxy", "sales")
    assert REPLY_OF[type(error)] is ReplyCode.DISPOSITION_NOT_OF_KIND
    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert attempt.outcome is Outcome.UNDISPOSED


async def test_a_call_back_succeeds_by_proxy_also_late(room: Room) -> None:  # R3
    claim = await undisposed(room)

    await room.write(late(claim, Disposition.SUCCESS_PROXY))

    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert attempt.outcome is Outcome.SUCCESS_PROXY


@pytest.mark.parametrize(
    ("at", "fault"),
    [
        (AT_NIGHT, AppointmentFault.OUTSIDE_WINDOW),
        (MONDAY_9 - timedelta(minutes=1), AppointmentFault.PAST),
    ],
)
async def test_an_appointment_made_late_is_refused_like_any_other_with_the_nearest_times(  # R4
    room: Room, at: datetime, fault: AppointmentFault
) -> None:
    claim = await undisposed(room)

    await room.write(late(claim, Disposition.APPOINTMENT, at))

    ((_, error),) = room.failed
    assert isinstance(error, AppointmentRefusedError)
    assert error.reason == fault
    assert error.nearest
    shown = await room.contacts.show(claim.contact_id)
    assert shown.appointment is None
    assert shown.attempts[0].outcome is Outcome.UNDISPOSED


async def test_an_appointment_made_late_at_an_allowed_time_holds(room: Room) -> None:  # R4
    claim = await undisposed(room)
    at = MONDAY_9 + timedelta(hours=6)

    await room.write(late(claim, Disposition.APPOINTMENT, at))

    made = (await room.contacts.show(claim.contact_id)).appointment
    assert made is not None
    assert made.at == at
