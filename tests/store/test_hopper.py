"""Claims and the second judgement, on a real SQLite file."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from campaigns.campaign import CampaignState
from campaigns.contact import ContactState
from campaigns.judge import Code
from campaigns.outcomes import NotSent, Outcome
from campaigns.retry_policy import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.effects import EndAttempt
from store import schema
from store.candidates import MOST_CANDIDATES
from store.database import Database
from store.do_not_call import DoNotCallEntry
from store.errors import (
    AttemptEndedError,
    Blame,
    StoreConflictError,
    StoreUnusableError,
    UnknownAttemptError,
)
from store.hopper import MOST_PASSED_OVER, Hopper
from tests.store.faults import refuse
from tests.store.room import MONDAY_9, Room, a_campaign


async def test_a_claim_takes_due_contacts_and_writes_an_attempt_for_each(room: Room) -> None:
    campaign = await room.running_campaign(3)

    claims, next_due_at = await room.hopper.claim(campaign.id, 2, MONDAY_9)

    assert [claim.contact_id for claim in claims] == [1, 2]
    assert claims[0].e164 == "+8613000000000"
    assert next_due_at is not None
    assert next_due_at <= MONDAY_9
    shown = await room.contacts.show(1)
    assert [attempt.id for attempt in shown.attempts] == [claims[0].attempt]
    assert shown.attempts[0].outcome is None
    assert not shown.attempts[0].counted


async def test_a_contact_in_the_air_is_not_claimed_again(room: Room) -> None:  # I1
    campaign = await room.running_campaign(1)
    await room.hopper.claim(campaign.id, 1, MONDAY_9)

    claims, next_due_at = await room.hopper.claim(campaign.id, 5, MONDAY_9)

    assert claims == ()
    assert next_due_at is None


async def test_a_contact_in_a_long_call_is_not_claimed_again_whatever_its_hint_says(
    room: Room,
) -> None:  # I1
    aside: list[int] = []
    room.hopper = Hopper(
        room.database, "engine-1", room.make_id, set_aside=lambda contact, _: aside.append(contact)
    )
    campaign = await room.running_campaign(2)
    first = await room.sent(campaign, MONDAY_9)
    later = MONDAY_9 + campaign.retry.delay + timedelta(hours=2)
    async with room.database.writing() as connection:
        await connection.execute(
            update(schema.contact)
            .where(schema.contact.c.id == first.contact_id)
            .values(next_attempt_at=later)
        )

    claims, _ = await room.hopper.claim(campaign.id, 2, later)

    assert [claim.contact_id for claim in claims] == [2]
    assert aside == [], "the judge said no, so that the schema had nothing to refuse"


async def test_the_schema_itself_refuses_a_second_open_attempt(room: Room) -> None:  # I1
    campaign = await room.running_campaign(1)
    await room.hopper.claim(campaign.id, 1, MONDAY_9)
    async with room.database.reading() as connection:
        (row,) = (await connection.execute(select(schema.attempt))).mappings()

    async def write_another() -> None:
        async with room.database.writing() as connection:
            await connection.execute(insert(schema.attempt), [{**row, "id": "another"}])

    with pytest.raises(StoreConflictError):
        await write_another()


async def test_two_engines_that_claim_at_once_never_share_a_contact(
    room: Room, target: Path | str
) -> None:
    campaign = await room.running_campaign(40)
    async with Database(target) as other_database:
        other = Hopper(other_database, "engine-2", room.make_id)
        await other.recover(MONDAY_9)

        rounds = await asyncio.gather(
            *(hopper.claim(campaign.id, 5, MONDAY_9) for hopper in (room.hopper, other) * 6)
        )

    contacts = [claim.contact_id for claims, _ in rounds for claim in claims]
    assert len(contacts) == 40
    assert len(set(contacts)) == 40


async def test_an_appointment_is_served_before_those_who_merely_fell_due(room: Room) -> None:  # R4
    campaign = await room.running_campaign(5)
    at = MONDAY_9 + timedelta(minutes=10)
    await room.contacts.appoint(4, at, "1001", MONDAY_9)

    claims, _ = await room.hopper.claim(campaign.id, 1, at)

    assert [claim.contact_id for claim in claims] == [4]


async def test_a_candidate_that_may_not_be_dialed_does_not_stand_in_the_way(room: Room) -> None:
    campaign = await room.running_campaign(60)
    for index in range(50):
        await room.do_not_call.add(entry(f"+8613{index:09d}", MONDAY_9))

    found = [
        claim.contact_id
        for _ in range(3)
        for claim in (await room.hopper.claim(campaign.id, 10, MONDAY_9))[0]
    ]

    assert found == list(range(51, 61))


async def test_a_hint_that_came_too_early_is_put_right_by_the_claim(room: Room) -> None:  # R5
    campaign = await room.running_campaign(1)
    noon = MONDAY_9 + timedelta(hours=3)

    claims, next_due_at = await room.hopper.claim(campaign.id, 1, noon)

    assert claims == ()
    assert next_due_at == MONDAY_9 + timedelta(hours=5)


async def test_a_long_list_is_put_off_at_once_when_the_window_is_closed(room: Room) -> None:
    campaign = await room.running_campaign(400)
    noon, two = MONDAY_9 + timedelta(hours=3), MONDAY_9 + timedelta(hours=5)

    _, next_due_at = await room.hopper.claim(campaign.id, 1, noon)

    assert next_due_at == two
    claims, _ = await room.hopper.claim(campaign.id, 400, two)
    assert len(claims) == MOST_CANDIDATES


@pytest.mark.parametrize("state", [s for s in CampaignState if s is not CampaignState.RUNNING])
async def test_only_a_running_campaign_is_claimed_from(room: Room, state: CampaignState) -> None:
    campaign = await room.running_campaign(1)
    await room.campaigns.set_state(campaign.id, state)

    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)

    assert claims == ()


async def test_sent_is_committed_and_counts(room: Room) -> None:  # R5
    campaign = await room.running_campaign(1)

    claim = await room.sent(campaign, MONDAY_9)

    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert attempt.state == "sent"
    assert attempt.sent_at == MONDAY_9
    assert attempt.counted
    assert attempt.agent == "1001"


async def test_do_not_call_between_claim_and_sending_stops_the_call(room: Room) -> None:  # I3
    campaign = await room.running_campaign(1)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    await room.do_not_call.add(entry(claim.e164, MONDAY_9))

    verdict = await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)

    assert verdict.code is Code.DO_NOT_CALL
    shown = await room.contacts.show(claim.contact_id)
    assert (shown.attempts[-1].note, shown.attempts[-1].sent_at) == (NotSent.DO_NOT_CALL, None)
    assert shown.next_attempt_at is None, "nobody waits for a list without an end"


async def test_a_window_that_closes_between_claim_and_sending_stops_the_call(
    room: Room,
) -> None:  # I3
    last_second = MONDAY_9 + timedelta(hours=3, seconds=-1)
    campaign = await room.running_campaign(1)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, last_second)

    verdict = await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9 + timedelta(hours=3))

    assert verdict.code is Code.OUTSIDE_WINDOW
    await assert_freed(room, claim.contact_id, NotSent.WINDOW)


async def test_a_campaign_paused_between_claim_and_sending_stops_the_call(room: Room) -> None:  # I3
    campaign = await room.running_campaign(1)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    await room.campaigns.set_state(campaign.id, CampaignState.PAUSED)

    verdict = await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)

    assert verdict.code is Code.CAMPAIGN_PAUSED
    await assert_freed(room, claim.contact_id, NotSent.CAMPAIGN)


async def test_windows_changed_in_the_database_hold_at_once(room: Room) -> None:  # I3
    campaign = await room.running_campaign(1)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    evening = CallingWindows.every_day(parse("18:00-20:00"))
    await room.campaigns.save(a_campaign(windows=evening), MONDAY_9)

    verdict = await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)

    assert verdict.code is Code.OUTSIDE_WINDOW


async def test_a_retired_number_is_not_sent(room: Room) -> None:  # R6, I3
    campaign = await room.running_campaign(1)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    async with room.database.writing() as connection:
        await connection.execute(update(schema.contact_number).values(retired=Outcome.VACANT))

    verdict = await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)

    assert not verdict.dialable


async def test_nothing_is_sent_twice(room: Room) -> None:  # I1
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)

    with pytest.raises(AttemptEndedError):
        await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)
    with pytest.raises(UnknownAttemptError):
        await room.hopper.mark_sent("unknown", "1001", MONDAY_9)


async def test_a_claim_that_is_given_back_is_as_one_that_recovery_frees(room: Room) -> None:
    campaign = await room.running_campaign(2)
    ((one, other), _) = await room.hopper.claim(campaign.id, 2, MONDAY_9)
    why = NotSent.AGENT_LEFT

    await room.write(
        EndAttempt(attempt=one.attempt, outcome=Outcome.NOT_SENT, at=MONDAY_9, note=why.value)
    )
    await room.hopper.recover(MONDAY_9)

    await assert_freed(room, one.contact_id, why)
    await assert_freed(room, other.contact_id, NotSent.ENGINE)
    shown = [await room.contacts.show(claim.contact_id) for claim in (one, other)]
    assert shown[0].next_attempt_at == shown[1].next_attempt_at
    later = MONDAY_9 + timedelta(hours=1)
    again, _ = await room.hopper.claim(campaign.id, 2, later)
    assert {claim.contact_id for claim in again} == {one.contact_id, other.contact_id}
    assert not {claim.attempt for claim in again} & {one.attempt, other.attempt}


async def test_recovery_frees_claims_and_hands_out_what_was_sent(room: Room) -> None:  # I2
    campaign = await room.running_campaign(2)
    sent = await room.sent(campaign, MONDAY_9)
    ((claimed,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)

    unfinished = await room.hopper.recover(MONDAY_9 + timedelta(seconds=5))

    assert [attempt.attempt for attempt in unfinished] == [sent.attempt]
    assert unfinished[0].agent == "1001"
    await assert_freed(room, claimed.contact_id, NotSent.ENGINE)


async def test_recovery_leaves_another_engines_attempts_alone(room: Room) -> None:
    campaign = await room.running_campaign(1)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)

    assert await Hopper(room.database, "engine-2", room.make_id).recover(MONDAY_9) == ()

    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert attempt.outcome is None


async def test_a_call_that_ended_leaves_the_contact_to_the_rule(room: Room) -> None:  # R5
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    ended_at = MONDAY_9 + timedelta(seconds=40)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.NO_ANSWER, at=ended_at))

    # 09:00 and four hours is 13:00, in the gap: 14:00.
    claims, next_due_at = await room.hopper.claim(campaign.id, 1, MONDAY_9 + timedelta(hours=4))
    assert claims == ()
    assert next_due_at == MONDAY_9 + timedelta(hours=5)
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9 + timedelta(hours=5))
    assert [one.contact_id for one in claims] == [claim.contact_id]


def entry(e164: str, at: datetime) -> DoNotCallEntry:
    return DoNotCallEntry(
        e164=e164, campaign_id=None, source="operator", reason="asked us", added_at=at
    )


async def assert_freed(room: Room, contact_id: int, why: NotSent) -> None:
    shown = await room.contacts.show(contact_id)
    assert shown.attempts[-1].outcome is Outcome.NOT_SENT
    assert shown.attempts[-1].note == why
    assert not shown.attempts[-1].counted
    assert shown.attempts[-1].sent_at is None
    assert shown.next_attempt_at is not None


async def test_a_contact_that_waiting_has_exhausted_is_closed_by_the_claim(room: Room) -> None:
    campaign = await room.running_campaign(1, retry=RetryPolicy(max_days=1))
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9))
    tuesday = MONDAY_9 + timedelta(days=1)

    claims, next_due_at = await room.hopper.claim(campaign.id, 1, tuesday)

    assert (claims, next_due_at) == ((), None)
    shown = await room.contacts.show(claim.contact_id)
    assert shown.contact.state is ContactState.EXHAUSTED


# ── one row that the database refuses ────────────────────────────────────────────────────


class Refusing:
    """A hopper over a database in which some rows cannot be written, and whom it blames."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.blamed: list[int] = []
        self.hopper = Hopper(
            room.database,
            "engine-1",
            room.make_id,
            set_aside=lambda contact, _fault: self.blamed.append(contact),
        )

    async def refuse(self, what: str, when: str) -> None:
        await refuse(self.room.database, what, when)

    async def claimed(self, campaign_id: int, rounds: int = 1) -> list[int]:
        """The contacts that so many claims of five get."""
        return [
            claim.contact_id
            for _ in range(rounds)
            for claim in (await self.hopper.claim(campaign_id, 5, MONDAY_9))[0]
        ]


async def test_a_claim_that_cannot_be_freed_keeps_neither_the_others_nor_the_start(
    room: Room,
) -> None:  # I2
    campaign = await room.running_campaign(4)
    refusing = Refusing(room)
    sent = await room.sent(campaign, MONDAY_9)
    claims, _ = await room.hopper.claim(campaign.id, 3, MONDAY_9)
    await refusing.refuse("UPDATE ON contact", "NEW.id = 3")

    unfinished = await refusing.hopper.recover(MONDAY_9 + timedelta(seconds=5))

    assert [one.attempt for one in unfinished] == [sent.attempt]
    assert refusing.blamed == [3]
    for claim in claims:
        if claim.contact_id != 3:
            await assert_freed(room, claim.contact_id, NotSent.ENGINE)
    (left,) = (await room.contacts.show(3)).attempts
    assert (left.state, left.outcome) == ("claimed", None)


async def test_a_contact_that_is_only_refused_by_the_judge_is_blamed_for_its_own_row(
    room: Room,
) -> None:
    """Its hint cannot be written: those who are claimed beside it are no reason for that."""
    campaign = await room.running_campaign(130)
    refusing = Refusing(room)
    await refusing.refuse("UPDATE ON contact", "NEW.id = 1")
    async with room.database.writing() as connection:
        barred = {"e164": "+8613000000000", "source": "x", "reason": "x", "added_at": MONDAY_9}
        await connection.execute(insert(schema.do_not_call).values(**barred))

    claimed = await refusing.claimed(campaign.id, 40)

    assert refusing.blamed == [1]
    assert sorted(claimed) == list(range(2, 131))


async def test_who_waiting_has_exhausted_and_cannot_be_closed_is_blamed_alone(room: Room) -> None:
    campaign = await room.running_campaign(6, retry=RetryPolicy(max_days=1))
    refusing = Refusing(room)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9))
    await refusing.refuse("UPDATE ON contact", "NEW.state = 'exhausted'")
    tuesday = MONDAY_9 + timedelta(days=1)

    claims, next_due_at = await refusing.hopper.claim(campaign.id, 6, tuesday)

    assert refusing.blamed == [claim.contact_id]
    assert len(claims) == 5
    assert next_due_at is None


async def test_a_long_list_is_made_ready_around_a_contact_that_cannot_be(room: Room) -> None:
    """Their time came while the windows were closed: what was waiting stands in the pools."""
    campaign = await room.running_campaign(400)
    refusing = Refusing(room)
    noon = MONDAY_9 + timedelta(hours=3)
    async with room.database.writing() as connection:
        waiting = {"rank": None, "standing": Code.DELAY.value, "next_attempt_at": MONDAY_9}
        await connection.execute(update(schema.contact).values(waiting))
    await refusing.refuse("UPDATE ON contact", "NEW.id = 300")

    dues = [(await refusing.hopper.claim(campaign.id, 1, noon))[1] for _ in range(8)]

    assert refusing.blamed == [300]
    assert dues[-1] == MONDAY_9 + timedelta(hours=5)
    async with room.database.reading() as connection:
        rankless = select(schema.contact.c.id).where(schema.contact.c.rank.is_(None))
        assert list(await connection.scalars(rankless)) == [300]


async def test_hints_of_former_rules_are_renewed_around_a_contact_that_cannot_be(
    room: Room,
) -> None:
    campaign = await room.running_campaign(120)
    refusing = Refusing(room)
    async with room.database.writing() as connection:
        await connection.execute(update(schema.campaign).values(renewed_to=0))
    await refusing.refuse("UPDATE ON contact", "NEW.id = 60 AND OLD.next_attempt_at IS NOT NULL")

    claimed = await refusing.claimed(campaign.id, 40)

    assert refusing.blamed == [60]
    assert sorted(claimed) == [n for n in range(1, 121) if n != 60]
    async with room.database.reading() as connection:
        assert await connection.scalar(select(schema.campaign.c.renewed_to)) is None


async def test_a_fault_of_all_contacts_blames_no_more_than_the_limit(room: Room) -> None:
    campaign = await room.running_campaign(250)
    refusing = Refusing(room)
    await refusing.refuse("INSERT ON attempt", "TRUE")

    for _ in range(40):
        try:
            await refusing.hopper.claim(campaign.id, 7, MONDAY_9)
        except StoreConflictError:
            break
    else:
        pytest.fail("it goes on blaming")

    assert len(refusing.blamed) <= MOST_PASSED_OVER
    with pytest.raises(StoreConflictError):
        await refusing.hopper.claim(campaign.id, 250, MONDAY_9)
    assert len(refusing.blamed) <= MOST_PASSED_OVER


async def test_a_fault_of_the_schema_blames_no_contact(room: Room, target: Path | str) -> None:
    """A column renamed under a running engine."""
    campaign = await room.running_campaign(3)
    refusing = Refusing(room)
    async with Database(target) as other, other.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE attempt RENAME COLUMN tech_cause TO other")

    with pytest.raises(StoreUnusableError) as refused:
        await refusing.hopper.claim(campaign.id, 3, MONDAY_9)

    assert refused.value.blame is Blame.DATABASE
    assert refusing.blamed == []
