"""Preview on the real Asterisk: the agent sees the contact first, and the phone rings after.

One agent and an engine in a process of its own, which is killed in the middle of a look.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import Campaign, Mode
from campaigns.outcomes import Disposition, Outcome
from dialer.agents import State
from dialer.client import EngineClient
from dialer.effects import ReplyCode
from dialer.wire import Answer, Do
from tests.line.people import Word
from tests.line.site import PROGRAM, Site, number_of

AGENT = "1001"
AGENTS = {AGENT: ("waihu-tree",)}
REASON = "上午刚通过话"


async def types(site: Site, do: Do, **fields: str) -> Answer:
    """What the agent's command asks of the engine."""
    async with EngineClient(site.settings.paths.socket) as engine:
        return await engine.ask(do, agent=AGENT, **fields)


async def looks(site: Site, number: str) -> str:
    """The agent asks and is shown this number; returns the attempt."""
    shown = await types(site, Do.NEXT)
    assert (shown.code, shown.facts["e164"]) == (ReplyCode.OK, number)
    await site.people.are(State.RESERVED, [AGENT])
    return str(shown.facts["attempt"])


async def test_an_agent_looks_skips_outlives_a_killed_engine_dials_talks_and_disposes(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    numbers = [number_of(mix, Behaviour.ANSWERS, nth, block=900) for nth in range(3)]
    async with Site(switch, tmp_path, AGENTS) as site:
        site.people.usual_word = None
        await site.start_process()
        await site.people.log_in(AGENTS)
        campaign = await site.dial("looks", numbers, queue="waihu-tree", mode=Mode.PREVIEW)
        calls = [await _skips(site, numbers[0], campaign)]
        calls += [await _is_killed_while_looking(site, numbers[1], campaign)]
        await _talks(site, numbers[2], campaign)
        assert (await types(site, Do.NEXT)).facts["limit"] == "list"
        assert not [call for call in calls if site.view.all("Newchannel", Uniqueid=call)]


async def _sees_the_card(site: Site, number: str) -> None:
    file = site.settings.paths.database.with_name("waihu.toml")
    command = (PROGRAM, "--config", str(file), "agent", "next", AGENT)
    run = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    card = (await run.communicate())[0].decode()
    assert run.returncode == 0
    for fact in ("张三 · looks", number, "Asia/Shanghai", f"waihu agent dial {AGENT}"):
        assert fact in card, card
    assert "not called yet" in card  # the look itself is no call


async def _skips(site: Site, number: str, campaign: Campaign) -> str:
    await _sees_the_card(site, number)
    call = await looks(site, number)  # asked again, it is the same
    assert (await types(site, Do.SKIP, reason=REASON)).code == ReplyCode.OK
    (made,) = await site.attempts(number, campaign)  # told as saved, so it is on file (I6)
    assert (made.outcome, made.agent, made.note) == (Outcome.SKIPPED, AGENT, REASON)
    assert (made.counted, made.sent_at) == (False, None)
    return call


async def _is_killed_while_looking(site: Site, number: str, campaign: Campaign) -> str:
    call = await looks(site, number)
    assert site.process is not None
    site.process.kill()
    await site.process.wait()
    assert (await site.attempts(number, campaign))[0].outcome is None
    await site.start_process()
    (freed,) = await site.attempts(number, campaign)
    assert (freed.outcome, freed.counted, freed.sent_at) == (Outcome.NOT_SENT, False, None)
    await site.people.are(State.IDLE, [AGENT])  # what was reserved on the switch is undone
    assert (await types(site, Do.DIAL)).code == ReplyCode.NO_PREVIEW
    return call


async def _talks(site: Site, number: str, campaign: Campaign) -> None:
    call = await looks(site, number)
    assert (await types(site, Do.DIAL)).code == ReplyCode.OK
    await site.view.event("BridgeEnter", Uniqueid=call)
    await site.people.are(State.WRAP_UP, [AGENT])
    said = await site.people.say(AGENT, Word(disposition=Disposition.SUCCESS))
    assert said.code == ReplyCode.OK
    (ended,) = await site.attempts(number, campaign)
    assert (ended.outcome, ended.counted) == (Outcome.SUCCESS, True)
