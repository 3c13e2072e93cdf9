"""queue_log fills what is not on file: nothing is there twice, and the live word stays (R18)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from asterisk.queue_log import LogStay
from dialer.queue_effects import NoteQueueCall, NoteQueueTalk, QueueEnd, TalkEnd
from store import schema
from store.queue_log_import import Imported, LogImport
from store.queue_log_match import APART_S, paired
from tests.store.room import MONDAY_9, Room

CALL, QUEUE = "1700000000.7", "waihu-inbound"
TOMORROW = MONDAY_9 + timedelta(days=1)


def after(seconds: float) -> datetime:
    return MONDAY_9 + timedelta(seconds=seconds)


def logged(call: str = CALL, at_s: float = 0, how: QueueEnd = QueueEnd.ANSWERED) -> LogStay:
    answered = how is QueueEnd.ANSWERED
    return LogStay(
        call=call,
        queue=QUEUE,
        joined_at=after(at_s),
        ended_at=after(at_s + 12),
        how=how,
        number="+8613800138000",
        agent="1001" if answered else "",
        talk_s=30 if answered else None,
        ended_by=TalkEnd.CALLER if answered else None,
    )


def seen(how: QueueEnd = QueueEnd.ANSWERED, at_s: float = 0.4) -> NoteQueueCall:
    return NoteQueueCall(
        call=CALL,
        queue=QUEUE,
        joined_at=after(at_s),
        ended_at=after(at_s + 11.7),
        how=how,
        waited_ms=11_700,
        agent="1001" if how is QueueEnd.ANSWERED else None,
    )


async def take(room: Room, stays: Iterable[LogStay], *, dry_run: bool = False) -> Imported:
    taking = LogImport(
        database=room.database, read_number=lambda text: text, now=TOMORROW, dry_run=dry_run
    )
    for stay in stays:
        await taking.take(stay)
    await taking.finish()
    return taking.done


async def on_file(room: Room) -> list[Any]:
    async with room.database.reading() as connection:
        order = (schema.queue_call.c.call_id, schema.queue_call.c.joined_at)
        return list(await connection.execute(select(schema.queue_call).order_by(*order)))


async def test_what_nobody_saw_is_added_once_however_often(room: Room) -> None:
    stays = [logged(f"c{n}") for n in range(450)]
    assert await take(room, stays, dry_run=True) == Imported(added=450)
    assert await on_file(room) == []
    assert await take(room, stays) == Imported(added=450)
    assert await take(room, reversed(stays)) == Imported(known=450)
    rows = await on_file(room)
    assert len(rows) == 450
    row = rows[0]
    assert (row.source, row.waited_ms, row.talk_ms, row.agent) == (
        "queue_log",
        12_000,
        30_000,
        "1001",
    )
    assert (row.number, row.ended_by, row.engine) == ("+8613800138000", "caller", None)


async def test_the_live_word_wins_and_what_it_lacks_is_completed(room: Room) -> None:
    await room.write(seen())
    assert await take(room, [logged()]) == Imported(completed=1)
    (row,) = await on_file(room)
    assert (row.waited_ms, row.source, row.talk_ms) == (11_700, "live", 30_000)
    await room.write(NoteQueueTalk(call=CALL, queue=QUEUE, wrap_ms=9_000))
    assert await take(room, [logged()]) == Imported(known=1)


async def test_whose_end_was_lost_has_the_one_of_the_log(room: Room) -> None:
    await room.write(seen(QueueEnd.LOST))
    assert await take(room, [logged()]) == Imported(completed=1)
    (row,) = await on_file(room)
    assert (row.how, row.agent, row.waited_ms) == ("answered", "1001", 12_000)


async def test_the_live_word_that_comes_after_an_import_is_no_second_stay(room: Room) -> None:
    await take(room, [logged()])
    await room.write(seen(), NoteQueueTalk(call=CALL, queue=QUEUE, talk_ms=30_321))
    (row,) = await on_file(room)
    assert (row.source, row.waited_ms, row.talk_ms) == ("live", 11_700, 30_321)


async def test_a_call_that_waited_twice_is_paired_in_order(room: Room) -> None:
    await room.write(seen(QueueEnd.TIMEOUT, 20.3))
    both = [logged(at_s=0, how=QueueEnd.TIMEOUT), logged(at_s=20, how=QueueEnd.TIMEOUT)]
    assert await take(room, both) == Imported(added=1, known=1)
    assert [row.source for row in await on_file(room)] == ["queue_log", "live"]


async def test_two_stays_of_a_call_are_two_though_they_come_one_after_the_other(room: Room) -> None:
    """The second may be in the next file, or in the next batch."""
    first = logged(at_s=0, how=QueueEnd.KEY)
    second = logged(at_s=20, how=QueueEnd.TIMEOUT)
    assert await take(room, [first]) == Imported(added=1)
    assert await take(room, [second]) == Imported(added=1)
    assert await take(room, [second, first]) == Imported(known=2)
    assert [row.how for row in await on_file(room)] == ["key", "timeout"]


async def test_a_file_and_its_copy_are_one(room: Room) -> None:
    assert (await take(room, [logged(), logged()])).added == 1
    assert len(await on_file(room)) == 1


async def test_what_has_just_ended_is_left_to_the_next_import(room: Room) -> None:
    taking = LogImport(database=room.database, read_number=str, now=after(45))
    await taking.take(logged())
    await taking.finish()
    assert taking.done == Imported(too_young=1)


STARTS = st.lists(st.integers(0, 3_000), unique=True, min_size=1, max_size=6).map(sorted)


@given(starts=STARTS, skew_s=st.floats(0, 2), data=st.data())
def test_stays_of_a_call_find_their_records_under_any_small_skew(
    starts: list[int], skew_s: float, data: st.DataObject
) -> None:
    """Of calls in a queue at most every 5 s, with any of them missing on either side."""
    spaced = [5 * one for one in starts]
    indexes = st.lists(st.sampled_from(range(len(spaced))), unique=True).map(sorted)
    in_log, on_record = data.draw(indexes), data.draw(indexes)
    found = paired(
        [after(spaced[n]) for n in in_log], [after(spaced[n] + skew_s) for n in on_record]
    )
    both = set(in_log) & set(on_record)
    smaller = min(len(in_log), len(on_record))
    if len(both) == smaller:
        pairs = {
            (n, on_record[place])
            for n, place in zip(in_log, found, strict=True)
            if place is not None
        }
        assert pairs == {(n, n) for n in both}
    far = [after(0)], [after(APART_S + 1)]
    assert paired(*far) == [None]
