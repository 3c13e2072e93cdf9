"""The engine's own life beside a real Asterisk: its start, its link, its end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from structlog.testing import capture_logs

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import Campaign
from campaigns.outcomes import Disposition, Outcome
from dialer.agents import State
from dialer.client import EngineNotRunningError
from tests.line.people import Word
from tests.line.relay import Relay
from tests.line.site import Site, number_of
from tests.line.waiting import wait_for

AGENT = "1001"
AGENTS = {AGENT: ("waihu-tree", "waihu-inbound")}
JUST_CAME = "1002"
CALLER = "Local/far@waihu-probe/n"
WATCHED_S = 2.0
"""How long a refused login is watched for a second try; the first one would come in 0.25 s."""


# ── the link ─────────────────────────────────────────────────────────────────────────────


async def test_a_refused_login_is_said_once_with_its_cure_and_is_no_storm(
    switch: LabAsterisk, tmp_path: Path
) -> None:
    async with Relay(switch.ami_port) as relay:
        await relay.open()
        wrong = Site(switch, tmp_path, AGENTS, ami_port=relay.port, ami_secret="not the secret")  # noqa: S106  it is none
        with capture_logs() as logs:
            async with wrong as site:
                await site.start_engine()
                await _link_fault(site, "Authentication failed")
                await asyncio.sleep(WATCHED_S)
                assert (await site.snapshot()).link_up is False  # still there, and it answers
    refused = [line for line in logs if line["event"] == "link.login_refused"]
    assert len(refused) == 1
    assert "manager.conf" in refused[0]["cure"]
    assert relay.connections <= 2  # a busy machine may need a second try to be refused


async def test_an_engine_that_was_there_before_asterisk_dials_once_there_is_one(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    async with (
        Relay(switch.ami_port) as relay,
        Site(switch, tmp_path, AGENTS, ami_port=relay.port) as site,
    ):
        number = number_of(mix, Behaviour.ANSWERS)
        campaign = await site.dial("early", [number], queue="waihu-tree")
        await site.start_engine()
        await _link_fault(site, "does not answer")
        assert await site.attempts(number, campaign) == ()
        await relay.open()
        await site.people.log_in(AGENTS)
        assert (await site.ended(number, campaign)).outcome is Outcome.SUCCESS


async def test_a_caller_who_waits_when_the_engine_starts_is_known_to_wait(
    switch: LabAsterisk, tmp_path: Path
) -> None:
    async with Site(switch, tmp_path, AGENTS) as site:
        caller = site.view.call(CALLER, context="waihu-inbound", exten="4008000000")
        await site.view.event("QueueCallerJoin", Uniqueid=caller)
        await site.start_engine()

        async def waits() -> bool:
            return any(queue.waiting for queue in (await site.snapshot()).queues)

        await wait_for(waits, within_s=5.0, what="the survey tells of the caller")
        site.view.hang_up(caller)


async def _link_fault(site: Site, words: str) -> None:
    async def look() -> bool:
        return words.lower() in (await site.snapshot()).link_fault.lower()

    await wait_for(look, within_s=5.0, what=f"a link that is down: {words}")


# ── the end ──────────────────────────────────────────────────────────────────────────────


async def test_sigterm_lets_the_living_call_end_and_leaves_the_callers_their_queue(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    async with _talking(switch, tmp_path, mix) as (site, campaign, number):
        engine = site.process
        assert engine is not None
        engine.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(engine.wait(), 20.0) == 0
        attempt = await site.ended(number, campaign)
        assert (attempt.outcome, attempt.disposition) == (Outcome.FAX, Disposition.FAX)
        await site.view.event("Hangup", Uniqueid=attempt.id, Cause="16")
        assert await site.attempts(_another(mix), campaign) == ()
        log = site.settings.paths.log.read_text(encoding="utf-8")
        assert attempt.id in log
        assert number.removeprefix("+") not in log  # I9

        caller = site.view.call(CALLER, context="waihu-inbound", exten="4008000000")
        taken = await site.view.event("AgentConnect", Uniqueid=caller)
        assert (taken.headers["Queue"], taken.headers["MemberName"]) == ("waihu-inbound", AGENT)
        site.view.hang_up(caller)
        await site.only_agents_remain()


async def test_a_second_sigterm_hangs_up_and_the_call_ends_as_stopped(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    async with _talking(switch, tmp_path, mix) as (site, campaign, number):
        engine = site.process
        assert engine is not None
        engine.send_signal(signal.SIGTERM)
        await _stopping(site)
        assert (await site.attempts(number, campaign))[0].outcome is None
        engine.send_signal(signal.SIGTERM)
        engine.send_signal(signal.SIGTERM)  # a third does no harm
        assert await asyncio.wait_for(engine.wait(), 5.0) == 0
        attempt = await site.ended(number, campaign)
        assert (attempt.outcome, attempt.counted) == (Outcome.STOPPED, True)
        await site.view.event("Hangup", Uniqueid=attempt.id)
        await site.only_agents_remain()


async def test_a_wrap_up_at_the_end_is_kept_for_the_late_word_and_everybody_serves_the_queues(
    switch: LabAsterisk, tmp_path: Path, mix: Mix
) -> None:
    number = number_of(mix, Behaviour.ANSWERS)
    both = AGENTS | {JUST_CAME: AGENTS[AGENT]}
    async with Site(switch, tmp_path, both) as site:
        site.people.words[number[-2:]] = None
        engine = await site.start_process()
        await site.people.log_in([AGENT])
        campaign = await site.dial("silent", [number], queue="waihu-tree")
        await site.people.are(State.WRAP_UP, [AGENT])
        site.people.call_in([JUST_CAME])
        await site.people.are(State.READYING, [JUST_CAME])
        engine.send_signal(signal.SIGTERM)
        await _stopping(site)
        engine.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(engine.wait(), 5.0) == 0
        attempt = await site.ended(number, campaign)
        assert (attempt.outcome, attempt.disposition) == (Outcome.UNDISPOSED, None)
        for login in both:
            await _serves(site, login, both[login])


async def _serves(site: Site, login: str, queues: tuple[str, ...]) -> None:
    """Wait until an agent is in all these queues, and paused in none."""

    async def look() -> bool:
        return await site.view.paused_in(login) == dict.fromkeys(queues, False)

    await wait_for(look, within_s=3.0, what=f"{login} is paused in no queue")


@asynccontextmanager
async def _talking(
    switch: LabAsterisk, folder: Path, mix: Mix
) -> AsyncIterator[tuple[Site, Campaign, str]]:
    """An engine in a process of its own, whose one agent talks to a customer of patience."""
    number = number_of(mix, Behaviour.FAX)
    async with Site(switch, folder, AGENTS) as site:
        site.people.words[number[-2:]] = Word(disposition=Disposition.FAX)
        await site.start_process()
        await site.people.log_in(AGENTS)
        campaign = await site.dial("living", [number, _another(mix)], queue="waihu-tree")
        await site.people.are(State.TALKING, [AGENT])
        yield site, campaign, number


def _another(mix: Mix) -> str:
    return number_of(mix, Behaviour.ANSWERS, block=1)


async def _stopping(site: Site) -> None:
    async def look() -> bool:
        try:
            return (await site.snapshot()).stopping
        except EngineNotRunningError:
            return False

    await wait_for(look, within_s=5.0, what="the engine stops")
