"""The agent desk on the real Asterisk: signed in from the page, called, and killed amid words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from playwright.async_api import TimeoutError as NotThere

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from campaigns.ledger import By
from campaigns.outcomes import Outcome
from config.settings import AgentSettings, WebSettings
from store.accounts import Accounts
from store.call_notes import CallNote, notes_of_number
from supervisor.accounts import Account
from supervisor.rights import Role
from supervisor.web.passwords import Passwords
from tests.line.site import Site, number_of, utc_now
from tests.line.waiting import wait_for
from tests.real_chromium import chromium, new_context

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENT = "2701"
QUEUE = "waihu-inbound"
PASSWORD = "correct horse battery"  # noqa: S105  of a made-up person
CALLER = "13900001234"
PHONE_DIAL = "Local/{number}@waihu-lab-agent-phone/n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    switch: LabAsterisk, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    async with Site(switch, tmp_path_factory.mktemp("desk"), {AGENT: (QUEUE,)}) as site:
        site.people.usual_word = None  # the word is given in the page
        wanted = {
            "web": WebSettings(on=True, port=free_port()),
            "agents": AgentSettings(slots=switch.facts.slots, phone_dial=PHONE_DIAL),
        }
        site.settings = site.settings.model_copy(update=wanted)
        account = Account(name="wang", role=Role.AGENT, agent=AGENT)
        kept = await Passwords().hash(PASSWORD)
        await Accounts(site.database).add(account, By(who="root", at=utc_now()), kept)
        yield site


@asynccontextmanager
async def at_the_desk(site: Site, folder: Path) -> AsyncIterator[Page]:
    """Signed in by password, at a phone that was rung, and ready: all by keyboard."""
    async with chromium(folder) as browser:
        context = await new_context(browser, locale="zh-CN")
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{site.settings.web.port}/desk")
        await page.keyboard.type("wang")
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.locator("#phone-number").focus()
        await page.keyboard.type(AGENT)
        await page.keyboard.press("Enter")
        await expect(page.locator("#state")).to_contain_text("示忙 · 签入")
        await asyncio.sleep(6.5)  # Asterisk says busy for who has just signed in
        await page.keyboard.press("F8")
        await expect(page.locator("#state")).to_have_attribute("data-look", "ready")
        yield page


async def noted(site: Site) -> CallNote:
    """The word on the caller's last call, once it is on file."""

    async def look() -> CallNote | None:
        found = await notes_of_number(site.database, f"+86{CALLER}")
        return found[0] if found else None

    found = await wait_for(look, within_s=10.0, what="a note")
    assert found is not None
    return found


async def test_calls_both_ways_are_answered_and_worded_by_keyboard_alone(  # R3, R11
    site: Site, mix: Mix, tmp_path: Path
) -> None:
    await site.start_engine()
    async with at_the_desk(site, tmp_path) as page:
        site.people.phones.ring_in("4008001111", CALLER)
        await expect(page.locator(".person-number")).to_have_text("139****1234")
        await expect(page.locator("#state")).to_have_attribute("data-look", "talking")
        await page.keyboard.press("1")
        await page.locator("#note").focus()
        await page.keyboard.type("电梯已修好")
        await page.keyboard.press("F2")
        await expect(page.locator("#state")).to_have_attribute("data-look", "wrap_up")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".notice.good")).to_contain_text("139****1234")
        note = await noted(site)
        assert (note.agent, note.result.value, note.note) == (AGENT, "resolved", "电梯已修好")
        await expect(page.locator("#state")).to_have_attribute("data-look", "ready")

        number = number_of(mix, Behaviour.ANSWERS, block=2700)
        campaign = await site.dial("desk", [number], queue=QUEUE)
        await expect(page.locator(".person-name")).to_have_text("张三")
        await expect(page.locator("#state")).to_have_attribute("data-look", "talking")
        await page.keyboard.press("3")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".notice.good")).to_contain_text("张三")
        ended = await site.ended(number, campaign)
        assert (ended.outcome, ended.agent) == (Outcome.UNSUCCESSFUL, AGENT)
        await page.context.close()
    await hang_up_the_phone(site)
    await site.stop_engine()


async def hang_up_the_phone(site: Site) -> None:
    """The desk has rung it, so the test's own hands do not hold it."""
    for channel in await site.view.channels():
        if "waihu-lab-agent-phone" in channel["Channel"]:
            site.view.hang_up(channel["Uniqueid"])


async def test_a_kill_of_the_engine_amid_words_loses_none_of_them(  # screens.md, 10
    site: Site, tmp_path: Path
) -> None:
    process = await site.start_process()
    async with at_the_desk(site, tmp_path) as page:
        site.people.phones.ring_in("4008001111", CALLER)
        await expect(page.locator("#note")).to_be_visible()
        await page.locator("#note").focus()
        await page.keyboard.type("业主说三号")
        await expect(page.locator("#draft-state")).to_have_attribute("data-state", "kept")
        process.kill()
        await process.wait()
        await page.keyboard.type("电梯又停了")
        await expect(page.locator(".notice.bad")).to_contain_text("数据已过期")
        await expect(page.locator("#note")).to_have_value("业主说三号电梯又停了")
        await site.start_process()
        await expect(page.locator("#draft-state")).to_have_attribute("data-state", "kept")
        await page.reload()
        opened = page.locator("#note").or_(page.locator(".open-words button"))
        await expect(opened.first).to_be_visible()
        # Where the caller has hung up meanwhile, the words wait to be opened; else they open by
        # themselves, and the button goes.
        with suppress(NotThere):
            await page.locator(".open-words button").press("Enter", timeout=3_000)
        await expect(page.locator("#note")).to_have_value("业主说三号电梯又停了")
        await page.locator("#outcome-passed_on").press("Enter")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".notice.good")).to_be_visible()
        assert (await noted(site)).note == "业主说三号电梯又停了"
        await page.context.close()
    await hang_up_the_phone(site)
    await site.stop_engine()
