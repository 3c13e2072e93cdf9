"""The file of refused rows: to be looked at in Excel, corrected, and loaded again.

Owns: its columns and its safety. It is UTF-8 with a mark, so that Excel shows Chinese; and a
cell that a spreadsheet would run as a formula gets an apostrophe in front, which the import
takes off a number again. Must not know why a row was refused.
"""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from campaigns.row.cells import safe_cell
from campaigns.row.columns import OWN_PREFIX


class RefusedFile:
    """Writes the file anew; use it as a context. `path` None: nothing is written.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path | None, headers: Sequence[str]) -> None:
        self._file = _opened(path) if path is not None else None
        self._writer = csv.writer(self._file) if self._file is not None else None
        own = [f"{OWN_PREFIX}{name}" for name in ("line", "reason", "text")]
        self._write([*own, *headers])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def is_kept(self) -> bool:
        """Whether anything is written at all."""
        return self._file is not None

    def add(self, line: int, code: str, text: str, cells: Sequence[str]) -> None:
        """Write a row with its line in the list, the reason, and its cells as they were."""
        self._write([str(line), code, text, *cells])

    def flush(self) -> None:
        """Make sure that all of it is written, before anything rests on it."""
        if self._file is not None:
            self._file.flush()

    def _write(self, cells: Sequence[str]) -> None:
        if self._writer is not None:
            self._writer.writerow([safe_cell(cell) for cell in cells])


def _opened(path: Path) -> TextIO:
    """For its owner alone, also if it was there: the rows are people's names and numbers (R25).

    A link is not followed: in a folder that others write to it could lead anywhere.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    file = os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, 0o600)
    return file
