"""R18: the wallboard on a real engine and a real Asterisk: a call is seen, an act lands."""

from __future__ import annotations

from pathlib import Path

from argon2 import PasswordHasher
from playwright.async_api import Page, expect

from asterisk.lab.process import LabAsterisk, free_port
from campaigns.ledger import By
from config.settings import WebSettings
from dialer.agents import State
from store.accounts import Accounts
from store.ledger import Ledger, Wanted
from supervisor.accounts import Account
from supervisor.rights import Role
from tests.lab.sip_callers import sip_call
from tests.line.site import Site, utc_now
from tests.real_chromium import chromium

SOON_MS = 30_000
PASSWORD = "correct horse battery"  # noqa: S105  of a made-up person


async def signed_in(page: Page, site: Site) -> None:
    kept = PasswordHasher().hash(PASSWORD)
    by = By(who="root", at=utc_now())
    await Accounts(site.database).add(Account(name="li.na", role=Role.SUPERVISOR), by, kept)
    await page.goto(f"http://127.0.0.1:{site.settings.web.port}/")
    await page.fill("input[name=username]", "li.na")
    await page.fill("input[type=password]", PASSWORD)
    await page.keyboard.press("Enter")


async def test_a_call_is_seen_and_a_forced_break_is_in_the_ledger(
    switch: LabAsterisk, sipp: list[str], tmp_path: Path
) -> None:
    async with Site(switch, tmp_path, {"1001": ("waihu-inbound",)}) as site:
        web = WebSettings(on=True, port=free_port())
        site.settings = site.settings.model_copy(update={"web": web})
        await site.start_engine()
        async with chromium(tmp_path) as browser:
            page = await (await browser.new_context(locale="en-GB")).new_page()
            await signed_in(page, site)
            await site.people.log_in(["1001"])
            await site.people.are(State.IDLE, ["1001"])
            cell = page.locator('[data-row="agent"][data-name="1001"]')
            await expect(cell).to_have_attribute("data-look", "ready", timeout=SOON_MS)

            await sip_call(sipp, tmp_path, switch, (), stay_ms=2_000)
            inbound = page.locator('#queues [data-name="waihu-inbound"]')
            offered = inbound.locator('[data-column="offered"]')
            await expect(offered).to_have_text("1", timeout=SOON_MS)

            await cell.focus()
            await page.keyboard.press("p")
            await expect(cell).to_have_attribute("data-look", "paused", timeout=SOON_MS)
        entries = await Ledger(site.database).entries(Wanted())
        assert any(one.kind == "agent.paused" and "li.na" in one.body for one in entries)
