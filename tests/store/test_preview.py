"""What a look that ended without a call leaves on file."""

from __future__ import annotations

from datetime import timedelta

from campaigns.campaign import CampaignState, Mode
from campaigns.judge import Code
from campaigns.outcomes import Outcome
from campaigns.retry_policy import RetryPolicy
from dialer.effects import EndAttempt
from dialer.messages import Claim
from tests.store.room import MONDAY_9, Room

LATER = MONDAY_9 + timedelta(minutes=2)
RESTS = RetryPolicy(skip_delay=timedelta(minutes=20))


async def claimed(room: Room) -> Claim:
    campaign = await room.running_campaign(1, mode=Mode.PREVIEW, retry=RESTS)
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    return claims[0]


def given_back(claim: Claim, outcome: Outcome, note: str) -> EndAttempt:
    return EndAttempt(attempt=claim.attempt, outcome=outcome, at=LATER, note=note, agent="1001")


async def test_a_skip_is_kept_with_agent_reason_and_time_and_counts_for_nothing(
    room: Room,
) -> None:
    claim = await claimed(room)

    await room.write(given_back(claim, Outcome.SKIPPED, "上午刚通过话"))

    shown = await room.contacts.show(claim.contact_id)
    (attempt,) = shown.attempts
    assert (attempt.outcome, attempt.agent, attempt.note) == (
        Outcome.SKIPPED,
        "1001",
        "上午刚通过话",
    )
    assert (attempt.ended_at, attempt.sent_at, attempt.counted) == (LATER, None, False)


async def test_a_skipped_contact_is_not_offered_again_before_its_rest_is_over(room: Room) -> None:
    claim = await claimed(room)
    await room.write(given_back(claim, Outcome.SKIPPED, "x"))

    early, next_due_at = await room.hopper.claim(claim.campaign_id, 1, LATER)
    again, _ = await room.hopper.claim(
        claim.campaign_id, 1, MONDAY_9 + timedelta(minutes=20, seconds=1)
    )

    assert early == ()
    assert next_due_at == MONDAY_9 + timedelta(minutes=20)
    assert [one.contact_id for one in again] == [claim.contact_id]


async def test_who_looked_too_long_leaves_the_contact_to_the_next_a_minute_later(
    room: Room,
) -> None:
    claim = await claimed(room)
    await room.write(given_back(claim, Outcome.NOT_SENT, "timeout"))

    again, _ = await room.hopper.claim(claim.campaign_id, 1, LATER)

    assert [one.contact_id for one in again] == [claim.contact_id]
    (attempt, _) = (await room.contacts.show(claim.contact_id)).attempts
    assert (attempt.agent, attempt.note, attempt.counted) == ("1001", "timeout", False)


async def test_a_campaign_paused_during_the_look_is_seen_by_the_second_judgement(  # I3
    room: Room,
) -> None:
    claim = await claimed(room)
    await room.campaigns.set_state(claim.campaign_id, CampaignState.PAUSED)

    verdict = await room.hopper.mark_sent(claim.attempt, "1001", LATER)

    assert verdict.code is Code.CAMPAIGN_PAUSED
    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert (attempt.outcome, attempt.counted) == (Outcome.NOT_SENT, False)


async def test_an_engine_killed_during_the_look_frees_the_contact_uncounted(room: Room) -> None:
    claim = await claimed(room)

    left = await room.hopper.recover(LATER)

    assert left == ()
    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert (attempt.outcome, attempt.counted, attempt.sent_at) == (Outcome.NOT_SENT, False, None)


async def test_the_settings_of_preview_are_kept_with_the_campaign(room: Room) -> None:
    saved = await room.running_campaign(0, mode=Mode.PREVIEW, preview_limit_s=45, retry=RESTS)
    found = (await room.campaigns.get(saved.id, MONDAY_9)).campaign
    assert found == saved
