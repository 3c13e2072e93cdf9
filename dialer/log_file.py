"""The log's file, which may fail: a full disk costs lines, never a call.

Owns: the descriptor, and the count of lines that it did not take. Must not know what a line
says. When the disk takes lines again, the first one tells how many are missing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


class LogFile:
    """A file that is appended to, as structlog's `WriteLogger` wants one: `write` and `flush`.

    Args:
        descriptor: where lines go, standard error perhaps.
        lost_line: words the line that says how many were lost.
    """

    def __init__(self, descriptor: int, lost_line: Callable[[int], str]) -> None:
        self._descriptor = descriptor
        self._lost_line = lost_line
        self._lost = 0
        self._torn = False

    def write(self, text: str) -> int:
        """Append whole lines; what the disk does not take is counted."""
        if self._lost and self._took(self._lost_line(self._lost)):
            self._lost = 0
        if self._lost or not self._took(text):
            self._lost += text.count("\n")
        return len(text)

    def _took(self, text: str) -> bool:
        """Whether the disk took all of it; the start of a line that it took is closed later."""
        data = (b"\n" if self._torn else b"") + text.encode(errors="replace")
        try:
            written = os.write(self._descriptor, data)
        except OSError:
            return False
        self._torn = data[:written][-1:] != b"\n"
        return written == len(data)

    def reopen(self, path: Path) -> None:
        """Go on in the file that is at `path` now. Raises OSError; then the old one is kept."""
        new = open_log(path)
        try:
            os.dup2(new, self._descriptor, inheritable=False)
        finally:
            os.close(new)

    def flush(self) -> None:
        """Nothing is held back."""


def open_log(path: Path) -> int:
    """The descriptor of a log at `path`, made with mode 0600 where there is none, and its folder.

    Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
