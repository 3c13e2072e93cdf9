#!/usr/bin/env python3
"""Take the pictures of the browser's wallboard, of a made-up floor in trouble.

.venv/bin/python docs/wallboard_picture.py docs/wallboard.png [docs/wallboard-zh.png]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.supervisor.board_example import full
from tests.web.board_stage import Stage, visited

SIZE = {"width": 1366, "height": 820}
LOOKS = (("en-GB", "dark"), ("zh-CN", "light"))


async def take(files: list[Path]) -> None:
    """One picture a file, in the looks above."""
    stage = Stage()
    stage.shown = full()
    stage.begin(lambda: stage.shown.ts)
    with tempfile.TemporaryDirectory() as folder:
        async with visited(Path(folder), stage) as (_stage, visitor):
            for file, (locale, theme) in zip(files, LOOKS, strict=False):
                page = await visitor.open(
                    locale=locale, color_scheme=theme, viewport=SIZE, reduced_motion="reduce"
                )
                await page.click("#day")  # so that a sound may be made, and says so
                await page.wait_for_selector(".u-over, .uplot")
                await page.screenshot(path=file)


if __name__ == "__main__":
    asyncio.run(take([Path(name) for name in sys.argv[1:]]))
