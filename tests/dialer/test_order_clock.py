"""The engine minds work orders by itself, by what is set now (R13, R14)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from campaigns.orders.order import Door, Level, NewOrder
from config.errors import ConfigError
from config.loading import load_settings
from config.settings import Settings
from dialer.order_clock import OrderRules, look_at_orders, mind_orders
from store import schema
from store.database import Database
from store.work_orders import WorkOrders

MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
OWNERS = '[orders.groups.service]\nsupervisor = "2001"\n'


class Site:
    """Settings that change, and a clock."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "waihu.toml"
        self.now = MONDAY
        self.set(OWNERS)
        self.rules = OrderRules(lambda: self.settings, lambda: self.now)

    def set(self, text: str) -> None:
        self._file.write_text(text, encoding="utf-8")
        self.settings: Settings = load_settings(self._file)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
async def database(empty_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(Path(shutil.copy(empty_file, tmp_path / "waihu.db"))) as database:
        yield database


async def opened(database: Database, site: Site) -> str:
    orders = WorkOrders(database, (await site.rules.site()).policy)
    new = NewOrder(kind="repair", opened_by=Door.IVR, who="hotline")
    return (await orders.open(new, Random(1), site.now)).number


async def test_what_is_overdue_goes_up_once_until_the_engine_ends(
    database: Database, site: Site
) -> None:
    number = await opened(database, site)
    orders = WorkOrders(database, (await site.rules.site()).policy)
    site.now += timedelta(days=2)
    minding = asyncio.create_task(mind_orders(database, site.rules, lambda: site.now))
    for _ in range(1_000):
        if (await orders.show(number)).order.version > 1:
            break
        await asyncio.sleep(0.01)
    minding.cancel()
    with suppress(asyncio.CancelledError):
        await minding
    await look_at_orders(database, site.rules, site.now)
    order = (await orders.show(number)).order
    assert (order.version, order.level, order.owner) == (2, Level.SUPERVISOR, "2001")


async def test_limits_are_those_that_are_set_now(database: Database, site: Site) -> None:
    number = await opened(database, site)
    site.set("[orders.kinds.repair]\ninvestigate_days = 9\nsolve_days = 9\n")
    later = await opened(database, site)
    orders = WorkOrders(database, (await site.rules.site()).policy)
    by = [(await orders.show(one)).order.investigate_by for one in (number, later)]
    assert by == [MONDAY.replace(hour=10) + timedelta(days=days) for days in (1, 11)]


async def test_a_calendar_that_nobody_knows_leaves_what_was_known(site: Site) -> None:
    known = await site.rules.site()
    site.set('[orders]\ncalendar = "US-ZZ"\n')
    try:
        load = await OrderRules(lambda: site.settings, lambda: site.now).site()
    except ConfigError:
        assert await site.rules.site() == known
    else:
        pytest.fail(f"somebody knows {load}")


async def test_a_row_that_nobody_can_read_does_not_end_the_minding(
    database: Database, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.order_clock.LOOK_EVERY_S", 0.01)
    number = await opened(database, site)
    orders = WorkOrders(database, (await site.rules.site()).policy)
    site.now += timedelta(days=2)
    await set_state(database, "of a later version")
    minding = asyncio.create_task(mind_orders(database, site.rules, lambda: site.now))
    await asyncio.sleep(0.3)
    assert not minding.done()
    await set_state(database, "open")
    for _ in range(1_000):
        if (await orders.show(number)).order.version > 1:
            break
        await asyncio.sleep(0.01)
    minding.cancel()
    with suppress(asyncio.CancelledError):
        await minding
    assert (await orders.show(number)).order.level is Level.SUPERVISOR


async def set_state(database: Database, state: str) -> None:
    async with database.writing() as connection:
        await connection.execute(schema.work_order.update().values(state=state))
