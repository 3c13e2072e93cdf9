"""What supervisors do to living calls, on the real Asterisk (R17, R18, R23).

Everybody sings a tone of one's own, so that what each phone heard tells who was heard there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import Campaign
from campaigns.outcomes import Disposition, Outcome
from config.settings import SupervisorSettings, WebSettings
from dialer.agents import State
from dialer.client import EngineClient
from dialer.wire import Answer, Do
from store.contacts import AttemptRecord
from store.ledger import Ledger, Wanted
from tests.line.people import Word
from tests.line.signed_in import signed_in
from tests.line.site import Site, number_of
from tests.line.tones import length_s, strength, write_tone
from tests.line.waiting import wait_for
from tests.real_chromium import chromium, new_context

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENT, QUEUE = "2301", "waihu-keys"
PHONE, OTHER, PAGES_PHONE = "8001", "8002", "8003"
SINGERS = "Local/{number}@waihu-lab-sings/n"
AGENTS_TONE, CUSTOMERS_TONE, SUPERVISORS_TONE = 500, 1000, 1800
HEARD, UNHEARD = 0.5, 0.05
DONE = Word(disposition=Disposition.SUCCESS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    switch: LabAsterisk, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    for hz in (AGENTS_TONE, CUSTOMERS_TONE, SUPERVISORS_TONE):
        write_tone(switch.run / "data" / "sounds" / f"lab-tone-{hz}.wav", hz)
    async with Site(switch, tmp_path_factory.mktemp("acting"), {AGENT: (QUEUE,)}) as site:
        supervisors = SupervisorSettings(phone_dial="Local/{number}@waihu-lab-supervisor/n")
        web = WebSettings(on=True, port=free_port())
        changes = {"supervisors": supervisors, "web": web}
        site.settings = site.settings.model_copy(update=changes)
        site.people.usual_word = None
        await site.start_engine()
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def phone(site: Site) -> AsyncIterator[str]:
    """The agent's phone, which sings; its id."""
    call = site.view.call(
        SINGERS.format(number=AGENT),
        context="waihu-login",
        exten=AGENT,
        Variable=f"LAB_TONE={AGENTS_TONE}",
    )
    await site.people.are(State.IDLE, [AGENT], within_s=20.0)
    yield call
    site.view.hang_up(call)
    await site.people.are(State.AWAY, [AGENT])


# ── listening ────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("phone")
async def test_each_mode_lets_exactly_those_hear_whom_it_is_for(site: Site) -> None:  # R23
    campaign, number = await _talk(site, "modes", 1)
    answer = await _ask(site, Do.LISTEN, agent=AGENT, phone=PHONE, mode="listen")
    assert (answer.code, answer.facts["state"]) == ("ok", "hears")
    everybody = (PHONE, AGENT, number)
    both, theirs, ours = {AGENTS_TONE, CUSTOMERS_TONE}, {CUSTOMERS_TONE}, {AGENTS_TONE}
    spoken = {SUPERVISORS_TONE}
    assert await _heard(site, *everybody) == [both, theirs, ours]
    await _ok(site, Do.LISTEN, agent=AGENT, phone=PHONE, mode="whisper")
    assert await _heard(site, *everybody) == [both, theirs | spoken, ours]
    await _ok(site, Do.LISTEN, agent=AGENT, phone=PHONE, mode="barge")
    assert await _heard(site, *everybody) == [both, theirs | spoken, ours | spoken]

    assert len(_ringings(site)) == 1, "the phone rang once, for all three"
    await _ok(site, Do.UNLISTEN, phone=PHONE)
    await _nobody_listens(site)
    await _ends(site, campaign, number)
    await _last(site, "agent.listened_to", f"over {PHONE}")
    trail = await _trail(site, "agent.listened_to")
    whats = [f"{mode} {PHONE}" for mode in ("listen", "whisper", "barge")]
    assert [one["what"] for one in trail] == [*whats, f"over {PHONE}"]
    attempt = (await site.attempts(number, campaign))[0].id
    told = {"by": "wang", "why": "新人", "call": attempt}
    assert trail[0] == {"what": f"listen {PHONE}", **told}


@pytest.mark.usefixtures("phone")
async def test_the_listening_goes_on_with_the_next_talk_and_a_barge_in_does_not(site: Site) -> None:
    first, number = await _talk(site, "next-a", 2)
    await _ok(site, Do.LISTEN, agent=AGENT, phone=OTHER, mode="barge")
    rang = len(_ringings(site))
    await _ends(site, first, number)
    await site.people.are(State.IDLE, [AGENT])
    (hearing,) = (await _ask(site, Do.HEARS)).facts["listeners"]  # type: ignore[misc]  # JSON
    assert (hearing["state"], hearing["mode"]) == ("waits", "listen")
    await _hears_nobody(site)

    second, other = await _talk(site, "next-b", 3)
    assert await _heard(site, OTHER, other) == [{AGENTS_TONE, CUSTOMERS_TONE}, {AGENTS_TONE}]
    assert len(_ringings(site)) == rang
    site.view.hang_up(_ringings(site)[-1])  # the supervisor hangs up
    await _nobody_listens(site)
    await _ends(site, second, other)
    await _last(site, "agent.listened_to", f"over {OTHER}")


@pytest.mark.usefixtures("phone")
async def test_a_key_on_the_wallboard_lets_a_supervisor_hear_the_talk(  # R18, R23
    site: Site, tmp_path: Path
) -> None:
    campaign, number = await _talk(site, "wallboard", 30)
    async with chromium(tmp_path) as browser:
        page = await (await new_context(browser)).new_page()
        await signed_in(page, site)
        cell = page.locator(f'[data-row="agent"][data-name="{AGENT}"]')
        await expect(cell).to_have_attribute("data-look", "talking")
        await cell.focus()
        await page.keyboard.press("l")
        await page.fill("dialog input[name=phone]", PAGES_PHONE)
        await page.keyboard.press("Enter")
        await _hears(site, PAGES_PHONE)
        assert await _heard(site, PAGES_PHONE) == [{AGENTS_TONE, CUSTOMERS_TONE}]
        await page.keyboard.press("Escape")
        await _nobody_listens(site)
    await _ends(site, campaign, number)
    assert (await _trail(site, "agent.listened_to"))[-1]["by"] == "li.na"


async def test_a_phone_that_is_not_reached_is_said_and_so_is_an_agent_without_a_talk(
    site: Site, phone: str
) -> None:
    gone = await _ask(site, Do.LISTEN, agent=AGENT, phone="none", mode="listen")
    assert (gone.code, gone.facts["phone"]) == ("phone_not_reached", "none")
    await _last(site, "agent.listened_to", "not reached none")
    barge = await _ask(site, Do.LISTEN, agent=AGENT, phone=PHONE, mode="barge")
    assert barge.code == "agent_not_in_call"
    assert (await _ask(site, Do.RECORD, agent=AGENT, on="yes")).code == "agent_not_in_call"
    assert (await _ask(site, Do.HANG_UP, agent=AGENT)).code == "agent_not_in_call"
    assert (await _ask(site, Do.HANG_UP, call=phone)).code == "unknown_call"
    assert (await _ask(site, Do.UNLISTEN, phone=PHONE)).code == "nobody_listens"
    assert (await _ask(site, Do.SIGN_OUT, agent="9999")).code == "unknown_agent"


@pytest.mark.parametrize(
    "text",
    [
        "8001@waihu-inbound",
        "8001/n",
        "8001&PJSIP/+8613800138000@trunk",
        "8001,30",
        "8001\r\nAction: Command",
        "${EVAL}",
        "+8613800138000",
        "1" * 21,
    ],
)
@pytest.mark.usefixtures("phone")
async def test_what_is_no_phone_is_never_rung_and_leaves_no_entry(text: str, site: Site) -> None:
    rang, entries = len(_ringings(site)), len(await _trail(site, "agent.listened_to"))
    assert (await _ask(site, Do.LISTEN, agent=AGENT, phone=text, mode="listen")).code == "bad_phone"
    assert len(_ringings(site)) == rang
    assert len(await _trail(site, "agent.listened_to")) == entries


@pytest.mark.usefixtures("phone")
async def test_a_new_engine_lets_nobody_hear_whom_it_does_not_know(site: Site) -> None:
    await _ok(site, Do.LISTEN, agent=AGENT, phone=PHONE, mode="listen")
    await site.stop_engine()
    await site.start_engine()
    await _nobody_listens(site)
    await site.people.are(State.IDLE, [AGENT], within_s=20.0)


# ── recording ────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("phone")
async def test_a_talk_is_recorded_from_when_it_is_asked_for_to_its_end(  # R23
    site: Site,
) -> None:
    campaign, number = await _talk(site, "taped", 4)
    attempt = (await site.attempts(number, campaign))[0].id
    answer = await _ok(site, Do.RECORD, agent=AGENT, on="yes")
    name = str(answer.facts["file"])
    assert name.startswith(f"{attempt}-2")
    assert number.removeprefix("+") not in name
    assert (await _ask(site, Do.HEARS)).facts["recordings"] == {AGENT: name}
    again = await _ok(site, Do.RECORD, agent=AGENT, on="yes")
    assert again.facts["file"] == name

    file = _monitor(site) / "waihu" / f"{name}.wav"
    await _grown(file, 1.5)
    assert strength(file, AGENTS_TONE, 0.5, 1.3) > HEARD
    assert strength(file, CUSTOMERS_TONE, 0.5, 1.3) > HEARD
    await _ends(site, campaign, number)
    await site.people.are(State.IDLE, [AGENT])
    await _no_channel(site, "waihu-record")
    assert (await _ask(site, Do.HEARS)).facts["recordings"] == {}
    (entry,) = await _trail(site, "agent.recorded")
    assert entry == {"what": name, "call": attempt, "by": "wang", "why": "新人"}


@pytest.mark.usefixtures("phone")
async def test_a_recording_is_ended_when_that_is_asked_for(site: Site) -> None:
    campaign, number = await _talk(site, "untaped", 5)
    await _ok(site, Do.RECORD, agent=AGENT, on="yes")
    await _ok(site, Do.RECORD, agent=AGENT, on="no")
    await _no_channel(site, "waihu-record")
    assert site.people.states[AGENT] is State.TALKING
    assert (await _ask(site, Do.RECORD, agent=AGENT, on="no")).code == "not_recorded"
    await _ends(site, campaign, number)


# ── calls and agents ─────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("phone")
async def test_a_talk_that_is_hung_up_still_gets_its_agents_word(site: Site) -> None:
    campaign, number = await _talk(site, "stuck", 6)
    attempt = (await site.attempts(number, campaign))[0].id
    answer = await _ok(site, Do.HANG_UP, agent=AGENT)
    assert answer.facts["call"] == attempt
    await site.people.are(State.WRAP_UP, [AGENT])
    assert (await site.people.say(AGENT, DONE)).code == "ok"
    assert (await site.ended(number, campaign)).outcome is Outcome.SUCCESS
    assert (await _trail(site, "call.hung_up"))[-1]["call"] == attempt, "before its end was"


@pytest.mark.usefixtures("phone")
async def test_a_call_that_rings_is_hung_up_by_its_id_and_ends_as_stopped(
    site: Site, mix: Mix
) -> None:
    number = number_of(mix, Behaviour.NO_ANSWER, block=2300)
    campaign = await site.dial("rings", [number], queue=QUEUE, ring_timeout_s=60)
    attempt = await site.sent(number, campaign)
    await site.view.event("DialState", DestUniqueid=attempt.id)
    await _ok(site, Do.HANG_UP, call=attempt.id)
    assert (await site.ended(number, campaign)).outcome is Outcome.STOPPED
    assert (await _trail(site, "call.hung_up"))[-1]["call"] == attempt.id


async def test_who_is_signed_out_in_a_talk_goes_when_it_is_over(site: Site) -> None:  # R18
    call = await _sings_in(site)
    campaign, number = await _talk(site, "leaves", 7)
    answer = await _ok(site, Do.SIGN_OUT, agent=AGENT)
    assert answer.facts["when"] == "after"
    assert site.people.states[AGENT] is State.TALKING
    await _ends(site, campaign, number)
    await site.view.event("Hangup", Uniqueid=call)
    await site.people.are(State.AWAY, [AGENT])
    await _last(site, "agent.signed_out", "after")


async def test_or_at_once_and_who_has_no_call_goes_at_once_anyway(site: Site) -> None:
    for name, nth in (("now", 8), ("", 0)):
        call = await _sings_in(site)
        if name:
            await _talk(site, name, nth)
        answer = await _ok(site, Do.SIGN_OUT, agent=AGENT, now="yes" if name else "no")
        assert answer.facts["when"] == "now"
        await site.view.event("Hangup", Uniqueid=call)
        await site.people.are(State.AWAY, [AGENT])


@pytest.mark.usefixtures("phone")
async def test_a_forced_break_is_in_the_trail_and_an_agents_own_is_not(site: Site) -> None:
    await _ok(site, Do.PAUSE, agent=AGENT, reason="coaching")
    await _ok(site, Do.PAUSE, agent=AGENT, reason=None)
    async with EngineClient(site.settings.paths.socket) as engine:
        assert (await engine.ask(Do.PAUSE, agent=AGENT, reason="lunch")).code == "ok"
        assert (await engine.ask(Do.PAUSE, agent=AGENT, reason=None, by=AGENT)).code == "ok"
    await _last(site, "agent.paused", "coaching")
    assert len(await _trail(site, "agent.paused")) == 1

    async def resumed() -> bool:
        return await _trail(site, "agent.resumed") == [{"by": "wang", "why": "新人"}]

    await wait_for(resumed, within_s=5.0, what="agent.resumed once")


# ── how it is looked at ──────────────────────────────────────────────────────────────────


async def _sings_in(site: Site) -> str:
    call = site.view.call(
        SINGERS.format(number=AGENT),
        context="waihu-login",
        exten=AGENT,
        Variable=f"LAB_TONE={AGENTS_TONE}",
    )
    await site.people.are(State.IDLE, [AGENT], within_s=20.0)
    return call


async def _talk(site: Site, name: str, nth: int) -> tuple[Campaign, str]:
    number = f"+86210023{nth:04}"
    campaign = await site.dial(name, [number], queue=QUEUE, dial_string=SINGERS)
    await site.sent(number, campaign)
    await site.people.are(State.TALKING, [AGENT])
    return campaign, number


async def _ends(site: Site, campaign: Campaign, number: str) -> AttemptRecord:
    """The customer hangs up, and the agent says what came of it."""
    site.view.hang_up((await site.attempts(number, campaign))[0].id)
    await site.people.are(State.WRAP_UP, [AGENT])
    assert (await site.people.say(AGENT, DONE)).code == "ok"
    return await site.ended(number, campaign)


async def _ask(site: Site, do: Do, **fields: str | None) -> Answer:
    async with EngineClient(site.settings.paths.socket) as engine:
        return await engine.ask(do, by="wang", why="新人", **fields)


async def _ok(site: Site, do: Do, **fields: str | None) -> Answer:
    answer = await _ask(site, do, **fields)
    assert answer.code == "ok", answer
    return answer


def _monitor(site: Site) -> Path:
    return site.switch.run / "spool" / "monitor"


async def _grown(file: Path, by_s: float) -> tuple[float, float]:
    """Wait until so much more was heard; from where to where in the file."""
    begin_s = length_s(file)

    async def look() -> bool:
        return length_s(file) >= begin_s + by_s

    await wait_for(look, within_s=10.0, what=f"{by_s} s more in {file.name}")
    return begin_s, begin_s + by_s


async def _heard(site: Site, *singers: str) -> list[set[int]]:
    """The tones that each of them hears from now on, loud or not at all.

    Asterisk writes two seconds at once: what is older than this moment is in the first of them.
    """

    async def look(singer: str) -> set[int]:
        file = _monitor(site) / "lab" / f"{singer}.wav"
        begin_s, end_s = await _grown(file, 3.4)
        tones = (AGENTS_TONE, CUSTOMERS_TONE, SUPERVISORS_TONE)
        found = {hz: strength(file, hz, begin_s + 2.6, end_s) for hz in tones}
        assert all(one > HEARD or one < UNHEARD for one in found.values()), found
        return {hz for hz, one in found.items() if one > HEARD}

    return list(await asyncio.gather(*map(look, singers)))


def _ringings(site: Site) -> list[str]:
    """The supervisors' phones that were rung so far."""
    rung = [one.headers["Uniqueid"] for one in site.view.all("Newstate")]
    ours = (one for one in rung if one.startswith("waihu-spy-") and ";" not in one)
    return list(dict.fromkeys(ours))


async def _hears(site: Site, phone: str) -> None:
    async def look() -> bool:
        heard = (await _ask(site, Do.HEARS)).facts["listeners"]
        assert isinstance(heard, list)
        return any(one["phone"] == phone and one["state"] == "hears" for one in heard)

    await wait_for(look, within_s=20.0, what=f"a talk on phone {phone}")


async def _hears_nobody(site: Site) -> None:
    """Wait until the supervisor's phone is on the line, in silence."""
    phone = _ringings(site)[-1]

    async def look() -> bool:
        there = {one["Uniqueid"]: one["Application"] for one in await site.view.channels()}
        return there.get(phone) == "Wait"

    await wait_for(look, within_s=5.0, what="silence on the supervisor's phone")


async def _nobody_listens(site: Site) -> None:
    async def look() -> bool:
        living = [one["Uniqueid"] for one in await site.view.channels()]
        return not any(one.startswith("waihu-spy-") for one in living)

    await wait_for(look, within_s=10.0, what="no phone that listens")


async def _no_channel(site: Site, context: str) -> None:
    async def look() -> bool:
        return not any(context in one["Channel"] for one in await site.view.channels())

    await wait_for(look, within_s=10.0, what=f"no channel in {context}")


async def _trail(site: Site, kind: str) -> list[dict[str, str]]:
    """What the ledger says of such acts, oldest first."""
    entries = await Ledger(site.database).entries(Wanted())
    return [json.loads(one.body) for one in entries if one.kind == kind]


async def _last(site: Site, kind: str, what: str) -> None:
    """Wait for the ledger's latest word on such an act; that is written a moment after it."""

    async def look() -> bool:
        trail = await _trail(site, kind)
        return bool(trail) and trail[-1]["what"] == what

    await wait_for(look, within_s=5.0, what=f"{kind}: {what}")
