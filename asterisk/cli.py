"""`waihu asterisk`: the configuration that an Asterisk needs for us.

Owns: the settings as `asterisk.render` wants them, and where the files go. Never writes into an
Asterisk's own folder by itself: the operator names it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from asterisk.render import PbxFacts, QueueFacts, Strategy, render
from config.errors import ConfigError
from config.language import _, mark
from config.settings import QueueSettings, Settings
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
    return {name: text.replace(line, left_out) for name, text in files.items()}


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


def pbx_facts(settings: Settings) -> PbxFacts:
    """What the templates need of the settings.

    Raises:
        ConfigError: the secret is missing, or a value does not fit into Asterisk's files.
    """
    secret = settings.ami.secret
    if secret is None:
        said = _("ami.secret is not set; put one into waihu.toml ([ami]) or into WAIHU_AMI_SECRET")
        raise ConfigError(said)
    try:
        return PbxFacts(
            ami_user=settings.ami.user,
            ami_secret=secret.get_secret_value(),
            ami_port=settings.ami.port,
            agi_host=settings.agi.host,
            agi_port=settings.agi.port,
            slots=settings.agents.slots,
            queues=tuple(_queue(queue) for queue in settings.queues),
            inbound_queue=settings.inbound.queue,
        )
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _queue(queue: QueueSettings) -> QueueFacts:
    try:
        strategy = Strategy(queue.strategy.value)
    except ValueError:
        said = _("queue {queue}: strategy {strategy} does not fit agents who stay on the line")
        text = said.format(queue=queue.name, strategy=queue.strategy.value)
        raise ConfigError(text) from None
    return QueueFacts(name=queue.name, strategy=strategy, service_level_s=queue.service_level_s)
