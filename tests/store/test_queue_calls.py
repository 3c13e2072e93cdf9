"""Inbound calls, stays in queues and agents' spells on file: each once, however often told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select

from dialer.queue_effects import (
    NoteInboundCall,
    NoteQueueCall,
    NoteQueueTalk,
    QueueEnd,
    Spell,
    TalkEnd,
)
from store import schema
from store.agent_spells import AgentSpells
from tests.store.room import MONDAY_9, Room

CALL = "1700000000.7"


async def on_file(room: Room, table: Table) -> list[Any]:
    async with room.database.reading() as connection:
        return list(await connection.execute(select(table).order_by(*table.primary_key)))


def a_stay(seconds: float = 0, how: QueueEnd = QueueEnd.ANSWERED) -> NoteQueueCall:
    joined_at = MONDAY_9 + timedelta(seconds=seconds)
    return NoteQueueCall(
        call=CALL,
        queue="waihu-inbound",
        joined_at=joined_at,
        ended_at=joined_at + timedelta(seconds=12.345),
        how=how,
        waited_ms=12_345,
        number="+8613800138000",
        agent="1001" if how is QueueEnd.ANSWERED else None,
    )


async def test_a_stay_is_written_once_and_its_talk_to_the_latest_of_the_call(room: Room) -> None:
    talk = {"call": CALL, "queue": "waihu-inbound"}
    await room.write(a_stay(), a_stay(), a_stay(100), a_stay(200, QueueEnd.TIMEOUT))
    await room.write(
        NoteQueueTalk(**talk, talk_ms=30_000, hold_ms=0, transferred=True),
        NoteQueueTalk(**talk, ended_by=TalkEnd.CALLER),
        NoteQueueTalk(**talk, wrap_ms=9_000),
    )
    assert room.failed == []
    first, second, third = await on_file(room, schema.queue_call)
    assert (first.joined_at, first.waited_ms, first.talk_ms) == (MONDAY_9, 12_345, None)
    assert (second.talk_ms, second.wrap_ms, second.ended_by) == (30_000, 9_000, "caller")
    assert (second.transferred, second.source, second.agent) == (True, "live", "1001")
    assert (third.how, third.agent, third.transferred) == ("timeout", None, False)


async def test_a_call_grows_with_what_is_learnt_and_keeps_its_first_moments(room: Room) -> None:
    later = MONDAY_9 + timedelta(minutes=1)
    await room.write(
        NoteInboundCall(call=CALL, at=MONDAY_9, dialed="4008001234", number="+8613800138000"),
        NoteInboundCall(
            call=CALL, at=later, flow="hotline", language="zh", choices=(("menu", "2"),)
        ),
        NoteInboundCall(call=CALL, at=later, subject="repair", ended_at=later),
        NoteInboundCall(call=CALL, at=later, ended_at=later + timedelta(minutes=1)),
    )
    assert room.failed == []
    (row,) = await on_file(room, schema.inbound_call)
    assert (row.at, row.ended_at, row.number) == (MONDAY_9, later, "+8613800138000")
    assert (row.dialed, row.flow, row.language) == ("4008001234", "hotline", "zh")
    assert (row.choices, row.subject) == ([["menu", "2"]], "repair")


async def test_a_spell_that_goes_on_is_one_row(room: Room) -> None:
    def spell(minutes: float, agent: str = "1001") -> Spell:
        return Spell(
            agent=agent,
            state="ready",
            reason="",
            began_at=MONDAY_9,
            ended_at=MONDAY_9 + timedelta(minutes=minutes),
        )

    spells = AgentSpells(room.database)
    await spells.save([spell(1), spell(1, "1002")])
    await spells.save([spell(2)])
    await spells.save([spell(3, f"agent-{n}") for n in range(500)])
    rows = await on_file(room, schema.agent_spell)
    assert len(rows) == 502
    assert [row.ended_at - MONDAY_9 for row in rows[:2]] == [
        timedelta(minutes=2),
        timedelta(minutes=1),
    ]
