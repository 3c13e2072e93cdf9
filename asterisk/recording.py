"""The engine's own AMI stream, recorded: masked, compressed, and bounded.

Owns: the files, what goes into them, and the thread that writes them. Must not know what
messages mean, and must never hold up the engine: in the event loop a message is only put aside.
What does not fit into the buffer, or comes while the disk is full, is counted and left out.

A file is an ordinary AMI stream in gzip: messages as Asterisk sent them, our actions as we sent
them, and events of our own (`Waihu…`) for what the stream lacks. Each has as its first
`Timestamp` when we heard or said it; Asterisk's own, where it writes one, comes after. Every
second the file is whole up to there: a `kill -9` loses no more. Left out are events that nothing
of ours reads and that hold what a dialplan likes, and what `asterisk.masking` takes out.
"""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from asterisk.actions import Action
from asterisk.frames import BANNER, event_name
from asterisk.masking import Pseudonyms
from asterisk.translate import UNREAD_EVENTS

log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

PIECE = 32_768
"""Bytes that are compressed at once; a longer message than this is left out."""

WRITE_EVERY_S = 1.0
TRY_AGAIN_S = 10.0
MOST_BUFFERED = 8_000_000
CLOSE_WITHIN_S = 3.0

ABOUT = "WaihuRecording"
_GZIP = 31
_FAST = 4
_LEFT_OUT = frozenset(name.encode() for name in UNREAD_EVENTS)
_ONLY_OURS = frozenset({b"UserEvent", b"DTMFEnd"})
_FILES = "waihu-*.ami.gz"
_END = b"\r\n\r\n"


def _is_ours(name: bytes, message: bytes) -> bool:
    """A user event of our dialplan; a key of an agent's. A customer's may be of a bank card."""
    if name == b"UserEvent":
        return b"UserEvent: Waihu" in message
    return b"Context: waihu-login" in message and b"Direction: Received" in message


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPolicy:
    """Where it goes and how much there may be: at most `files` of `max_file_bytes` each.

    `try_again_s`: how long the disk is left alone after it refused.
    """

    folder: Path
    max_file_bytes: int
    files: int
    try_again_s: float = TRY_AGAIN_S


class _Frame(NamedTuple):
    """A message and when it was heard (Unix seconds). `standing`: see `Recording.note`."""

    at: float
    message: bytes
    standing: str = ""


class Recording:
    """Takes messages in the event loop and writes them in a thread of its own.

    `key`: random bytes for `Pseudonyms`. `now` gives Unix seconds.
    """

    def __init__(
        self, policy: RecordingPolicy, *, key: bytes, now: Callable[[], float] = time.time
    ) -> None:
        self._now = now
        self._buffer: deque[_Frame] = deque()
        self._put = 0
        self._left_out = 0
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._files = _Files(policy, Pseudonyms(key))
        # A daemon: a disk that never answers must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)

    # ── in the event loop ────────────────────────────────────────────────────────────────

    def heard(self, message: bytes) -> None:
        """Take a whole message of Asterisk's."""
        name = event_name(message)
        if name in _LEFT_OUT or (name in _ONLY_OURS and not _is_ours(name, message)):
            return
        self._keep(_Frame(self._now(), message if name else message.lstrip(b"\r\n")))

    def asked(self, action: Action, action_id: str) -> None:
        """Take an action of ours; of a login nothing is kept but that there was one."""
        headers = () if action.name == "Login" else action.headers
        lines = [f"Action: {action.name}", f"ActionID: {action_id}"]
        lines += [f"{name}: {value}" for name, value in headers]
        self._keep(_Frame(self._now(), "\r\n".join(lines).encode()))

    def note(self, name: str, headers: Mapping[str, str], *, at: float, standing: str = "") -> None:
        """Add an event of ours. With `standing`, it is said again where a new file begins."""
        lines = [f"Event: {name}"]
        lines += [f"{header}: {' '.join(value.split())}" for header, value in headers.items()]
        self._keep(_Frame(at, "\r\n".join(lines).encode("utf-8", "replace"), standing))

    def _keep(self, frame: _Frame) -> None:
        size = len(frame.message)
        if size > PIECE or self._put - self._files.taken + size > MOST_BUFFERED:
            self._left_out += 1
            return
        self._put += size
        self._buffer.append(frame)
        if self._put - self._files.taken > MOST_BUFFERED // 8:
            self._wake.set()

    # ── around it ────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write what is left, within `CLOSE_WITHIN_S`."""
        self._closing.set()
        self._wake.set()
        self._thread.join(CLOSE_WITHIN_S)

    # ── in the thread ────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.wait(WRITE_EVERY_S)
            self._wake.clear()
            self._files.write(self._buffer, self._left_out, self._now())
        self._files.write(self._buffer, self._left_out, self._now())
        with suppress(OSError):
            self._files.end()


class _Files:
    """The thread's half: one file after the other, and the pause when there is no room."""

    def __init__(self, policy: RecordingPolicy, pseudonyms: Pseudonyms) -> None:
        self.taken = 0
        self._policy = policy
        self._pseudonyms = pseudonyms
        self._standing: dict[str, bytes] = {}
        self._file: _File | None = None
        self._try_again_at: float | None = None
        self._opened = 0
        self._lost = 0
        self._told_lost = 0

    def write(self, buffer: deque[_Frame], left_out: int, now: float) -> None:
        """Write what is in the buffer; whatever the disk says, nothing is raised."""
        if self._try_again_at is not None and time.monotonic() < self._try_again_at:
            self._drop(buffer)
            return
        try:
            self._write(buffer, left_out, now)
        except OSError as fault:
            self._give_up(fault)
            self._drop(buffer)

    def _write(self, buffer: deque[_Frame], left_out: int, now: float) -> None:
        if buffer:
            self._file_at(buffer[0].at)
        lost = left_out + self._lost
        if lost != self._told_lost:
            self._tell_lost(lost - self._told_lost, now)
            self._told_lost = lost
        for at, piece in self._pieces(buffer):
            self._file_at(at).write(piece)
        if self._try_again_at is not None and self._file is not None:
            self._try_again_at = None
            log.info("recording.resumed", messages_left_out=self._lost)

    def _pieces(self, buffer: deque[_Frame]) -> Iterator[tuple[float, bytes]]:
        """What is in the buffer, as it is written, in pieces with the time of their first."""
        piece: list[bytes] = []
        size, began = 0, 0.0
        while buffer:
            frame = self._take(buffer)
            said = self._masked(frame)
            if piece and size + len(said) > PIECE:
                yield began, b"".join(piece)
                piece, size = [], 0
            began = began if piece else frame.at
            piece.append(said)
            size += len(said)
        if size:
            yield began, b"".join(piece)

    def _take(self, buffer: deque[_Frame]) -> _Frame:
        frame = buffer.popleft()
        self.taken += len(frame.message)
        return frame

    def _drop(self, buffer: deque[_Frame]) -> None:
        while buffer:
            frame = self._take(buffer)
            self._lost += 1
            self._masked(frame)

    def _masked(self, frame: _Frame) -> bytes:
        """The frame as it is written; nothing for a standing note that says nothing new."""
        masked = self._pseudonyms.mask(frame.message)
        if frame.standing:
            if self._standing.get(frame.standing) == masked:
                return b""
            self._standing[frame.standing] = masked
        return _stamped(masked, frame.at)

    def _tell_lost(self, messages: int, now: float) -> None:
        said = b"Event: %b\r\nNote: left out\r\nMessages: %d" % (ABOUT.encode(), messages)
        self._file_at(now).write(_stamped(said, now))
        # Once it stands in a file: a disk that still refuses is not told of at each new try.
        log.warning("recording.left_out", messages=messages)

    # ── files ────────────────────────────────────────────────────────────────────────────

    def _file_at(self, now: float) -> _File:
        """The file that has room for another piece."""
        full = self._policy.max_file_bytes - 2 * PIECE
        if self._file is not None and self._file.size > max(full, 0):
            self.end()
        if self._file is None:
            self._make_room()
            self._opened += 1
            self._file = _File.create(self._policy.folder, now, self._opened)
            self._file.write(self._beginning(now))
        return self._file

    def _beginning(self, now: float) -> bytes:
        began = "started" if self._opened == 1 else "continued"
        about = f"Event: {ABOUT}\r\nNote: {began}".encode()
        frames = [about, *self._standing.values()]
        return BANNER + b"0\r\n" + b"".join(_stamped(frame, now) for frame in frames)

    def _make_room(self) -> None:
        """Remove the oldest files, so that with the next one there are as many as may be."""
        self._policy.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = sorted(self._policy.folder.glob(_FILES))
        for old in kept[: max(len(kept) - self._policy.files + 1, 0)]:
            old.unlink(missing_ok=True)

    def end(self) -> None:
        """Close the file, if one is open."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _give_up(self, fault: OSError) -> None:
        """No room, no right, no folder: say so once, and try again from time to time."""
        if self._try_again_at is None:
            cure = "make room, or look at [recording] and [paths] in waihu.toml"
            log.error("recording.stopped", fault=fault.strerror or str(fault), cure=cure)
        self._try_again_at = time.monotonic() + self._policy.try_again_s
        file, self._file = self._file, None
        if file is not None:
            file.abandon()


class _File:
    """One compressed file, mode 0600. `size`: bytes on the disk."""

    def __init__(self, path: Path, number: int) -> None:
        self.size = 0
        self._pieces = 0
        self._path = path
        self._number = number
        self._packer = zlib.compressobj(_FAST, zlib.DEFLATED, _GZIP)

    @classmethod
    def create(cls, folder: Path, now: float, count: int) -> _File:
        """Make a new one, named by the time and, within a second, by a rising count."""
        began = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
        while True:
            path = folder / f"waihu-{began}-{count:05}.ami.gz"
            try:
                return cls(path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            except FileExistsError:
                count += 1

    def write(self, said: bytes) -> None:
        """Write so that all is readable up to here, whatever happens next."""
        packed = self._packer.compress(said) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        self._write(packed)
        self._pieces += 1

    def close(self) -> None:
        """Write the end of the compressed data and close."""
        try:
            self._write(self._packer.flush(zlib.Z_FINISH))
        finally:
            os.close(self._number)

    def abandon(self) -> None:
        """Close as it is; one that holds nothing but its beginning is removed."""
        os.close(self._number)
        if self._pieces <= 1:
            self._path.unlink(missing_ok=True)

    def _write(self, packed: bytes) -> None:
        rest = memoryview(packed)
        while rest:
            written = os.write(self._number, rest)
            self.size += written
            rest = rest[written:]


def _stamped(message: bytes, at: float) -> bytes:
    first, _, rest = message.partition(b"\r\n")
    return b"%b\r\nTimestamp: %.6f%b%b%b" % (first, at, b"\r\n" if rest else b"", rest, _END)
