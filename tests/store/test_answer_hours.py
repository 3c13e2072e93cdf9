"""The calls of one hour, by campaign: what a norm of the answer rate is made of (R18)."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import event, insert, select, text

from campaigns.campaign import Campaign
from campaigns.outcomes import Outcome
from dialer.ids import attempt_id
from store import schema
from store.answer_hours import HourCount, answers_in_hour
from tests.store.room import MONDAY_9, Room

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CHANCE = Random(1)


async def called(
    room: Room,
    campaign: Campaign,
    outcome: Outcome | None,
    count: int = 1,
    *,
    at: datetime = MONDAY_9,
    answers: bool = False,
    claimed_before: timedelta = timedelta(),
) -> None:
    """So many calls placed at that moment, written by hand under ids of the time of their claim."""
    numbers = schema.contact_number.c
    async with room.database.writing() as connection:
        query = select(numbers.id, numbers.contact_id).where(numbers.campaign_id == campaign.id)
        number = (await connection.execute(query)).first()
        assert number is not None
        row: dict[str, Any] = {
            "engine_id": "engine-1",
            "campaign_id": campaign.id,
            "contact_id": number.contact_id,
            "number_id": number.id,
            "state": "ended" if outcome else "sent",
            "claimed_at": at - claimed_before,
            "sent_at": at,
            "answered_at": at if answers else None,
            "ended_at": at if outcome else None,
            "outcome": outcome.value if outcome else None,
            "counted": False,
            "tech_cause": "",
            "dial_status": "",
            "note": "",
        }
        ids = [attempt_id(at - claimed_before, CHANCE) for _ in range(count)]
        await connection.execute(insert(schema.attempt), [{"id": one, **row} for one in ids])


async def test_persons_who_answered_of_calls_that_reached_the_network(room: Room) -> None:
    campaign = await room.running_campaign(3)
    await called(room, campaign, Outcome.SUCCESS, 5, answers=True)
    await called(room, campaign, Outcome.ABANDONED, 2, answers=True)
    await called(room, campaign, Outcome.MACHINE, 3, answers=True)
    await called(room, campaign, Outcome.NO_ANSWER, 6)
    await called(room, campaign, Outcome.FAILED, 4)
    await called(room, campaign, None, answers=True)
    found = await answers_in_hour(room.database, MONDAY_9, MONDAY_9 + HOUR)
    assert found == {campaign.id: HourCount(placed=17, answered=8)}


async def test_a_call_belongs_to_the_hour_in_which_it_was_placed(room: Room) -> None:
    campaign = await room.running_campaign(3)
    for at in (MONDAY_9 - MINUTE, MONDAY_9, MONDAY_9 + HOUR - MINUTE, MONDAY_9 + HOUR):
        await called(room, campaign, Outcome.NO_ANSWER, at=at)
    await called(room, campaign, Outcome.NO_ANSWER, claimed_before=70 * MINUTE)
    found = await answers_in_hour(room.database, MONDAY_9, MONDAY_9 + HOUR)
    assert found == {campaign.id: HourCount(placed=3, answered=0)}


async def test_each_campaign_is_counted_by_itself(room: Room) -> None:
    one = await room.running_campaign(3)
    other = await room.running_campaign(3, name="sales")
    await called(room, one, Outcome.SUCCESS, 2, answers=True)
    await called(room, other, Outcome.NO_ANSWER, 3)
    found = await answers_in_hour(room.database, MONDAY_9, MONDAY_9 + HOUR)
    assert found == {
        one.id: HourCount(placed=2, answered=2),
        other.id: HourCount(placed=3, answered=0),
    }
    assert await answers_in_hour(room.database, MONDAY_9 + HOUR, MONDAY_9 + 2 * HOUR) == {}


async def test_the_primary_key_leads_to_the_hour(room: Room) -> None:
    """With ten million attempts as well: no other row is looked at, and no index is added."""
    campaign = await room.running_campaign(3)
    for back in range(40):
        await called(room, campaign, Outcome.NO_ANSWER, 50, at=MONDAY_9 - back * HOUR)
    async with room.database.writing() as connection:
        await connection.execute(text("ANALYZE"))
    plan = await planned(room)
    assert "using pk_attempt" in plan or "sqlite_autoindex_attempt_1 (id>? AND id<?)" in plan, plan


async def planned(room: Room) -> str:
    """How the database goes about the question."""
    asked: list[tuple[str, Any]] = []

    async with room.database.reading() as connection:
        engine = connection.sync_engine

    def heard(_c: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        asked.append((statement, given))

    event.listen(engine, "before_cursor_execute", heard)
    await answers_in_hour(room.database, MONDAY_9, MONDAY_9 + HOUR)
    event.remove(engine, "before_cursor_execute", heard)
    (statement, given) = next(one for one in asked if "attempt" in one[0])
    how = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    async with room.database.reading() as connection:
        rows = await connection.exec_driver_sql(f"{how} {statement}", given)
        return "\n".join(str(row) for row in rows)
