"""What the database refuses for good, set aside so that the others go on.

Owns: `<database>.aside.jsonl`, one write a line with the reason: for an operator to read, and
for the next start, which tries each once more. What the disk does not take waits in memory, and is
`unsaved` until it does. Must not know why a write is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from dialer.effects import AmendAttempt, EndAttempt
from dialer.messages import UnfinishedAttempt
from store.effect_codec import Lasting, decode_effect

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
            yield SetAside(write=dict(said["write"]), fault=str(said["fault"]))
        except (ValueError, TypeError, KeyError):
            # Half a line of a crash, or a note of the operator's: still counted, never tried.
            yield SetAside(write={"kind": line}, fault="")


class Aside:
    """The file at `path`, and what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept = read_aside(path)
        self._unsaved: list[SetAside] = []

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def kept(self) -> tuple[SetAside, ...]:
        """What is set aside, oldest first."""
        return tuple(self._kept)

    def not_ended(self, left: Iterable[UnfinishedAttempt]) -> tuple[UnfinishedAttempt, ...]:
        """Of what an earlier run left open, that for which no end waits here."""
        ended = [one.ends for one in self._kept]
        return tuple(one for one in left if one.attempt not in ended)

    def put(self, write: dict[str, Any], fault: str) -> None:
        """Set a write (as `encode_effect` words it) aside, once, and raise the alarm."""
        one = SetAside(write=write, fault=fault)
        if one.write in [known.write for known in self._kept]:
            return
        if one.is_word or self._bytes() + len(_line(one)) <= MOST:
            self._kept.append(one)
            self._unsaved.append(one)
        self.save()
        log.error(
            "write.set_aside",
            kind=write.get("kind"),
            attempt=write.get("attempt"),
            contact=write.get("contact"),
            fault=fault,
            file=str(self.path),
            saved=one in self._kept and one not in self._unsaved,
        )

    def save(self) -> bool:
        """Put on the disk what it has not taken yet; whether everything is there now."""
        while self._unsaved:
            line = _line(self._unsaved[0])
            try:
                if self._bytes() + len(line) > MOST_WITH_WORDS:
                    return False
                self._append(line)
            except OSError:
                return False
            del self._unsaved[0]
        return True

    def _bytes(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0  # there is none yet, or `_append` says why not

    def _append(self, line: bytes) -> None:
        """The whole line or nothing of it; half a line that a crash has left is ended first."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, 0o600)
        try:
            before = os.fstat(descriptor).st_size
            torn = before and os.pread(descriptor, 1, before - 1) != b"\n"
            try:
                _write_all(descriptor, (b"\n" if torn else b"") + line)
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, before)
                raise
        finally:
            os.close(descriptor)

    def forget(self, done: list[SetAside]) -> None:
        """These are in the database after all. Raises OSError; then they are tried again later."""
        if not done:
            return
        left = [one for one in self._kept if one not in done]
        fresh = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(_line(one) for one in left)
            file.flush()
            os.fsync(file.fileno())
        if left:
            fresh.replace(self.path)
        else:
            fresh.unlink()
            self.path.unlink(missing_ok=True)
        self._kept, self._unsaved = left, []


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _line(one: SetAside) -> bytes:
    return json.dumps({"fault": one.fault, "write": one.write}).encode() + b"\n"
