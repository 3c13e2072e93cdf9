"""Makes docs/agent-desk.png and docs/agent-desk-dark.png: the desk page in a call, as it is shown.

Run it after the page has changed: `.venv/bin/python docs/desk_pictures.py`. It takes Chromium out
of the real parts of the tests (`make parts`).
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from playwright.async_api import Page  # noqa: E402  the path comes first

from campaigns.campaign import CampaignState  # noqa: E402
from campaigns.orders.order import Door, NewOrder, OrderKind, OrderPolicy  # noqa: E402
from store.call_notes import CallNote, InboundResult, save_note  # noqa: E402
from store.database import Database  # noqa: E402
from store.lists import NewContact  # noqa: E402
from store.work_orders import WorkOrders  # noqa: E402
from tests.campaigns.test_orders import HOURS  # noqa: E402
from tests.real_chromium import chromium  # noqa: E402
from tests.store.room import MONDAY_9, a_campaign  # noqa: E402
from tests.web.desk_stage import DeskStage, desk_stage  # noqa: E402

NUMBER = "+8613800138000"
POLICY = OrderPolicy(hours=HOURS, kinds={"repair": OrderKind()}, group="service")
SCREEN = {"width": 1366, "height": 768}


async def somebody(stage: DeskStage) -> None:
    """A resident with a past: an open repair, a call that came in, a call of ours."""
    campaign = await stage.room.campaigns.save(a_campaign(name="callback"), MONDAY_9)
    await stage.room.campaigns.set_state(campaign.id, CampaignState.RUNNING)
    row = NewContact(
        reference="A-0302",
        name="王建国",
        zone=None,
        numbers=(NUMBER,),
        custom={"称呼": "王先生", "小区": "春江花月", "房号": "3 幢 502"},
    )
    await stage.room.lists.import_batch(campaign.id, [row], MONDAY_9)
    await stage.room.hopper.recover(MONDAY_9)
    new = NewOrder(
        kind="repair",
        opened_by=Door.AGENT,
        who="1002",
        e164=NUMBER,
        subject="电梯异响",
        owner="1002",
    )
    await WorkOrders(stage.database, POLICY).open(new, SystemRandom(), MONDAY_9 - timedelta(days=2))
    note = CallNote(
        call="1795000000.1",
        agent="1002",
        at=MONDAY_9 - timedelta(days=2),
        result=InboundResult.PASSED_ON,
        e164=NUMBER,
        note="3 幢电梯异响，已建工单",
    )
    await save_note(stage.database, note)
    await stage.reload()


async def in_a_call(stage: DeskStage, page: Page) -> None:
    """The agent talks, has asked, and is about to promise a call."""
    await page.goto(f"{stage.url}/desk")
    await page.wait_for_selector("#sign-in")
    await stage.phone_signs_in()
    await page.click("#ready")
    await somebody(stage)
    await stage.is_dialed()
    await page.click("label[for='q-clean-一般']")
    await page.fill("#q-why", "希望增加保洁次数")
    await page.fill("#note", "对维修较满意，电梯异响周二再联系。")
    await page.press("#note", "Tab")
    await page.keyboard.press("4")
    await page.click("#quick-tomorrow_morning")
    await page.wait_for_selector("#confirm")
    await page.wait_for_selector("#draft-state[data-state=kept]")
    await page.wait_for_timeout(1200)


async def main() -> None:
    """Both pictures."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with Database(folder / "empty.db") as database:
            await database.upgrade()
        (folder / "forms").mkdir()
        form = (DOCS.parent / "examples" / "forms" / "callback.toml").read_text("utf-8")
        (folder / "forms" / "callback.toml").write_text(form, encoding="utf-8")
        async with desk_stage(folder, folder / "empty.db") as stage, chromium(folder) as browser:
            page = await browser.new_page(viewport=SCREEN, locale="zh-CN")  # type: ignore[arg-type]  # a size
            await stage.until(
                lambda: stage.desk.places.told(NUMBER, is_masked=True) is not None, "the places"
            )
            await in_a_call(stage, page)
            await page.screenshot(path=DOCS / "agent-desk.png")
            await page.emulate_media(color_scheme="dark")
            await page.screenshot(path=DOCS / "agent-desk-dark.png")


if __name__ == "__main__":
    asyncio.run(main())
