"""A headless Chromium out of Debian's packages, driven by Playwright.

Every test has a browser of its own: an event loop cannot hand one on to the next. Nothing here
measures, and a machine that is shared may be slow: whatever is waited for has time.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from asterisk.lab.program import load_debs

PATIENCE_MS: Final = 120_000
expect.set_options(timeout=PATIENCE_MS)
ROOT = Path(__file__).parents[1]
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Browser]:
    """A browser for as long as the block runs; `folder` takes its settings of fonts."""
    root = load_debs().bring("chromium", ROOT / ".parts")
    libraries = root / "usr/lib/x86_64-linux-gnu"
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(fonts=root / "usr/share/fonts", cache=folder / "fonts"))
    found = (libraries, root / "lib/x86_64-linux-gnu", libraries / "pulseaudio")
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": ":".join(map(str, found)),
        "FONTCONFIG_FILE": str(fonts),
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=root / "usr/lib/chromium/chromium",
            env=environment,
            args=list(QUIET),
            timeout=PATIENCE_MS,
        )
        try:
            yield browser
        finally:
            await browser.close()


async def new_context(browser: Browser, **more: Any) -> BrowserContext:
    """A person's own window, as large as a cheap screen; `more`: as Playwright's."""
    chosen = {"viewport": {"width": 1366, "height": 768}, "locale": "en-GB"} | more
    context = await browser.new_context(**chosen)
    context.set_default_timeout(PATIENCE_MS)
    return context
