"""R18: what a supervisor sees, in which order, and how it explains itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from supervisor.snapshot import AlarmView
from tests.web.board_pictures import agent, alarm, picture, queue
from tests.web.board_stage import Stage, utc_now, visited


async def in_view(page: Page, *found: Locator) -> None:
    """All of it is on the screen, without scrolling."""
    size = page.viewport_size
    assert size is not None
    for one in found:
        box = await one.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size["height"]
        assert box["x"] + box["width"] <= size["width"]


async def test_waiting_longest_wait_and_the_worst_campaign_are_first(tmp_path: Path) -> None:
    """What a supervisor who sees it for the first time is to find within five seconds."""
    async with visited(tmp_path) as (stage, visitor):
        stuck = alarm(
            "campaign_stuck",
            utc_now(),
            level="attention",
            kind="campaign",
            name="回访",
            act="explain",
        )
        stuck = replace(stuck, params={"why": "agents"})
        stage.show(replace(stage.shown, alarms=(*stage.shown.alarms, stuck)))
        page = await visitor.open()
        first = page.locator("#figures > li").first
        await expect(first.locator(".one")).to_have_text("2")
        await expect(first.locator(".two")).to_contain_text("1:")
        await expect(first.locator("button")).to_have_attribute("data-level", "alarm")
        worst_queue = page.locator("#queues tbody tr").first
        await expect(worst_queue).to_have_attribute("data-name", "waihu-inbound")
        worst = page.locator("#campaigns tbody tr").first
        await expect(worst).to_have_attribute("data-name", "回访")
        await expect(worst.locator(".why")).to_have_text("no agent is free")
        await in_view(page, first, worst_queue, worst, page.locator("#campaigns"))
        await expect(page.locator("body")).to_have_js_property("scrollWidth", 1366)


async def test_few_calls_are_a_fraction_and_have_no_colour(tmp_path: Path) -> None:
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open()
        quiet = page.locator('#queues [data-name="waihu-quiet"] [data-column="service_level"]')
        await expect(quiet).to_have_text("3/7")
        await expect(quiet).to_have_attribute("data-level", "")
        many = page.locator('#queues [data-name="waihu-inbound"] [data-column="service_level"]')
        await expect(many).to_have_text("81 %")


async def test_a_percentage_says_what_it_is_made_of(tmp_path: Path) -> None:
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open()
        await page.click('#queues [data-name="waihu-inbound"] [data-column="service_level"] button')
        card = page.locator("#card")
        for said in ("171", "212", "today, the site's local day", "SL-live", "answered in time /"):
            await expect(card).to_contain_text(said)


async def test_the_answer_rate_says_what_is_usual_at_this_hour(tmp_path: Path) -> None:
    """With the norm of other days, and without one with this run's own (R18)."""
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        figure = page.locator('[data-figure="answer_rate"]')
        await expect(figure.locator(".figure-target")).to_contain_text("norm 34 %")
        await figure.click()
        said = "34 % at 09–10 h, 12 working days, n = 5120"
        await expect(page.locator("#card")).to_contain_text(said)
        await expect(page.locator("#card")).to_contain_text("answered by a person / placed")
        await page.keyboard.press("Escape")
        stage.show(replace(stage.shown, norm=None))
        await expect(figure.locator(".figure-target")).to_contain_text("this hour")
        await figure.click()
        await expect(page.locator("#card")).to_contain_text("this run's own")


async def test_machines_are_no_answer_of_a_campaign(tmp_path: Path) -> None:
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open()
        rate = page.locator('#campaigns [data-name="spring"] [data-column="answer_rate"]')
        await expect(rate).to_have_text("34 %")  # (512 - 37) of 1,411, and not 36 %


async def test_a_campaign_says_why_it_dials_as_it_does(tmp_path: Path) -> None:
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open()
        await page.click('#campaigns [data-name="spring"] .row-name')
        card = page.locator("#card")
        for said in ("Does it dial?", "Risk of one more call", "2.1 %", "21 / 912"):
            await expect(card).to_contain_text(said)


async def test_agents_in_trouble_come_first_and_each_state_has_shape_and_word(
    tmp_path: Path,
) -> None:
    """In greyscale as well: no state is told by its colour alone."""
    now = utc_now()
    shown = picture(now)
    over = AlarmView(
        id="w",
        code="agent_wrap_up",
        level="attention",
        kind="agent",
        name="1004",
        since=now,
        params={"limit_s": "120"},
    )
    gone = replace(over, id="p", code="agent_phone", level="alarm", name="1007")
    stage = Stage()
    stage.shown = replace(shown, alarms=(over, gone))
    async with visited(tmp_path, stage) as (_stage, visitor):
        page = await visitor.open()
        cells = page.locator("#agents .agent")
        assert await cells.nth(0).get_attribute("data-name") == "1007"
        assert await cells.nth(1).get_attribute("data-name") == "1004"
        await expect(cells.nth(0).locator(".chip")).to_contain_text("out of order")
        await expect(cells.nth(1).locator(".shape")).to_have_text("✎!")
        await expect(cells.nth(1).locator(".word")).to_have_text("wrap-up · over")
        looks = await page.eval_on_selector_all(
            "#agents .agent",
            "cells => cells.map((c) => [c.dataset.look, c.querySelector('.shape').textContent])",
        )
        shapes = {look: shape.rstrip("!") for look, shape in looks}
        assert len(set(shapes.values())) == len(shapes)


async def test_who_is_signed_out_is_found_by_the_filter(tmp_path: Path) -> None:
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open()
        out = page.locator('[data-name="1008"]')
        await expect(out).to_have_count(0)
        await page.keyboard.press("/")
        await page.keyboard.type("1008")
        await expect(out).to_have_attribute("data-look", "signed_out")
        await expect(page.locator("#agents li")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.locator("#agents li")).to_have_count(14)


NASTY = (
    '<script>document.title = "taken"</script>',
    '"><img src=x onerror=alert(1)>',
    "\u202eשלום",
)


async def test_what_others_have_named_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    now = utc_now()
    stage = Stage()
    shown = picture(now)
    people = tuple(
        replace(one, name=name, campaign=name, pause_reason=name)
        for one, name in zip(shown.agents, NASTY, strict=False)
    )
    queues = tuple(replace(queue(name, (3.0,), now)) for name in NASTY)
    fault = replace(shown.alarms[0], id=NASTY[0], name=NASTY[0], params={"limit_s": NASTY[0]})
    stage.shown = replace(
        shown, agents=people, queues=queues, alarms=(fault,), link_up=False, link_fault=NASTY[0]
    )
    async with visited(tmp_path, stage) as (_stage, visitor):
        page = await visitor.open()
        await page.click(".row-name >> nth=0")
        await expect(page.locator("#card-title")).to_be_visible()
        assert await page.evaluate("document.querySelectorAll('main img, main script').length") == 0
        assert "Wallboard" in await page.title()


async def test_a_thousand_agents_are_drawn(tmp_path: Path) -> None:
    stage = Stage()
    now = utc_now()
    stage.shown = replace(stage.shown, agents=tuple(agent(at, now) for at in range(1_000)))
    async with visited(tmp_path, stage) as (_stage, visitor):
        page = await visitor.open()
        await expect(page.locator("#agents li")).to_have_count(875)  # the others are signed out


@pytest.mark.parametrize("path", ["/wall", "/wall?tv=1"])
async def test_the_television_mode_is_in_the_address(tmp_path: Path, path: str) -> None:
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open(path, viewport={"width": 3_840, "height": 2_160})
        if path == "/wall":
            await page.keyboard.press("t")
        await page.wait_for_url("**/wall?tv=1")
        size = await page.eval_on_selector(".figure .one", "(n) => getComputedStyle(n).fontSize")
        assert float(size.removesuffix("px")) > 2_160 / 20  # to be read across a room
        await expect(page.locator("#header")).to_be_hidden()
        await in_view(page, page.locator("#figures"), page.locator("#band-2"))


async def test_a_telephone_shows_the_two_most_important_bands(tmp_path: Path) -> None:
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open(viewport={"width": 390, "height": 844}, has_touch=True)
        await expect(page.locator("#figures .one").first).to_have_text("2")
        await expect(page.locator('[data-name="waihu-inbound"] .callers')).to_be_visible()
        await expect(page.locator("body")).to_have_js_property("scrollWidth", 390)


async def test_the_language_changes_without_a_reload(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        await page.evaluate("globalThis.sameDocument = true")
        for language, said in (("zh-CN", "排队"), ("zh-TW", "等候"), ("en", "Waiting")):
            await page.select_option("select.choice >> nth=0", language)
            await expect(page.locator("#queues thead")).to_contain_text(said)
            await expect(page.locator("html")).to_have_attribute("lang", language)
        assert await page.evaluate("globalThis.sameDocument")
        assert stage.streams_begun == 1
