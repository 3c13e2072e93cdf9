"""An agent who is there, but not in time: the message comes before two seconds are over (I4).

This agent hears a tone of several seconds before the customer is heard: the slot is taken, the
dialplan waits with the customer alone in a bridge, and only the engine's own clock helps.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import find_asterisk
from campaigns.outcomes import Outcome
from dialer.agents import State
from tests.line.site import Site, number_of

LONG_TONE = "vm-intro"
SLOW = "1001"
AGENTS = {SLOW: ("waihu-slow",)}


async def test_an_agent_who_is_not_in_the_bridge_in_time_is_given_up(
    parts: Path, switch: LabAsterisk, mix: Mix, tmp_path: Path
) -> None:
    facts = replace(switch.facts, agi_port=free_port(), agent_tone=LONG_TONE)
    slow = LabAsterisk(find_asterisk(parts), tmp_path / "asterisk", facts, mix=mix)
    await slow.start()
    try:
        async with Site(slow, tmp_path, AGENTS) as site:
            await site.start_engine()
            await site.people.log_in(AGENTS)
            await _is_given_up(site, number_of(mix, Behaviour.MACHINE))
            await site.only_agents_remain()
    finally:
        await slow.stop()


async def _is_given_up(site: Site, patient: str) -> None:
    campaign = await site.dial("late", [patient], queue="waihu-slow")
    call = (await site.sent(patient, campaign)).id
    answered = await site.view.event("Newstate", Uniqueid=call, ChannelStateDesc="Up")
    told = await site.view.event("UserEvent", UserEvent="WaihuUnserved", Uniqueid=call)
    assert told.at - answered.at < 2.0
    await site.view.plays(call, site.switch.facts.unserved_sound)
    await site.people.are(State.READYING, [SLOW])  # no other customer for this agent just now
    ended = await site.ended(patient, campaign)
    assert (ended.outcome, ended.counted, ended.bridged_at) == (Outcome.ABANDONED, True, None)
