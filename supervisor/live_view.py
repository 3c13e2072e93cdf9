"""Snapshots drawn as they come: a whole screen on a terminal, a line now and then elsewhere.

Owns: the redrawing, and that a picture which grows old is seen to (I10). What stands on the
screen is `supervisor.terminal`'s; where the pictures come from is the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from supervisor.snapshot import Snapshot
from supervisor.terminal import plain_line, render
from supervisor.terminal_text import shown
from supervisor.words import Translate

REDRAW_S = 0.25
PLAIN_EVERY_S = 5.0


async def draw(
    pictures: AsyncIterator[Snapshot],
    console: Console,
    *,
    utc_now: Callable[[], datetime],
    _: Translate,
    hint: str,
) -> None:
    """Draw each picture until there are no more. `hint`: what the last line says of the keys."""
    if console.is_terminal:
        await _redraw(pictures, lambda seen: screen(seen, console, utc_now(), _, hint), console)
    else:
        await _plain_lines(pictures, console, _)


def screen(
    snapshot: Snapshot, console: Console, now: datetime, _: Translate, hint: str = ""
) -> RenderableType:
    """One picture, as large as the terminal."""
    size = (console.size.width, console.size.height)
    return render(snapshot, size=size, now=now, _=_, hint=hint)


async def _redraw(
    pictures: AsyncIterator[Snapshot],
    drawn: Callable[[Snapshot], RenderableType],
    console: Console,
) -> None:
    """Draw each picture, and the last one again when none comes: its age goes on."""
    latest: list[Snapshot] = []

    async def read() -> None:
        async for snapshot in pictures:
            latest[:] = [snapshot]

    reading = asyncio.create_task(read())
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while not reading.done():
            if latest:
                live.update(drawn(latest[0]), refresh=True)
            await asyncio.wait([reading], timeout=REDRAW_S)
    await reading


async def _plain_lines(pictures: AsyncIterator[Snapshot], console: Console, _: Translate) -> None:
    told_at: datetime | None = None
    async for snapshot in pictures:
        if told_at is None or (snapshot.ts - told_at).total_seconds() >= PLAIN_EVERY_S:
            told_at = snapshot.ts
            console.print(Text(shown(plain_line(snapshot, _))), soft_wrap=True)
            console.file.flush()
