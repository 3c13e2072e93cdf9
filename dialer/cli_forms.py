"""`waihu form`: the questionnaires that agents ask, and what is wrong with them (R24).

Owns: the command and how a check is told. Must not know what a form may hold
(`config.form_file`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from campaigns.forms import Form
from config.errors import ConfigError
from config.form_file import read_form, read_forms
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import settings_of

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
SUFFIX: Final = ".toml"


@app.callback()
def forms() -> None:
    """The questionnaires."""


@app.command(help=mark("Read the questionnaires and say what is wrong; exit 2 on a fault."))
def check(
    ctx: typer.Context,
    form: Annotated[
        str | None,
        typer.Argument(metavar="FORM", help=mark("A form's name, or its file; else all forms.")),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Read each, then all of them together: no two may be for the same campaign or queue."""
    settings = settings_of(ctx)
    found = [_checked(path) for path in _paths(settings, form)]
    together = None if form is not None else _clash(settings, found)
    if json:
        print_json({"forms": found, "fault": together})
    else:
        _tell(found, together)
    if together is not None or any(one["fault"] for one in found):
        raise typer.Exit(ExitCode.USAGE)


def _checked(path: Path) -> dict[str, object]:
    try:
        form = read_form(path)
    except ConfigError as error:
        return {
            "form": path.stem,
            "file": str(path),
            "questions": 0,
            "for": [],
            "fault": str(error),
        }
    return _as_json(form, path)


def _as_json(form: Form, path: Path) -> dict[str, object]:
    return {
        "form": form.name,
        "file": str(path),
        "questions": len(form.questions),
        "for": sorted(form.places),
        "fault": None,
    }


def _clash(settings: Settings, found: list[dict[str, object]]) -> str | None:
    if any(one["fault"] for one in found):
        return None
    try:
        read_forms(settings.paths.forms)
    except ConfigError as error:
        return str(error)
    return None


def _tell(found: list[dict[str, object]], together: str | None) -> None:
    for one in found:
        if one["fault"]:
            say(str(one["fault"]))
            continue
        said = _("{form}: {n} questions, asked in {places}")
        places = ", ".join(map(str, one["for"])) if isinstance(one["for"], list) else ""
        say(said.format(form=one["form"], n=one["questions"], places=places))
    if together is not None:
        say(together)
    if not found:
        say(_("There are no forms."))


def _paths(settings: Settings, form: str | None) -> list[Path]:
    folder = settings.paths.forms
    if form is None:
        return sorted(folder.glob("*" + SUFFIX)) if folder is not None else []
    named = Path(form)
    if named.suffix == SUFFIX and named.is_file():
        return [named]
    path = None if folder is None else folder / (form + SUFFIX)
    if path is None or not path.is_file():
        raise CommandError(_("there is no form {form}").format(form=form), ExitCode.USAGE)
    return [path]
