"""`waihu asterisk`: the configuration that an Asterisk needs for us.

Owns: the group of commands, and `render`, which never writes into an Asterisk's own folder by
itself: the operator names it. `diff` and `install` are `asterisk.cli_install`'s.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from asterisk import cli_install
from asterisk.render import render, unsealed
from asterisk.settings_facts import pbx_facts
from config.language import _, mark
from dialer.cli_print import print_json, say
from dialer.cli_session import settings_of

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

# They hold the secret of the manager user.
MODE = 0o640


@app.callback()
def configuration() -> None:
    """The configuration that Asterisk needs."""


cli_install.add_to(app)


@app.command("render", help=mark("Write the files to a folder, or show them."))
def render_files(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help=mark("Where to write them; without it they are shown."))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Each file says at its top which of Asterisk's files includes it, and how to undo it."""
    facts = pbx_facts(settings_of(ctx))
    files = render(facts)
    if folder is None:
        _show(_without_secret(files, facts.ami_secret), json=json)
        return
    written = _write(files, folder)
    if json:
        print_json({"written": [str(path) for path in written]})
        return
    for path in written:
        say(str(path))
    say(_("Each file says at its top which line includes it. Then: waihu doctor"))


def _without_secret(files: dict[str, str], secret: str) -> dict[str, str]:
    """What may be seen on a screen: a user without a secret cannot log in, so it fails safe."""
    line = f"secret = {secret}"
    left_out = "; secret = …  (left out here; it is written when a folder is named)"
    return {name: unsealed(text).replace(line, left_out) for name, text in files.items()}


def _show(files: dict[str, str], *, json: bool) -> None:
    if json:
        print_json({"files": files})
    else:
        sys.stdout.write("\n".join(f"; ===== {name} =====\n{files[name]}" for name in files))


def _write(files: dict[str, str], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in files.items():
        path = folder / name
        # Made with its mode: it must not be readable for a moment and closed afterwards.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        written.append(path)
    return written
