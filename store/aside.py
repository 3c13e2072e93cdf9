"""What the database refuses for good, set aside so that the others go on.

Owns: `<database>.aside.jsonl`, one write a line with the reason: for an operator to read, and
for the next start, which tries each once more. What the disk does not take yet waits in memory.
Must not know why a write is refused.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from dialer.effects import AmendAttempt, EndAttempt
from dialer.messages import UnfinishedAttempt
from store.effect_codec import Lasting, decode_effect
from store.journal import sync_folder

log = structlog.get_logger()

CLAIM = "Claim"
"""The kind of what is no write of an attempt: a contact that could not be claimed."""

MOST = 1 << 20
"""Bytes that the file may have; a fault that fills it is told by the log alone from then on."""

MOST_WITH_WORDS = 8 << 20
"""So far it takes what agents said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """One line: the write, and what the database said."""

    write: dict[str, Any]
    fault: str

    @property
    def effect(self) -> Lasting:
        """The write. Raises ValueError where it is none that this program knows."""
        return decode_effect(self.write)

    @property
    def ends(self) -> object:
        """The attempt that it ends, also where nothing else of it can be read any more."""
        is_end = self.write.get("kind") in (EndAttempt.__name__, AmendAttempt.__name__)
        return self.write.get("attempt") if is_end else None

    @property
    def is_word(self) -> bool:
        """Whether it holds what an agent said of a call."""
        return "disposition" in self.write


def aside_path(database: Path) -> Path:
    """Where they are: `<database>.aside.jsonl`, beside the real one."""
    real = database.resolve()
    return real.with_name(real.name + ".aside.jsonl")


def read_aside(path: Path) -> list[SetAside]:
    """What is set aside; nothing where there is no file. Raises OSError."""
    return list(_lines(path)) if path.exists() else []


def _lines(path: Path) -> Iterator[SetAside]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said = json.loads(line)
            yield SetAside(write={**said["write"]}, fault=str(said["fault"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            # Half a line of a crash, or a note of the operator's: still counted, never tried.
            yield SetAside(write={"kind": line}, fault="")


class Aside:
    """The file at `path`, and what is in it.

    `put` only takes note: the disk has its time in a thread, at `save`, which one task calls.
    A file that cannot be read is an alarm, and is only ever added to: the engine starts without.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unsaved: list[SetAside] = []
        self._fails = False
        self._readable = True
        self._note_all(self._read())

    def _read(self) -> list[SetAside]:
        try:
            return read_aside(self.path)
        except OSError as error:
            log.error("aside.unreadable", file=str(self.path), fault=str(error))  # noqa: TRY400 - no bug
            self._readable = False
            return []

    def _note_all(self, kept: list[SetAside]) -> None:
        self._kept = kept
        self._known = {_words(one) for one in kept}
        self._bytes = sum(len(_line(one)) for one in kept)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def kept(self) -> tuple[SetAside, ...]:
        """What is set aside, oldest first."""
        return tuple(self._kept)

    @property
    def saved(self) -> bool:
        """Whether everything is on the disk."""
        return not self._unsaved

    def not_ended(self, left: Iterable[UnfinishedAttempt]) -> tuple[UnfinishedAttempt, ...]:
        """Of what an earlier run left open, that for which no end waits here."""
        ended = [one.ends for one in self._kept]
        return tuple(one for one in left if one.attempt not in ended)

    def put(self, write: dict[str, Any], fault: str) -> None:
        """Set a write (as `encode_effect` words it) aside, once, and raise the alarm."""
        one = SetAside(write=write, fault=fault)
        if _words(one) in self._known:
            return
        has_room = one.is_word or self._bytes + len(_line(one)) <= MOST
        if has_room:
            self._kept.append(one)
            self._known.add(_words(one))
            self._bytes += len(_line(one))
            self._unsaved.append(one)
        log.error(
            "write.set_aside",
            kind=write.get("kind"),
            attempt=write.get("attempt"),
            contact=write.get("contact"),
            fault=fault,
            file=str(self.path) if has_room else None,
        )

    async def save(self) -> None:
        """Put on the disk what it has not taken yet; what it refuses waits for the next time."""
        if not self._unsaved:
            return
        lines = [_line(one) for one in self._unsaved]
        try:
            taken = await asyncio.to_thread(self._append, lines)
        except OSError as error:
            self._not_saved(error)
        else:
            self._fails = False
            del self._unsaved[:taken]

    def _not_saved(self, error: OSError) -> None:
        """The log hears of it once."""
        if not self._fails:
            log.error("aside.not_saved", fault=str(error), file=str(self.path))
        self._fails = True

    def _append(self, lines: Sequence[bytes]) -> int:
        """Add lines, each whole or not at all; says how many the disk has. Raises OSError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, 0o600)
        try:
            before = os.fstat(descriptor).st_size
            try:
                taken = _append_whole(descriptor, lines)
                os.fsync(descriptor)
                if not before:
                    sync_folder(self.path.parent)
            except OSError:
                os.ftruncate(descriptor, before)
                raise
        finally:
            os.close(descriptor)
        return taken

    async def forget(self, done: Sequence[SetAside]) -> None:
        """These are in the database after all. Raises OSError; then they are tried again later.

        A file that could not be read may hold more than we know: it is not written anew.
        """
        if not done or not self._readable:
            return
        gone = {id(one) for one in done}
        left = [one for one in self._kept if id(one) not in gone]
        await asyncio.to_thread(self._write_anew, [_line(one) for one in left])
        self._note_all(left)
        self._unsaved.clear()

    def _write_anew(self, lines: Sequence[bytes]) -> None:
        fresh = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        if lines:
            fresh.replace(self.path)
        else:
            fresh.unlink()
            self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)


def _append_whole(descriptor: int, lines: Sequence[bytes]) -> int:
    """As many as there is room for; half a line that a crash has left is ended first."""
    end = os.fstat(descriptor).st_size
    if end and os.pread(descriptor, 1, end - 1) != b"\n":
        _write_all(descriptor, b"\n")
        end += 1
    for taken, line in enumerate(lines):
        try:
            if end + len(line) > MOST_WITH_WORDS:
                return taken
            _write_all(descriptor, line)
        except OSError:
            if not taken:
                raise
            os.ftruncate(descriptor, end)
            return taken
        end += len(line)
    return len(lines)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _words(one: SetAside) -> str:
    return json.dumps(one.write, sort_keys=True)


def _line(one: SetAside) -> bytes:
    return json.dumps({"fault": one.fault, "write": one.write}).encode() + b"\n"
