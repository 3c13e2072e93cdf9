"""`waihu watch`: the work as it happens, on the screen, as plain lines, or as JSON.

Owns: the command, and that it ends with the engine. The drawing is `supervisor.live_view`'s, the
pictures are the engine's.
"""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from config.language import _, mark, translate
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_session import ask, carry_out, settings_of, utc_now
from dialer.client import EngineClient
from dialer.wire import Do
from supervisor.live_view import draw, screen
from supervisor.snapshot import Snapshot, from_json, to_json
from supervisor.terminal import plain_line

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


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
        console.print(screen(snapshot, console, utc_now(), translate))
    else:
        _write(plain_line(snapshot, translate))


async def _follow(settings: Settings, *, json: bool) -> None:
    async with EngineClient(settings.paths.socket) as engine:
        pictures = _pictures(engine)
        if json:
            await _json_lines(pictures)
        else:
            hint = _("Ctrl-C ends the view; the engine goes on")
            console = Console(highlight=False)
            await draw(pictures, console, utc_now=utc_now, _=translate, hint=hint)
    raise CommandError(_("the engine has gone"), ExitCode.UNREACHABLE)


async def _pictures(engine: EngineClient) -> AsyncIterator[Snapshot]:
    async for answer in engine.follow(Do.WATCH):
        yield from_json(answer.facts)


async def _json_lines(pictures: AsyncIterator[Snapshot]) -> None:
    async for snapshot in pictures:
        _write_json(snapshot)


def _write_json(snapshot: Snapshot) -> None:
    _write(json_text.dumps(to_json(snapshot), ensure_ascii=False))


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
