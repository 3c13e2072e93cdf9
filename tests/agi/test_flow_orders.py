"""What a caller hears of work orders, and who guesses numbers hears of none (R13, R14)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agi.flow_orders import (
    FORGOTTEN_AFTER_S,
    GUESSES_OF_ALL,
    GUESSES_OF_ONE,
    FlowOrders,
    Guesses,
    OrderSite,
)
from campaigns.orders.numbers import draw_number
from campaigns.orders.order import Order, OrderKind, OrderPolicy, Step
from campaigns.orders.states import Act
from routing.flow_talk import AskOrder, Failed, Found, NotFound, OpenOrder
from store.database import Database
from store.work_orders import WorkOrders
from tests.campaigns.test_orders import HOURS

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
SITE = OrderSite(
    policy=OrderPolicy(hours=HOURS, kinds={"repair": OrderKind()}, group="service"), country="CN"
)
OPENING = OpenOrder(kind="repair", subject="漏水", text="", voicemail="100", group="", limit_s=5.0)
ZHANG, LI = "13800138000", "13900139000"


@dataclass
class Line:
    """The orders of one engine; `away`: the settings, and so the database, do not answer."""

    database: Database
    now: float = 0.0
    away: bool = False
    chance: Random = field(default_factory=lambda: Random(1))

    def __post_init__(self) -> None:
        self.orders = FlowOrders(
            self.database, self.site, self.chance, utc_now=lambda: NOW, mono=lambda: self.now
        )
        self.filed = WorkOrders(self.database, SITE.policy)

    async def site(self) -> OrderSite:
        if self.away:
            await asyncio.Event().wait()
        return SITE

    async def ask(self, number: str = "", caller: str = "", limit_s: float = 5.0) -> object:
        return await self.orders.find(AskOrder(number=number, limit_s=limit_s), caller)

    async def opened(self, caller: str) -> Order:
        told = await self.orders.open(OPENING, caller, "1700000000.1")
        assert isinstance(told, Found)
        return (await self.filed.show(told.values["order_number"])).order


@pytest.fixture
async def line(empty_file: Path, tmp_path: Path) -> AsyncIterator[Line]:
    async with Database(Path(shutil.copy(empty_file, tmp_path / "waihu.db"))) as database:
        yield Line(database)


def facts(order: Order, **more: str) -> Found:
    told = {
        "order_number": order.number,
        "order_kind": "repair",
        "order_state": "open",
        "order_due": "2026-11-30",
        "order_promised": "",
        "order_count": "1",
    }
    return Found({**told, **more})


async def test_an_order_that_was_opened_is_on_file_before_its_number_is_told(line: Line) -> None:
    order = await line.opened(ZHANG)
    assert (order.e164, order.subject, order.voicemail, order.call, order.opened_by) == (
        "+8613800138000",
        "漏水",
        "100",
        "1700000000.1",
        "ivr",
    )
    assert await line.ask(caller=ZHANG) == facts(order)


async def test_a_caller_hears_of_the_own_newest_one_or_of_the_number_that_was_typed(
    line: Line,
) -> None:
    first, second = await line.opened(ZHANG), await line.opened("+86 138-0013-8000")
    assert await line.ask(caller=ZHANG) == facts(second, order_count="2")
    assert await line.orders.count(ZHANG) == "2"
    assert await line.ask(caller=LI) == NotFound()
    assert await line.ask(caller="") == NotFound()
    assert await line.orders.count("anonymous") == "0"
    assert await line.ask(first.number, LI) == facts(first)
    # What is closed is no longer among the caller's own, but its number is still known.
    await line.filed.act(second.number, Step(act=Act.CLOSE, who="1001"), NOW)
    assert await line.ask(caller=ZHANG) == facts(first)
    closed = await line.ask(second.number)
    assert isinstance(closed, Found)
    assert closed.values["order_state"] == "closed"


async def test_who_guesses_numbers_goes_to_a_person(line: Line) -> None:
    order = await line.opened(ZHANG)
    chance = Random(2)
    for _ in range(10):
        assert await line.ask("123456780", LI) == NotFound(), "mistyped: nobody is asked"
    for _ in range(GUESSES_OF_ONE):
        assert await line.ask(draw_number(chance), LI) == NotFound()
    assert await line.ask(order.number, LI) == Failed()
    assert await line.ask(order.number, ZHANG) == facts(order)
    assert await line.ask(caller=LI) == NotFound(), "the own ones can always be asked for"
    line.now += FORGOTTEN_AFTER_S + 1
    assert await line.ask(order.number, LI) == facts(order)


def test_forged_callers_together_have_a_limit_too() -> None:
    guesses = Guesses(lambda: 0.0)
    for nth in range(GUESSES_OF_ALL):
        assert guesses.may_go_on(f"+86{nth}")
        guesses.missed(f"+86{nth}")
    assert not guesses.may_go_on("+8613800138000")


async def test_without_an_answer_in_time_the_caller_takes_the_other_way(line: Line) -> None:
    line.away = True
    assert await line.ask(caller=ZHANG, limit_s=0.01) == Failed()
    late = OpenOrder(kind="repair", subject="", text="", voicemail="", group="", limit_s=0.01)
    assert await line.orders.open(late, ZHANG, "") == Failed()
    waiting: list[Any] = [line.ask(caller=ZHANG, limit_s=0.05) for _ in range(100)]
    assert await asyncio.gather(*waiting) == [Failed()] * 100
    assert len(asyncio.all_tasks()) < 100
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
