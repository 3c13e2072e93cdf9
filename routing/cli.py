"""`waihu flow`: what the IVR flows are, what is wrong with them, and a walk through one.

Owns: the commands, which file a name means, and how a check is told. Must not know how a flow is
checked, drawn or walked through.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from config.errors import ConfigError
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import settings_of, utc_now
from routing.check import HasSound
from routing.cli_call_back import unfit_for_call_backs
from routing.cli_try import Journey, try_flow
from routing.flow_draw import mermaid, svg, tree
from routing.loader import FlowFile, flow_path, read_flow, surroundings

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

SUFFIX: Final = ".toml"
FlowArgument = Annotated[
    str, typer.Argument(metavar="FLOW", help=mark("A flow's name, or its file."))
]


class Form(StrEnum):
    """What `show` draws."""

    TREE = "tree"
    MERMAID = "mermaid"
    SVG = "svg"


@app.callback()
def flows() -> None:
    """The IVR flows."""


@app.command(
    help=mark("Find lost steps, dead ends, circles and missing sounds; exit 2 on a fault.")
)
def check(
    ctx: typer.Context,
    flow: Annotated[
        str | None,
        typer.Argument(metavar="FLOW", help=mark("A flow's name, or its file; else all flows.")),
    ] = None,
    sounds: Annotated[
        Path | None,
        typer.Option(help=mark("Asterisk's folder of sounds, to see which are missing.")),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Read, check, and say all that was found."""
    settings = settings_of(ctx)
    if sounds is not None and not sounds.is_dir():
        raise CommandError(_("{folder} is no folder").format(folder=sounds), ExitCode.USAGE)
    has_sound = None if sounds is None else sounds_below(sounds)
    read: list[FlowFile] = []
    unreadable: list[tuple[Path, ConfigError]] = []
    for path in _paths(settings, flow):
        try:
            read.append(read_flow(path, surroundings(settings, utc_now().date()), has_sound))
        except ConfigError as error:
            unreadable.append((path, error))
    unfit = unfit_for_call_backs(settings)
    if json:
        flows = [*map(_as_json, read), *(_broken(*one) for one in unreadable)]
        print_json({"flows": flows, "call_back": {"fit": unfit is None, "text": unfit}})
    else:
        _tell(read, unreadable)
        if unfit is not None:
            say(unfit)
    if (
        unfit is not None
        or unreadable
        or any(one.is_fault for file in read for one in file.findings)
    ):
        raise typer.Exit(ExitCode.USAGE)


@app.command(help=mark("Draw a flow: a tree, Mermaid, or SVG."))
def show(
    ctx: typer.Context,
    flow: FlowArgument,
    form: Annotated[
        Form, typer.Option("--as", help=mark("What to draw: tree, mermaid or svg."))
    ] = Form.TREE,
    to: Annotated[
        Path | None, typer.Option(help=mark("Write it to this file instead of the screen."))
    ] = None,
) -> None:
    """Draw it, whatever a check would say."""
    file = _read(settings_of(ctx), flow)
    drawn = {Form.MERMAID: mermaid, Form.SVG: svg}.get(form)
    text = drawn(file.flow) if drawn is not None else "\n".join(tree(file.flow)) + "\n"
    if to is None:
        typer.echo(text, nl=False)
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        said = _("{path} cannot be written: {why}").format(path=to, why=error.strerror)
        raise CommandError(said) from error


@app.command("try", help=mark("Walk through a flow in the terminal: you are the caller."))
def try_(
    ctx: typer.Context,
    flow: FlowArgument,
    at: Annotated[
        str | None,
        typer.Option(help=mark("When the call comes in: “2026-12-31 20:00”, on the flow's clock.")),
    ] = None,
    caller: Annotated[str, typer.Option(help=mark("The caller's number; none: withheld."))] = "",
    dialed: Annotated[str, typer.Option(help=mark("The number that was dialed."))] = "",
    fact: Annotated[
        list[str] | None,
        typer.Option(help=mark("A fact of the caller, as vip=yes; again for more.")),
    ] = None,
    keys: Annotated[
        str | None,
        typer.Option(help=mark("What is typed at each question, apart by blanks; - is nothing.")),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Perform it with words in place of sounds."""
    file = _read(settings_of(ctx), flow)
    faults = [one for one in file.findings if one.is_fault]
    if faults:
        raise CommandError(file.fault(faults[0]).at(file.file.path), ExitCode.USAGE)
    try_flow(
        file.flow,
        Journey(at=at, caller=caller, dialed=dialed, facts=tuple(fact or ()), keys=keys),
        utc_now(),
        json=json,
    )


def sounds_below(folder: Path) -> HasSound:
    """Look where Asterisk does: the language's folder, that of its script, then the bare one."""

    def has(language: str, sound: str) -> bool:
        places = (folder / language, folder / language.partition("_")[0], folder)
        return any(any((place / sound).parent.glob(f"{Path(sound).name}.*")) for place in places)

    return has


def _paths(settings: Settings, flow: str | None) -> list[Path]:
    if flow is not None:
        return [_path(settings, flow)]
    folder = flow_path(settings, "x").parent
    named = {flow_path(settings, name) for name in settings.inbound.flow_names}
    found = sorted(named.union(folder.glob(f"*{SUFFIX}")))
    if not found:
        raise CommandError(_("there is no flow in {folder}").format(folder=folder))
    return found


def _path(settings: Settings, flow: str) -> Path:
    """A file is meant where one is named; else the flow of the site."""
    named = Path(flow)
    path = named if named.suffix == SUFFIX else flow_path(settings, flow)
    if not path.is_file():
        raise CommandError(_("there is no flow {path}").format(path=path), ExitCode.USAGE)
    return path


def _read(settings: Settings, flow: str) -> FlowFile:
    return read_flow(_path(settings, flow), surroundings(settings, utc_now().date()))


def _tell(read: Iterable[FlowFile], unreadable: Iterable[tuple[Path, ConfigError]]) -> None:
    for path, error in unreadable:
        say(_("{flow} cannot go on the line:").format(flow=path.stem))
        for line in str(error).splitlines():
            say(f"  {line}")
    for file in read:
        faults = [one for one in file.findings if one.is_fault]
        told = (
            _("{flow} cannot go on the line:")
            if faults
            else _("{flow} is fit for the line; {n} steps.")
        )
        say(told.format(flow=file.flow.name, n=len(file.flow.steps)))
        for one in file.findings:
            mark_of = _("fault") if one.is_fault else _("note")
            say(f"  {mark_of}: {file.fault(one).at(file.file.path)}")


def _as_json(file: FlowFile) -> dict[str, object]:
    return {
        "flow": file.flow.name,
        "file": str(file.file.path),
        "steps": len(file.flow.steps),
        "findings": [
            {
                "code": one.code.value,
                "fault": one.is_fault,
                "step": one.step,
                "key": one.key,
                "what": one.what,
                "line": file.line_of(one),
                "text": file.fault(one).text,
            }
            for one in file.findings
        ],
    }


def _broken(path: Path, error: ConfigError) -> dict[str, object]:
    findings = [
        {"code": "unreadable", "fault": True, "key": one.key, "line": one.line, "text": one.text}
        for one in error.faults
    ]
    return {"flow": path.stem, "file": str(path), "findings": findings}
