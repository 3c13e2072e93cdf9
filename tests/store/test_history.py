"""What a campaign's calls have shown: the counts and sums that seats are planned from (R8)."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt, NoteProgress
from store.history import CallHistory, call_history
from tests.store.room import MONDAY_9, Room


def at(seconds: float) -> datetime:
    return MONDAY_9 + timedelta(seconds=seconds)


async def test_a_campaign_that_nobody_was_called_in_has_no_history(room: Room) -> None:
    campaign = await room.running_campaign(1)
    found = await call_history(room.database, campaign.id, since=MONDAY_9, wrap_up_limit_s=30)
    assert found == CallHistory()


async def test_answers_talks_and_wrap_ups_are_counted_and_summed(room: Room) -> None:
    campaign = await room.running_campaign(7)
    now = 0.0

    async def talk(talk_s: float) -> None:
        nonlocal now
        claim = await room.sent(campaign, at(now))
        await room.write(
            NoteProgress(attempt=claim.attempt, answered_at=at(now + 8), bridged_at=at(now + 9)),
            NoteProgress(attempt=claim.attempt, ended_at=at(now + 9 + talk_s)),
            EndAttempt(
                attempt=claim.attempt,
                outcome=Outcome.SUCCESS,
                disposition=Disposition.SUCCESS,
                at=at(now + 9 + talk_s + 5),
            ),
        )
        now += 9 + talk_s

    async def no_talk(outcome: Outcome, *, answered: bool = False) -> None:
        claim = await room.sent(campaign, at(now))
        if answered:
            await room.write(NoteProgress(attempt=claim.attempt, answered_at=at(now + 8)))
        await room.write(EndAttempt(attempt=claim.attempt, outcome=outcome, at=at(now + 20)))

    await talk(100)
    now += 12  # of wrap-up
    await no_talk(Outcome.NO_ANSWER)
    now += 20
    await no_talk(Outcome.MACHINE, answered=True)
    now += 20
    await no_talk(Outcome.ABANDONED, answered=True)
    now += 20
    await no_talk(Outcome.NOT_SENT)
    now += 20
    await talk(60)
    now += 3600  # a meal, no wrap-up
    await talk(80)

    found = await call_history(room.database, campaign.id, since=MONDAY_9, wrap_up_limit_s=30)
    assert found == CallHistory(
        placed=6, contacts=6, live=4, talks=3, talk_s=240, wrap_ups=1, wrap_up_s=12
    )
    later = await call_history(room.database, campaign.id, since=at(3600), wrap_up_limit_s=30)
    assert (later.placed, later.talks, later.wrap_ups) == (1, 1, 0)
