"""Asterisk stopped, killed and started anew under load: what was lost is said, and work goes on.

The engine, its database and the agents' phones stay; each fall takes every channel with it.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from asterisk.lab.customers import Behaviour, Mix, Pace
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import find_asterisk
from asterisk.render import PbxFacts, QueueFacts
from campaigns.campaign import Campaign
from campaigns.outcomes import Outcome
from campaigns.retry_policy import RetryPolicy
from dialer.agents import State
from tests.drill.witness import Witness
from tests.line.conftest import REPLACED_AT_THE_START
from tests.line.site import Site, number_of
from tests.line.waiting import wait_for

AGENTS = [str(1001 + n) for n in range(6)]
QUEUE = "waihu-rush"
FALLS = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)
PEOPLE = 24
BACK_SOON = RetryPolicy(own_side_backoff=timedelta(seconds=1))
"""An honest "not sent" is dialed at once, and one that was no honest one is dialed twice."""
PATIENT = Mix(by_digits=(Behaviour.ANSWERS,) * 100)


@pytest_asyncio.fixture
async def own_switch(parts: Path, tmp_path: Path) -> AsyncIterator[LabAsterisk]:
    """An Asterisk of this test's own, as it will fall."""
    facts = PbxFacts(
        ami_secret=REPLACED_AT_THE_START,
        agi_port=free_port(),
        slots=12,
        queues=(QueueFacts(name="waihu-inbound"), QueueFacts(name=QUEUE)),
    )
    pace = Pace(ring_s=(0.3, 0.6), talk_s=(1.0, 1.5))
    lab = LabAsterisk(find_asterisk(parts), tmp_path / "pbx", facts, mix=PATIENT, pace=pace)
    await lab.start()
    yield lab
    await lab.stop()


async def test_asterisk_falls_three_times_under_load_and_no_one_is_called_twice(
    own_switch: LabAsterisk, tmp_path: Path
) -> None:  # I1, I2
    numbers = [number_of(PATIENT, Behaviour.ANSWERS, nth) for nth in range(PEOPLE)]
    async with (
        _watched(own_switch) as witness,
        Site(own_switch, tmp_path, dict.fromkeys(AGENTS, (QUEUE,))) as site,
    ):
        await site.start_engine()
        await site.people.log_in(AGENTS)
        campaign = await site.dial("falls", numbers, queue=QUEUE, wrap_up_s=3, retry=BACK_SOON)
        for sign in FALLS:
            await _some_talk(site)
            await own_switch.fall(sign)
            await own_switch.rise()
            await witness.heard.wait()
            await site.see_again()
            site.people.call_in(AGENTS)  # at once: the engine may not have heard of it yet
        attempts = {number: await _settled(site, number, campaign) for number in numbers}
        outcomes = Counter(outcome for each in attempts.values() for outcome in each)
        assert all(_dialed(each) == 1 for each in attempts.values()), outcomes
        seen = Counter(call.number for call in witness.calls.values())
        assert [number for number, times in seen.items() if times > 1] == []
        assert seen.keys() >= {n for n, each in attempts.items() if Outcome.SUCCESS in each}
        assert witness.impossible == []
        fell = PEOPLE - outcomes[Outcome.SUCCESS]
        assert fell <= len(FALLS) * len(AGENTS), outcomes  # what was in the air or in a talk
        await site.people.are(State.IDLE, AGENTS)
        await site.only_agents_remain()


@asynccontextmanager
async def _watched(switch: LabAsterisk) -> AsyncIterator[Witness]:
    """What really went out is asked of the switch: our own books may tell the engine's story."""
    witness = Witness(switch)
    await witness.open()
    try:
        yield witness
    finally:
        await witness.close()


async def _some_talk(site: Site) -> None:
    async def look() -> bool:
        return Counter(site.people.states.values())[State.TALKING] >= len(AGENTS) // 2

    await wait_for(look, within_s=20.0, what="half of the agents talk")


async def _settled(site: Site, number: str, campaign: Campaign) -> list[Outcome]:
    """The outcomes of a contact, once the last one is one that ends its day."""

    async def look() -> list[Outcome]:
        attempts = await site.attempts(number, campaign)
        outcomes = [one.outcome for one in attempts]
        done = bool(outcomes) and outcomes[-1] not in (None, Outcome.NOT_SENT)
        return [one for one in outcomes if one is not None] if done else []

    found = await wait_for(look, within_s=60.0, what=f"the outcome of {number}")
    assert found
    return found


def _dialed(outcomes: list[Outcome]) -> int:
    """How many of them may have rung at the person."""
    return sum(outcome is not Outcome.NOT_SENT for outcome in outcomes)


async def test_an_asterisk_that_stands_still_is_noticed_and_taken_back(
    own_switch: LabAsterisk, tmp_path: Path
) -> None:
    number = number_of(PATIENT, Behaviour.ANSWERS)
    async with Site(own_switch, tmp_path, {AGENTS[0]: (QUEUE,)}) as site:
        await site.start_engine()
        await site.people.log_in(AGENTS[:1])
        pid = own_switch.pid
        assert pid is not None
        own_switch.halt()
        try:
            await _link(site, up=False, within_s=10.0)
            campaign = await site.dial("still", [number], queue=QUEUE)
            await asyncio.sleep(1.0)
            assert await site.attempts(number, campaign) == ()
        finally:
            own_switch.resume()
        assert (await site.ended(number, campaign, within_s=30.0)).outcome is Outcome.SUCCESS


async def _link(site: Site, *, up: bool, within_s: float) -> None:
    async def look() -> bool:
        return (await site.snapshot()).link_up is up

    await wait_for(look, within_s=within_s, what=f"link up: {up}")
