"""R18: for every eye and hand (WCAG 2.2 AA), judged by axe in every theme and language."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.web.board_stage import visited

AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


async def faults(page: Page) -> list[tuple[str, Any]]:
    found = await Axe().run(page, options=AA)
    return [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found.response["violations"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "zh-CN", "zh-TW"])
async def test_axe_finds_nothing(
    tmp_path: Path, theme: Literal["light", "dark"], language: str
) -> None:
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open(color_scheme=theme, locale=language, reduced_motion="reduce")
        assert await faults(page) == []
        await page.keyboard.press("?")
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await page.click('#campaigns [data-name="spring"] .row-name')
        assert await faults(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_what_is_old_can_be_read_as_well(
    tmp_path: Path, theme: Literal["light", "dark"]
) -> None:
    async with visited(tmp_path) as (stage, visitor):
        page = await visitor.open(color_scheme=theme, reduced_motion="reduce")
        stage.silent = True
        await expect(page.locator("html")).to_have_attribute("data-old", "")
        assert await faults(page) == []


async def test_nothing_moves_for_who_wants_that(tmp_path: Path) -> None:
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open(reduced_motion="reduce")
        moves = await page.evaluate(
            """() => {
              const cell = document.querySelector(".agent");
              cell.classList.add("pulse");
              return getComputedStyle(cell).animationName;
            }"""
        )
        assert moves == "none"


async def test_what_is_pressed_with_a_finger_is_large_enough(tmp_path: Path) -> None:
    """WCAG 2.5.8 asks for 24 px; on a telephone acts have 44."""
    async with visited(tmp_path) as (_stage, visitor):
        page = await visitor.open(viewport={"width": 390, "height": 844}, has_touch=True)
        sizes = await page.eval_on_selector_all(
            ".rows .act, .alarms .act:not([hidden]), .agent, .figure",
            "found => found.map((one) => one.getBoundingClientRect().height)",
        )
        assert sizes
        assert min(sizes) >= 44
