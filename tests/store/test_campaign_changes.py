"""A campaign that is deleted, or changed by a command that dies half-way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, func, insert, select, update

from campaigns.campaign import Campaign, CampaignState
from campaigns.judge import Code
from campaigns.outcomes import Outcome
from campaigns.retry_policy import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.effects import EndAttempt
from store import renewing, schema
from store.codec import encode_campaign
from store.database import Database
from store.do_not_call import DoNotCallEntry
from store.errors import CampaignHasRecordsError, UnknownCampaignError
from store.migrations.run import alembic_config
from tests.store.room import MONDAY_9, Room, a_campaign, rows_of

AT_NIGHT = CallingWindows.every_day(parse("22:00-23:00"))
FIFTY = 50


async def rows_in(room: Room) -> dict[str, int]:
    """How many rows each table of lists has."""
    tables = (schema.campaign, schema.contact, schema.contact_number, schema.appointment)
    async with room.database.reading() as connection:
        return {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (*tables, schema.list_import)
        }


# ── delete ───────────────────────────────────────────────────────────────────────────────


async def test_a_campaign_in_which_nobody_was_called_goes_with_all_that_was_loaded(
    room: Room,
) -> None:
    kept = await room.campaigns.save(a_campaign(name="kept"), MONDAY_9)
    await room.lists.import_batch(kept.id, rows_of(2), MONDAY_9)
    campaign = await room.running_campaign(3)
    await room.contacts.appoint(4, MONDAY_9 + timedelta(hours=1), "1001", MONDAY_9)
    await room.campaigns.delete(campaign.id)

    assert await rows_in(room) == {
        "campaign": 1,
        "contact": 2,
        "contact_number": 2,
        "appointment": 0,
        "list_import": 1,
    }
    with pytest.raises(UnknownCampaignError):
        await room.campaigns.get(campaign.id, MONDAY_9)
    with pytest.raises(UnknownCampaignError):
        await room.hopper.claim(campaign.id, 1, MONDAY_9)


async def test_a_campaign_with_an_attempt_is_never_deleted(room: Room) -> None:
    campaign = await room.running_campaign(3)
    await room.hopper.claim(campaign.id, 1, MONDAY_9)
    before = await rows_in(room)

    with pytest.raises(CampaignHasRecordsError) as refused:
        await room.campaigns.delete("callback")

    assert refused.value.attempts == 1
    assert await rows_in(room) == before


async def test_nor_is_one_in_which_somebody_asked_not_to_be_called(room: Room) -> None:
    campaign = await room.running_campaign(1)
    entry = DoNotCallEntry(
        e164="+8613000000000",
        campaign_id=campaign.id,
        source="operator",
        reason="asked",
        added_at=MONDAY_9,
    )
    await room.do_not_call.add(entry)

    with pytest.raises(CampaignHasRecordsError) as refused:
        await room.campaigns.delete(campaign.id)

    assert (refused.value.attempts, refused.value.do_not_call) == (0, 1)


async def test_of_a_claim_and_a_delete_at_once_one_wins_and_nothing_is_torn(room: Room) -> None:
    campaign = await room.running_campaign(3)

    claim, delete = await asyncio.gather(
        room.hopper.claim(campaign.id, 1, MONDAY_9),
        room.campaigns.delete(campaign.id),
        return_exceptions=True,
    )

    claimed, deleted = not isinstance(claim, BaseException), delete is None
    assert claimed != deleted
    assert (await rows_in(room))["contact"] == (3 if claimed else 0)


# ── changed with fifty calls under way ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "code"),
    [("paused", Code.CAMPAIGN_PAUSED), ("re-windowed", Code.OUTSIDE_WINDOW)],
)
async def test_fifty_claims_after_the_change_are_freed_and_fifty_sent_calls_end_as_they_did(
    room: Room, change: str, code: Code
) -> None:  # I3
    campaign = await room.running_campaign(2 * FIFTY)
    sent, _ = await room.hopper.claim(campaign.id, FIFTY, MONDAY_9)
    for claim in sent:
        assert (await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)).dialable
    claimed, _ = await room.hopper.claim(campaign.id, FIFTY, MONDAY_9)

    if change == "paused":
        await room.campaigns.set_state(campaign.id, CampaignState.PAUSED)
    else:
        await room.campaigns.save(replace(campaign, windows=AT_NIGHT), MONDAY_9)

    verdicts = [await room.hopper.mark_sent(one.attempt, "1001", MONDAY_9) for one in claimed]
    assert {verdict.code for verdict in verdicts} == {code}
    await room.write(
        *(EndAttempt(attempt=one.attempt, outcome=Outcome.BUSY, at=MONDAY_9) for one in sent)
    )
    async with room.database.reading() as connection:
        query = select(schema.attempt.c.outcome, func.count()).group_by(schema.attempt.c.outcome)
        counts = {row[0]: row[1] for row in await connection.execute(query)}
    assert counts == {Outcome.BUSY: FIFTY, Outcome.NOT_SENT: FIFTY}


# ── a change that dies half-way ──────────────────────────────────────────────────────────


TWO_HOURS = RetryPolicy(delay=timedelta(hours=2))
A_MINUTE = RetryPolicy(delay=timedelta(minutes=1))
SOON = MONDAY_9 + timedelta(minutes=5)


async def ten_waiting(room: Room) -> Campaign:
    """Ten who were busy at nine, and wait for eleven."""
    campaign = await room.running_campaign(10, retry=TWO_HOURS)
    called, _ = await room.hopper.claim(campaign.id, 10, MONDAY_9)
    for claim in called:
        assert (await room.hopper.mark_sent(claim.attempt, "1001", MONDAY_9)).dialable
    await room.write(
        *(EndAttempt(attempt=one.attempt, outcome=Outcome.BUSY, at=MONDAY_9) for one in called)
    )
    eleven = MONDAY_9 + timedelta(hours=2)
    assert await room.hopper.claim(campaign.id, 10, SOON) == ((), eleven)
    return campaign


async def test_a_change_that_dies_before_the_hints_are_renewed_is_finished_by_the_claims(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "HINTS_AT_ONCE", 4)
    campaign = await ten_waiting(room)
    async with room.database.writing() as connection:  # the first step of the change, and no more
        changed = encode_campaign(replace(campaign, retry=A_MINUTE))
        await connection.execute(update(schema.campaign).values(definition=changed, renewed_to=0))

    stretches = [len((await room.hopper.claim(campaign.id, 10, SOON))[0]) for _ in range(4)]
    assert stretches == [4, 4, 2, 0]
    async with room.database.reading() as connection:
        assert await connection.scalar(select(schema.campaign.c.renewed_to)) is None


async def test_two_changes_at_once_leave_no_hint_of_the_former_rules(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "HINTS_AT_ONCE", 3)
    campaign = await ten_waiting(room)

    await asyncio.gather(
        room.campaigns.save(replace(campaign, retry=A_MINUTE), SOON),
        room.campaigns.save(replace(campaign, retry=A_MINUTE, cps=1.0), SOON),
    )

    claims, _ = await room.hopper.claim(campaign.id, 10, SOON)
    assert len(claims) == 10


# ── databases of the first version ───────────────────────────────────────────────────────


def _as_the_first_version(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "0001")


async def test_a_database_of_the_first_version_is_brought_up_with_all_that_is_in_it(
    database_file: Path,
) -> None:
    async with Database(database_file) as database:
        async with database.writing() as connection:
            await connection.run_sync(_as_the_first_version)
            definition = '{"kind": "callback", "mode": "progressive"}'
            await connection.execute(
                insert(schema.campaign).values(
                    name="old", state="running", definition=definition, created_at=MONDAY_9
                )
            )
        await database.upgrade()
        await database.check()
        async with database.reading() as connection:
            row = (await connection.execute(select(schema.campaign))).one()
    assert (row.name, row.definition, row.renewed_to) == ("old", definition, None)
