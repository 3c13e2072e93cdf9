"""A load that does not come to its end: nothing of it is seen, and loading again gives it all."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from campaigns.campaign import Campaign
from campaigns.contact import ContactState
from campaigns.lists.importing import ImportOrder, import_list
from campaigns.lists.load_report import ImportReport
from config.campaign_file import CampaignFile
from store import schema
from store.campaigns import Campaigns
from store.database import Database
from store.dead_loads import DEAD_AFTER, discard_dead
from store.lists import Lists
from store.loading import BATCH
from store.sorting import OnDuplicate
from store.updating import finish_shown

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
ROWS = 2 * BATCH + 10
_CARRIED_OUT = "SELECT count(*) FROM contact WHERE name = '李'"
CAMPAIGN = {
    "name": "import",
    "kind": "callback",
    "dial_string": "PJSIP/{number}@trunk",
    "queue": "callback",
    "windows": {"every day": ["09:00-20:00"]},
}


class Site:
    """A campaign, and a list of three batches for it."""

    def __init__(self, folder: Path, database: Database, campaign: Campaign) -> None:
        self.list = folder / "list.csv"
        self.database = database
        self.campaign = campaign
        self.lists = Lists(database)
        self.name_all("张")

    def name_all(self, name: str) -> None:
        """Write the list anew: everybody in it has this name."""
        rows = "".join(f"1380{n:07},{name}\n" for n in range(ROWS))
        self.list.write_text(f"phone,name\n{rows}", encoding="utf-8")

    async def load(
        self,
        now: datetime,
        progress: Callable[[int, int], None] = lambda _line, _lines: None,
        refused_path: Path | None = None,
        duplicates: OnDuplicate = OnDuplicate.SKIP,
    ) -> ImportReport:
        order = ImportOrder(
            path=self.list,
            campaign=self.campaign,
            refused_path=refused_path,
            duplicates=duplicates,
        )
        return await import_list(order, self.database, lambda: now, progress=progress)

    async def contacts(self) -> int:
        async with self.database.reading() as connection:
            query = select(func.count()).select_from(schema.contact)
            return int((await connection.execute(query)).scalar_one())

    async def names(self) -> set[str]:
        async with self.database.reading() as connection:
            return set(await connection.scalars(select(schema.contact.c.name).distinct()))

    async def is_whole_after_another_load(self, now: datetime) -> bool:
        report = await self.load(now)
        (shown,) = await self.lists.records(self.campaign.id)
        return (
            report.added == await self.contacts() == ROWS
            and shown.contacts == {ContactState.OPEN: ROWS}
            and report.duplicates == 0
        )


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with Database(tmp_path / "waihu.db") as database:
        await database.upgrade()
        wanted = CampaignFile.from_flags(CAMPAIGN).campaign(0, "Asia/Shanghai")
        yield Site(tmp_path, database, await Campaigns(database).save(wanted, NOW))


async def test_a_process_killed_amid_its_load_leaves_nothing_that_is_seen(site: Site) -> None:
    await asyncio.to_thread(load_and_be_killed, site)
    assert 0 < await site.contacts() < ROWS
    assert await site.lists.records(site.campaign.id) == ()
    assert await site.lists.imports(site.campaign.id) == ()

    assert await site.is_whole_after_another_load(NOW + DEAD_AFTER)


async def test_a_process_killed_amid_its_load_has_changed_nobody(site: Site) -> None:
    await site.load(NOW)
    site.name_all("李")
    await asyncio.to_thread(load_and_be_killed, site)

    await discard_dead(site.database, NOW + DEAD_AFTER)
    await finish_shown(site.database, NOW)

    assert await site.names() == {"张"}


async def test_a_process_killed_when_its_load_is_shown_has_changed_everybody(site: Site) -> None:
    await site.load(NOW)
    site.name_all("李")
    await asyncio.to_thread(load_and_be_killed, site, "shown")
    assert await site.names() == {"张", "李"}

    again = await site.load(NOW + timedelta(seconds=1))

    assert again.duplicates == ROWS
    assert await site.names() == {"李"}


async def test_a_load_that_is_broken_off_gives_way_to_the_next_at_once(site: Site) -> None:
    task = asyncio.create_task(site.load(NOW, progress=lambda *_: task.cancel()))
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await site.lists.records(site.campaign.id) == ()
    assert await site.is_whole_after_another_load(NOW + timedelta(seconds=1))


async def test_a_load_whose_refused_rows_cannot_be_written_is_not_seen(site: Site) -> None:
    with site.list.open("a", encoding="utf-8") as file:
        file.write("nobody\n")
    with pytest.raises(OSError, match="No space left"):
        await site.load(NOW, refused_path=Path("/dev/full"))

    assert await site.contacts() == 0
    assert await site.is_whole_after_another_load(NOW)


async def test_a_number_of_a_load_that_comes_to_nothing_is_loaded_by_the_next(site: Site) -> None:
    """Both lists have it: were the second told so at once, it would be in none."""
    other: list[asyncio.Task[ImportReport]] = []

    def also(_line: int, _lines: int) -> None:
        if not other:
            other.append(asyncio.create_task(site.load(NOW)))
        else:
            task.cancel()

    task = asyncio.create_task(site.load(NOW, progress=also))
    with pytest.raises(asyncio.CancelledError):
        await task

    report = await other[0]
    assert (report.added, report.duplicates) == (ROWS, 0)
    assert await site.contacts() == ROWS


async def test_a_load_of_refused_rows_alone_can_be_broken_off_and_is_not_dead(site: Site) -> None:
    site.list.write_text("phone\n" + "nobody\n" * ROWS, encoding="utf-8")
    lines: list[int] = []

    def broken_off(line: int, _lines: int) -> None:
        lines.append(line)
        task.cancel()

    task = asyncio.create_task(site.load(NOW, progress=broken_off))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(lines) == 1


def load_and_be_killed(site: Site, when: str = "amid") -> None:
    """In a process of its own: load, and be killed after the second batch, or once it is shown."""
    database, campaign = str(site.database.path), str(site.campaign.id)
    arguments = [sys.executable, "-m", "tests.campaigns.test_import_deaths", database, campaign]
    arguments += [str(site.list), when]
    done = subprocess.run(arguments, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL


async def _load_and_be_killed(file: str, campaign_id: int, path: str, when: str) -> None:
    def die(line: int, _lines: int) -> None:
        if line > BATCH + 1 and when == "amid":
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def die_when_shown() -> Iterator[None]:
        yield
        with closing(sqlite3.connect(file)) as connection:
            (shown,) = connection.execute(_CARRIED_OUT).fetchone()
        if shown:
            os.kill(os.getpid(), signal.SIGKILL)

    async with Database(file) as database:
        database.watched = die_when_shown
        campaign = (await Campaigns(database).get(campaign_id, NOW)).campaign
        how = OnDuplicate.UPDATE
        order = ImportOrder(path=Path(path), campaign=campaign, duplicates=how)
        await import_list(order, database, lambda: NOW, progress=die)


if __name__ == "__main__":
    asyncio.run(_load_and_be_killed(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
