"""`waihu watch`: the work as it happens, on the screen, as plain lines, or as JSON.

Owns: the command and the redrawing. The screen is `supervisor.terminal`'s, the pictures are the
engine's; a picture that grows old is shown as old (I10).
"""

from __future__ import annotations

import asyncio
import json as json_text
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.live import Live

from config.language import _, mark, translate
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_session import ask, carry_out, settings_of, utc_now
from dialer.client import EngineClient
from dialer.wire import Do
from supervisor.snapshot import Snapshot, from_json, to_json
from supervisor.terminal import plain_line, render

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)

REDRAW_S = 0.25
PLAIN_EVERY = 20
"""Of the engine's four pictures a second, every so many make a plain line."""


@app.command()
def watch(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help=mark("Only the picture of now."))] = False,
    json: Annotated[
        bool, typer.Option("--json", help=mark("One JSON object a line, for a program."))
    ] = False,
) -> None:
    """Until Ctrl-C, or until the engine goes away."""
    settings = settings_of(ctx)
    with suppress(KeyboardInterrupt):
        carry_out(_once(settings, json=json) if once else _follow(settings, json=json))


async def _once(settings: Settings, *, json: bool) -> None:
    snapshot = from_json((await ask(settings, Do.SNAPSHOT)).facts)
    if json:
        _write_json(snapshot)
        return
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(_screen(snapshot, console, hint=""))
    else:
        _write(plain_line(snapshot, translate))


async def _follow(settings: Settings, *, json: bool) -> None:
    console = Console(highlight=False)
    async with EngineClient(settings.paths.socket) as engine:
        pictures = _pictures(engine)
        if json:
            await _json_lines(pictures)
        elif console.is_terminal:
            await _redraw(pictures, console)
        else:
            await _plain_lines(pictures)
    raise CommandError(_("the engine has gone"), ExitCode.UNREACHABLE)


async def _pictures(engine: EngineClient) -> AsyncIterator[Snapshot]:
    async for answer in engine.follow(Do.WATCH):
        yield from_json(answer.facts)


async def _json_lines(pictures: AsyncIterator[Snapshot]) -> None:
    async for snapshot in pictures:
        _write_json(snapshot)


async def _plain_lines(pictures: AsyncIterator[Snapshot]) -> None:
    seen = 0
    async for snapshot in pictures:
        if seen % PLAIN_EVERY == 0:
            _write(plain_line(snapshot, translate))
        seen += 1


async def _redraw(pictures: AsyncIterator[Snapshot], console: Console) -> None:
    """Draw each picture, and the last one again when none comes: its age goes on."""
    latest: list[Snapshot] = []

    async def read() -> None:
        async for snapshot in pictures:
            latest[:] = [snapshot]

    reading = asyncio.create_task(read())
    hint = _("Ctrl-C ends the view; the engine goes on")
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while not reading.done():
            if latest:
                live.update(_screen(latest[0], console, hint=hint), refresh=True)
            await asyncio.wait([reading], timeout=REDRAW_S)
    await reading


def _screen(snapshot: Snapshot, console: Console, *, hint: str) -> RenderableType:
    size = (console.size.width, console.size.height)
    return render(snapshot, size=size, now=utc_now(), _=translate, hint=hint)


def _write_json(snapshot: Snapshot) -> None:
    _write(json_text.dumps(to_json(snapshot), ensure_ascii=False))


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
