"""The calls behind a figure by the API: beside the figure, and with the numbers of one's right."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from config.loading import load_settings
from dialer.cli_session import utc_now
from dialer.opening import database_of
from dialer.queue_effects import NoteQueueCall, QueueEnd
from store.queue_calls import write_queue_note
from supervisor.rights import Role
from tests.web.api.engine_served import ServedEngine, engine_served

BEHIND = "/calls/behind/service-level"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedEngine]:
    with engine_served(tmp_path_factory.mktemp("site")) as served:
        yield served


async def a_call_on_file(engine: ServedEngine) -> None:
    """One that this run has answered, and that its live figures have never heard of."""
    now = utc_now()
    stay = NoteQueueCall(
        call="1700000000.9",
        queue="waihu-inbound",
        joined_at=now,
        ended_at=now + timedelta(seconds=9),
        how=QueueEnd.ANSWERED,
        waited_ms=9_000,
        number="+8613800138000",
        agent="1001",
    )
    settings = load_settings(engine.folder / "waihu.toml")
    async with database_of(settings) as database, database.writing() as connection:
        await write_queue_note(connection, stay, settings.site.engine)


def test_list_and_figure_stand_beside_each_other(engine: ServedEngine) -> None:
    with engine.client(engine.token()) as program:
        empty = program.get(BEHIND).json()
        assert (empty["calls"], empty["differs"]) == ([], None)
        assert empty["told"]["denominator"] == empty["listed"]["denominator"] == 0
        asyncio.run(a_call_on_file(engine))
        found = program.get(BEHIND, params={"of": "waihu-inbound"}).json()
        assert found["listed"] == {"numerator": 1, "denominator": 1}
        # The live figure has not seen it: that is said, not hidden.
        assert (found["told"]["denominator"], found["differs"]) == (0, "moving")
        (call,) = found["calls"]
        assert (call["counted"], call["why"], call["waited_s"]) == ("numerator", "in_time", 9.0)
        assert call["number"] == "+8613800138000"
        trail = program.post("/audit/find", json={}).json()["entries"]
        assert [one["kind"] for one in trail].count("numbers.shown") == 1
        assert program.get("/calls/behind/nothing").status_code == 422
        assert program.get("/calls/behind/drop-rate").status_code == 422
        assert program.get("/calls/behind/drop-rate", params={"of": "none"}).status_code == 404


def test_whoever_may_watch_sees_calls_and_no_whole_number(engine: ServedEngine) -> None:
    asyncio.run(a_call_on_file(engine))
    with engine.client(engine.token("floor", Role.SUPERVISOR)) as program:
        said = program.get(BEHIND)
        assert "138****8000" in said.text
        assert "13800138000" not in said.text
    with engine.client(engine.token("desk", Role.AGENT)) as program:
        assert program.get(BEHIND).json()["code"] == "no_right"
