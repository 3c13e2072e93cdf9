"""Lists, contacts, campaigns and reports on a real SQLite file."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaign import CampaignState
from campaigns.contact import ContactState
from campaigns.judge import Code, judge
from campaigns.outcomes import Branch, Disposition, Outcome
from campaigns.retry import RetryPolicy
from campaigns.windows import ALL_DAY, CallingWindows
from dialer.effects import EndAttempt
from store.errors import (
    AppointmentRefusedError,
    ContactClosedError,
    UnknownCampaignError,
    UnknownContactError,
)
from store.lists import IMPORT_BATCH, NewContact
from tests.store.room import MONDAY_9, Room, a_campaign, rows_of


async def test_loading_a_list_again_doubles_nothing(room: Room) -> None:  # R1
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    first = await room.lists.import_batch(campaign.id, rows_of(10), MONDAY_9)

    again = await room.lists.import_batch(campaign.id, rows_of(12), MONDAY_9)

    assert (first.added, first.findings) == (10, ())
    assert again.added == 2
    assert [finding.place for finding in again.findings] == list(range(10))
    assert [finding.contact_id for finding in again.findings] == list(range(1, 11))
    assert (await room.campaigns.get(campaign.id, MONDAY_9)).contacts == 12


async def test_rows_of_one_batch_that_share_a_number_become_one_contact(room: Room) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    home, mobile = "+862150001234", "+8613800001234"
    rows = [
        NewContact(reference="A", name="王", zone=None, numbers=(mobile, home, mobile)),
        NewContact(reference="B", name="王", zone=None, numbers=(home,)),
    ]

    result = await room.lists.import_batch(campaign.id, rows, MONDAY_9)

    assert (result.added, len(result.findings)) == (1, 1)
    (contact_id,) = await room.contacts.find(home)
    numbers = (await room.contacts.show(contact_id)).contact.numbers
    assert [number.e164 for number in numbers] == [mobile, home]


async def test_two_campaigns_may_hold_the_same_number(room: Room) -> None:
    for name in ("one", "two"):
        campaign = await room.campaigns.save(a_campaign(name=name), MONDAY_9)
        await room.lists.import_batch(campaign.id, rows_of(1), MONDAY_9)

    assert len(await room.contacts.find("+8613000000000")) == 2
    assert await room.contacts.find("+8613000000000", campaign.id) == (2,)


async def test_a_load_is_noted(room: Room) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)

    await room.lists.import_batch(campaign.id, rows_of(2), MONDAY_9, "callback.csv")

    (noted,) = await room.lists.imports(campaign.id)
    assert (noted.file_name, noted.rows_read, noted.added) == ("callback.csv", 2, 2)


async def test_a_new_contact_is_dialed_from_the_next_opening_of_its_own_zone(room: Room) -> None:
    campaign = await room.running_campaign(0)
    row = NewContact(reference="NY", name="Li", zone="America/New_York", numbers=("+12125550100",))

    await room.lists.import_batch(campaign.id, [row], MONDAY_9)

    # 01:00 UTC is 20:00 in New York, where the window has just closed; 09:00 EST is 14:00 UTC.
    opens = MONDAY_9 + timedelta(hours=13)
    assert await room.hopper.claim(campaign.id, 1, MONDAY_9) == ((), opens)
    claims, _ = await room.hopper.claim(campaign.id, 1, opens)
    assert len(claims) == 1


async def test_a_campaign_comes_back_as_it_was_saved(room: Room) -> None:
    campaign = a_campaign(
        windows=CallingWindows(days=((ALL_DAY,), (), (), (), (), (), ())),
        zone=ZoneInfo("Asia/Urumqi"),
        retry=RetryPolicy(
            delay=timedelta(hours=2), outcome_delays={Outcome.BUSY: timedelta(minutes=10)}
        ),
    )

    saved = await room.campaigns.save(campaign, MONDAY_9)

    record = await room.campaigns.get("callback", MONDAY_9)
    assert record.campaign == saved
    assert record.state is CampaignState.READY
    with pytest.raises(UnknownCampaignError):
        await room.campaigns.get("no such", MONDAY_9)
    with pytest.raises(UnknownCampaignError):
        await room.campaigns.set_state("no such", CampaignState.RUNNING)


async def test_a_changed_campaign_keeps_its_state_and_judges_everybody_anew(room: Room) -> None:
    night = MONDAY_9 + timedelta(hours=12)
    campaign = await room.running_campaign(3, now=night)
    by_night = await room.campaigns.get(campaign.id, night)
    assert (by_night.due_contacts, by_night.open_contacts) == (0, 3), "closed, not worked off"

    all_day = CallingWindows.every_day(ALL_DAY)
    await room.campaigns.save(a_campaign(windows=all_day), night)

    record = await room.campaigns.get(campaign.id, night)
    assert (record.state, record.due_contacts) == (CampaignState.RUNNING, 3)


async def test_the_record_says_what_is_left_of_the_list(room: Room) -> None:
    campaign = await room.running_campaign(4)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.SUCCESS, at=MONDAY_9))
    await room.sent(campaign, MONDAY_9)

    record = await room.campaigns.get(campaign.id, MONDAY_9)

    assert (record.contacts, record.open_contacts, record.due_contacts) == (4, 3, 2)
    assert record.next_due_at == MONDAY_9


async def test_a_contact_is_found_by_number_reference_or_id(room: Room) -> None:
    await room.running_campaign(3)

    assert await room.contacts.find("+8613000000001") == (2,)
    assert await room.contacts.find("C1") == (2,)
    assert await room.contacts.find("3") == (3,)
    assert await room.contacts.find("nobody") == ()
    with pytest.raises(UnknownContactError):
        await room.contacts.show(99)


async def test_an_appointment_outside_the_window_is_refused_with_the_nearest(room: Room) -> None:
    await room.running_campaign(1)

    with pytest.raises(AppointmentRefusedError) as refused:  # R4: the close is outside
        await room.contacts.appoint(1, MONDAY_9 + timedelta(hours=11), "1001", MONDAY_9)

    assert refused.value.nearest == ("2026-11-23T19:59+08:00", "2026-11-24T09:00+08:00")
    assert (await room.contacts.show(1)).appointment is None


async def test_a_new_appointment_takes_the_place_of_the_old(room: Room) -> None:  # R4
    await room.running_campaign(1)
    for hours in (2, 6):
        await room.contacts.appoint(1, MONDAY_9 + timedelta(hours=hours), "1001", MONDAY_9)

    shown = await room.contacts.show(1)

    assert shown.appointment is not None
    assert shown.appointment.at == MONDAY_9 + timedelta(hours=6)
    assert shown.next_attempt_at == shown.appointment.at


async def test_a_closed_contact_takes_no_appointment_until_it_is_reopened(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.SUCCESS, at=MONDAY_9))
    later = MONDAY_9 + timedelta(hours=1)
    with pytest.raises(ContactClosedError):
        await room.contacts.appoint(1, later, "1001", MONDAY_9)

    await room.contacts.reopen(1, MONDAY_9)
    await room.contacts.appoint(1, later, "1001", MONDAY_9)

    shown = await room.contacts.show(1)
    assert (shown.contact.state, shown.next_attempt_at) == (ContactState.OPEN, later)


async def test_why_rests_on_what_is_committed(room: Room) -> None:
    campaign = await room.running_campaign(1)
    assert judge(await room.contacts.facts(1, MONDAY_9), MONDAY_9).code is Code.YES

    await room.sent(campaign, MONDAY_9)

    assert judge(await room.contacts.facts(1, MONDAY_9), MONDAY_9).code is Code.IN_CALL


async def test_the_report_counts_outcomes_by_the_tree(room: Room) -> None:  # R2, R7
    campaign = await room.running_campaign(6)
    outcomes = (Outcome.SUCCESS, Outcome.BUSY, Outcome.VACANT, Outcome.BUSY)
    for outcome in outcomes:
        claim = await room.sent(campaign, MONDAY_9)
        word = Disposition.SUCCESS if outcome is Outcome.SUCCESS else None
        await room.write(
            EndAttempt(attempt=claim.attempt, outcome=outcome, disposition=word, at=MONDAY_9)
        )
    await room.sent(campaign, MONDAY_9)

    report = await room.reports.outcomes(campaign.id, MONDAY_9)

    assert report.outcomes == {Outcome.SUCCESS: 1, Outcome.BUSY: 2, Outcome.VACANT: 1}
    assert report.branches[Branch.NOT_THROUGH] == 2
    assert report.contacts == {
        ContactState.OPEN: 4,
        ContactState.DONE: 1,
        ContactState.FAULTY: 1,
    }
    assert (report.attempts, report.open_attempts, report.counted, report.reached) == (5, 1, 5, 1)
    times = await room.reports.call_times(campaign.id, MONDAY_9, MONDAY_9 + timedelta(seconds=1))
    assert len(times) == 5


async def test_a_full_import_batch_leaves_room_for_a_claim(room: Room) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)

    result = await room.lists.import_batch(campaign.id, rows_of(IMPORT_BATCH), MONDAY_9)

    assert result.added == IMPORT_BATCH
