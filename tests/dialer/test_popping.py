"""Screen pop: who, history, open work orders and a script, when a call is offered (R11, R24)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from campaigns.orders.order import Door, NewOrder, OrderKind, OrderPolicy
from campaigns.outcomes import Disposition, Outcome
from campaigns.phone.numbers import caller_e164
from dialer.client import EngineClient
from dialer.control import ControlServer
from dialer.effects import EndAttempt
from dialer.killpoints import KillPoints
from dialer.loop import EngineLoop
from dialer.messages import Message, Now
from dialer.popping import PopPolicy, Pops
from dialer.switch_events import (
    CallHungUp,
    QueueAbandoned,
    QueueConnected,
    QueueExited,
    QueueLeft,
    QueueOffered,
    QueueUnanswered,
)
from dialer.wire import Do
from store.database import Database
from store.do_not_call import DoNotCallEntry
from store.screen_pop import OnFile
from store.work_orders import WorkOrders
from tests.campaigns.test_orders import HOURS
from tests.dialer.stage import CAMPAIGN, Stage
from tests.store.room import MONDAY_9, Room, rows_of

HOUR = timedelta(hours=1)
POLICY = PopPolicy(
    scripts={"waihu-inbound": "您好，物业服务中心。", "callback": "您好，回访。"},
    read_number=lambda text: caller_e164(text, "CN"),
)
ORDERS = OrderPolicy(hours=HOURS, kinds={"repair": OrderKind()}, group="service")
KNOWN = "+8613000000000"
KEYS = {
    *("agent", "call", "at", "direction", "number_end", "queue", "campaign", "subject"),
    *("script", "on_file", "people", "history", "work_orders", "do_not_call"),
}


@pytest.fixture
async def room(empty_file: Path, tmp_path: Path) -> AsyncIterator[Room]:
    async with Database(Path(shutil.copy(empty_file, tmp_path / "waihu.db"))) as database:
        yield Room(database)


@pytest.fixture
def pops(room: Room) -> Pops:
    return Pops(room.database, lambda: POLICY, lambda: MONDAY_9 + 2 * HOUR)


def rings(pops: Pops, call: str = "1.1", number: str = KNOWN, member: str = "1001") -> None:
    pops.heard(QueueOffered(call=call, queue="waihu-inbound", member=member, caller_number=number))


async def popped(pops: Pops, agent: str = "1001", call: str = "1.1") -> Mapping[str, Any]:
    """The pop of that call, once it is there."""
    async with asyncio.timeout(20):
        with pops.followed(agent) as queue:
            for pop in pops.latest(agent):
                if pop["call"] == call:
                    return pop
            while (pop := await queue.get()) is not None:
                if pop["call"] == call:
                    return pop
    raise AssertionError("sent away")


async def test_a_known_caller_is_shown_with_history_work_orders_and_script(
    room: Room, pops: Pops
) -> None:
    campaign = await room.running_campaign(1)
    claim = await room.sent(campaign, MONDAY_9)
    await room.write(
        EndAttempt(
            attempt=claim.attempt,
            outcome=Outcome.SUCCESS,
            disposition=Disposition.SUCCESS,
            at=MONDAY_9 + HOUR,
            note="要发票",
        )
    )
    new = NewOrder(
        kind="repair", opened_by=Door.AGENT, who="1002", e164=KNOWN, subject="漏水", owner="1002"
    )
    order = await WorkOrders(room.database, ORDERS).open(new, Random(1), MONDAY_9)
    await room.do_not_call.add(
        DoNotCallEntry(
            e164=KNOWN, campaign_id=None, source="operator", reason="", added_at=MONDAY_9
        )
    )
    rings(pops, number="13000000000")
    pop = await popped(pops)
    assert set(pop) == KEYS
    assert (pop["direction"], pop["number_end"], pop["queue"], pop["script"]) == (
        "inbound",
        "00",
        "waihu-inbound",
        "您好，物业服务中心。",
    )
    assert [(one["name"], one["campaign"], one["custom"]) for one in pop["people"]] == [
        ("张0", "callback", {"district": "徐汇"})
    ]
    assert [(one["what"], one["agent"], one["note"]) for one in pop["history"]] == [
        ("success", "1001", "要发票")
    ]
    assert [(one["number"], one["state"]) for one in pop["work_orders"]] == [(order.number, "open")]
    assert pop["do_not_call"] is True
    assert KNOWN not in str(pop)


@pytest.mark.parametrize("number", ["", "02162881234", "<script>"])
async def test_a_stranger_and_a_withheld_number_pop_too(pops: Pops, number: str) -> None:
    rings(pops, number=number)
    pop = await popped(pops)
    assert (pop["on_file"], pop["people"], pop["history"], pop["work_orders"]) == (
        True,
        [],
        [],
        [],
    )
    assert pop["number_end"] == (number[-2:] or None)


async def test_each_agent_who_is_rung_sees_a_call_once(pops: Pops) -> None:
    with pops.followed(None) as queue:
        for member in ("1001", "1002", "1001"):
            rings(pops, member=member)
        assert {(await queue.get() or {})["agent"] for _ in range(2)} == {"1001", "1002"}
        rings(pops, call="1.2")
        assert (await queue.get() or {})["call"] == "1.2"
        assert queue.empty()


CALL = {"call": "1.1", "queue": "waihu-inbound"}


@pytest.mark.parametrize(
    ("event", "left"),
    [
        (QueueUnanswered(**CALL, member="1001"), ["1002"]),
        (QueueConnected(**CALL, member="1002"), ["1002"]),
        (QueueLeft(**CALL), ["1001", "1002"]),  # a moment before an agent has the caller
        (QueueAbandoned(**CALL), []),
        (QueueExited(**CALL, status="TIMEOUT"), []),
        (CallHungUp(call="1.1", cause=16), []),
        (QueueUnanswered(**{**CALL, "call": "1.0"}, member="1001"), ["1001", "1002"]),
    ],
)
async def test_who_was_rung_and_has_not_taken_the_call_sees_it_no_longer(  # R11
    pops: Pops, event: Message, left: list[str]
) -> None:
    stirred: list[str] = []
    for member in ("1001", "1002"):
        rings(pops, member=member)
        await popped(pops, agent=member)
    pops.stirred = stirred.append
    with pops.followed(None) as queue:
        pops.heard(event)
        gone = [queue.get_nowait() or {} for _ in range(queue.qsize())]
    assert sorted(str(one["agent"]) for one in pops.latest(None)) == left
    assert [member for member in ("1001", "1002") if pops.card(member)] == left
    assert {str(one["agent"]) for one in gone} == {"1001", "1002"} - set(left) == set(stirred)
    assert all(one["withdrawn"] is True and one["call"] == "1.1" for one in gone)


async def test_a_call_that_was_taken_stays_and_one_that_comes_again_pops_again(pops: Pops) -> None:
    rings(pops)
    await popped(pops)
    pops.heard(QueueUnanswered(**CALL, member="1001"))
    rings(pops)
    assert (await popped(pops))["call"] == "1.1"
    pops.heard(QueueConnected(**CALL, member="1001"))
    pops.heard(CallHungUp(call="1.1", cause=16))
    assert [one["call"] for one in pops.latest("1001")] == ["1.1"]


async def test_a_pop_that_is_still_read_when_the_agent_lets_it_pass_never_comes(
    pops: Pops, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asyncio.Event()

    async def slow(*_: object, **__: object) -> OnFile:
        await found.wait()
        return OnFile()

    monkeypatch.setattr("dialer.popping.on_file", slow)
    with pops.followed(None) as queue:
        rings(pops)
        pops.heard(QueueUnanswered(**CALL, member="1001"))
        rings(pops, call="1.2")
        found.set()
        assert [(await queue.get() or {})["call"] for _ in range(2)] == ["1.1", "1.2"]
    assert [one["call"] for one in pops.latest(None)] == ["1.2"]


async def test_a_caller_who_rings_fifty_agents_is_looked_up_once(
    pops: Pops, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def counted(*_: object, call: str, **__: object) -> OnFile:
        asked.append(call)
        return OnFile()

    monkeypatch.setattr("dialer.popping.on_file", counted)
    with pops.followed(None) as queue:
        for nth in range(50):
            rings(pops, member=str(nth))
        found = [await queue.get() or {} for _ in range(50)]
    assert asked == ["1.1"]
    assert {one["agent"] for one in found} == {str(nth) for nth in range(50)}
    assert all(one["on_file"] for one in found)


async def test_a_database_that_does_not_answer_makes_a_pop_that_says_so(
    pops: Pops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("dialer.popping.on_file", never)
    monkeypatch.setattr("dialer.popping.WITHIN_S", 0.01)
    monkeypatch.setattr("dialer.popping.AT_ONCE", 2)
    with pops.followed(None) as queue:
        for nth in range(5):
            rings(pops, call=f"1.{nth}", member=str(nth))
        found = [await queue.get() or {} for _ in range(5)]
    assert [one["on_file"] for one in found] == [False] * 5
    assert {one["agent"] for one in found} == {str(nth) for nth in range(5)}


async def test_who_reads_nothing_is_sent_away_and_keeps_nobody(
    pops: Pops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.popping.BEHIND", 3)
    with pops.followed("1001") as queue:
        for nth in range(5):
            rings(pops, call=f"1.{nth}")
            await popped(pops, call=f"1.{nth}")
        kept = [queue.get_nowait() for _ in range(queue.qsize())]
    assert len(kept) == 4
    assert kept[-1] is None


# ── calls of ours ────────────────────────────────────────────────────────────────────────


async def test_an_outbound_call_pops_when_its_agent_is_kept_before_it_is_placed(
    room: Room, pops: Pops
) -> None:
    campaign = await room.running_campaign(0)
    await room.lists.import_batch(campaign.id, rows_of(1), MONDAY_9)
    stage = Stage().opens()
    stage.passes(7)
    stage.engine.floor.take_changed()
    (attempt,) = stage.answers_claim(found=1)
    for agent in stage.engine.floor.take_changed():
        pops.changed(agent, stage.engine)
    pop = await popped(pops, call=attempt)
    assert (pop["direction"], pop["campaign"], pop["number_end"], pop["script"]) == (
        "outbound",
        CAMPAIGN.name,
        "01",
        "您好，回访。",
    )
    assert [one["name"] for one in pop["people"]] == ["张0"]
    # The talk is the same call: it pops once.
    stage.reserves(attempt)
    stage.judges(attempt)
    with pops.followed(None) as queue:
        for agent in stage.engine.floor.take_changed():
            pops.changed(agent, stage.engine)
        await asyncio.sleep(0)
        assert queue.empty()


class _Nowhere:
    async def perform(self, _effect: object, _now: object = None) -> None:
        return None


async def test_pops_are_followed_on_the_engines_socket(pops: Pops, tmp_path: Path) -> None:
    path = tmp_path / "waihu.sock"
    now = Now(utc=datetime(2026, 11, 23, tzinfo=UTC), mono=0.0)
    loop = EngineLoop(Stage().engine, _Nowhere(), _Nowhere(), lambda: now, KillPoints({}))
    server = ControlServer(path, loop, lambda _: pytest.fail("no picture"), None, pops)
    async with server.serving():
        rings(pops)
        await popped(pops)
        async with EngineClient(path) as engine:
            following = engine.follow(Do.POPS, agent="1001")
            assert (await anext(following)).facts["call"] == "1.1"
            rings(pops, member="1002")
            rings(pops, call="1.2")
            assert (await anext(following)).facts["call"] == "1.2"
            with suppress(GeneratorExit):
                await following.aclose()
        async with EngineClient(path) as engine:
            asked: Any = (await engine.ask(Do.POP, agent="1001")).facts["pops"]
            assert [one["call"] for one in asked] == ["1.2"]
