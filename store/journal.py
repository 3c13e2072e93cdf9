"""The journal: what the database could not take yet, on a piece of disk that is ours already.

Owns: one small file beside the database, its records, and what is left of them after a crash.
Must not know what a record means, nor who waits for it.

The file is laid out in full when it is opened, so a disk that fills up later cannot refuse it,
and it never grows. A record counts once it is synced; one that was torn by a crash fails its
checksum and ends the reading. The checksum covers the place as well, so that what an earlier
use of the file left behind is not taken for a record of this one.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from store.errors import StoreUnusableError

SIZE = 4 << 20
"""Bytes: some 15,000 outcomes, or 10,000 words of agents with a note each."""

FOR_WORDS = 1 << 20
"""The last part of it takes only what agents typed."""

_HEAD = struct.Struct("<II")


def journal_path(database: Path) -> Path:
    """The journal's file: `<database>.pending`, beside the real one."""
    real = database.resolve()
    return real.with_name(real.name + ".pending")


class Journal:
    """Open it in a `with` block; one engine holds the database, so nobody else has it open.

    Args:
        path: the file; it is made with mode 0600 where there is none.
        size: its bytes. `for_words`: how many of them are kept for agents' words.
        reach: passes a named kill point.

    Raises:
        StoreUnusableError: the file cannot be made, or not in its full size.
    """

    def __init__(
        self,
        path: Path,
        *,
        size: int = SIZE,
        for_words: int = FOR_WORDS,
        reach: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.path = path
        self._size = size
        self._for_words = for_words
        self._reach = reach
        self._emptying = False
        self._descriptor = _laid_out(path, size)
        self._size = max(size, os.fstat(self._descriptor).st_size)
        self.used = sum(_HEAD.size + len(payload) for payload in self.records())

    def records(self) -> Iterator[bytes]:
        """What is in it, in order, up to the first record that a crash has torn."""
        data = os.pread(self._descriptor, self._size, 0)
        at = 0
        while at + _HEAD.size <= len(data):
            length, checksum = _HEAD.unpack_from(data, at)
            payload = data[at + _HEAD.size : at + _HEAD.size + length]
            if not length or len(payload) < length or _checksum(payload, at) != checksum:
                return
            yield payload
            at += _HEAD.size + length

    def append(self, records: Sequence[tuple[bytes, bool]]) -> list[bool]:
        """Add records (`payload, gives_word`) and sync; says of each whether it had room.

        Blocks for as long as the disk takes. Raises OSError; then nothing of it counts.
        """
        if self._emptying:
            self.clear()  # behind half an emptied file no record would be found again
        at, kept, data = self.used, [], bytearray()
        for payload, gives_word in records:
            limit = self._size if gives_word else self._size - self._for_words
            fits = at + len(data) + _HEAD.size + len(payload) <= limit
            kept.append(fits)
            if fits:
                place = at + len(data)
                data += _HEAD.pack(len(payload), _checksum(payload, place)) + payload
        if data:
            _write_all(self._descriptor, bytes(data), at)
            self._reach("journal.before_sync")
            os.fdatasync(self._descriptor)
            self._reach("journal.after_sync")
            self.used = at + len(data)
        return kept

    def clear(self) -> None:
        """Forget every record: all is in the database. Blocks; raises OSError."""
        self._emptying = True
        _write_all(self._descriptor, bytes(self.used), 0)
        os.fdatasync(self._descriptor)
        self.used, self._emptying = 0, False

    def close(self) -> None:
        """Let go of the file; what is in it stays."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _laid_out(path: Path, size: int) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
            sync_folder(path.parent)
        except OSError:
            os.close(descriptor)
            raise
    except OSError as error:
        raise StoreUnusableError(str(path), error.strerror or str(error)) from error
    return descriptor


def sync_folder(folder: Path) -> None:
    """A new file outlives a power cut only once its name is on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checksum(payload: bytes, at: int) -> int:
    return zlib.crc32(payload, at)


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, at)
        data, at = data[written:], at + written
