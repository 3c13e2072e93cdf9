"""The terminal's board on a real floor: keys reach agents and calls on Asterisk (R18, R25)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from asterisk.lab.process import LabAsterisk
from campaigns.outcomes import Disposition
from config.language import speak
from config.settings import SupervisorSettings
from dialer.agents import State
from dialer.cli_board import board_of
from store.ledger import Ledger, Wanted
from tests.board.seen import sees
from tests.line.people import Word
from tests.line.site import Site
from tests.line.tones import write_tone
from tests.line.waiting import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENT, QUEUE, NUMBER, PHONE = "2301", "waihu-keys", "+862100240001", "8001"
SINGERS = "Local/{number}@waihu-lab-sings/n"
NAME = f"{AGENT} 坐席{AGENT}"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    speak("en")
    yield
    speak(None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    switch: LabAsterisk, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    for hz in (500, 1000, 1800):
        write_tone(switch.run / "data" / "sounds" / f"lab-tone-{hz}.wav", hz)
    async with Site(switch, tmp_path_factory.mktemp("board"), {AGENT: (QUEUE,)}) as site:
        supervisors = SupervisorSettings(phone_dial="Local/{number}@waihu-lab-supervisor/n")
        site.settings = site.settings.model_copy(update={"supervisors": supervisors})
        site.people.usual_word = None
        await site.start_engine()
        await site.people.log_in([AGENT])
        yield site


async def test_a_break_that_a_supervisor_gives_is_one_on_the_switch(site: Site) -> None:
    async with board_of(site.settings).run_test(size=(80, 24)) as pilot:
        await sees(pilot, "ready 1")
        await pilot.press("3", "p")
        await sees(pilot, f"{NAME} is on a break.")
        await sees(pilot, "▸▮")
        await wait_for(lambda: _is_paused(site), within_s=10.0, what="a break on the switch")
        await pilot.press("p")
        await sees(pilot, f"{NAME} is ready.")
        await sees(pilot, "▸○")


async def test_a_talk_is_heard_recorded_and_hung_up_and_the_agent_signed_out_by_keys(
    site: Site,
) -> None:  # R23
    async with board_of(site.settings, PHONE).run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        campaign = await site.dial("board", [NUMBER], queue=QUEUE, dial_string=SINGERS)
        await site.people.are(State.TALKING, [AGENT])
        await sees(pilot, "▸●")
        await sees(pilot, "210****0001")
        await pilot.press("l")
        await sees(pilot, f"Your phone {PHONE} hears {NAME}.")
        await pilot.press("r")
        await sees(pilot, f"The talk of {NAME} is recorded.")
        await pilot.press("escape")
        await sees(pilot, "You hear nobody any more.")
        await pilot.press("x")
        await sees(pilot, "Esc: no")
        await pilot.press("enter")
        await sees(pilot, f"The call of {NAME} is hung up.")
        await site.people.are(State.WRAP_UP, [AGENT])
        assert (await site.people.say(AGENT, Word(disposition=Disposition.SUCCESS))).code == "ok"
        await site.people.are(State.IDLE, [AGENT])
        await pilot.press("o")
        await sees(pilot, f"Sign {NAME} out?")
        await pilot.press("enter")
        await sees(pilot, f"{NAME} is signed out.")
        await site.people.are(State.AWAY, [AGENT])
        await sees(pilot, "Agents 0")
    assert (await site.attempts(NUMBER, campaign))[0].sent_at is not None
    await wait_for(lambda: _all_entered(site), within_s=10.0, what="every act in the ledger")


async def _all_entered(site: Site) -> bool:
    """Each act stands in the ledger, with whose it was."""
    entries = await Ledger(site.database).entries(Wanted())
    by = {entry.kind: json.loads(entry.body).get("by") for entry in entries}
    kinds = ("paused", "resumed", "listened_to", "recorded", "signed_out")
    return all(by.get(f"agent.{kind}") for kind in kinds) and bool(by.get("call.hung_up"))


async def _is_paused(site: Site) -> bool:
    return (await site.view.paused_in(AGENT)).get(QUEUE, False)
