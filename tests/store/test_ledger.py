"""The ledger: an entry for each call placed, in its transaction, and no way round it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text

from campaigns.law.law_choice import LawChoice
from campaigns.ledger import SITE, EntryKind, FaultKind
from campaigns.windows import parse
from store.database import Database
from store.errors import StoreError
from store.ledger import Ledger, Wanted
from store.ledger_check import Checked, check_ledger
from store.migrations.run import alembic_config
from tests.store.room import MONDAY_9, Room, a_campaign


async def checked(room: Room) -> Checked:
    return await check_ledger(room.database, lambda _done, _all: None)


UNLOCKED = (
    "DROP TRIGGER IF EXISTS ledger_is_not_changed",
    "DROP TRIGGER IF EXISTS ledger_is_not_shortened",
)


def change(file: Path, *statements: str, first: tuple[str, ...] = UNLOCKED) -> None:
    """What somebody with the file in his hands can do: the triggers are no lock."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in (*first, *statements):
            connection.execute(statement)


async def dialed(room: Room, calls: int) -> list[str]:
    campaign = await room.running_campaign(calls)
    moments = (MONDAY_9 + timedelta(seconds=place) for place in range(calls))
    return [(await room.sent(campaign, moment)).attempt for moment in moments]


async def test_a_call_leaves_a_record_of_what_was_looked_at(room: Room) -> None:
    (attempt,) = await dialed(room, 1)
    (entry,) = await Ledger(room.database).entries(Wanted(attempt=attempt))
    body = json.loads(entry.body)
    assert (entry.chain, entry.seq, entry.kind) == ("engine-1", 1, EntryKind.CALL)
    assert entry.at == MONDAY_9
    assert body["number"] == "+8613000000000"
    assert body["campaign"]["name"] == "callback"
    assert body["agent"] == "1001"
    assert body["hours"]["local"] == "2026-11-23T09:00:00+08:00"
    assert body["hours"]["zone"] == "Asia/Shanghai"
    assert body["hours"]["windows"][0]["windows"] == ["09:00-12:00", "14:00-20:00"]
    assert body["dials_today"] == {"made": 0, "cap": 3}
    assert body["do_not_call"] == "not listed"


async def test_what_is_not_sent_leaves_no_record(room: Room) -> None:
    campaign = await room.running_campaign(1)
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    night = MONDAY_9 + timedelta(hours=14)
    assert not (await room.hopper.mark_sent(claims[0].attempt, "1001", night)).dialable
    assert await Ledger(room.database).entries(Wanted(attempt=claims[0].attempt)) == ()
    assert (await checked(room)).fault is None


async def test_a_ledger_that_cannot_be_written_lets_no_call_out(
    room: Room, database_file: Path
) -> None:
    campaign = await room.running_campaign(1)
    claims, _ = await room.hopper.claim(campaign.id, 1, MONDAY_9)
    change(database_file, "ALTER TABLE ledger RENAME TO elsewhere")
    with pytest.raises(StoreError):
        await room.hopper.mark_sent(claims[0].attempt, "1001", MONDAY_9)
    with sqlite3.connect(database_file) as connection:
        (sent_at,) = connection.execute("SELECT sent_at FROM attempt").fetchone()
    connection.close()
    assert sent_at is None


async def test_nothing_in_it_can_be_changed_or_deleted(room: Room, database_file: Path) -> None:
    await dialed(room, 1)
    for statement in ("UPDATE ledger SET body = '{}'", "DELETE FROM ledger"):
        with sqlite3.connect(database_file) as connection, pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
        connection.close()


async def test_a_whole_ledger_is_found_whole(room: Room) -> None:
    await dialed(room, 3)
    told: list[tuple[int, int]] = []
    found = await check_ledger(room.database, lambda done, of: told.append((done, of)))
    assert (found.entries, found.fault) == (4, None)
    assert [(last.chain, last.seq) for last in found.last] == [("engine-1", 3), (SITE, 1)]
    assert told[-1] == (4, 4)


DONE_TO_IT = (
    ("UPDATE ledger SET body = replace(body, '1001', '1002') WHERE seq = 2", "altered", 2),
    ("UPDATE ledger SET at = '2026-11-23 00:00:00.000000' WHERE seq = 3", "altered", 3),
    ("DELETE FROM ledger WHERE chain = 'engine-1' AND seq = 2", "gap", 3),
    ("DELETE FROM ledger WHERE chain = 'engine-1' AND seq = 3", "call_without_entry", 0),
    ("DELETE FROM ledger WHERE chain = 'engine-1'", "call_without_entry", 0),
    ("DELETE FROM ledger WHERE chain = 'site'", "unopened", 1),
    ("DELETE FROM ledger", "unopened", 1),
    ("UPDATE attempt SET sent_at = NULL WHERE agent = '1001'", "entry_without_call", 1),
)


async def test_whatever_is_done_to_it_is_found(room: Room, database_file: Path) -> None:
    await dialed(room, 3)
    for number, (statement, fault_kind, seq) in enumerate(DONE_TO_IT):
        copy = database_file.with_name(f"copy{number}.sqlite3")
        await asyncio.to_thread(change, database_file, f"VACUUM INTO '{copy}'", first=())
        await asyncio.to_thread(change, copy, statement)
        async with Database(copy) as database:
            fault = (await check_ledger(database, lambda _done, _all: None)).fault
        assert fault is not None, statement
        assert (fault.kind, fault.seq) == (FaultKind(fault_kind), seq), statement


async def test_the_end_of_the_sites_chain_is_missed_by_the_calls(
    room: Room, database_file: Path
) -> None:
    ledger = Ledger(room.database)
    await ledger.note(EntryKind.EXPORTED, "callback", {"rows": 1}, MONDAY_9)
    await dialed(room, 1)
    assert (await checked(room)).fault is None
    await asyncio.to_thread(
        change, database_file, "DELETE FROM ledger WHERE chain = 'site' AND seq = 2"
    )
    fault = (await checked(room)).fault
    assert fault is not None
    assert (fault.kind, fault.chain, fault.seq) == (FaultKind.CUT, SITE, 2)


async def test_entries_are_found_by_number_campaign_and_time(room: Room) -> None:
    first, second = await dialed(room, 2)
    ledger = Ledger(room.database)
    await ledger.note(EntryKind.EXPORTED, "callback", {"rows": 2}, MONDAY_9 + timedelta(hours=1))

    async def subjects(wanted: Wanted) -> list[str]:
        return [entry.subject for entry in await ledger.entries(wanted)]

    assert await subjects(Wanted(number="+8613000000001")) == [second]
    assert await subjects(Wanted(campaign="callback")) == [first, second, "callback"]
    later = Wanted(campaign="callback", since=MONDAY_9 + timedelta(seconds=1))
    assert await subjects(later) == [second, "callback"]
    assert await subjects(Wanted(campaign="callback", limit=1)) == ["callback"]
    async with ledger.all(Wanted(campaign="callback")) as entries:
        assert [entry.subject async for entry in entries] == [first, second, "callback"]


async def test_a_law_that_is_left_out_is_entered_with_its_reason(room: Room) -> None:
    law = LawChoice(profiles=("us-reg-f",), reason="debts of one bank")
    await room.campaigns.save(a_campaign(law=law), MONDAY_9, "wang")
    (entry,) = await Ledger(room.database).entries(Wanted(campaign="callback"))
    body = json.loads(entry.body)
    assert (entry.kind, body["window"], body["profiles"], body["why"]) == (
        EntryKind.LAW_WIDENED,
        None,
        ["us-reg-f"],
        law.reason,
    )


async def test_widened_legal_hours_are_entered_with_their_reason(room: Room) -> None:
    law = LawChoice(widened=parse("07:00-22:00"), reason="工单 12：客户要求早晨回电")
    for _ in range(2):
        await room.campaigns.save(a_campaign(law=law), MONDAY_9, "wang")
    (entry,) = await Ledger(room.database).entries(Wanted(campaign="callback"))
    assert (entry.kind, entry.chain) == (EntryKind.LAW_WIDENED, SITE)
    body = json.loads(entry.body)
    assert (body["window"], body["why"], body["by"]) == ("07:00-22:00", law.reason, "wang")


def _as_before_the_ledger(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "0002")


async def test_calls_from_before_the_ledger_are_not_missed(database_file: Path) -> None:
    """Three were placed by the version before; what is placed now has its entry."""
    async with Database(database_file) as database:
        async with database.writing() as connection:
            await connection.run_sync(_as_before_the_ledger)
            for statement in OF_THE_VERSION_BEFORE:
                await connection.execute(text(statement))
        await database.upgrade()
        assert (await check_ledger(database, lambda _done, _all: None)).fault is None
        async with database.writing() as connection:
            await connection.execute(text(PLACED.format(number=4)))
        fault = (await check_ledger(database, lambda _done, _all: None)).fault
    assert fault is not None
    assert (fault.kind, fault.subject) == (FaultKind.CALL_WITHOUT_ENTRY, "attempt-4")


PLACED = (
    "INSERT INTO attempt (id, engine_id, campaign_id, contact_id, number_id, state, claimed_at, "
    "sent_at, outcome, counted, tech_cause, dial_status, note) VALUES ('attempt-{number}', 'e', 1, "
    "1, 1, 'ended', '2026-11-0{number} 01:00:00.000000', '2026-11-0{number} 01:00:00.000000', "
    "'busy', 1, '', '', '')"
)
OF_THE_VERSION_BEFORE = (
    "INSERT INTO engine VALUES ('e', '2026-11-01 00:00:00.000000')",
    (
        "INSERT INTO campaign (id, name, state, definition, created_at) "
        "VALUES (1, 'old', 'stopped', '{}', '2026-11-01 00:00:00.000000')"
    ),
    (
        "INSERT INTO contact (id, campaign_id, reference, name, state, custom, created_at) "
        "VALUES (1, 1, '', '', 'open', '{}', '2026-11-01 00:00:00.000000')"
    ),
    (
        "INSERT INTO contact_number (id, contact_id, campaign_id, e164, position, kind) "
        "VALUES (1, 1, 1, '+8613800138000', 1, 'phone')"
    ),
    *(PLACED.format(number=number) for number in (1, 2, 3)),
)
