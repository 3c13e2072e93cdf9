"""What the queues show of one slot is told in order; nothing else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.clock import clock
from dialer.effects import JoinQueues, LeaveQueues, SaveSlot, StoreEffect, SwitchEffect
from dialer.engine import Engine, EnginePolicy
from dialer.killpoints import KillPoints
from dialer.loop import EngineLoop
from dialer.messages import AgentRecord, Loaded, LoginAgent, Message, SlotSaved, StopEngine
from dialer.switch_events import AgentLoggedIn
from routing.inbound import InboundRoutes
from supervisor.statistics import Statistics

NOTHING_ARMED: Mapping[str, str] = {}


class SlowSwitch:
    """A switch whose queues take their time for slot 7001; notes what it has begun and done."""

    def __init__(self) -> None:
        self.begun: list[SwitchEffect] = []
        self.done: list[SwitchEffect] = []
        self.may_join = asyncio.Event()
        self.arrived = asyncio.Condition()

    async def perform(self, effect: SwitchEffect) -> Message | None:
        self.begun.append(effect)
        if isinstance(effect, JoinQueues) and effect.slot == "7001":
            await self.may_join.wait()
        self.done.append(effect)
        async with self.arrived:
            self.arrived.notify_all()
        return None

    async def has_done(self, kind: type, slot: str) -> None:
        async with self.arrived:
            await self.arrived.wait_for(
                lambda: any(isinstance(e, kind) and e.slot == slot for e in self.done)  # type: ignore[union-attr]
            )


class Books:
    """A store that takes everything."""

    async def perform(self, effect: StoreEffect, now: datetime) -> Message | None:
        del now
        return SlotSaved(ref=effect.ref) if isinstance(effect, SaveSlot) else None


def on_file(*queues: str) -> Loaded:
    logins = ("1001", "1002")
    records = (AgentRecord(agent=login, name=login, queues=queues) for login in logins)
    return Loaded(campaigns=(), agents=tuple(records))


async def test_a_slot_leaves_no_queue_before_it_has_joined_and_others_do_not_wait() -> None:
    switch = SlowSwitch()
    policy = EnginePolicy(slots=("7001", "7002"), routes=InboundRoutes(default="waihu-inbound"))
    engine = Engine(policy, Statistics(ZoneInfo("Asia/Shanghai"), {}))
    loop = EngineLoop(engine, switch, Books(), clock, KillPoints(NOTHING_ARMED))
    running = asyncio.create_task(loop.run())
    async with asyncio.timeout(5):
        loop.put(on_file("waihu-a", "waihu-b"))
        for login in ("1001", "1002"):
            answer = await loop.ask(LoginAgent(ask=login, call=f"phone{login}", agent=login))
            loop.put(AgentLoggedIn(slot=answer["WAIHU_SLOT"], channel=f"phone{login}"))
        loop.put(on_file("waihu-c"))  # both are to leave a and b, and to join c
        await switch.has_done(LeaveQueues, "7002")
        assert not [e for e in switch.begun if isinstance(e, LeaveQueues) and e.slot == "7001"]
        switch.may_join.set()
        await switch.has_done(LeaveQueues, "7001")
    ours = [e for e in switch.done if isinstance(e, JoinQueues | LeaveQueues) and e.slot == "7001"]
    assert [type(effect) for effect in ours[:2]] == [JoinQueues, LeaveQueues]
    loop.put(StopEngine(grace_s=0.0))
    await running
