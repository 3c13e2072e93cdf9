"""A list's file on the disk: whether it is still the same one, and its name as text.

Owns: these two. Must not read what is in the file.
"""

from __future__ import annotations

import os
from pathlib import Path

Stamp = tuple[int, int, int, int]


def stamp_of(path: Path) -> Stamp | None:
    """Return what changes when the file is written to, or another takes its name; None: gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def readable_name(name: str) -> str:
    """Return the name as text that any file or database takes.

    Names on Linux are bytes: those of a Windows in China come as GB18030.
    """
    written = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    return written.decode("utf-8", "replace")
