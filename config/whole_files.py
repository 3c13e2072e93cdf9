"""Several files written as one: all of them, or none.

Owns: writing beside and renaming, whose a new file is and who may read it, dated copies of what
is replaced, and going back when one of them fails. Must not know what the files are for.

A file is never there by half. A death between two of the renames leaves the first ones replaced:
the caller gives the order in which that does no harm.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Whose a file is, and who may do what with it."""

    uid: int
    gid: int
    mode: int

    @classmethod
    def of(cls, path: Path) -> Owned:
        """As the file (not what it may link to) is now. Raises OSError."""
        found = path.lstat()
        return cls(uid=found.st_uid, gid=found.st_gid, mode=stat.S_IMODE(found.st_mode))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One file as it shall be. `content` None: it shall not be there. `copy`: keep the old one."""

    path: Path
    content: bytes | None
    owned: Owned | None = None
    copy: Path | None = None


def carry_out_all(steps: Iterable[Step]) -> None:
    """Do all steps in their order, or none.

    Raises:
        OSError: one of them failed, `filename` says which; what was done before is undone.
    """
    todo = list(steps)
    with _all_or_none() as done, _written_beside(todo) as beside:
        for step in todo:
            done.append((step.path, _as_it_is(step.path)))
            if step.copy is not None:
                _copy(step.path, step.copy)
                done.append((step.copy, None))
            if step.content is None:
                step.path.unlink()
            else:
                with _naming(step.path):
                    beside[step.path].replace(step.path)
    for folder in {step.path.parent for step in todo}:
        _sync(folder)


_Before = list[tuple[Path, "tuple[bytes, Owned] | None"]]


@contextmanager
def _all_or_none() -> Iterator[_Before]:
    """What was before, and back to it when the block fails."""
    before: _Before = []
    try:
        yield before
    except BaseException:
        for path, was in reversed(before):
            with contextlib.suppress(OSError):
                _restore(path, was)
        raise


@contextmanager
def _written_beside(steps: list[Step]) -> Iterator[dict[Path, Path]]:
    """Each new content in a file of its own beside its place, removed where it is not used."""
    beside: dict[Path, Path] = {}
    try:
        for step in steps:
            if step.content is not None:
                beside[step.path] = _beside(step.path)
                with _naming(step.path):
                    _write_new(beside[step.path], step.content, step.owned)
        yield beside
    finally:
        for path in beside.values():
            path.unlink(missing_ok=True)


def _restore(path: Path, was: tuple[bytes, Owned] | None) -> None:
    if was is None:
        path.unlink(missing_ok=True)
        return
    content, owned = was
    if path.exists() and path.read_bytes() == content:
        return
    temporary = _beside(path)
    _write_new(temporary, content, owned)
    temporary.replace(path)


def _as_it_is(path: Path) -> tuple[bytes, Owned] | None:
    try:
        return path.read_bytes(), Owned.of(path)
    except FileNotFoundError:
        return None


def _copy(path: Path, copy: Path) -> None:
    with _naming(copy):
        _write_new(copy, path.read_bytes(), Owned.of(path))


def _write_new(path: Path, content: bytes, owned: Owned | None) -> None:
    """Made closed, and opened to others only when it is theirs."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if owned is not None:
                os.fchown(file.fileno(), owned.uid, owned.gid)
                os.fchmod(file.fileno(), owned.mode)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.waihu-new-{os.getpid()}")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors name the file that was wanted, not the one beside it."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
