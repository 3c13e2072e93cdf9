"""R18: the wallboard on a real engine and a real Asterisk: a call is seen, an act lands."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from config.settings import WebSettings
from dialer.agents import State
from store.ledger import Ledger, Wanted
from tests.lab.sip_callers import sip_call
from tests.line.signed_in import signed_in
from tests.line.site import Site
from tests.real_chromium import chromium, new_context


async def test_a_call_is_seen_and_a_forced_break_is_in_the_ledger(
    switch: LabAsterisk, sipp: list[str], tmp_path: Path
) -> None:
    async with Site(switch, tmp_path, {"1001": ("waihu-inbound",)}) as site:
        web = WebSettings(on=True, port=free_port())
        site.settings = site.settings.model_copy(update={"web": web})
        await site.start_engine()
        async with chromium(tmp_path) as browser:
            page = await (await new_context(browser)).new_page()
            await signed_in(page, site)
            await site.people.log_in(["1001"])
            await site.people.are(State.IDLE, ["1001"])
            cell = page.locator('[data-row="agent"][data-name="1001"]')
            await expect(cell).to_have_attribute("data-look", "ready")

            await sip_call(sipp, tmp_path, switch, (), stay_ms=2_000)
            inbound = page.locator('#queues [data-name="waihu-inbound"]')
            offered = inbound.locator('[data-column="offered"]')
            await expect(offered).to_have_text("1")

            await cell.focus()
            await page.keyboard.press("p")
            await expect(cell).to_have_attribute("data-look", "paused")
        entries = await Ledger(site.database).entries(Wanted())
        assert any(one.kind == "agent.paused" and "li.na" in one.body for one in entries)
