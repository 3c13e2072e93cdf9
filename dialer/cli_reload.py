"""`waihu reload`: the running engine reads its settings again.

Owns: the command and its sentences. What can change while the engine runs is the engine's to say.
"""

from __future__ import annotations

from typing import Annotated

import typer

from config.errors import ConfigError
from config.language import _, mark
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import OK, ask, carry_out, settings_of
from dialer.wire import Answer, Do

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def reload(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Settings with a fault change nothing: file and line are named; exit 2."""
    try:
        settings = settings_of(ctx)
    except ConfigError as error:
        raise _refused(str(error)) from error
    answer = carry_out(ask(settings, Do.RELOAD))
    if answer.code != OK:
        raise _refused(str(answer.facts.get("text", answer.code)))
    if json:
        print_json(answer.facts)
        return
    for line in _told(answer):
        say(line)


def _refused(why: str) -> CommandError:
    kept = _("nothing is changed: an engine that runs goes on with the settings that it has")
    return CommandError(f"{why}\n{kept}", ExitCode.USAGE)


def _told(answer: Answer) -> list[str]:
    """What became of it, in sentences."""
    applied, restart, asterisk = (_names(answer, key) for key in ("applied", "restart", "asterisk"))
    if not applied + restart:
        return [_("The settings were read again; nothing in them has changed.")]
    said = []
    if applied:
        said.append(_("In force from now on: {names}").format(names=applied))
    if restart:
        said.append(_("In force from the engine's next start on: {names}").format(names=restart))
    if asterisk:
        said.append(_("Asterisk's files change with it; see: waihu asterisk diff"))
    return said


def _names(answer: Answer, key: str) -> str:
    found = answer.facts.get(key)
    return ", ".join(map(str, found)) if isinstance(found, list) else ""
