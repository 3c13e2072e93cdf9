"""R18: a percentage shows the calls that it was counted from, with what each of them counted as."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from playwright.async_api import Page, expect

from supervisor.web.api.application import make_api
from supervisor.web.api.described import description
from tests.web.board_stage import NO_CALLS, Stage, utc_now, visited
from tests.web.test_board_access import faults

SERVICE_LEVEL = '#queues [data-name="waihu-inbound"] [data-column="service_level"] button'
KINDS = [
    ("answered", "numerator", "in_time", "1001", 8.2),
    ("answered", "against", "late", "1002", 41.0),
    ("abandoned", "against", "given_up", None, 33.5),
    (None, "excluded", "waits", None, 3.0),
    ("answered", "excluded", "before_run", "1001", 2.0),
]


def found(count: int = 50, **more: Any) -> dict[str, Any]:
    """So many calls, one after the other."""
    calls = []
    for n in range(count):
        end, counted, why, agent, waited_s = KINDS[n % len(KINDS)]
        at = utc_now() - timedelta(minutes=3 * n)
        calls.append(
            {
                "call": f"1700000{n:03}.7",
                "at": at.isoformat(),
                "of": "waihu-inbound",
                "number": None if n % 7 == 3 else f"138****{1000 + n}",
                "agent": agent,
                "waited_s": waited_s,
                "end": end,
                "counted": counted,
                "why": why,
            }
        )
    parts = {"numerator": 171, "against": 41, "excluded": 5}
    sums = {"numerator": 171, "denominator": 212}
    return {**NO_CALLS, "parts": parts, "listed": sums, "calls": calls, **more}


async def opened(page: Page, button: str = SERVICE_LEVEL) -> None:
    await page.click(button)
    await expect(page.locator("#card .calls")).not_to_have_attribute("aria-busy", "true")


async def test_each_call_says_what_it_counted_as_and_why(tmp_path: Path) -> None:
    stage = Stage()
    stage.behind = found(5)
    async with visited(tmp_path, stage) as (_stage, visitor):
        page = await visitor.open()
        await opened(page)
        assert stage.looked == [("service-level", {"window": "today", "of": "waihu-inbound"})]
        behind = page.locator("#card .behind")
        await expect(behind.locator(".behind-sums")).to_have_text("On file: 171 of 212")
        rows = behind.locator("tbody tr")
        await expect(rows).to_have_count(5)
        for said in ("138****1000", "waihu-inbound", "1001", "0:08", "answered in time"):
            await expect(rows.first).to_contain_text(said)
        await expect(rows.nth(0)).to_contain_text("● in the numerator")
        await expect(rows.nth(1)).to_contain_text("○ counted against")
        await expect(rows.nth(3)).to_contain_text("– excluded")
        await expect(rows.nth(3)).to_contain_text("withheld")
        await expect(behind).to_contain_text("1–5 of 217")


@pytest.mark.parametrize(
    ("button", "looked"),
    [
        (
            '#queues [data-name="waihu-inbound"] [data-column="abandon_rate"] button',
            ("abandon-rate", {"window": "today", "of": "waihu-inbound"}),
        ),
        (
            '#campaigns [data-name="spring"] [data-column="answer_rate"] button',
            ("answer-rate", {"window": "run", "of": "spring"}),
        ),
        (
            '#campaigns [data-name="spring"] [data-column="drop_rate"] button',
            ("drop-rate", {"window": "block", "of": "spring"}),
        ),
        ('[data-figure="service_level"]', ("service-level", {"window": "today"})),
        ('[data-figure="answer_rate"]', ("answer-rate", {"window": "quarter"})),
    ],
)
async def test_every_percentage_asks_for_its_own_calls(
    tmp_path: Path, button: str, looked: tuple[str, dict[str, str]]
) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        await opened(page, button)
        await expect(page.locator("#card")).to_contain_text("No such calls.")
        assert stage.looked == [looked]


async def test_the_drop_rate_of_the_worst_campaign_opens_that_ones_calls(tmp_path: Path) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open()
        about = await page.inner_text('[data-figure="drop_rate"] .about')
        await opened(page, '[data-figure="drop_rate"]')
        ((figure, asked),) = stage.looked
        assert (figure, asked["of"]) == ("drop-rate", about)


async def test_pages_parts_and_windows_are_turned_by_keyboard(tmp_path: Path) -> None:
    stage = Stage()
    stage.behind = found(50, older="further")
    async with visited(tmp_path, stage) as (_stage, visitor):
        page = await visitor.open()
        await page.focus('[data-figure="service_level"]')
        await page.keyboard.press("Enter")
        behind = page.locator("#card .behind")
        await expect(behind).to_contain_text("1–50 of 217")
        older = behind.get_by_role("button", name="Older")
        await older.focus()
        stage.behind = found(50, older=None)
        await page.keyboard.press("Enter")
        await expect(behind).to_contain_text("51–100 of 217")
        assert stage.looked[-1] == ("service-level", {"window": "today", "older": "further"})
        await expect(older).to_be_focused()
        await expect(older).to_have_attribute("aria-disabled", "true")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        await expect(behind).to_contain_text("1–50 of 217")
        assert len(stage.looked) == 3
        against = behind.get_by_role("button", name="counted against 41")
        await against.focus()
        await page.keyboard.press("Space")
        await expect(against).to_have_attribute("aria-pressed", "true")
        await expect(against).to_be_focused()
        await expect(behind).to_contain_text("of 41")
        late = behind.get_by_role("button", name="the last 30 minutes")
        await late.focus()
        await page.keyboard.press("Space")
        await expect(late).to_have_attribute("aria-pressed", "true")
        assert stage.looked[-1] == ("service-level", {"window": "half_hour", "part": "against"})
        await page.keyboard.press("Escape")
        await expect(page.locator("#card")).not_to_be_visible()


async def test_a_sum_that_is_not_the_figure_says_why(tmp_path: Path) -> None:
    stage = Stage()
    told = {"numerator": 172, "denominator": 213, "at": utc_now().isoformat()}
    began = (utc_now() - timedelta(days=1)).isoformat()
    stage.behind = found(3, told=told, differs="moving", run_since=began)
    async with visited(tmp_path, stage) as (_stage, visitor):
        page = await visitor.open()
        await opened(page)
        notes = page.locator("#card .behind-notes")
        await expect(notes).to_contain_text("The figure is 172 / 213: calls of the last seconds")
        await expect(notes).to_contain_text("The engine was started 20")


async def test_what_is_refused_is_said_and_the_formula_stays(tmp_path: Path) -> None:
    stage = Stage()
    stage.answer = 503
    stage.behind = {"code": "store_away", "detail": "the database is away just now"}
    async with visited(tmp_path, stage) as (_stage, visitor):
        page = await visitor.open()
        await opened(page)
        card = page.locator("#card")
        await expect(card.locator(".behind-sums")).not_to_be_empty()
        await expect(card).to_contain_text("SL-live")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "zh-CN", "zh-TW"])
@pytest.mark.parametrize("width", [1366, 390])
async def test_every_eye_and_hand_reads_it(
    tmp_path: Path, theme: Any, language: str, width: int
) -> None:
    stage = Stage()
    stage.behind = found(50, older="further")
    async with visited(tmp_path, stage) as (_stage, visitor):
        page = await visitor.open(
            color_scheme=theme,
            locale=language,
            reduced_motion="reduce",
            viewport={"width": width, "height": 768},
        )
        await opened(page, '[data-figure="service_level"]')
        await expect(page.locator("#card tbody tr")).to_have_count(50)
        assert await faults(page) == []
        over = await page.eval_on_selector("#card", "card => card.scrollWidth - card.clientWidth")
        assert over <= 0
        if width < 640:
            heights = await page.eval_on_selector_all(
                "#card .behind button:not([hidden])",
                "all => all.map((one) => one.getBoundingClientRect().height)",
            )
            assert min(height for height in heights if height) >= 44


def test_what_the_page_was_shown_here_is_what_the_api_answers() -> None:
    told = description(make_api(None))
    schema = {**told["components"]["schemas"]["CallsBehind"], "components": told["components"]}
    for shown in (found(5), found(0, told={"numerator": 1, "denominator": 2, "at": ""})):
        Draft202012Validator(schema).validate(shown)
        assert set(shown) == set(schema["properties"])
    call = told["components"]["schemas"]["CallBehind"]
    assert set(found(1)["calls"][0]) == set(call["properties"])
