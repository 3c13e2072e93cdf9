"""Words that are still to come, on file; and what a late one does to the contact."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns.campaign import Campaign
from campaigns.contact import ContactState
from campaigns.judge import Code
from campaigns.outcomes import Disposition, Outcome
from campaigns.retry_policy import RetryPolicy
from dialer.effects import AmendAttempt, EndAttempt
from dialer.messages import Claim
from store.undisposed import undisposed_calls, waiting_calls
from tests.store.room import MONDAY_9, Room

SOON = RetryPolicy(delay=timedelta(minutes=1))
TUESDAY_9 = MONDAY_9 + timedelta(days=1)
LATER = TUESDAY_9 + timedelta(minutes=5)


def ended(claim: Claim, outcome: Outcome, at: datetime, *, said: bool = False) -> EndAttempt:
    word = Disposition(outcome.value) if said else None
    return EndAttempt(attempt=claim.attempt, outcome=outcome, at=at, disposition=word)


def late(claim: Claim, word: Disposition, at: datetime = LATER) -> AmendAttempt:
    return AmendAttempt(attempt=claim.attempt, disposition=word, at=at)


async def undisposed_on_monday(room: Room) -> Claim:
    campaign = await room.running_campaign(1, retry=SOON)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(ended(claim, Outcome.UNDISPOSED, MONDAY_9))
    return claim


async def state_of(room: Room, claim: Claim) -> tuple[ContactState, datetime | None, list[str]]:
    shown = await room.contacts.show(claim.contact_id)
    return (
        shown.contact.state,
        shown.next_attempt_at,
        [one.outcome.value if one.outcome else "" for one in shown.attempts],
    )


# ── which calls wait ─────────────────────────────────────────────────────────────────────


async def test_a_talk_without_a_word_is_listed_until_it_has_one(room: Room) -> None:
    claim = await undisposed_on_monday(room)
    (call,) = await waiting_calls(room.database, "1001")
    assert (call.attempt, call.campaign, call.name, call.e164, call.at) == (
        claim.attempt,
        "callback",
        "张0",
        claim.e164,
        MONDAY_9,
    )
    assert await waiting_calls(room.database, "1002") == ()
    assert len(await waiting_calls(room.database)) == 1

    await room.write(late(claim, Disposition.SUCCESS))

    assert await waiting_calls(room.database) == ()


async def test_the_engine_is_told_of_the_last_days_calls_only(room: Room) -> None:
    claim = await undisposed_on_monday(room)
    async with room.database.reading() as connection:
        (soon,) = await undisposed_calls(connection, MONDAY_9 + timedelta(hours=23))
        after = await undisposed_calls(connection, MONDAY_9 + timedelta(hours=25))
    assert (soon.attempt, soon.agent) == (claim.attempt, "1001")
    assert not soon.passed
    assert after == ()


async def test_a_word_for_a_later_call_passes_the_earlier_one(room: Room) -> None:
    campaign = await room.running_campaign(2)
    first, second = [await room.sent(campaign, MONDAY_9 + timedelta(minutes=n)) for n in (0, 5)]
    at = MONDAY_9 + timedelta(minutes=9)
    await room.write(
        ended(first, Outcome.UNDISPOSED, at), ended(second, Outcome.SUCCESS, at, said=True)
    )
    async with room.database.reading() as connection:
        (call,) = await undisposed_calls(connection, at)
    assert (call.attempt, call.passed) == (first.attempt, True)


# ── what the late word does ──────────────────────────────────────────────────────────────


async def test_it_brings_the_contact_back_by_the_rule_that_holds_now(room: Room) -> None:  # R5
    claim = await undisposed_on_monday(room)
    assert (await state_of(room, claim))[1] == TUESDAY_9

    await room.write(late(claim, Disposition.UNSUCCESSFUL, MONDAY_9 + timedelta(seconds=30)))

    state, next_at, _ = await state_of(room, claim)
    assert (state, next_at) == (ContactState.OPEN, MONDAY_9 + timedelta(minutes=1))


async def test_a_success_closes_a_contact_that_was_dialed_again_since(room: Room) -> None:
    claim = await undisposed_on_monday(room)
    again = await room.sent(await _campaign(room), TUESDAY_9)
    await room.write(ended(again, Outcome.NO_ANSWER, TUESDAY_9))

    await room.write(late(claim, Disposition.SUCCESS))

    assert await state_of(room, claim) == (ContactState.DONE, None, ["success", "no_answer"])


async def test_a_success_closes_a_contact_that_is_in_the_air_and_its_call_ends_as_it_did(
    room: Room,
) -> None:
    claim = await undisposed_on_monday(room)
    again = await room.sent(await _campaign(room), TUESDAY_9)

    await room.write(late(claim, Disposition.SUCCESS))
    assert (await state_of(room, claim))[:2] == (ContactState.DONE, None)
    await room.write(ended(again, Outcome.UNSUCCESSFUL, LATER, said=True))

    assert await state_of(room, claim) == (ContactState.DONE, None, ["success", "unsuccessful"])


async def test_a_success_stops_the_call_that_is_claimed_and_not_sent(room: Room) -> None:  # I3
    claim = await undisposed_on_monday(room)
    (again,), _ = await room.hopper.claim(claim.campaign_id, 1, TUESDAY_9)

    await room.write(late(claim, Disposition.SUCCESS))

    verdict = await room.hopper.mark_sent(again.attempt, "1001", LATER)
    assert verdict.code is Code.CONTACT_DONE
    assert await state_of(room, claim) == (ContactState.DONE, None, ["success", "not_sent"])


async def test_a_success_that_came_since_is_not_undone_by_the_late_word(room: Room) -> None:
    claim = await undisposed_on_monday(room)
    again = await room.sent(await _campaign(room), TUESDAY_9)
    await room.write(ended(again, Outcome.SUCCESS, TUESDAY_9, said=True))

    await room.write(late(claim, Disposition.UNSUCCESSFUL))

    assert await state_of(room, claim) == (ContactState.DONE, None, ["unsuccessful", "success"])


async def test_a_late_refusal_bars_the_number_for_every_campaign(room: Room) -> None:
    claim = await undisposed_on_monday(room)

    await room.write(late(claim, Disposition.REFUSED))

    facts = await room.contacts.facts(claim.contact_id, MONDAY_9)
    assert facts.do_not_call == "refused"


async def test_a_word_is_given_once(room: Room) -> None:  # I2
    claim = await undisposed_on_monday(room)

    await room.write(late(claim, Disposition.SUCCESS), late(claim, Disposition.REFUSED))

    assert [type(error).__name__ for _, error in room.failed] == ["AttemptEndedError"]
    assert (await state_of(room, claim))[2] == ["success"]
    assert (await room.contacts.facts(claim.contact_id, MONDAY_9)).do_not_call is None


async def _campaign(room: Room) -> Campaign:
    return (await room.campaigns.get("callback", MONDAY_9)).campaign
