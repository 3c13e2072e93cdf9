"""The engine has the norm of the hour by itself, also while the database is away (R18)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from campaigns.campaign import Campaign, CampaignState
from campaigns.outcomes import Outcome
from dialer import picture
from dialer.answer_norms import AnswerNorms, mind_answer_norms
from store.database import Database
from store.errors import StoreError
from supervisor.answer_norm import NormView
from supervisor.snapshot import from_json, to_json
from tests.dialer.stage import Stage
from tests.store.room import MONDAY_9, Room
from tests.store.test_answer_hours import called

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialer.answer_norms.REST_S", 0.0)
    monkeypatch.setattr("dialer.answer_norms.LOOK_EVERY_S", 0.01)


@pytest.fixture
async def room(empty_file: Path, tmp_path: Path) -> AsyncIterator[Room]:
    path = Path(shutil.copy(empty_file, tmp_path / "waihu.db"))
    async with Database(path) as database:
        yield Room(database, beside=path)


class Site:
    """A clock that a test puts forward, and the norms by it."""

    def __init__(self, database: Database) -> None:
        self.now: datetime = MONDAY_9
        self.norms = AnswerNorms(database, lambda: "Asia/Shanghai", lambda: self.now)


async def a_past(room: Room) -> Campaign:
    """Four weeks, at nine and at ten: the earlier hour is the better one."""
    campaign = await room.running_campaign(3)
    for back in range(1, 29):
        for hour, answers in ((0, 4), (1, 2)):
            at = MONDAY_9 - back * DAY + hour * HOUR
            await called(room, campaign, Outcome.SUCCESS, answers, at=at, answers=True)
            await called(room, campaign, Outcome.NO_ANSWER, 10 - answers, at=at)
    return campaign


async def test_the_norm_is_that_of_the_hour_and_of_working_days(room: Room) -> None:
    campaign = await a_past(room)
    site = Site(room.database)
    assert site.norms.of(campaign) is None
    assert await site.norms.read()
    nine = NormView(hour=9, days=20, day_kind="working", placed=200, answered=80)
    assert site.norms.of(campaign) == nine
    site.now += timedelta(minutes=59)
    assert not await site.norms.read()
    site.now += timedelta(minutes=1)
    assert await site.norms.read()
    ten = NormView(hour=10, days=20, day_kind="working", placed=200, answered=40)
    assert site.norms.of(campaign) == ten


async def test_while_the_database_is_away_the_last_norm_stays(room: Room) -> None:
    campaign = await a_past(room)
    site = Site(room.database)
    minding = asyncio.create_task(mind_answer_norms(site.norms))
    nine = await _told(site, campaign, 9)
    await _rename(room, "attempt", "away")
    site.now += HOUR
    with pytest.raises(StoreError):
        await site.norms.read()
    assert site.norms.of(campaign) == nine
    assert not minding.done()
    await _rename(room, "away", "attempt")
    assert (await _told(site, campaign, 10)).answered == 40
    minding.cancel()
    with suppress(asyncio.CancelledError):
        await minding


async def test_where_nothing_could_be_read_there_is_no_norm(room: Room) -> None:
    campaign = await a_past(room)
    await _rename(room, "attempt", "away")
    site = Site(room.database)
    with pytest.raises(StoreError):
        await site.norms.read()
    assert site.norms.of(campaign) is None


@pytest.mark.parametrize(
    ("state", "is_judged"), [(CampaignState.RUNNING, True), (CampaignState.PAUSED, False)]
)
def test_the_pictures_own_norm_is_that_of_the_campaigns_that_run(
    state: CampaignState, *, is_judged: bool
) -> None:
    stage = Stage()
    stage.load(state)
    nine = NormView(hour=9, days=20, day_kind="working", placed=200, answered=80)
    shown = picture.take(
        stage.engine, stage.now, site="s", zone="Asia/Shanghai", norm_of=lambda _: nine
    )
    assert shown.campaigns[0].norm == nine
    assert shown.norm == (nine if is_judged else None)
    assert from_json(to_json(shown)) == shown


async def _told(site: Site, campaign: Campaign, hour: int) -> NormView:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            norm = site.norms.of(campaign)
            if norm is not None and norm.hour == hour:
                return norm
            await asyncio.sleep(0.01)


async def _rename(room: Room, before: str, after: str) -> None:
    async with room.database.writing() as connection:
        await connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))
