"""Outcomes, late words and progress through the batching writer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from campaigns.campaign_hours import hours_in
from campaigns.contact import ContactState
from campaigns.outcomes import Disposition, Outcome, rule_of
from campaigns.retry import settle
from dialer.effects import AmendAttempt, EndAttempt, NoteProgress, SaveSlot
from dialer.messages import AgentRecord
from store import schema
from store.agents import Agents
from store.errors import AttemptEndedError, AttemptOpenError, UnknownAttemptError
from store.schema import AttemptState
from store.writer import BATCH, Writer
from tests.store.room import MONDAY_9, Room

ENDED_AT = MONDAY_9 + timedelta(minutes=1)


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.APPOINTMENT])
async def test_the_contact_is_left_exactly_as_settle_says(  # R4, R5, R6
    room: Room, outcome: Outcome
) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)

    await room.write(EndAttempt(attempt=claim.attempt, outcome=outcome, at=ENDED_AT))

    shown = await room.contacts.show(claim.contact_id)
    (attempt,) = shown.attempts
    said = settle(
        shown.contact,
        shown.contact.numbers[0].id,
        outcome,
        campaign.retry,
        hours_in(campaign, None),
        campaign.zone,
        ENDED_AT,
    )
    assert attempt.outcome is outcome
    assert attempt.counted is rule_of(outcome).counted
    assert attempt.ended_at == ENDED_AT
    assert shown.contact.state is said.state
    assert shown.next_attempt_at == said.next_at
    assert shown.contact.numbers[0].retired is said.retire_number
    assert bool(await room.do_not_call.check(claim.e164)) is said.do_not_call


async def talked_for_five_minutes(room: Room) -> tuple[str, int, EndAttempt, NoteProgress]:
    """Bridged at 6 s, the word given in the talk at 16 s, hung up at 306 s."""
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(NoteProgress(attempt=claim.attempt, bridged_at=after(6)))
    word = EndAttempt(
        attempt=claim.attempt,
        outcome=Outcome.SUCCESS,
        at=after(16),
        disposition=Disposition.SUCCESS,
    )
    hung_up = NoteProgress(attempt=claim.attempt, ended_at=after(306))
    return claim.attempt, claim.contact_id, word, hung_up


def after(seconds: float) -> datetime:
    return MONDAY_9 + timedelta(seconds=seconds)


async def test_a_word_given_in_the_talk_does_not_shorten_it(room: Room) -> None:  # R20
    _, contact_id, word, hung_up = await talked_for_five_minutes(room)

    await room.write(word, hung_up)

    (attempt,) = (await room.contacts.show(contact_id)).attempts
    assert (attempt.bridged_at, attempt.ended_at) == (after(6), after(306))
    assert (attempt.state, attempt.outcome) == (AttemptState.ENDED, Outcome.SUCCESS)
    assert not room.failed


async def test_a_talk_whose_end_nobody_heard_lasted_at_least_until_its_word(room: Room) -> None:
    """The engine falls in the talk: the attempt is open to nobody, and no night long."""
    attempt_id, contact_id, word, _ = await talked_for_five_minutes(room)

    await room.write(word)
    left = await room.hopper.recover(after(3600))

    assert attempt_id not in {one.attempt for one in left}
    (attempt,) = (await room.contacts.show(contact_id)).attempts
    assert attempt.ended_at == after(16)


async def test_the_end_of_a_talk_that_comes_again_out_of_the_journal_changes_nothing(
    room: Room,
) -> None:
    _, contact_id, word, hung_up = await talked_for_five_minutes(room)

    for _ in range(2):
        await room.write(word, hung_up)

    (attempt,) = (await room.contacts.show(contact_id)).attempts
    assert attempt.ended_at == after(306)
    assert not room.failed


async def test_a_word_given_in_the_wrap_up_does_not_lengthen_the_talk(room: Room) -> None:  # R20
    attempt_id, contact_id, word, hung_up = await talked_for_five_minutes(room)
    late = replace(word, attempt=attempt_id, at=after(320))

    await room.write(hung_up, late, hung_up)

    (attempt,) = (await room.contacts.show(contact_id)).attempts
    assert attempt.ended_at == after(306)


async def test_an_attempt_has_exactly_one_outcome(room: Room) -> None:  # I2
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    busy = EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=ENDED_AT)
    lost = EndAttempt(attempt=claim.attempt, outcome=Outcome.LOST, at=ENDED_AT)

    await room.write(busy, busy, lost)

    assert room.done == [busy, busy]
    ((refused, error),) = room.failed
    assert refused is lost
    assert isinstance(error, AttemptEndedError)
    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert attempt.outcome is Outcome.BUSY


async def test_a_write_that_fails_takes_no_other_with_it(room: Room) -> None:
    campaign = await room.running_campaign(2)
    claims = [await room.sent(campaign, MONDAY_9) for _ in range(2)]
    good = [EndAttempt(attempt=c.attempt, outcome=Outcome.BUSY, at=ENDED_AT) for c in claims]
    bad = EndAttempt(attempt="nobody knows", outcome=Outcome.BUSY, at=ENDED_AT)

    await room.write(good[0], bad, good[1])

    assert room.done == good
    assert [(effect, type(error)) for effect, error in room.failed] == [(bad, UnknownAttemptError)]


async def test_a_failure_of_our_own_side_on_a_sent_call_does_not_count(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)

    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.FAILED, at=ENDED_AT))

    shown = await room.contacts.show(claim.contact_id)
    assert not shown.attempts[0].counted
    assert shown.next_attempt_at == MONDAY_9 + campaign.retry.own_side_backoff


async def test_an_appointment_given_in_the_call_is_when_it_is_dialed_next(room: Room) -> None:  # R4
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    at = MONDAY_9 + timedelta(hours=2)

    await room.write(
        EndAttempt(
            attempt=claim.attempt,
            outcome=Outcome.APPOINTMENT,
            disposition=Disposition.APPOINTMENT,
            appointment_at=at,
            at=ENDED_AT,
            note="after eleven",
        )
    )

    shown = await room.contacts.show(claim.contact_id)
    assert shown.next_attempt_at == at
    assert shown.appointment is not None
    assert (shown.appointment.at, shown.appointment.made_by) == (at, "1001")
    assert shown.attempts[0].note == "after eleven"
    claims, _ = await room.hopper.claim(campaign.id, 1, at)
    assert len(claims) == 1


async def test_a_kept_appointment_is_used_up_by_the_call(room: Room) -> None:  # R4
    campaign = await room.running_campaign(1)
    at = MONDAY_9 + timedelta(hours=1)
    await room.contacts.appoint(1, at, "1001", MONDAY_9)
    claim = await room.sent(campaign, at)

    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.NO_ANSWER, at=at))

    assert (await room.contacts.show(1)).appointment is None
    async with room.database.reading() as connection:
        (row,) = await connection.execute(select(schema.appointment))
    assert (row.closed, row.used_by) == ("used", claim.attempt)


async def test_the_late_word_replaces_undisposed_and_nothing_else(room: Room) -> None:
    campaign = await room.running_campaign(2)
    late, done = [await room.sent(campaign, MONDAY_9) for _ in range(2)]
    await room.write(
        EndAttempt(attempt=late.attempt, outcome=Outcome.UNDISPOSED, at=ENDED_AT),
        EndAttempt(attempt=done.attempt, outcome=Outcome.BUSY, at=ENDED_AT),
    )
    tomorrow = (await room.contacts.show(late.contact_id)).next_attempt_at
    word = AmendAttempt(attempt=late.attempt, disposition=Disposition.SUCCESS, at=ENDED_AT)
    refused = AmendAttempt(attempt=done.attempt, disposition=Disposition.SUCCESS, at=ENDED_AT)

    await room.write(word, refused)

    assert tomorrow == MONDAY_9 + timedelta(days=1)
    shown = await room.contacts.show(late.contact_id)
    assert shown.attempts[0].outcome is Outcome.SUCCESS
    assert shown.contact.state is ContactState.DONE
    assert [(effect, type(error)) for effect, error in room.failed] == [
        (refused, AttemptEndedError)
    ]


async def test_a_late_word_does_not_put_a_contact_in_the_air_back_into_the_pool(room: Room) -> None:
    campaign = await room.running_campaign(1)
    first = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=first.attempt, outcome=Outcome.UNDISPOSED, at=ENDED_AT))
    tuesday = MONDAY_9 + timedelta(days=1)
    await room.sent(campaign, tuesday)

    await room.write(
        AmendAttempt(attempt=first.attempt, disposition=Disposition.UNSUCCESSFUL, at=tuesday)
    )

    assert (await room.contacts.show(1)).next_attempt_at is None


async def test_an_open_attempt_cannot_be_amended(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)

    await room.write(
        AmendAttempt(attempt=claim.attempt, disposition=Disposition.SUCCESS, at=ENDED_AT)
    )

    assert isinstance(room.failed[0][1], AttemptOpenError)


async def test_progress_is_noted_once_and_survives_until_the_recovery(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    answered, bridged, ended = (MONDAY_9 + timedelta(seconds=s) for s in (8, 9, 40))

    await room.write(
        NoteProgress(attempt=claim.attempt, answered_at=answered),
        NoteProgress(attempt=claim.attempt, answered_at=ended, bridged_at=bridged),
        NoteProgress(attempt=claim.attempt, ended_at=ended),
    )

    (open_one,) = await room.hopper.recover(ENDED_AT)
    assert (open_one.answered_at, open_one.bridged_at, open_one.ended_at) == (
        answered,
        bridged,
        ended,
    )


async def test_who_refuses_is_never_dialed_again_by_any_campaign(room: Room) -> None:  # I3
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)

    await room.write(
        EndAttempt(
            attempt=claim.attempt,
            outcome=Outcome.REFUSED,
            disposition=Disposition.REFUSED,
            at=ENDED_AT,
        )
    )

    other = await room.running_campaign(1, name="spring sale")
    claims, next_due_at = await room.hopper.claim(other.id, 1, MONDAY_9)
    assert (claims, next_due_at) == ((), None)


async def test_one_person_sits_in_a_slot(room: Room) -> None:
    agents = Agents(room.database)
    for login in ("1001", "1002"):
        await agents.save(AgentRecord(agent=login, name=login, queues=("waihu-callback",)))

    await room.write(SaveSlot(agent="1001", slot="7001"), SaveSlot(agent="1002", slot="7001"))

    assert {record.agent: record.slot for record in await agents.records()} == {
        "1001": None,
        "1002": "7001",
    }


async def test_more_than_one_batch_is_written_in_order(room: Room) -> None:
    count = 2 * BATCH + 1
    campaign = await room.running_campaign(count)
    claims, _ = await room.hopper.claim(campaign.id, count, MONDAY_9)
    ends = [EndAttempt(attempt=c.attempt, outcome=Outcome.FAILED, at=ENDED_AT) for c in claims]

    await room.write(*ends)

    assert room.done == ends


async def test_the_kill_points_of_a_save_are_passed_in_order(room: Room) -> None:
    campaign = await room.running_campaign(2)
    claims = [await room.sent(campaign, MONDAY_9) for _ in range(2)]
    passed: list[str] = []
    writer = Writer(
        room.database,
        done=lambda effect: passed.append(type(effect).__name__),
        failed=lambda effect, error: passed.append(f"{effect} {error}"),
        reach=passed.append,
    )
    writer.submit(
        EndAttempt(
            attempt=claims[0].attempt,
            outcome=Outcome.SUCCESS,
            disposition=Disposition.SUCCESS,
            at=ENDED_AT,
        )
    )
    writer.submit(EndAttempt(attempt=claims[1].attempt, outcome=Outcome.BUSY, at=ENDED_AT))
    writer.close()

    await writer.run()

    assert passed == [
        "disposition.before_commit",
        "outcome.before_commit",
        "disposition.after_commit",
        "EndAttempt",
        "EndAttempt",
    ]


async def test_a_login_has_kill_points_of_its_own_and_a_logout_none(room: Room) -> None:
    passed: list[str] = []
    writer = Writer(
        room.database,
        done=lambda effect: passed.append(type(effect).__name__),
        failed=lambda effect, error: passed.append(f"{effect} {error}"),
        reach=passed.append,
    )
    writer.submit(SaveSlot(agent="1001", slot="7001"))
    writer.submit(SaveSlot(agent="1002", slot=None))
    writer.close()

    await writer.run()

    assert passed == ["login.before_commit", "login.after_commit", "SaveSlot", "SaveSlot"]


async def test_a_note_with_half_a_character_is_refused_and_the_writer_goes_on(room: Room) -> None:
    campaign = await room.running_campaign(2)
    first, second = [await room.sent(campaign, MONDAY_9) for _ in range(2)]
    torn = EndAttempt(
        attempt=first.attempt,
        outcome=Outcome.BUSY,
        at=ENDED_AT,
        note="half: \udcc4",
    )
    good = EndAttempt(attempt=second.attempt, outcome=Outcome.BUSY, at=ENDED_AT)

    await room.write(torn, good)

    assert room.done == [good]
    assert [effect for effect, _error in room.failed] == [torn]
