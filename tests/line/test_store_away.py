"""A locked database beside a real Asterisk: the call is served, and the agent's word is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.outcomes import Disposition, Outcome
from dialer.agents import State
from dialer.effects import ReplyCode
from store.journal import journal_path
from tests.line.people import Word
from tests.line.site import Site, number_of
from tests.line.waiting import wait_for
from tests.store.faults import locked

AGENT = "1001"
AGENTS = {AGENT: ("waihu-tree", "waihu-inbound")}
CALLER = "Local/far@waihu-probe/n"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_word_given_while_the_database_is_locked_outlives_the_engines_death(
    switch: LabAsterisk, tmp_path: Path, mix: Mix, kind: str, request: pytest.FixtureRequest
) -> None:  # I4, I6
    url = request.getfixturevalue("postgres_url") if kind == "postgresql" else None
    number = number_of(mix, Behaviour.FAX, block=900)  # stays on the line for 5 s
    another = number_of(mix, Behaviour.ANSWERS, block=900)
    async with Site(switch, tmp_path, AGENTS, database_url=url) as site:
        site.people.words[number[-2:]] = None  # this agent speaks when the test says so
        await site.start_process()
        await site.people.log_in(AGENTS)
        campaign = await site.dial("locked", [number, another], queue="waihu-tree")
        await site.people.are(State.TALKING, [AGENT])
        async with locked(site.database):
            await site.people.are(State.WRAP_UP, [AGENT])
            await _says_that_it_is_away(site)
            said = await site.people.say(AGENT, Word(disposition=Disposition.SUCCESS))
            assert (said.code, said.facts) == (ReplyCode.OK, {"kept": "journal"})
            await site.people.are(State.IDLE, [AGENT])
            await _serves_a_caller(site)
            (left,) = await site.attempts(number, campaign)
            assert left.outcome is None
            assert await site.attempts(another, campaign) == ()  # no new calls
            await _dies(site)
        await site.start_process()

        (attempt,) = await site.attempts(number, campaign)
        assert (attempt.outcome, attempt.disposition) == (Outcome.SUCCESS, Disposition.SUCCESS)
        assert attempt.ended_at is not None
        assert not any(journal_path(site.settings.paths.database).read_bytes())


async def _says_that_it_is_away(site: Site) -> None:
    async def look() -> str:
        return (await site.snapshot()).store_fault

    await wait_for(look, within_s=5.0, what="the picture tells that the database is away")


async def _serves_a_caller(site: Site) -> None:
    caller = site.view.call(CALLER, context="waihu-inbound", exten="4008000000")
    taken = await site.view.event("AgentConnect", Uniqueid=caller)
    assert taken.headers["MemberName"] == AGENT
    site.view.hang_up(caller)
    await site.people.are(State.WRAP_UP, [AGENT])


async def _dies(site: Site) -> None:
    assert site.process is not None
    site.process.kill()
    await asyncio.wait_for(site.process.wait(), 5.0)
