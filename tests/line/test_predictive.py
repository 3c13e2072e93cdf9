"""Predictive on the real Asterisk: nobody is kept for a call, and nobody who answers is left.

The agents' words come at once, so that a list of a few dozen is over in seconds.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import Campaign, Mode
from campaigns.outcomes import Outcome
from campaigns.pacing_choice import PacingChoice
from dialer.agents import State
from store.contacts import AttemptRecord
from supervisor.snapshot import CampaignView, PaceView
from tests.line.site import Site, number_of
from tests.line.waiting import wait_for

QUEUE = "waihu-rush"
AGENTS = {str(1001 + n): (QUEUE,) for n in range(4)}
CALLER = "Local/far@waihu-probe/n"
WITHIN_S = 2.0
HEARD_LATE_S = 0.3
"""What a busy machine may add to the moments that this test hears."""


async def all_ended(site: Site, campaign: Campaign, numbers: list[str]) -> list[AttemptRecord]:
    """The first attempt on each, once it has its outcome."""
    return [await site.ended(number, campaign, within_s=60.0) for number in numbers]


def answered_to_served_s(site: Site, call: AttemptRecord) -> float:
    """From the answer to the agent in the bridge or to the message, as the switch told."""
    (answered, *_) = site.view.all("Newstate", Uniqueid=call.id, ChannelStateDesc="Up")
    bridged = site.view.all("BridgeEnter", Uniqueid=call.id)
    message = site.view.all("UserEvent", UserEvent="WaihuUnserved", Attempt=call.id)
    gone = site.view.all("Hangup", Uniqueid=call.id)
    return min(heard.at for heard in (*bridged, *message, *gone)) - answered.at


async def view_of(site: Site, campaign: Campaign) -> CampaignView:
    """The campaign in the live picture."""
    campaigns = (await site.snapshot()).campaigns
    return next(one for one in campaigns if one.name == campaign.name)


async def test_everybody_who_answers_has_an_agent_or_the_message_within_two_seconds(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    """More calls than free agents; I2 and I4 hold, whoever takes which."""
    numbers = [number_of(mix, Behaviour.ANSWERS, nth, block=700) for nth in range(40)]
    numbers += [number_of(mix, Behaviour.BUSY, nth, block=700) for nth in range(8)]
    async with Site(switch, tmp_path, AGENTS) as site:
        await site.start_engine()
        await site.people.log_in(AGENTS)
        campaign = await site.dial("foresees", numbers, queue=QUEUE, mode=Mode.PREDICTIVE)
        calls = await all_ended(site, campaign, numbers)
        await site.people.are(State.IDLE, AGENTS)

        async def all_counted() -> PaceView | None:
            """The law's count, which is read back from the database now and then."""
            pace = (await view_of(site, campaign)).pace
            return pace if pace is not None and pace.day_answered == 40 else None

        pace = await wait_for(all_counted, within_s=30.0, what="40 answered in the law's count")

    outcomes = Counter(call.outcome for call in calls)
    talked = [call for call in calls if call.outcome is Outcome.SUCCESS]
    assert outcomes[Outcome.SUCCESS] + outcomes[Outcome.ABANDONED] == 40, outcomes
    assert outcomes[Outcome.BUSY] == 8
    assert len(talked) >= 32, outcomes
    assert {call.agent for call in talked} == set(AGENTS)
    for call in calls:
        if call.outcome in {Outcome.SUCCESS, Outcome.ABANDONED}:
            assert answered_to_served_s(site, call) < WITHIN_S + HEARD_LATE_S
    assert pace is not None
    assert pace.day_abandoned == 40 - len(talked)
    placed_for_nobody = site.view.all("UserEvent", UserEvent="WaihuWaiting")
    assert len(placed_for_nobody) >= 40


async def test_an_agent_whom_a_queue_took_in_that_instant_is_passed_over_for_another(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    """The named agent's phone is taken by a call that the engine did not know of."""
    number = number_of(mix, Behaviour.ANSWERS, 0, block=720)
    async with Site(switch, tmp_path, {"1001": (QUEUE,), "1002": (QUEUE,)}) as site:
        await site.start_engine()
        await site.people.log_in(["1001"])
        await asyncio.sleep(0.2)
        await site.people.log_in(["1002"])  # the longest idle is 1001
        slot = site.view.all("AgentLogin")[0].headers["Agent"]
        stranger = site.view.call(CALLER, context="waihu-answered", Variable=f"WAIHU_SLOT={slot}")
        await site.view.event("BridgeEnter", Uniqueid=stranger)
        campaign = await site.dial("passes", [number], queue=QUEUE, mode=Mode.PREDICTIVE)
        ended = await site.ended(number, campaign)
        site.view.hang_up(stranger)
        tried = site.view.all("UserEvent", UserEvent="WaihuWaiting", Attempt=ended.id)
    assert (ended.outcome, ended.agent) == (Outcome.SUCCESS, "1002")
    assert [heard.headers.get("Tried", "") for heard in tried] == ["", slot]


async def test_amd_tells_a_person_from_a_machine_and_agents_hear_persons_only(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    """Switched on by the manager: the real AMD listens first; what it costs is seen by the ear."""
    amd = {"mode": Mode.PREDICTIVE, "queue": QUEUE, "pacing": PacingChoice(amd=True)}
    persons = [number_of(mix, Behaviour.ANSWERS, nth, block=730) for nth in range(3)]
    machines = [number_of(mix, Behaviour.MACHINE, nth, block=740) for nth in range(2)]
    greets = "Local/{number}@waihu-lab-greets/n"
    async with Site(switch, tmp_path, AGENTS) as site:
        await site.start_engine()
        await site.people.log_in(AGENTS)
        heard = await site.dial("persons", persons, dial_string=greets, **amd)
        unheard = await site.dial("machines", machines, **amd)
        talks = await all_ended(site, heard, persons)
        silenced = await all_ended(site, unheard, machines)
    assert [call.outcome for call in talks] == [Outcome.SUCCESS] * len(persons)
    assert [call.outcome for call in silenced] == [Outcome.MACHINE] * len(machines)
    assert {call.agent for call in silenced} == {None}
    for call in talks:
        (waits,) = site.view.all("UserEvent", UserEvent="WaihuWaiting", Attempt=call.id)
        (met, *_) = site.view.all("BridgeEnter", Uniqueid=call.id)
        assert met.at - waits.at < WITHIN_S
