"""A recorded AMI stream read from a file, message after message.

Owns: compression, line ends, a missing banner, and saying where a damaged file breaks off. A
file of any size is read in little memory. Must not know what messages mean.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from asterisk.frames import BANNER, Frames

CHUNK = 16_384
SLICE = 512
"""Bytes unpacked at once: where the data is damaged, no more than these are lost before it."""

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_GZIP = 31
_SOME_BANNER = BANNER + b"0\r\n"


class CaptureError(Exception):
    """The file cannot be replayed."""


class ZstandardMissing(CaptureError):  # noqa: N818 - named for what happened, as the house does
    """The file is compressed by zstd, which Python reads with the package zstandard only."""


class _Unpacker(Protocol):
    """What zlib and zstandard have in common."""

    @property
    def eof(self) -> bool:
        """Whether the compressed stream is at its end."""

    @property
    def unused_data(self) -> bytes:
        """What came after it."""

    def decompress(self, data: bytes, /) -> bytes:
        """What these bytes complete."""


class Capture:
    """One file. `messages` may be read several times; `read_bytes` says how far it has come.

    After it: `breaks_off` is where and why the file ended before its end, else "";
    `dropped` counts the messages that were too long to be one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read_bytes = 0
        self.breaks_off = ""
        self.dropped = 0

    @property
    def size(self) -> int:
        """Bytes of the file as it lies there."""
        return self.path.stat().st_size

    def messages(self) -> Iterator[bytes]:
        """The whole messages, in order, without their blank line.

        Raises:
            OSError: the file cannot be read.
            ZstandardMissing: it needs a package that is not installed.
        """
        self.read_bytes, self.breaks_off, frames = 0, "", Frames()
        started = False
        for chunk in self._unpacked():
            if not started:
                started = True
                if not chunk.startswith(BANNER):
                    frames.feed(_SOME_BANNER)
            yield from frames.feed(chunk)
        if started:
            yield from frames.feed(b"\r\n")
        self.dropped = frames.dropped

    def _unpacked(self) -> Iterator[bytes]:
        raw = self._raw()
        first = next(raw, b"")
        make = _unpacker_of(first)
        plain = _with(first, raw) if make is None else self._decompress(make, first, raw)
        yield from _with_line_ends(plain)

    def _raw(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                self.read_bytes += len(chunk)
                yield chunk

    def _decompress(
        self, make: Callable[[], _Unpacker], first: bytes, raw: Iterator[bytes]
    ) -> Iterator[bytes]:
        unpacker = make()
        for piece in _sliced(_with(first, raw)):
            rest = piece
            while rest:
                try:
                    unpacked = unpacker.decompress(rest)
                except Exception as fault:
                    # Both libraries have an error of their own; of a memory's end nobody reads on.
                    if isinstance(fault, MemoryError):
                        raise
                    self.breaks_off = f"byte {self.read_bytes}: {fault}"
                    return
                if unpacked:
                    yield unpacked
                rest = unpacker.unused_data if unpacker.eof else b""
                unpacker = make() if unpacker.eof and rest else unpacker
        if not unpacker.eof:
            self.breaks_off = f"byte {self.read_bytes}: the compressed data ends too early"


def _with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _sliced(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), SLICE):
            yield chunk[start : start + SLICE]


def _with_line_ends(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """An editor or a mail may have taken the CR out of CR LF: put it back."""
    first = next(chunks, b"")
    bare = b"\n" in first and b"\r\n" not in first
    for chunk in _with(first, chunks):
        yield chunk.replace(b"\n", b"\r\n") if bare else chunk


def _unpacker_of(first: bytes) -> Callable[[], _Unpacker] | None:
    if first.startswith(GZIP_MAGIC):
        return _gzip
    if not first.startswith(ZSTD_MAGIC):
        return None
    try:
        import zstandard  # noqa: PLC0415  only such files need it
    except ImportError:
        raise ZstandardMissing from None
    return zstandard.ZstdDecompressor().decompressobj


def _gzip() -> Any:
    return zlib.decompressobj(_GZIP)
