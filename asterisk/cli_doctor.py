"""`waihu doctor`: examine the installation.

Owns: how findings are shown, and the exit code. What is examined is `asterisk.doctor`'s.
"""

from __future__ import annotations

import importlib
from dataclasses import asdict
from typing import Annotated, Any

import typer

from config.language import _, mark
from dialer.cli_errors import ExitCode
from dialer.cli_print import console, print_json, say
from dialer.cli_session import carry_out, settings_of

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

SHAPES = {"ok": ("✓", "green"), "warning": ("▲", "#E69F00"), "fault": ("■", "#D55E00")}


@app.command()
def doctor(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Exit 0: all is well; 1: there are findings; 3: Asterisk does not answer."""
    # Loaded by name: it brings the AMI link with it, which no other command needs.
    examine = importlib.import_module("asterisk.doctor").examine
    settings, configuration = settings_of(ctx), ctx.find_root().obj
    findings = carry_out(examine(settings, configuration=configuration))
    if json:
        print_json({"findings": [_json(finding) for finding in findings]})
    else:
        for finding in findings:
            _print(finding)
    bad = [finding for finding in findings if finding.level == "fault"]
    if any(finding.unreachable for finding in bad):
        raise typer.Exit(ExitCode.UNREACHABLE)
    if bad:
        raise typer.Exit(ExitCode.FAILED)
    if not json:
        say(_("Everything needed is there."), style="bold")


def _json(finding: Any) -> dict[str, object]:
    return {**asdict(finding), "text": finding.text, "cure": finding.cure}


def _print(finding: Any) -> None:
    from rich.text import Text  # noqa: PLC0415  as slow as it is seldom

    shape, colour = SHAPES[finding.level]
    console().print(Text.assemble((f"{shape} ", colour), finding.text))
    if finding.cure:
        console().print(Text(f"    → {finding.cure}"))
