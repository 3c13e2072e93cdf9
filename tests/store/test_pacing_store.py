"""What predictive campaigns are told of the database: the law's counts, and what was learned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from campaigns.campaign import Campaign, CampaignState, Mode
from campaigns.law.abandonment import Windows
from campaigns.ledger import By
from campaigns.outcomes import Outcome
from campaigns.pacing_choice import PacingChoice
from dialer.effects import EndAttempt, Load, NoteProgress, SavePacing
from dialer.messages import Loaded
from store import schema
from store.answers import answered_windows
from store.campaigns import load_campaign
from store.errors import UnknownCampaignError
from store.perform import Store
from store.removing import take_off_file
from store.writer import Writer
from tests.store.room import MONDAY_9, Room

NEW_YORK = ZoneInfo("America/New_York")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY = By(who="wang", at=MONDAY_9)


async def predictive(room: Room, contacts: int = 5, **changes: Any) -> Campaign:
    return await room.running_campaign(contacts, mode=Mode.PREDICTIVE, **changes)


async def answered(
    room: Room,
    campaign: Campaign,
    outcome: Outcome | None,
    count: int = 1,
    at: datetime = MONDAY_9,
    **changes: Any,
) -> None:
    """So many calls that were answered, written by hand."""
    async with room.database.writing() as connection:
        of_campaign = select(schema.contact_number.c.id, schema.contact_number.c.contact_id)
        number = (await connection.execute(of_campaign)).first()
        assert number is not None
        row = {
            "engine_id": "engine-1",
            "campaign_id": campaign.id,
            "contact_id": number.contact_id,
            "number_id": number.id,
            "state": "ended" if outcome else "sent",
            "claimed_at": at,
            "sent_at": at,
            "answered_at": at,
            "ended_at": at if outcome else None,
            "outcome": outcome.value if outcome else None,
            "counted": False,
            "tech_cause": "",
            "dial_status": "",
            "note": "",
        }
        rows = [{"id": room.make_id(), **row, **changes} for _ in range(count)]
        await connection.execute(insert(schema.attempt), rows)


async def windows(room: Room, campaign: Campaign, now: datetime = MONDAY_9 + HOUR) -> Windows:
    async with room.database.reading() as connection:
        return await answered_windows(connection, campaign, now)


def shown(found: Windows) -> tuple[int, int, int, int]:
    return found.day.live, found.day.abandoned, found.block.live, found.block.abandoned


# ── the law's counts ─────────────────────────────────────────────────────────────────────


async def test_before_the_first_call_nothing_is_counted(room: Room) -> None:
    campaign = await predictive(room)
    found = await windows(room, campaign)
    assert shown(found) == (0, 0, 0, 0)
    assert found.day.ends == datetime(2026, 11, 23, 16, tzinfo=UTC)


async def test_persons_count_and_machines_and_open_calls_do_not(room: Room) -> None:
    campaign = await predictive(room)
    await answered(room, campaign, Outcome.SUCCESS, 5)
    await answered(room, campaign, Outcome.ABANDONED, 2)
    await answered(room, campaign, Outcome.MACHINE, 3)
    await answered(room, campaign, Outcome.FAX, 4)
    await answered(room, campaign, Outcome.NO_ANSWER, 6, answered_at=None)
    await answered(room, campaign, None)
    assert shown(await windows(room, campaign)) == (7, 2, 7, 2)


async def test_who_was_lost_or_stopped_without_an_agent_was_abandoned(room: Room) -> None:
    campaign = await predictive(room)
    for outcome in (Outcome.LOST, Outcome.STOPPED):
        await answered(room, campaign, outcome)
        await answered(room, campaign, outcome, bridged_at=MONDAY_9)
        await answered(room, campaign, outcome, answered_at=None)
    assert shown(await windows(room, campaign)) == (4, 2, 4, 2)


async def test_the_day_is_the_campaigns_own(room: Room) -> None:
    campaign = await predictive(room, zone=NEW_YORK)
    midnight = datetime(2026, 11, 24, 5, tzinfo=UTC)
    await answered(room, campaign, Outcome.ABANDONED, 1, midnight - timedelta(seconds=1))
    await answered(room, campaign, Outcome.SUCCESS, 2, midnight)

    late = await windows(room, campaign, midnight - timedelta(seconds=1))
    assert (late.day.live, late.day.abandoned, late.day.ends) == (1, 1, midnight)
    early = await windows(room, campaign, midnight)
    assert shown(early) == (2, 0, 3, 1)
    assert early.day.ends == midnight + DAY
    assert early.block.ends == datetime(2026, 12, 23, 5, tzinfo=UTC)


async def test_the_block_is_of_thirty_days_from_the_first_call(room: Room) -> None:
    campaign = await predictive(room)
    await answered(room, campaign, Outcome.ABANDONED, 3, MONDAY_9)
    await answered(room, campaign, Outcome.SUCCESS, 4, MONDAY_9 + 29 * DAY)
    await answered(room, campaign, Outcome.SUCCESS, 5, MONDAY_9 + 30 * DAY)

    last = await windows(room, campaign, MONDAY_9 + 29 * DAY + HOUR)
    assert shown(last) == (4, 0, 7, 3)
    first = await windows(room, campaign, MONDAY_9 + 30 * DAY + HOUR)
    assert shown(first) == (5, 0, 5, 0)
    assert first.block.ends == last.block.ends + 30 * DAY


async def test_other_campaigns_do_not_count(room: Room) -> None:
    campaign = await predictive(room)
    other = await room.running_campaign(1, name="other", mode=Mode.PREDICTIVE)
    await answered(room, other, Outcome.ABANDONED)
    assert shown(await windows(room, campaign)) == (0, 0, 0, 0)


# ── what was learned ─────────────────────────────────────────────────────────────────────


def store_of(room: Room) -> Store:
    writer = Writer(room.database, done=lambda _: None, failed=lambda _, __: None)
    return Store(room.database, room.hopper, writer)


async def loaded(room: Room) -> Loaded:
    answer = await store_of(room).perform(Load(ref="r"), MONDAY_9)
    assert isinstance(answer, Loaded)
    return answer


async def test_what_was_learned_comes_back_and_the_last_one_counts(room: Room) -> None:
    campaign = await predictive(room)
    store = store_of(room)
    for learned in (1.5, 2.5):
        memory = {"shape": 1, "price": [learned, 3]}
        saved = SavePacing(campaign_id=campaign.id, memory=memory)
        assert await store.perform(saved, MONDAY_9) is None

    (record,) = (await loaded(room)).campaigns
    assert record.pacing_memory == {"shape": 1, "price": [2.5, 3]}
    assert record.answered is not None


async def test_another_engines_memory_is_its_own(room: Room) -> None:
    campaign = await predictive(room)
    saved = SavePacing(campaign_id=campaign.id, memory={"shape": 1})
    await store_of(room).perform(saved, MONDAY_9)
    async with room.database.writing() as connection:
        await connection.execute(insert(schema.engine).values(id="engine-2", started_at=MONDAY_9))
        await connection.execute(update(schema.pacing_memory).values(engine_id="engine-2"))
    (record,) = (await loaded(room)).campaigns
    assert record.pacing_memory is None


async def test_what_is_no_json_is_no_memory(room: Room) -> None:
    campaign = await predictive(room)
    saved = SavePacing(campaign_id=campaign.id, memory={"shape": 1})
    await store_of(room).perform(saved, MONDAY_9)
    async with room.database.writing() as connection:
        await connection.execute(update(schema.pacing_memory).values(memory='{"shape": 1'))
    (record,) = (await loaded(room)).campaigns
    assert record.pacing_memory is None
    assert record.campaign.name == campaign.name


async def test_other_modes_are_told_nothing_of_it(room: Room) -> None:
    await room.running_campaign(1)
    (record,) = (await loaded(room)).campaigns
    assert (record.answered, record.pacing_memory) == (None, None)


async def test_a_campaign_that_is_deleted_takes_its_memory_along(room: Room) -> None:
    campaign = await predictive(room)
    saved = SavePacing(campaign_id=campaign.id, memory={"shape": 1})
    store = store_of(room)
    await store.perform(saved, MONDAY_9)
    async with room.database.writing() as connection:
        await take_off_file(connection, campaign.id)
    assert await store.perform(saved, MONDAY_9) is None
    async with room.database.reading() as connection:
        assert (await connection.execute(select(schema.pacing_memory))).all() == []


# ── whose call it was ────────────────────────────────────────────────────────────────────


async def agent_of(room: Room, attempt: str) -> str | None:
    async with room.database.reading() as connection:
        of = select(schema.attempt.c.agent).where(schema.attempt.c.id == attempt)
        agent: str | None = await connection.scalar(of)
        return agent


async def test_the_agent_of_a_call_for_which_nobody_was_kept_is_known_from_the_bridge_on(
    room: Room,
) -> None:
    campaign = await predictive(room)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    assert (await room.hopper.mark_sent(claim.attempt, "", MONDAY_9)).dialable
    assert await agent_of(room, claim.attempt) is None
    ((left,), _) = await unfinished(room)
    assert left.agent is None

    await room.write(NoteProgress(attempt=claim.attempt, answered_at=MONDAY_9))
    assert await agent_of(room, claim.attempt) is None
    met = NoteProgress(attempt=claim.attempt, agent="1002", bridged_at=MONDAY_9)
    await room.write(met)
    assert await agent_of(room, claim.attempt) == "1002"
    await room.write(replace(met, agent="1003", bridged_at=MONDAY_9 + HOUR))
    assert await agent_of(room, claim.attempt) == "1002"


async def unfinished(room: Room) -> Any:
    async with room.database.reading() as connection:
        rows = await connection.execute(
            select(schema.attempt).where(schema.attempt.c.outcome.is_(None))
        )
        return rows.all(), None


async def test_the_agent_who_was_kept_stays_the_calls_agent(room: Room) -> None:
    campaign = await predictive(room)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(NoteProgress(attempt=claim.attempt, agent="1007", bridged_at=MONDAY_9))
    assert await agent_of(room, claim.attempt) == "1001"


async def test_an_abandoned_call_has_no_agent(room: Room) -> None:
    campaign = await predictive(room)
    ((claim,), _) = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    await room.hopper.mark_sent(claim.attempt, "", MONDAY_9)
    await room.write(
        NoteProgress(attempt=claim.attempt, answered_at=MONDAY_9),
        EndAttempt(attempt=claim.attempt, outcome=Outcome.ABANDONED, at=MONDAY_9),
    )
    assert await agent_of(room, claim.attempt) is None
    assert shown(await windows(room, campaign)) == (1, 1, 1, 1)


# ── steering ─────────────────────────────────────────────────────────────────────────────


async def test_steering_changes_pacing_and_priority_alone(room: Room) -> None:
    campaign = await predictive(room)
    async with room.database.writing() as connection:
        await connection.execute(update(schema.campaign).values(renewed_to=None))
    choice = PacingChoice(cap=Fraction(1, 100), aggressiveness=0.5, amd=True)
    stale = replace(campaign, pacing=choice, priority=2, name="old", max_calls=1)
    await room.campaigns.steer(stale, BY)

    async with room.database.reading() as connection:
        after, state = await load_campaign(connection, campaign.id)
        renewed_to = await connection.scalar(select(schema.campaign.c.renewed_to))
    assert after == replace(campaign, pacing=choice, priority=2)
    assert state is CampaignState.RUNNING
    assert renewed_to is None, "nobody is judged anew"


async def test_a_campaign_that_is_not_there_cannot_be_steered(room: Room) -> None:
    campaign = await predictive(room)
    with pytest.raises(UnknownCampaignError):
        await room.campaigns.steer(replace(campaign, id=99), BY)


async def test_campaigns_that_are_over_are_not_counted_at_each_load(room: Room) -> None:
    campaign = await predictive(room)
    await answered(room, campaign, Outcome.SUCCESS, 3)
    store = store_of(room)

    async def counted() -> int | None:
        (record,) = (await store.load(MONDAY_9)).campaigns
        return None if record.answered is None else record.answered.day.live

    for state, live in (
        (CampaignState.PAUSED, 3),
        (CampaignState.STOPPED, None),
        (CampaignState.RUNNING, 3),
    ):
        await room.campaigns.set_state(campaign.id, state)
        assert await counted() == live
