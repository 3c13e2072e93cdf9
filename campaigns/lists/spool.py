"""A list that comes through a pipe, kept in a private file while it is read.

Owns: the file, its limits and its end. Must not know what is in it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from campaigns.row.list_faults import ListFault, ListRefusedError

# In sentences and in the list's record it stands for what has no name.
STANDARD_INPUT: Final = "standard-input"
LONGEST: Final = 2 << 30
_PIECE: Final = 1 << 20


class Stream(Protocol):
    """What bytes come from, as much of them at a time as there is."""

    def read1(self, size: int, /) -> bytes:
        """Read what is there, at most `size` bytes; none at the end."""


@contextmanager
def spooled(stream: Stream, longest: int = LONGEST) -> Iterator[Path]:
    """Keep the whole stream in a file that only its owner reads; it is removed afterwards.

    Raises:
        ListRefusedError: there are more than `longest` bytes, or no room for them.
    """
    with tempfile.TemporaryDirectory(prefix="waihu-") as folder:
        path = Path(folder, STANDARD_INPUT)
        try:
            _keep(stream, path, longest)
        except OSError as error:
            name, reason = Path(STANDARD_INPUT), error.strerror or str(error)
            raise ListRefusedError(name, ListFault.UNREADABLE, reason=reason) from error
        yield path


def _keep(stream: Stream, path: Path, longest: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    kept = 0
    with os.fdopen(descriptor, "wb") as file:
        # One read at a time: between two of them a signal is heard, even if no more comes.
        while piece := stream.read1(_PIECE):
            kept += len(piece)
            if kept > longest:
                raise ListRefusedError(Path(STANDARD_INPUT), ListFault.TOO_BIG, limit=longest)
            file.write(piece)
