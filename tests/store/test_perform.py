"""What the engine is told: the store's answers, and its refusals."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from campaigns.outcomes import NotSent, Outcome
from dialer.effects import ClaimContacts, EndAttempt, Load, MarkSent, ReleaseClaim
from dialer.messages import AgentRecord, Claimed, Loaded, SentJudged, StoreFailed
from store.agents import Agents
from store.perform import Store
from store.writer import Writer
from tests.store.faults import read_only, refuse
from tests.store.room import MONDAY_9, Room


@pytest.fixture
def writer(room: Room) -> Writer:
    return Writer(
        room.database,
        done=room.done.append,
        failed=lambda effect, error: room.failed.append((effect, error)),
    )


@pytest.fixture
def store(room: Room, writer: Writer) -> Store:
    return Store(room.database, room.hopper, writer)


async def test_one_call_goes_from_the_claim_to_its_outcome(
    room: Room, store: Store, writer: Writer
) -> None:
    campaign = await room.running_campaign(1)
    claimed = await store.perform(ClaimContacts(ref="r1", campaign=campaign, count=1), MONDAY_9)
    assert isinstance(claimed, Claimed)
    assert claimed.ref == "r1"
    (claim,) = claimed.claims

    mark = MarkSent(attempt=claim.attempt, campaign=campaign, agent="1001")
    judged = await store.perform(mark, MONDAY_9)
    assert isinstance(judged, SentJudged)
    assert judged.verdict.dialable

    end = EndAttempt(attempt=claim.attempt, outcome=Outcome.BUSY, at=MONDAY_9)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        assert await store.perform(end, MONDAY_9) is None
        await writer.flush()
        assert room.done == [end]
        writer.close()


async def test_a_claim_is_given_back_with_its_reason_however_long_the_database_is_away(
    room: Room, store: Store, writer: Writer
) -> None:
    campaign = await room.running_campaign(1)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        async with read_only(room.database):
            release = ReleaseClaim(attempt=claim.attempt, why=NotSent.AGENT_LEFT)
            assert await store.perform(release, MONDAY_9) is None
            await asyncio.sleep(0.1)
        await writer.flush()
        writer.close()

    assert room.failed == []
    shown = await room.contacts.show(claim.contact_id)
    (attempt,) = shown.attempts
    assert (attempt.outcome, attempt.note, attempt.counted) == (
        Outcome.NOT_SENT,
        NotSent.AGENT_LEFT,
        False,
    )
    assert attempt.ended_at == MONDAY_9
    assert shown.next_attempt_at is not None
    later = MONDAY_9 + timedelta(hours=1)
    ((again,), _) = await room.hopper.claim(campaign.id, 1, later)
    assert again.contact_id == claim.contact_id


async def test_loading_tells_campaigns_and_agents_with_the_ref(room: Room, store: Store) -> None:
    campaign = await room.running_campaign(2)
    agent = AgentRecord(agent="1001", name="陈", queues=("waihu-b", "waihu-a"))
    await Agents(room.database).save(agent)

    loaded = await store.perform(Load(ref="r"), MONDAY_9)

    assert isinstance(loaded, Loaded)
    assert loaded.ref == "r"
    assert [record.campaign for record in loaded.campaigns] == [campaign]
    assert loaded.agents == (agent,)


async def test_a_database_that_refuses_lets_no_call_go_out(room: Room, store: Store) -> None:
    campaign = await room.running_campaign(1)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    await refuse(room.database, "UPDATE ON attempt")

    mark = MarkSent(attempt=claim.attempt, campaign=campaign, agent="1001")
    answer = await store.perform(mark, MONDAY_9)

    assert isinstance(answer, StoreFailed)
    assert answer.ref == claim.attempt
    (attempt,) = (await room.contacts.show(claim.contact_id)).attempts
    assert attempt.sent_at is None


async def test_an_unknown_attempt_is_answered_as_failed(room: Room, store: Store) -> None:
    campaign = await room.running_campaign(1)

    answer = await store.perform(
        MarkSent(attempt="nobody", campaign=campaign, agent="1001"), MONDAY_9
    )

    assert isinstance(answer, StoreFailed)
