"""An agent presses keys on the phone, on the real Asterisk: what is saved, and what is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import Campaign
from campaigns.contact import ContactState
from campaigns.outcomes import Disposition, Outcome
from dialer.agents import State
from store.contacts import AttemptRecord
from tests.line.site import Site, number_of
from tests.line.switch_view import Heard
from tests.line.waiting import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENT = "2101"
QUEUE = "waihu-keys"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    switch: LabAsterisk, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    async with Site(switch, tmp_path_factory.mktemp("keys"), {AGENT: (QUEUE,)}) as site:
        site.people.usual_word = None  # who presses keys does not speak at the desk
        await site.start_engine()
        await site.people.log_in([AGENT])
        yield site


async def test_a_key_after_the_talk_is_saved_and_heard_and_the_agent_is_free(
    site: Site, mix: Mix
) -> None:
    number = number_of(mix, Behaviour.FAX, block=2100)  # stays on the line until we hang up
    campaign = await site.dial("keys", [number], queue=QUEUE)
    attempt = await site.sent(number, campaign)
    await _in_talk(site, attempt)
    await _press(site, "1")
    site.view.hang_up(attempt.id)
    await site.people.are(State.WRAP_UP, [AGENT])
    assert _tones(site) == []  # a key in the talk is the talk's own
    assert await _outcome(site, number, campaign) is None
    await asyncio.sleep(0.6)  # what is pressed at the very end is the talk's as well

    await _press(site, "0")
    assert await _tone(site, 1) == "not_saved"
    assert await _outcome(site, number, campaign) is None

    pressed = await _press(site, "3")
    assert await _tone(site, 2) == "saved"
    assert await _outcome(site, number, campaign) is Outcome.UNSUCCESSFUL  # I6: on file by then
    spied = site.view.all("ChanSpyStart")[1]
    assert spied.headers["SpyeeUniqueid"] == pressed.headers["Uniqueid"]
    await site.people.are(State.IDLE, [AGENT])
    assert await site.view.paused_in(AGENT) == {QUEUE: False}
    await site.only_agents_remain()


async def test_two_keys_bar_the_person_and_a_call_that_comes_with_the_tone_is_not_lost(
    site: Site, mix: Mix
) -> None:
    first, second = (number_of(mix, Behaviour.ANSWERS, nth, block=2200) for nth in range(2))
    before = len(_tones(site))
    campaign = await site.dial("bars", [first, second], queue=QUEUE)
    attempt = await site.sent(first, campaign)
    await site.view.event("Hangup", Uniqueid=attempt.id)
    await site.people.are(State.WRAP_UP, [AGENT])
    await asyncio.sleep(0.6)
    await _press(site, "90")
    assert await _tone(site, before + 1) == "saved"
    record = await site.contact(first, campaign)
    assert record.attempts[0].disposition is Disposition.REFUSED
    assert record.contact.state is ContactState.DONE

    following = await site.sent(second, campaign)  # originated while the tone is heard
    await _in_talk(site, following)
    await site.people.are(State.WRAP_UP, [AGENT])
    await asyncio.sleep(0.6)
    await _press(site, "1")
    assert (await site.ended(second, campaign)).outcome is Outcome.SUCCESS
    await site.only_agents_remain()


# ── the phone ────────────────────────────────────────────────────────────────────────────


async def _press(site: Site, keys: str) -> Heard:
    """Press keys; the last of them, as the switch told it."""
    before = len(_keys(site))
    site.people.phones.press(AGENT, keys)

    async def look() -> bool:
        return len(_keys(site)) >= before + len(keys)

    await wait_for(look, within_s=5.0, what=f"the keys {keys}")
    return _keys(site)[-1]


def _keys(site: Site) -> list[Heard]:
    """Keys of the agent's phone: those of a talk are passed on to the customer as well."""
    keys = site.view.all("DTMFEnd", Direction="Received")
    return [key for key in keys if AGENT in key.headers["Channel"]]


async def _in_talk(site: Site, attempt: AttemptRecord) -> None:
    met = await site.view.event("BridgeEnter", Uniqueid=attempt.id)
    bridge = met.headers["BridgeUniqueid"]
    await site.view.event("BridgeEnter", BridgeUniqueid=bridge, BridgeNumChannels="2")


def _tones(site: Site) -> list[str]:
    """The tones that were whispered so far, in order."""
    spies = [one.headers["SpyerChannel"] for one in site.view.all("ChanSpyStart")]
    return [spy.removeprefix("Local/").partition("@")[0] for spy in spies]


async def _tone(site: Site, nth: int) -> str:
    async def look() -> bool:
        return len(_tones(site)) >= nth

    await wait_for(look, within_s=5.0, what=f"tone {nth}")
    return _tones(site)[nth - 1]


async def _outcome(site: Site, number: str, campaign: Campaign) -> Outcome | None:
    return (await site.attempts(number, campaign))[0].outcome
