"""What commands print: JSON for programs, lines and calm tables for people.

Owns: the form; widths are terminal columns, so Chinese text lines up. Must not know what is
printed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dialer.cli_text import harmless

VERSION: Final = 1
# Where there is no terminal nothing is cut: a pipe has no width.
WIDTH_OF_A_PIPE: Final = 200
QUIET: Final = "bright_black"
EMPHASIS: Final = "bold"


def console() -> Console:
    """The terminal, or what stands in its place."""
    width = None if sys.stdout.isatty() else WIDTH_OF_A_PIPE
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)


def print_json(facts: Mapping[str, object]) -> None:
    """One JSON object, with its version, on standard output."""
    sys.stdout.write(json.dumps({"v": VERSION, **facts}, ensure_ascii=False, indent=2) + "\n")


def say(text: str, *, style: str = "") -> None:
    """A line for people; it wraps at words only where the terminal is too narrow."""
    console().print(Text(harmless(text), style=style), soft_wrap=not sys.stdout.isatty())


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: str = "") -> None:
    """A table. `right`: names of the columns with figures, separated by `|`."""
    figures = set(right.split("|"))
    grid = Table(box=SIMPLE_HEAD, header_style=EMPHASIS, pad_edge=False)
    for name in columns:
        grid.add_column(name, justify="right" if name in figures else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(harmless(cell)) for cell in row))
    console().print(grid)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Names and values, one a line, the values under each other; empty ones are left out."""
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(style=QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            grid.add_row(f"  {harmless(name)}", Text(harmless(value)))
    console().print(grid)


def heading(text: str) -> None:
    """The name of what follows, after an empty line."""
    console().print()
    console().print(Text(harmless(text), style=EMPHASIS))
