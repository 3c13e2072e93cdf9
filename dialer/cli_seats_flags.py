"""The flags of `waihu seats` as figures.

Owns: the notations, and one clear line for each that is none. Must not know what is planned.
"""

from __future__ import annotations

import re
from typing import Final

from config.language import _
from dialer.cli_errors import CommandError, ExitCode
from dialer.staffing.erlang import Target
from dialer.staffing.plan_cells import PlanColumn, read_figure

_LEVEL: Final = re.compile(r"(\d+(?:\.\d+)?)\s*%?\s*/\s*(\d+(?:\.\d+)?)\s*s?", re.ASCII)
_SHARE: Final = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(%?)", re.ASCII)
_SPAN: Final = re.compile(r"\s*(\d{1,2})(?::00)?\s*-\s*(\d{1,2})(?::00)?\s*", re.ASCII)
_HOURS: Final = 24

FLAGS: Final = {
    PlanColumn.CALLS: "--calls",
    PlanColumn.AHT: "--aht",
    PlanColumn.PATIENCE: "--patience",
    PlanColumn.RECORDS: "--records",
    PlanColumn.ATTEMPTS: "--attempts",
    PlanColumn.ANSWER_RATE: "--answer-rate",
    PlanColumn.TALK: "--talk",
    PlanColumn.WRAP_UP: "--wrap-up",
}


def figure(column: PlanColumn, text: str) -> float:
    """What the flag of that column says.

    Raises:
        CommandError: it is no such figure.
    """
    read = read_figure(column, text)
    if read is not None:
        return read
    said = (
        _("{flag}: “{text}” is no rate above 0 and up to 100 %; write 30 or 0.3")
        if column is PlanColumn.ANSWER_RATE
        else _("{flag}: “{text}” is no figure that makes sense there; write it as 120 or 1,200.5")
    )
    raise CommandError(said.format(flag=FLAGS[column], text=text), ExitCode.USAGE)


def target(text: str) -> Target:
    """`80/20`: 80 % within 20 seconds.

    Raises:
        CommandError: it is no service level.
    """
    found = _LEVEL.fullmatch(text.strip())
    try:
        if found is not None:
            return Target(share=float(found[1]) / 100, within_s=float(found[2]))
    except ValueError:
        pass
    said = _("--service-level: “{text}” is none; write 80/20 for 80 % within 20 s, below 100 %")
    raise CommandError(said.format(text=text), ExitCode.USAGE)


def share(flag: str, text: str, *, least: float = 0.01, most: float = 0.95) -> float:
    """`30`, `30%` or `0.3`; from 1 on it is per cent.

    Raises:
        CommandError: it is none, or out of bounds.
    """
    found = _SHARE.fullmatch(text.strip())
    if found is not None:
        part = float(found[1])
        part = part / 100 if found[2] or part >= 1 else part
        if least <= part <= most:
            return part
    said = _("{flag}: “{text}” is no share from {least} to {most} %; write 30 or 0.3")
    shown = {"least": f"{100 * least:g}", "most": f"{100 * most:g}"}
    raise CommandError(said.format(flag=flag, text=text, **shown), ExitCode.USAGE)


def open_hours(text: str) -> tuple[int, ...]:
    """`9-12,14-20`: the hours 9, 10, 11, 14 and so on.

    Raises:
        CommandError: it is no list of whole hours.
    """
    hours: set[int] = set()
    for part in re.split(r"[,，]", text):
        found = _SPAN.fullmatch(part)
        if found is None or not int(found[1]) < int(found[2]) <= _HOURS:
            said = _("--hours: “{text}” is no list of whole hours; write 9-12,14-20")
            raise CommandError(said.format(text=text), ExitCode.USAGE)
        hours.update(range(int(found[1]), int(found[2])))
    return tuple(sorted(hours))
