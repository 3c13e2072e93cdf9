"""Agents' phones log in through the AGI and take calls; callers survive our absence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

from asterisk.lab.customers import DEFAULT_MIX, Behaviour
from asterisk.lab.people import AgentNews, Habits, LabPeople
from asterisk.lab.phones import AmiWire, Phones
from asterisk.lab.process import LabAsterisk
from campaigns.outcomes import Disposition
from dialer.agents import State

CALLER = "Local/far@waihu-probe/n"
READY_AFTER_S = 6.0


@asynccontextmanager
async def on_the_phone(lab_wire: AmiWire, agent: str) -> AsyncIterator[None]:
    phones = Phones(lab_wire)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(phones.listen()), group.create_task(phones.call(agent))]
        yield
        for task in tasks:
            task.cancel()


async def test_a_phone_logs_in_to_the_slot_that_the_agi_names(
    board: Any, agi: Any, lab_wire: AmiWire
) -> None:
    agi.variables["login"] = "WAIHU_SLOT=7001"
    async with on_the_phone(lab_wire, "8001"):
        await board.event("AgentLogin", Agent="7001")
    await board.event("AgentLogoff", Agent="7001")
    assert agi.asked == ["login?agent=8001"]


async def test_a_reserved_agent_takes_the_call_and_so_does_a_queue_member(
    board: Any, agi: Any, lab_wire: AmiWire
) -> None:
    agi.variables |= {"login": "WAIHU_SLOT=7002", "inbound": "WAIHU_QUEUE=waihu-callback"}
    async with on_the_phone(lab_wire, "8002"):
        await board.event("AgentLogin", Agent="7002")
        await asyncio.sleep(READY_AFTER_S)  # Asterisk's own probation of a fresh login
        call = board.dial("Local/answers@waihu-lab-behaviours/n", slot="7002")
        await board.event("BridgeEnter", Uniqueid=call)
        await board.event("Hangup", Uniqueid=call)
        board.wire.send(
            {
                "Action": "QueueAdd",
                "Queue": "waihu-callback",
                "Interface": "Local/7002@waihu-agent/n",
                "StateInterface": "Agent:7002",
                "MemberName": "8002",
            }
        )
        call = board.originate(CALLER, context="waihu-inbound", exten="4008000000")
        connect = await board.event("AgentConnect", Uniqueid=call)
        assert (connect["Queue"], connect["MemberName"]) == ("waihu-callback", "8002")
        await board.event("BridgeEnter", Uniqueid=call)


async def test_a_login_that_the_agi_refuses_is_told_so_and_hung_up(
    board: Any, agi: Any, lab_wire: AmiWire
) -> None:
    agi.variables["login"] = "WAIHU_REFUSED=unknown_agent"
    phones = Phones(lab_wire)
    listening = asyncio.create_task(phones.listen())
    async with asyncio.timeout(10):
        await phones.call("8099")
    listening.cancel()
    assert not [m for m in board.messages if m.get("Event") == "AgentLogin"]


async def test_without_our_agi_a_caller_waits_in_the_plain_queue(board: Any) -> None:
    call = board.originate(CALLER, context="waihu-inbound", exten="4008000000")
    joined = await board.event("QueueCallerJoin", Uniqueid=call, within_s=3.0)
    assert joined["Queue"] == "waihu-inbound"
    board.wire.send({"Action": "Hangup", "Channel": call})


async def test_an_agi_that_says_nothing_keeps_no_caller(board: Any, agi: Any) -> None:
    call = board.originate(CALLER, context="waihu-inbound", exten="4008000000")
    joined = await board.event("QueueCallerJoin", Uniqueid=call, within_s=3.0)
    assert joined["Queue"] == "waihu-inbound"
    assert agi.asked == ["inbound"]
    board.wire.send({"Action": "Hangup", "Channel": call})


async def test_a_caller_who_is_sent_here_again_is_not_led_by_an_old_answer(
    board: Any, agi: Any
) -> None:
    """By a Redirect out of a flow's queue, to a Waihu that says nothing of it any more."""
    agi.variables["inbound"] = "WAIHU_SAID=nothing"
    old = "WAIHU_NEXT=queue,WAIHU_QUEUE=waihu-callback"
    call = board.originate(CALLER, context="waihu-inbound", exten="4008000000", Variable=old)
    joined = await board.event("QueueCallerJoin", Uniqueid=call, within_s=3.0)
    assert joined["Queue"] == "waihu-inbound"
    board.wire.send({"Action": "Hangup", "Channel": call})


async def test_a_queue_that_does_not_exist_loses_no_caller(board: Any, agi: Any) -> None:
    agi.variables["inbound"] = "WAIHU_QUEUE=waihu-nowhere"
    call = board.originate(CALLER, context="waihu-inbound", exten="s")
    joined = await board.event("QueueCallerJoin", Uniqueid=call)
    assert joined["Queue"] == "waihu-inbound"
    board.wire.send({"Action": "Hangup", "Channel": call})


async def test_the_probe_tells_which_server_answered_which_mark(board: Any, agi: Any) -> None:
    agi.variables["probe"] = "WAIHU_PROBED=here_1_host"
    board.originate(CALLER, context="waihu-probe", exten="s", Variable="WAIHU_PROBE=here")
    reached = await board.event("UserEvent", UserEvent="WaihuProbe", Probe="here")
    assert (reached["Result"], reached["Proof"]) == ("SUCCESS", "here_1_host")
    assert agi.asked == ["probe?mark=here"]
    del agi.variables["probe"]
    board.originate(CALLER, context="waihu-probe", exten="s", Variable="WAIHU_PROBE=silent")
    silent = await board.event("UserEvent", UserEvent="WaihuProbe", Probe="silent")
    assert silent["Result"] == "TIMEOUT"


async def test_a_stranger_cannot_take_the_place_of_the_probes_own_words(
    board: Any, agi: Any
) -> None:
    agi.variables["probe"] = "WAIHU_PROBED=x,Probe: forged,Url: agi://forged"
    board.originate(CALLER, context="waihu-probe", exten="s", Variable="WAIHU_PROBE=mine")
    told = await board.event("UserEvent", UserEvent="WaihuProbe", Probe="mine")
    assert told["Url"] != "agi://forged"


async def test_the_probe_tells_that_nobody_listens_and_where_it_called(
    board: Any, lab_asterisk: LabAsterisk
) -> None:
    board.originate(CALLER, context="waihu-probe", exten="s", Variable="WAIHU_PROBE=nobody")
    probe = await board.event("UserEvent", UserEvent="WaihuProbe", Probe="nobody")
    assert (probe["Result"], probe["Url"]) == ("FAILURE", lab_asterisk.facts.agi_url)


async def test_simulated_people_log_in_and_dispose_of_each_call_once(
    board: Any, agi: Any, lab_wire: AmiWire
) -> None:
    agi.variables["login"] = "WAIHU_SLOT=7003"
    said: list[tuple[str, Disposition]] = []
    done = asyncio.Event()

    async def dispose(
        agent: str, word: Disposition, appointment_at: datetime | None, note: str
    ) -> None:
        assert (appointment_at, note) == (None, "")
        said.append((agent, word))
        done.set()

    async def news() -> AsyncIterator[AgentNews]:
        await board.event("AgentLogin", Agent="7003")
        fax = f"{DEFAULT_MIX.by_digits.index(Behaviour.FAX):02}"
        for state in (State.TALKING, State.WRAP_UP, State.WRAP_UP):
            yield AgentNews(agent="8003", state=state, attempt="one", number_end=fax)
        await done.wait()

    habits = Habits(mix=DEFAULT_MIX, may_call=lambda _: True, think_s=(0.0, 0.1))
    people = LabPeople(
        ["8003"],
        Phones(lab_wire),
        habits,
        random=Random(1),  # reproducible people, no secret
        utc_now=lambda: datetime(2026, 11, 23, tzinfo=UTC),
    )
    await people.run(news(), dispose)
    await board.event("AgentLogoff", Agent="7003")
    assert said == [("8003", Disposition.FAX)]
