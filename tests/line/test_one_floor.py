"""Agents, customers and callers on one floor: the course of a call, and what goes wrong in it.

One engine serves every story; each has its own queue and agents, so that none disturbs another.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from statistics import quantiles
from typing import Any

import pytest
import pytest_asyncio

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.contact import ContactState
from campaigns.hours import day_ends
from campaigns.outcomes import Disposition, Outcome
from campaigns.retry_policy import RetryPolicy
from dialer.agents import State
from dialer.client import EngineClient
from dialer.effects import ReplyCode
from dialer.messages import AgentRecord
from dialer.wire import Do
from store.agents import Agents
from tests.dialer.stage import SHANGHAI
from tests.line.people import Word
from tests.line.site import Site, number_of
from tests.line.waiting import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLER = "Local/far@waihu-probe/n"
COURSE, CALLED_BACK, OCCUPIED, LEAVES, HOTLINE = "2001", "2002", "2003", "2004", "2005"
LENT = "2006"
RUSH = [str(3001 + n) for n in range(15)]
ANSWERED_CALLS = 100
AGENTS = {
    COURSE: ("waihu-course",),
    CALLED_BACK: ("waihu-tree",),
    OCCUPIED: ("waihu-pair",),
    LEAVES: ("waihu-solo",),
    HOTLINE: ("waihu-hotline", "waihu-inbound"),
    LENT: ("waihu-slow",),
    **dict.fromkeys(RUSH, ("waihu-rush",)),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    switch: LabAsterisk, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("floor")
    async with Site(switch, folder, AGENTS, inbound_queue="waihu-hotline") as site:
        await site.start_engine()
        await site.people.log_in(AGENTS)
        yield site


# ── reserve, dial, bridge, dispose, retry ────────────────────────────────────────────────


async def test_an_agent_is_kept_before_the_phone_rings_and_free_after_the_word(
    site: Site, mix: Mix
) -> None:
    number = number_of(mix, Behaviour.HANGS_UP_EARLY, block=200)
    site.people.words[number[-2:]] = None  # this agent speaks when the test says so
    again = RetryPolicy(delay=timedelta(seconds=3))
    campaign = await site.dial("course", [number], queue="waihu-course", retry=again)

    kept = await _pause_told(site, COURSE, Paused="1", PausedReason="reserved")
    first = await site.sent(number, campaign)
    rings = await site.view.event("Newstate", Uniqueid=first.id, ChannelStateDesc="Ringing")
    bridge = (await site.view.event("BridgeEnter", Uniqueid=first.id)).headers["BridgeUniqueid"]
    meets = await site.view.event("BridgeEnter", BridgeUniqueid=bridge, BridgeNumChannels="2")
    assert kept < rings.at < meets.at
    pop = await _pop(site, COURSE, first.id)  # R11
    assert (pop["direction"], pop["campaign"], pop["number_end"]) == (
        "outbound",
        campaign.name,
        number[-2:],
    )
    assert [one["campaign"] for one in pop["people"]] == [campaign.name]
    phones = site.view.all("BridgeEnter", BridgeUniqueid=bridge)
    assert any(COURSE in one.headers["Channel"] for one in phones)

    await site.people.are(State.WRAP_UP, [COURSE])
    wraps_up = await _pause_told(site, COURSE, Paused="1", PausedReason="wrapup")
    assert not [one for one in _unpaused(site, COURSE) if kept < one < wraps_up]
    assert (await site.attempts(number, campaign))[0].outcome is None

    said = await site.people.say(COURSE, Word(disposition=Disposition.UNSUCCESSFUL))
    assert said.code == ReplyCode.OK
    ended = (await site.attempts(number, campaign))[0]
    assert ended.outcome is Outcome.UNSUCCESSFUL  # I6: told as saved, so it is on file
    await _until_unpaused(site, COURSE, after=wraps_up)

    second = await site.sent(number, campaign, nth=2)  # R5: comes back by itself
    assert first.sent_at is not None
    assert second.sent_at is not None
    assert second.sent_at - first.sent_at >= again.delay
    await site.people.are(State.WRAP_UP, [COURSE])
    said = await site.people.say(COURSE, Word(disposition=Disposition.SUCCESS))
    assert said.code == ReplyCode.OK
    record = await site.contact(number, campaign)
    assert (record.contact.state, record.next_attempt_at) == (ContactState.DONE, None)


async def test_after_three_dials_a_contact_rolls_into_the_next_days_pool(
    site: Site, mix: Mix
) -> None:  # R5
    number = number_of(mix, Behaviour.BUSY, block=300)
    often = RetryPolicy(delay=timedelta(seconds=1))
    campaign = await site.dial("thrice", [number], queue="waihu-tree", retry=often)
    third = await site.ended(number, campaign, nth=3)
    record = await site.contact(number, campaign)
    assert [one.outcome for one in record.attempts] == [Outcome.BUSY] * 3
    assert record.contact.state is ContactState.OPEN
    assert third.sent_at is not None
    assert record.next_attempt_at == day_ends(SHANGHAI, third.sent_at)


# ── the two seconds ──────────────────────────────────────────────────────────────────────


async def test_of_a_hundred_answered_people_99_have_an_agent_within_two_seconds(
    site: Site, mix: Mix, record_property: Callable[[str, object], None]
) -> None:  # I4
    people = [number_of(mix, Behaviour.ANSWERS, nth, block=500) for nth in range(ANSWERED_CALLS)]
    campaign = await site.dial("rush", people, queue="waihu-rush")
    attempts = [await site.ended(number, campaign, within_s=60.0) for number in people]
    assert {one.outcome for one in attempts} == {Outcome.SUCCESS}
    percentiles = quantiles((_waited_s(site, one.id) for one in attempts), n=100)
    p50_ms, p99_ms = percentiles[49] * 1000, percentiles[98] * 1000
    record_property("answer_to_agent_ms", {"p50": round(p50_ms, 1), "p99": round(p99_ms, 1)})
    sys.stdout.write(
        f"{len(people)} calls, answer to agent: p50 {p50_ms:.1f}, p99 {p99_ms:.1f} ms\n"
    )
    assert p99_ms < 2000


def _waited_s(site: Site, attempt: str) -> float:
    """From the customer's answer until somebody else is in the bridge, as the switch told it."""
    (up,) = site.view.all("Newstate", Uniqueid=attempt, ChannelStateDesc="Up")
    bridge = site.view.all("BridgeEnter", Uniqueid=attempt)[0].headers["BridgeUniqueid"]
    met = site.view.all("BridgeEnter", BridgeUniqueid=bridge, BridgeNumChannels="2")
    return met[0].at - up.at


async def test_a_customer_whom_nobody_can_take_hears_the_message_and_counts_as_abandoned(
    site: Site, mix: Mix
) -> None:  # I4
    stranger = site.view.call(
        CALLER, context="waihu-answered", Variable=f"WAIHU_SLOT={await _slot(site, OCCUPIED)}"
    )
    await site.view.event("BridgeEnter", Uniqueid=stranger)
    number = number_of(mix, Behaviour.FAX, block=700)  # stays on the line for 5 s
    campaign = await site.dial("unserved", [number], queue="waihu-pair")

    attempt = await site.sent(number, campaign)
    answered = await site.view.event("Newstate", Uniqueid=attempt.id, ChannelStateDesc="Up")
    told = await site.view.event("UserEvent", UserEvent="WaihuUnserved", Uniqueid=attempt.id)
    assert told.headers["Attempt"] == attempt.id
    assert told.at - answered.at < 2.0
    await site.view.plays(attempt.id, site.switch.facts.unserved_sound)
    ended = await site.ended(number, campaign)
    assert (ended.outcome, ended.counted, ended.bridged_at) == (Outcome.ABANDONED, True, None)
    assert ended.sent_at is not None
    record = await site.contact(number, campaign)
    assert record.next_attempt_at == ended.sent_at + timedelta(hours=4)  # R5
    site.view.hang_up(stranger)


# ── agents who leave ─────────────────────────────────────────────────────────────────────


async def test_when_the_last_agent_leaves_the_ringing_phone_is_let_go_and_dialing_stops(
    site: Site, mix: Mix
) -> None:
    ringing = number_of(mix, Behaviour.NO_ANSWER, block=800)
    waiting = number_of(mix, Behaviour.ANSWERS, block=800)
    campaign = await site.dial("solo", [ringing, waiting], queue="waihu-solo")
    attempt = await site.sent(ringing, campaign)
    await site.view.event("Newstate", Uniqueid=attempt.id, ChannelStateDesc="Ringing")
    site.people.hang_up(LEAVES)

    ended = await site.ended(ringing, campaign)
    assert (ended.outcome, ended.counted) == (Outcome.STOPPED, True)
    await site.view.event("Hangup", Uniqueid=attempt.id)

    async def explained() -> bool:
        views = {one.name: one for one in (await site.snapshot()).campaigns}
        why = views["solo"].why
        return why is not None and why.code == "agents"

    await wait_for(explained, within_s=5.0, what="the campaign waits for agents, and says so")
    assert await site.attempts(waiting, campaign) == ()


async def test_who_is_lent_to_more_queues_takes_calls_in_all_of_them(site: Site) -> None:  # R17
    queues = ("waihu-slow", "waihu-keys", "waihu-inbound")
    await Agents(site.database).save(AgentRecord(agent=LENT, name=LENT, queues=queues))
    async with EngineClient(site.settings.paths.socket) as engine:
        assert (await engine.ask(Do.REFRESH)).code == ReplyCode.OK

    async def in_all() -> bool:
        return await site.view.paused_in(LENT) == dict.fromkeys(queues, False)

    await wait_for(in_all, within_s=3.0, what="a member of all three, paused in none")


# ── inbound, and the door of the agents ──────────────────────────────────────────────────


async def test_an_inbound_caller_goes_by_our_agi_into_the_queue_that_we_name(site: Site) -> None:
    call = site.view.call(CALLER, context="waihu-inbound", exten="4008000000")
    joined = await site.view.event("QueueCallerJoin", Uniqueid=call)
    assert joined.headers["Queue"] == "waihu-hotline"  # the dialplan alone says waihu-inbound
    taken = await site.view.event("AgentConnect", Uniqueid=call)
    assert taken.headers["MemberName"] == HOTLINE
    pop = await _pop(site, HOTLINE, call)  # R11
    assert (pop["direction"], pop["queue"], pop["on_file"]) == ("inbound", "waihu-hotline", True)
    await site.people.are(State.TALKING, [HOTLINE])
    (hotline,) = [one for one in (await site.snapshot()).queues if one.name == "waihu-hotline"]
    assert (hotline.offered, hotline.answered, hotline.waiting) == (1, 1, 0)
    site.view.hang_up(call)
    await site.people.are(State.WRAP_UP, [HOTLINE])


async def test_a_phone_that_is_nobodys_or_of_an_agent_at_work_is_told_so_and_hung_up(
    site: Site,
) -> None:
    before = len(site.view.all("AgentLogin"))
    async with asyncio.timeout(10):
        await asyncio.gather(*map(site.people.phones.call, ["9999", COURSE]))
    assert len(site.view.all("AgentLogin")) == before


async def test_in_the_end_no_channel_lives_but_the_agents_own(site: Site) -> None:
    await site.only_agents_remain()
    assert (await site.snapshot()).calls.total == 0


# ── looking ──────────────────────────────────────────────────────────────────────────────


async def _pop(site: Site, agent: str, call: str) -> Mapping[str, Any]:
    """What the agent's screen was told of that call."""

    async def look() -> Mapping[str, Any] | None:
        async with EngineClient(site.settings.paths.socket) as engine:
            pops: Any = (await engine.ask(Do.POP, agent=agent)).facts["pops"]
        return next((pop for pop in pops if pop["call"] == call), None)

    found = await wait_for(look, within_s=5.0, what=f"a pop for {agent}")
    assert found is not None
    return found


async def _pause_told(site: Site, login: str, **said: str) -> float:
    return (await site.view.event("QueueMemberPause", MemberName=login, **said)).at


def _unpaused(site: Site, login: str) -> list[float]:
    return [one.at for one in site.view.all("QueueMemberPause", MemberName=login, Paused="0")]


async def _until_unpaused(site: Site, login: str, *, after: float) -> None:
    async def look() -> bool:
        return any(at > after for at in _unpaused(site, login))

    await wait_for(look, within_s=5.0, what=f"{login} is back in the queue")


async def _slot(site: Site, login: str) -> str:
    records = await Agents(site.database).records()
    (slot,) = [record.slot for record in records if record.agent == login]
    assert slot is not None
    return slot
