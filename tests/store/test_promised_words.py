"""A word that its agent was told is saved is on file in the end, whatever came between (I6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt, KeepPlace
from dialer.messages import Claim
from store.call_backs import open_places
from store.database import Database
from tests.store.desk import at_work
from tests.store.faults import allow_again, locked, refuse
from tests.store.room import MONDAY_9, Room

ENDED_AT = MONDAY_9 + timedelta(minutes=1)
NEXT_DAY = MONDAY_9 + timedelta(hours=25)
AMENDABLE = [Outcome.LOST, Outcome.UNDISPOSED]


@pytest.fixture
async def room(target: Path | str, side_files: Path) -> AsyncIterator[Room]:
    """As everywhere, but that another program keeps writing is told after 0.3 s, not 10."""
    async with Database(target, busy_timeout_s=0.3) as database:
        yield Room(database, beside=side_files)


def refusal(claim: Claim) -> EndAttempt:
    return EndAttempt(
        attempt=claim.attempt,
        outcome=Outcome.REFUSED,
        disposition=Disposition.REFUSED,
        at=ENDED_AT,
        reply="r",
    )


async def refuse_do_not_call(room: Room) -> None:
    """Nobody can be put on the list: what refuses needs it, and nothing else does."""
    await refuse(room.database, "INSERT ON do_not_call")


async def kept_and_then_refused(room: Room, claim: Claim) -> None:
    """The agent hears `kept` of a word that the database, once it is back, does not take."""
    await refuse_do_not_call(room)
    async with at_work(room.database, beside=room.beside) as desk:
        async with locked(room.database):
            desk.writer.submit(refusal(claim))
            assert await desk.hears() == ("kept", claim.attempt)
        await desk.rests()
        assert [one.write["attempt"] for one in desk.aside.kept] == [claim.attempt]


async def outcome_of(room: Room, claim: Claim) -> Outcome | None:
    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    return attempt.outcome


async def claimed(room: Room, campaign_id: int) -> list[int]:
    claims, _ = await room.hopper.claim(campaign_id, 5, NEXT_DAY)
    return [one.contact_id for one in claims]


async def test_an_attempt_whose_end_is_set_aside_waits_for_it(room: Room) -> None:
    """As doctor says: it stays open, and its contact is not dialed."""
    campaign = await room.running_campaign(2)
    claim, other = [await room.sent(campaign, MONDAY_9) for _ in range(2)]
    await kept_and_then_refused(room, claim)

    async with at_work(room.database, beside=room.beside) as desk:
        left = desk.aside.not_ended(await room.hopper.recover(ENDED_AT))

    assert [one.attempt for one in left] == [other.attempt]
    assert claim.contact_id not in await claimed(room, campaign.id)


async def test_a_line_that_an_operator_has_spoilt_still_names_its_attempt(
    room: Room, side_files: Path
) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    spoilt = f'{{"fault": "", "write": {{"kind": "EndAttempt", "attempt": "{claim.attempt}"}}}}\n'
    odd = '{"fault": "", "write": {"kind": "EndAttempt", "attempt": ["a"]}}\n'
    side_files.with_name(side_files.name + ".aside.jsonl").write_text(odd + spoilt)
    async with at_work(room.database, beside=room.beside) as desk:
        assert desk.aside.not_ended(await room.hopper.recover(ENDED_AT)) == ()
        assert len(desk.aside) == 2


@pytest.mark.parametrize("meanwhile", AMENDABLE)
async def test_a_promised_word_amends_an_attempt_that_was_ended_without_it(
    room: Room, meanwhile: Outcome
) -> None:
    """So it was with runs before; and the file may have been unreadable at a start."""
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    await kept_and_then_refused(room, claim)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=meanwhile, at=ENDED_AT))
    await allow_again(room.database)

    async with at_work(room.database, beside=room.beside) as desk:
        assert not len(desk.aside)

    assert await outcome_of(room, claim) is Outcome.REFUSED
    assert await room.do_not_call.check(claim.e164)
    assert await claimed(room, campaign.id) == []


@pytest.mark.parametrize("meanwhile", AMENDABLE)
async def test_a_word_in_the_journal_amends_such_an_attempt_as_well(
    room: Room, meanwhile: Outcome
) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    async with locked(room.database), at_work(room.database, beside=room.beside) as desk:
        desk.writer.submit(refusal(claim))
        assert await desk.hears() == ("kept", claim.attempt)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=meanwhile, at=ENDED_AT))

    async with at_work(room.database, beside=room.beside) as desk:
        assert not len(desk.aside)
    assert await outcome_of(room, claim) is Outcome.REFUSED


async def test_an_outcome_that_no_late_word_may_change_stays(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    async with locked(room.database), at_work(room.database, beside=room.beside) as desk:
        desk.writer.submit(refusal(claim))
        assert await desk.hears() == ("kept", claim.attempt)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=ENDED_AT))

    async with at_work(room.database, beside=room.beside) as desk:
        assert [one.write["attempt"] for one in desk.aside.kept] == [claim.attempt]
    assert await outcome_of(room, claim) is Outcome.BUSY


async def test_a_place_that_a_caller_was_promised_is_there_after_all(room: Room) -> None:  # R9
    campaign = await room.running_campaign(0)
    wish = KeepPlace(
        campaign_id=campaign.id,
        e164="+8613900000001",
        queue="waihu-inbound",
        why="wish",
        joined_at=MONDAY_9,
        at=ENDED_AT,
        ref="place:1",
    )
    async with at_work(room.database, beside=room.beside) as desk, locked(room.database):
        desk.writer.submit(wish)
        assert await desk.hears() == ("kept", "")
    async with at_work(room.database, beside=room.beside), room.database.reading() as connection:
        (kept,) = await open_places(connection)
    assert (kept.place.e164, kept.place.joined_at) == (wish.e164, MONDAY_9)
