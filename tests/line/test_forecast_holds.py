"""The simulator beside the switch: what it forecasts of twenty agents, they do.

A private Asterisk of its own, with customers who ring, talk and fail as in the demo. The forecast
rests on what this hour's calls say of the customers; how long agents wait is what both are asked.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import fmean, stdev

import pytest

from asterisk.lab.customers import Behaviour, Pace, mix_of
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import find_asterisk
from asterisk.render import PbxFacts, QueueFacts
from campaigns.campaign import CampaignState, Mode
from campaigns.outcomes import Outcome
from dialer.sim.forecast import forecast
from dialer.sim.history import learn
from dialer.sim.model import given
from dialer.sim.times import Fixed
from store.reports import CallTimes, Reports
from tests.line.site import Site, utc_now

QUEUE = "waihu-many"
QUEUES = (QueueFacts(name=QUEUE), QueueFacts(name="waihu-inbound"))
AGENTS = {str(1001 + n): (QUEUE,) for n in range(20)}
CONTACTS = 500
DIALED_S = 60.0
SEEDS = range(12)
WIDTH = 4.4
"""Standard deviations of one run: 999 of 1,000 lie within, by Student's t of twelve runs."""
MIX = mix_of(
    {Behaviour.ANSWERS: 35, Behaviour.BUSY: 15, Behaviour.VACANT: 10, Behaviour.REJECTED: 40}
)
WORD_S = 0.2
"""The agents give their word at once; it takes a commit."""


@pytest.fixture
async def lab(parts: Path, tmp_path: Path) -> AsyncIterator[LabAsterisk]:
    facts = PbxFacts(ami_secret="0" * 12, agi_port=free_port(), slots=20, queues=QUEUES)
    pace = Pace(ring_s=(1.0, 5.0), talk_s=(4.0, 12.0))
    lab = LabAsterisk(find_asterisk(parts), tmp_path / "pbx", facts, mix=MIX, pace=pace)
    await lab.start()
    yield lab
    await lab.stop()


async def test_twenty_agents_wait_for_their_next_customer_as_the_simulator_forecasts(
    lab: LabAsterisk, tmp_path: Path
) -> None:
    # In order, every hundred numbers would be the same hundred people.
    ends = Random(7)
    numbers = [f"+8621{nth:06}{ends.randrange(100):02}" for nth in range(CONTACTS)]
    async with Site(lab, tmp_path, AGENTS) as site:
        await site.start_engine()
        await site.people.log_in(AGENTS)
        campaign = await site.campaign(
            "forecast", numbers, queue=QUEUE, mode=Mode.PREDICTIVE, max_calls=80, cps=10
        )
        await site.set_state(campaign, CampaignState.RUNNING)
        began = utc_now()
        await asyncio.sleep(DIALED_S)
        until = utc_now()
        await site.set_state(campaign, CampaignState.PAUSED)
        await asyncio.sleep(14.0)
        calls = await Reports(site.database).call_times(campaign.id, began, utc_now())

    talks = [call for call in calls if call.bridged_at is not None and call.bridged_at < until]
    lost = sum(call.outcome is Outcome.ABANDONED for call in calls)
    busy_s = sum(_within_s(call, until) + WORD_S for call in talks)
    length_s = (until - began).total_seconds()
    idle_s = (len(AGENTS) * length_s - busy_s) / len(talks)

    model = replace(learn(calls, given(), 60.0).model, wrap_up_s=Fixed(mean=WORD_S))
    runs = [
        forecast(campaign, model, len(AGENTS), seed, length_s / 3600, began, CONTACTS)
        for seed in SEEDS
    ]
    forecast_s = [run.idle_s or 0.0 for run in runs]
    mean_s, spread_s = fmean(forecast_s), WIDTH * stdev(forecast_s)
    sys.stdout.write(
        f"idle before each customer: measured {idle_s:.2f} s over {len(talks)} talks, {lost} lost; "
        f"forecast {mean_s:.2f} s, within {mean_s - spread_s:.2f} to {mean_s + spread_s:.2f} s, "
        f"lost {[run.abandoned for run in runs]}\n"
    )
    assert mean_s - spread_s <= idle_s <= mean_s + spread_s
    assert lost <= max(run.abandoned for run in runs) + 3


def _within_s(call: CallTimes, until: datetime) -> float:
    """The talk, as far as it lay before `until`."""
    assert call.bridged_at is not None
    return (min(call.ended_at or until, until) - call.bridged_at).total_seconds()
