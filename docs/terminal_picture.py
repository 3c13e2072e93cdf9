#!/usr/bin/env python3
"""Take a picture of what a command prints on a terminal of 80 columns.

.venv/bin/python docs/terminal_picture.py docs/campaign-show.svg campaign show spring
"""

from __future__ import annotations

import io
import os
import pty
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 80
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts that would be fetched from elsewhere; the reader's own will do."""
PROGRESS = re.compile(r"\x1b\[\?25l.*\x1b\[2K", re.DOTALL)
"""A bar that was wiped away when it was done."""


def printed(command: list[str]) -> str:
    """What `waihu` prints to a terminal, colours included."""
    program = Path(sys.executable).with_name("waihu")
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
        os.execv(program, [str(program), *command])  # noqa: S606  our own program
    told = b""
    try:
        while some := os.read(terminal, 4096):
            told += some
    except OSError:
        os.waitpid(child, 0)
    return PROGRESS.sub("", told.decode("utf-8").replace("\r", ""))


def main() -> None:
    """Write the picture."""
    target, *command = sys.argv[1:]
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(printed(command).rstrip()))
    title = " ".join(["waihu", *command])
    picture = FONT_FACE.sub("", console.export_svg(title=title))
    Path(target).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
