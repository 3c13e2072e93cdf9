"""What goes straight to the driver comes out as it does the usual way, refusals too."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BindParameter, bindparam, insert, select

from store import schema
from store.errors import StoreConflictError
from store.prepared import Prepared, piped, together
from tests.store.room import MONDAY_9, Room

ENGINE = schema.engine
IDS: BindParameter[str] = bindparam("ids", expanding=True)
WANTED = (
    select(ENGINE.c.id, ENGINE.c.started_at.label("began"))
    .where(ENGINE.c.id.in_(IDS), ENGINE.c.started_at >= bindparam("since"))
    .order_by(ENGINE.c.id)
)
ASKED = Prepared(WANTED)
ADD = Prepared(insert(ENGINE).values(id=bindparam("id"), started_at=bindparam("at")))

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001  given one
    lambda at: at.replace(tzinfo=MONDAY_9.tzinfo)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(engines=st.dictionaries(names, moments, max_size=4), since=moments)
async def test_it_is_the_same_as_the_usual_way(
    room: Room, engines: dict[str, datetime], since: datetime
) -> None:
    asked = {"ids": [*engines, "nobody's"], "since": since}
    async with room.database.writing() as connection:
        for name, at in engines.items():
            await ADD.run(connection, {"id": name, "at": at})
        usual = [tuple(row) for row in await connection.execute(WANTED, asked)]
        both = await together(connection, (ASKED, asked), (ASKED, {**asked, "ids": []}))
        assert [[tuple(row) for row in rows] for rows in both] == [usual, []]
        assert all(row.began == engines[row.id] for row in both[0])
        await connection.rollback()


ODD = ["", " ", "NULL", "a,b", '"', "\\", '\\"', "{a}", "'", "é 张", "a\tb\n", "+8613000000000"]


async def test_a_list_may_hold_any_text(room: Room) -> None:
    since = MONDAY_9 - timedelta(days=1)
    async with room.database.writing() as connection:
        for name in ODD:
            await ADD.run(connection, {"id": name, "at": MONDAY_9})
        for name in ODD:
            (row,) = await ASKED.rows(connection, {"ids": [name, "a", "b"], "since": since})
            assert row.id == name
        found = await ASKED.rows(connection, {"ids": ODD, "since": since})
        assert {row.id for row in found} == {*ODD}


async def test_a_list_of_numbers_takes_the_longest_and_none_longer(room: Room) -> None:
    by_id = Prepared(select(schema.contact.c.id).where(schema.contact.c.id.in_(IDS)))
    longest = (1 << 63) - 1
    await room.running_campaign(1)
    async with room.database.reading() as connection:
        asked = [1, 2, longest, -longest]
        assert [row.id for row in await by_id.rows(connection, {"ids": asked})] == [1]
    with pytest.raises(StoreConflictError):
        async with room.database.reading() as connection:
            await by_id.rows(connection, {"ids": [1, longest + 1]})


async def test_what_is_refused_is_refused_in_our_words_and_nothing_is_saved(room: Room) -> None:
    async def twice() -> None:
        async with room.database.writing() as connection, piped(connection):
            for _ in range(2):
                await ADD.run(connection, {"id": "one", "at": MONDAY_9})

    with pytest.raises(StoreConflictError):
        await twice()
    asked = {"ids": ["one"], "since": MONDAY_9 - timedelta(days=1)}
    async with room.database.reading() as connection:
        assert await ASKED.rows(connection, asked) == []


async def test_what_is_read_is_of_one_moment(room: Room) -> None:
    asked = {"ids": ["one"], "since": MONDAY_9}
    async with room.database.reading() as connection:
        assert await ASKED.one_or_none(connection, asked) is None
        async with room.database.writing() as writing:
            await ADD.run(writing, {"id": "one", "at": MONDAY_9})
        assert await ASKED.one_or_none(connection, asked) is None
    async with room.database.reading() as connection:
        assert await ASKED.scalar(connection, asked) == "one"
