"""`waihu asterisk diff` and `install`: our files in Asterisk's own folder.

Owns: what is shown, the question, and that Asterisk is never told by us: the reloads are printed.
What differs and how it is written is `asterisk.installing`'s.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from asterisk.installing import (
    Comparison,
    compare,
    compare_without,
    put_in_place,
    shown_diff,
)
from asterisk.render import render
from asterisk.settings_facts import pbx_facts
from config.language import _, mark
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import settings_of, utc_now
from dialer.cli_text import harmless

ETC = Path("/etc/asterisk")

Folder = Annotated[Path, typer.Argument(help=mark("The folder of Asterisk's configuration."))]
Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]


def add_to(app: typer.Typer) -> None:
    """Make both part of `waihu asterisk`."""
    compared = mark("Show what `install` would change; exit 0: nothing, 1: something.")
    installed = mark("Put the files into Asterisk's folder, after showing what changes.")
    app.command("diff", help=compared)(diff)
    app.command("install", help=installed)(install)


def diff(ctx: typer.Context, etc: Folder = ETC, json: Json = False) -> None:
    """Nothing is changed, and no secret is shown."""
    found = compare(render(pbx_facts(settings_of(ctx))), etc)
    _show(found, json=json)
    if found.nothing:
        if not json:
            say(_("Nothing differs: {etc} is as the settings want it.").format(etc=etc))
        return
    raise typer.Exit(ExitCode.FAILED)


def install(
    ctx: typer.Context,
    etc: Folder = ETC,
    yes: Annotated[bool, typer.Option("--yes", help=mark("Do not ask."))] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help=mark("Replace files of ours that were edited by hand; copies stay.")
        ),
    ] = False,
    enable_manager: Annotated[
        bool,
        typer.Option(
            "--enable-manager", help=mark("Also set `enabled = yes` in [general] of manager.conf.")
        ),
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help=mark("Take our lines and files out again."))
    ] = False,
    json: Json = False,
) -> None:
    """All or nothing; a second time changes nothing. Asterisk is reloaded by you, not by this."""
    if undo:
        found = compare_without(etc)
    else:
        found = compare(render(pbx_facts(settings_of(ctx))), etc, enable_manager=enable_manager)
    if not json:
        _show(found, json=False)
    if not found.changes:
        _nothing_to_do(found, etc, json=json)
        return
    _refuse_edited(found, overwrite=overwrite)
    _ask(etc, yes=yes or json)
    _done(found, _placed(found), etc, undo=undo, json=json)


def _show(found: Comparison, *, json: bool) -> None:
    if json:
        print_json(
            {
                "files": [str(change.path) for change in found.changes],
                "edited_by_hand": [str(path) for path in found.edited],
                "manager_off": found.manager_off,
                "diff": list(shown_diff(found)),
            }
        )
        return
    for line in shown_diff(found):
        sys.stdout.write(harmless(line) + "\n")
    if found.manager_off:
        say(
            _(
                "manager.conf: [general] does not say `enabled = yes`, so Asterisk listens to "
                "nobody. Set it, or let install do it: --enable-manager"
            )
        )
    for path in found.edited:
        say(_("{path} was edited by hand.").format(path=path))


def _nothing_to_do(found: Comparison, etc: Path, *, json: bool) -> None:
    if json:
        print_json({"changed": [], "copies": [], "reload": [], "manager_off": found.manager_off})
    else:
        say(_("Nothing to do in {etc}.").format(etc=etc))


def _refuse_edited(found: Comparison, *, overwrite: bool) -> None:
    if found.edited and not overwrite:
        names = ", ".join(str(path) for path in found.edited)
        raise CommandError(
            _(
                "edited by hand: {names}; nothing is changed. Put what you need into the settings "
                "or into a file of your own, then say --overwrite (a dated copy stays)"
            ).format(names=names)
        )


def _ask(etc: Path, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        said = _("nobody can be asked here; say --yes to change {etc}")
        raise CommandError(said.format(etc=etc), ExitCode.USAGE)
    if not typer.confirm(_("Change {etc} like this?").format(etc=etc)):
        raise CommandError(_("nothing is changed"))


def _placed(found: Comparison) -> list[Path]:
    try:
        return put_in_place(found, utc_now())
    except OSError as error:
        raise CommandError(
            _(
                "{path}: {why}; nothing is changed. Run this as a user who may write there, and "
                "who may give a file the owner of its neighbours"
            ).format(path=error.filename or "", why=error.strerror)
        ) from error


def _done(found: Comparison, copies: list[Path], etc: Path, *, undo: bool, json: bool) -> None:
    reloads = [f'asterisk -rx "{command}"' for command in found.reloads]
    if json:
        changed = [str(change.path) for change in found.changes]
        kept = [str(path) for path in copies]
        print_json({"changed": changed, "copies": kept, "reload": reloads})
        return
    say(_("Done. What was there before is kept beside it:"))
    for path in copies:
        say(f"  {path}")
    say(_("Asterisk does not know yet; as a user who may talk to it:"))
    for command in reloads:
        say(f"  {command}")
    if undo:
        return
    say(_("Then: waihu doctor"))
    command = f"waihu asterisk install --undo {shlex.quote(str(etc))}"
    say(_("To undo: {command}").format(command=command))
