"""R18, R25: from the sign-in to the wallboard, in the real application with real accounts."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, expect

from supervisor.rights import Role
from supervisor.snapshot import Snapshot
from supervisor.web.floor import Floor, floor_of
from tests.real_chromium import chromium, new_context
from tests.supervisor.floor_example import snapshot
from tests.web.board_pictures import picture
from tests.web.board_stage import utc_now
from tests.web.served_site import PASSWORD, ServedSite, served_site


async def signed_in(page: Page, site: ServedSite, name: str) -> None:
    await page.goto(f"{site.url}/")
    await page.fill("input[name=username]", name)
    await page.fill("input[type=password]", PASSWORD)
    await page.keyboard.press("Enter")


async def test_a_supervisor_signs_in_and_sees_the_floor(empty_file: Path, tmp_path: Path) -> None:
    async with served_site(empty_file, tmp_path) as site, chromium(tmp_path) as browser:
        await site.account("li.na", Role.SUPERVISOR)
        page = await (await new_context(browser)).new_page()
        await signed_in(page, site, "li.na")
        await page.wait_for_url("**/wall")
        await expect(page.locator("#agents li")).to_have_count(9)
        assert site.streams.viewers == 1
        other = await page.context.new_page()
        await other.goto(f"{site.url}/wall")
        await other.click(".header-tools button")  # signs out, in another tab
        await page.wait_for_url("**/sign-in*")


async def test_an_agent_sees_the_floor_board_and_not_the_wallboard(
    empty_file: Path, tmp_path: Path
) -> None:
    async with served_site(empty_file, tmp_path) as site, chromium(tmp_path) as browser:
        await site.account("wang", Role.AGENT, agent="1001")
        page = await (await new_context(browser)).new_page()
        await signed_in(page, site, "wang")
        await page.wait_for_url("**/desk")
        answer = await page.goto(f"{site.url}/wall")
        assert answer is not None
        assert answer.status == 403
        await page.goto(f"{site.url}/floor")
        await expect(page.locator("#answered")).to_have_text("7")
        await expect(page.locator("#service")).to_have_text("6/7")
        await expect(page.locator("body")).not_to_contain_text("王芳")


async def test_nobody_sees_the_floor_without_an_account(empty_file: Path, tmp_path: Path) -> None:
    async with served_site(empty_file, tmp_path) as site, site.client() as client:
        assert (await client.get("/floor.json")).status_code == 401


def test_the_floors_figures_are_sums_of_all_queues_and_campaigns() -> None:
    floor = floor_of(picture(utc_now()))
    assert floor == Floor(in_time=174, served=219, answered=219, reached=50, appointments=5)


def test_a_floor_on_which_nothing_has_happened_has_zeros() -> None:
    shown = snapshot()
    nothing = floor_of(Snapshot(ts=shown.ts))
    assert nothing == Floor(in_time=0, served=0, answered=0, reached=0, appointments=0)
