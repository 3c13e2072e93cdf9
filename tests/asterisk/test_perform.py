"""Effects carried out on the switch, and what the engine is told of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from random import Random

import pytest

from asterisk.link import Link, Patience
from asterisk.perform import perform
from dialer.effects import (
    HangUp,
    JoinQueues,
    LeaveQueues,
    LetHear,
    ListenMode,
    Originate,
    PauseMember,
    PlayTone,
    PlayUnserved,
    RecordTalk,
    RingSupervisor,
    Survey,
    SwitchEffect,
    Tone,
)
from dialer.switch_events import (
    ActionDone,
    CallOriginated,
    LinkDown,
    LinkUp,
    NotHeard,
    SwitchEvent,
    SwitchSurveyed,
    Waiting,
)
from tests.fake_asterisk import Answer, FakeAsterisk, accept, listing, reject, silence, value

ATTEMPT = "01k9xg3v5m0000000000000000"
MET_NOBODY = "01k9xg3v5m0000000000000001"
CALL = Originate(
    attempt=ATTEMPT,
    dial_string="PJSIP/{number}@trunk",
    e164="+862155501234",
    caller_id="4008001234",
    ring_timeout_s=30,
    slot="7001",
    queue="waihu-callback",
)
PAUSE = PauseMember(slot="7001", reason="reserved", ref="r1")
JOIN = JoinQueues(slot="7001", agent="1001", queues=("waihu-a", "waihu-b"), reason="login")


@asynccontextmanager
async def linked(
    asterisk: FakeAsterisk, answer_s: float = 5
) -> AsyncIterator[tuple[Link, asyncio.Queue[SwitchEvent]]]:
    inbox: asyncio.Queue[SwitchEvent] = asyncio.Queue()
    link = Link(
        host="127.0.0.1",
        port=asterisk.port,
        username="waihu",
        secret="s3cret",  # noqa: S106 - the fake takes any
        deliver=inbox.put_nowait,
        random=Random(7),
        patience=Patience(answer_s=answer_s, ping_every_s=60),
    )
    running = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(5):
            assert isinstance(await inbox.get(), LinkUp)
        yield link, inbox
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_an_originate_that_is_queued_says_nothing_yet() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, _):
        assert await perform(link, CALL) is None
        assert asterisk.named("Originate")[0]["ChannelId"] == ATTEMPT


async def test_an_originate_that_is_refused_at_once_is_a_failed_call() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, _):
        asterisk.answers["Originate"] = reject("Channel ID already in use")
        told = await perform(link, CALL)
        assert told == CallOriginated(call=ATTEMPT, success=False, reason=0)


async def test_an_originate_with_a_forged_number_is_never_sent_and_is_a_failed_call() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, _):
        told = await perform(link, replace(CALL, e164="+86\r\nAction: Command"))
        assert told == CallOriginated(call=ATTEMPT, success=False, reason=0)
        assert not asterisk.named("Originate")


async def test_a_link_lost_under_an_originate_says_nothing_of_the_call() -> None:  # I1
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, inbox):
        asterisk.answers["Originate"] = silence
        calling = asyncio.create_task(perform(link, CALL))
        await asterisk.arrived("Originate")
        asterisk.hang_up()
        assert await calling is None
        assert isinstance(await inbox.get(), LinkDown)


async def test_an_originate_whose_answer_is_lost_says_nothing_of_the_call() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk, answer_s=0.05) as (link, _):
        asterisk.answers["Originate"] = silence
        assert await perform(link, CALL) is None


async def test_what_has_left_us_is_told_before_the_switch_has_answered() -> None:
    """The drill kills there: the bytes are written, and nobody knows what became of them."""
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, _):
        left: list[str] = []
        link.written = lambda action: left.append(action.name)
        asterisk.answers["Originate"] = silence
        calling = asyncio.create_task(perform(link, CALL))
        await asterisk.arrived("Originate")
        assert left == ["Originate"]
        assert not calling.done()
        calling.cancel()


async def test_a_pause_that_is_done_is_told_to_whoever_waits_for_it() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, _):
        assert await perform(link, PAUSE) == ActionDone(ref="r1", ok=True)
        assert await perform(link, replace(PAUSE, ref="")) is None


@pytest.mark.parametrize("answer", [reject("Interface not found"), silence])
async def test_a_pause_that_is_not_done_is_told_with_the_reason(answer: Answer) -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk, answer_s=0.05) as (link, _):
        asterisk.answers["QueuePause"] = answer
        told = await perform(link, PAUSE)
        assert isinstance(told, ActionDone)
        assert (told.ref, told.ok) == ("r1", False)
        assert "QueuePause" in told.text


async def test_a_member_who_is_there_from_before_is_put_in_anew_under_the_agents_login() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, _):
        there = {"waihu-a"}

        def add(action: dict[str, str]) -> bytes | None:
            if action["Queue"] in there:
                return reject("Unable to add interface: Already there")(action)
            return accept(action)

        def remove(action: dict[str, str]) -> bytes:
            there.discard(action["Queue"])
            return accept(action)

        asterisk.answers |= {"QueueAdd": add, "QueueRemove": remove}
        assert await perform(link, JOIN) is None
        added = [(one["Queue"], one["MemberName"]) for one in asterisk.named("QueueAdd")]
        assert added == [("waihu-a", "1001"), ("waihu-a", "1001"), ("waihu-b", "1001")]


@pytest.mark.parametrize(
    "effect",
    [
        HangUp(call=ATTEMPT),
        PlayUnserved(call=ATTEMPT),
        PlayTone(slot="7001", tone=Tone.SAVED),
        RingSupervisor(call=ATTEMPT, dial_string="PJSIP/8001", shows="1001", ring_timeout_s=20),
        LetHear(call=ATTEMPT, slot="7001", mode=ListenMode.BARGE),
        RecordTalk(call=ATTEMPT, slot="7001", file="x"),
        LeaveQueues(slot="7001", queues=("waihu-a",)),
        JOIN,
        PAUSE,
        CALL,
        Survey(),
    ],
)
@pytest.mark.parametrize("word", ["refused", "down"])
async def test_no_effect_raises_whatever_the_switch_does(effect: SwitchEffect, word: str) -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, inbox):
        for name in ("Hangup", "Redirect", "QueueAdd", "QueueRemove", "QueuePause", "Agents"):
            asterisk.answers[name] = reject("Permission denied")
        asterisk.answers["Originate"] = reject("Permission denied")
        if word == "down":
            link.drop("test")
            assert isinstance(await inbox.get(), LinkDown)
        await perform(link, effect)


RINGS = RingSupervisor(call=ATTEMPT, dial_string="PJSIP/8001", shows="1001", ring_timeout_s=20)


@pytest.mark.parametrize("there", ["0", "1"])
async def test_an_older_dialplan_is_found_before_a_supervisors_phone_rings(there: str) -> None:
    lacks = there == "0"
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, _):
        asterisk.answers["Getvar"] = value(there)
        asterisk.answers["Originate"] = reject("Permission denied")
        assert await perform(link, RINGS) == NotHeard(call=ATTEMPT, lacks=lacks)
        assert bool(asterisk.named("Originate")) is not lacks


AGENTS = listing(
    "AgentsComplete",
    ("Agents", {"Agent": "7001", "Status": "AGENT_IDLE", "Uniqueid": "1.1"}),
    (
        "Agents",
        {
            "Agent": "7002",
            "Status": "AGENT_ONCALL",
            "Uniqueid": "1.2",
            "TalkingToChan": "PJSIP/trunk-1",
        },
    ),
    ("Agents", {"Agent": "7003", "Status": "AGENT_LOGGEDOFF"}),
)
MEMBERS = listing(
    "QueueStatusComplete",
    ("QueueParams", {"Queue": "waihu-a"}),
    (
        "QueueMember",
        {
            "Queue": "waihu-a",
            "Name": "1001",
            "Location": "Local/7001@waihu-agent/n",
            "Paused": "1",
            "PausedReason": "wrapup",
        },
    ),
    ("QueueMember", {"Location": "Local/7002@waihu-agent/n", "Paused": "0", "PausedReason": ""}),
    ("QueueMember", {"Location": "PJSIP/somebody", "Paused": "1", "PausedReason": "lunch"}),
    ("QueueEntry", {"Queue": "waihu-a", "Uniqueid": "1.7", "Wait": "12", "CallerIDNum": "139"}),
)
CHANNELS = listing(
    "CoreShowChannelsComplete",
    ("CoreShowChannel", {"Channel": "PJSIP/trunk-1", "Uniqueid": ATTEMPT, "ChannelState": "6"}),
    ("CoreShowChannel", {"Uniqueid": "1.1", "ChannelState": "5"}),
    ("CoreShowChannel", {"Uniqueid": MET_NOBODY, "ChannelState": "6", "Context": "waihu-unserved"}),
)


def dialplan(action: dict[str, str]) -> bytes:
    """One that remembers two who met nobody, and lacks a context; one function is not loaded."""
    known = {
        "WAIHU_UNMET": f"{MET_NOBODY}+{ATTEMPT}+",
        "DIALPLAN_EXISTS(waihu-waiting)": "1",
        "DIALPLAN_EXISTS(waihu-connect)": "0",
        "DIALPLAN_EXISTS(waihu-screened)": "",
    }
    return value(known[action["Variable"]])(action)


async def test_a_survey_tells_who_sits_where_who_is_paused_and_which_calls_live() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, _):
        asterisk.answers |= {
            "Agents": AGENTS,
            "QueueStatus": MEMBERS,
            "CoreShowChannels": CHANNELS,
            "Getvar": dialplan,
        }
        assert await perform(link, Survey()) == SwitchSurveyed(
            agents={"7001": "1.1", "7002": "1.2"},
            paused={"7001": "wrapup"},
            calls={ATTEMPT: True, "1.1": False, MET_NOBODY: True},
            talking={"7002": ATTEMPT},
            members={"7001": {"waihu-a": "1001"}},
            penalties={"7001": {"waihu-a": 0}},
            waiting={"1.7": Waiting(queue="waihu-a", waited_s=12.0, number="139")},
            at_message=frozenset({MET_NOBODY}),
            unmet=frozenset({MET_NOBODY, ATTEMPT}),
            lacking=frozenset({"waihu-connect"}),
        )


async def test_half_a_survey_is_none() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as (link, inbox):
        asterisk.answers |= {"Agents": AGENTS, "QueueStatus": MEMBERS, "CoreShowChannels": silence}
        surveying = asyncio.create_task(perform(link, Survey()))
        await asterisk.arrived("CoreShowChannels")
        asterisk.hang_up()
        assert await surveying is None
        assert isinstance(await inbox.get(), LinkDown)
