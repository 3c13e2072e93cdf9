"""One engine per SQLite file.

Owns: a lock file beside the database that names its holder. The kernel gives the lock back
when the holder dies, however it dies. Must not know what an engine does.
"""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from store.errors import EngineRunningError, StoreUnusableError


class EngineLock:
    """Hold it for as long as the engine works on the file.

    Args:
        database: the SQLite file; the lock is `<file>.engine`.
    """

    def __init__(self, database: Path) -> None:
        # By its real name: over a link another engine would find another lock.
        real = database.resolve()
        self.path = real.with_name(real.name + ".engine")
        self._database = database
        self._descriptor: int | None = None

    def acquire(self, now: datetime) -> None:
        """Take the lock and write who we are.

        Raises:
            EngineRunningError: another engine has it; the error names the holder.
            StoreUnusableError: the file cannot be made.
        """
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnusableError(str(self._database), str(error)) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 1024, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise EngineRunningError(str(self._database), holder or "unknown") from error
        self._descriptor = descriptor
        self._sign(descriptor, now)

    @staticmethod
    def _sign(descriptor: int, now: datetime) -> None:
        """On a full disk the lock has no name in it, and holds all the same."""
        holder = f"pid {os.getpid()} on {socket.gethostname()} since {now.isoformat()}\n"
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, holder.encode(), 0)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would race with the next holder."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def __enter__(self) -> Self:
        return self
