"""What commands print: JSON for programs, lines and calm tables for people.

Owns: the form; widths are terminal columns, so Chinese text lines up. Must not know what is
printed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dialer.cli_text import harmless

VERSION: Final = 1
# Where there is no terminal nothing is cut: a pipe has no width.
WIDTH_OF_A_PIPE: Final = 200
# A name of several words, as waihu-inbound; a date is none.
BETWEEN_WORDS: Final = re.compile(r"(?<=[A-Za-z]-)(?=[A-Za-z])")
# Columns of names are not made narrower than this for the sake of figures.
SHORT_NAME: Final = 8
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
    """A table. `right`: names of the columns with figures, separated by `|`.

    Where the terminal is too narrow for it, the columns move together, the names of figures are
    broken between words, and what a rate rests on goes under it; no figure is torn apart while
    names have room beside them.
    """
    figures = set(right.split("|"))
    shown = [[harmless(cell) for cell in row] for row in rows]
    out = console()
    widths = [max(map(_width, column)) for column in zip(columns, *shown, strict=True)]
    if sum(widths) + 3 * len(widths) - 1 > out.width:
        _narrow_table(out, columns, shown, figures)
        return
    grid = Table(box=SIMPLE_HEAD, header_style=EMPHASIS, pad_edge=False)
    for name in columns:
        grid.add_column(name, justify="right" if name in figures else "left")
    for row in shown:
        grid.add_row(*map(Text, row))
    out.print(grid)


def _narrow_table(
    out: Console, columns: Sequence[str], rows: Iterable[list[str]], figures: set[str]
) -> None:
    shown = [
        [cell.replace(" (", "\n(") if name in figures else cell for name, cell in line]
        for line in (zip(columns, row, strict=True) for row in rows)
    ]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)] or [0] * len(columns)
    widths = [max(_narrowest(name), width) for name, width in zip(columns, widths, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > out.width:
        shown = [[BETWEEN_WORDS.sub("\n", cell) for cell in row] for row in shown]
    least = [
        width if name in figures else min(width, SHORT_NAME)
        for name, width in zip(columns, widths, strict=True)
    ]
    whole = sum(least) + 2 * (len(least) - 1) <= out.width
    grid = Table(
        box=SIMPLE_HEAD,
        header_style=EMPHASIS,
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    for name, width in zip(columns, widths, strict=True):
        if name in figures:
            fixed = width if whole else None
            grid.add_column(name, justify="right", overflow="fold", width=fixed)
        else:
            grid.add_column(name, overflow="fold")
    for row in shown:
        grid.add_row(*map(Text, row))
    out.print()
    out.print(grid)
    out.print()


def _width(text: str) -> int:
    """Of the longest line, in columns of the terminal."""
    return max(map(cell_len, text.split("\n")))


def _narrowest(name: str) -> int:
    """How narrow a column's name may become: its longest word; half of it, if it is in Chinese."""
    word = max(map(cell_len, name.split()), default=0)
    return word if name.isascii() else min(word, max(4, (word + 3) // 4 * 2))


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
