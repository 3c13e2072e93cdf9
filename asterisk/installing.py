"""Our files in an Asterisk's own folder: what is missing there, put in, and taken out again.

Owns: comparing a folder like /etc/asterisk with what the settings render, and the steps from the
one to the other: our files first, the `#include` lines after them, so that Asterisk never reads
a line whose file is not there. Asterisk itself is never told: the operator reloads it. Must not
know how a question is asked, nor where the settings come from.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from glob import glob
from pathlib import Path

from asterisk.includes import (
    ByHand,
    Include,
    ends_in_comment,
    included_in,
    value_of,
    with_include,
    with_value,
    without_include,
)
from asterisk.render import is_sealed, unsealed
from config.errors import ConfigError
from config.language import _
from config.whole_files import Owned, Step, carry_out_all

HOLDS_SECRET = "waihu-manager.conf"  # noqa: S105  a file's name
INCLUDED_BY: Mapping[str, str] = {
    "waihu-extensions.conf": "extensions.conf",
    "waihu-queuerules.conf": "queuerules.conf",
    "waihu-queues.conf": "queues.conf",
    "waihu-agents.conf": "agents.conf",
    HOLDS_SECRET: "manager.conf",
}
"""Our files, and the file of Asterisk's that includes each."""

RELOADS: Mapping[str, str] = {
    "waihu-extensions.conf": "dialplan reload",
    "waihu-queuerules.conf": "queue reload rules",
    "waihu-queues.conf": "queue reload all",
    "waihu-agents.conf": "module reload app_agent_pool.so",
    HOLDS_SECRET: "manager reload",
}
"""What the operator has Asterisk do after each changed."""

_NOWHERE = "/dev/null"
_SECRET = re.compile(r"(?P<before>secret[^=]*=).*", re.IGNORECASE)
_NO_OTHERS = 0o640
_DEEPEST = 10
"""Asterisk follows includes no deeper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file that is not as it should be. `after` None: it goes."""

    path: Path
    before: str | None
    after: str | None
    ours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs. `edited`: files of ours that somebody changed by hand.

    `manager_off`: Asterisk's manager interface is not enabled; that line is not ours to change
    without being told to.
    """

    changes: tuple[Change, ...]
    edited: tuple[Path, ...] = ()
    manager_off: bool = False

    @property
    def nothing(self) -> bool:
        """Whether all is as the settings want it."""
        return not self.changes and not self.manager_off

    @property
    def reloads(self) -> tuple[str, ...]:
        """The commands that let Asterisk read what changed."""
        changed = {change.ours for change in self.changes}
        return tuple(command for ours, command in RELOADS.items() if ours in changed)


def compare(files: Mapping[str, str], etc: Path, *, enable_manager: bool = False) -> Comparison:
    """Look at `etc` and say what is missing for `files` (as `asterisk.render` gives them).

    Raises:
        ConfigError: there is no such folder, or a file in it is not one that we may touch.
    """
    folder = _folder(etc)
    changes: list[Change] = []
    edited: list[Path] = []
    for ours in INCLUDED_BY:
        path, wanted = folder / ours, files[ours]
        found = _text_at(path)
        if found is None or unsealed(found) != unsealed(wanted):
            changes.append(Change(path=path, before=found, after=wanted, ours=ours))
            if found is not None and not is_sealed(found):
                edited.append(path)
    off = False
    for ours, name in INCLUDED_BY.items():
        path = folder / name
        text = after = _asterisks_at(path)
        if not any(folder / ours in found.files for found in _inclusions(folder, {path: text})):
            if ends_in_comment(text):
                said = _("{path} ends inside a comment that ;-- began; end it with --; first")
                raise ConfigError(said.format(path=path))
            after = with_include(text, ours)
        if name == "manager.conf" and not _enabled(text):
            off = not enable_manager
            after = _with_manager(after, path) if enable_manager else after
        if after != text:
            changes.append(Change(path=path, before=text, after=after, ours=ours))
    return Comparison(changes=tuple(changes), edited=tuple(edited), manager_off=off)


def compare_without(etc: Path) -> Comparison:
    """What there is of ours in `etc`, to be taken out again: the lines first, then the files.

    Raises:
        ConfigError: as `compare`; or Asterisk would miss a file, for a line includes it that is
            not ours to take out.
    """
    folder = _folder(etc)
    changes: list[Change] = []
    left: dict[Path, str] = {}
    for ours, name in INCLUDED_BY.items():
        path = folder / name
        left[path] = text = _asterisks_at(path)
        after = without_include(text, partial(_spells, folder, ours))
        if after != text:
            changes.append(Change(path=path, before=text, after=after, ours=ours))
    edited: list[Path] = []
    for ours in INCLUDED_BY:
        path = folder / ours
        found = _text_at(path)
        if found is not None:
            changes.append(Change(path=path, before=found, after=None, ours=ours))
            if not is_sealed(found):
                edited.append(path)
    _refuse_missed(folder, left, {change.path for change in changes if change.after is None})
    return Comparison(changes=tuple(changes), edited=tuple(edited))


def put_in_place(comparison: Comparison, now: datetime) -> list[Path]:
    """Make every change, or none; the dated copies of what was changed or edited by hand.

    Raises:
        ConfigError: a file is not any more what it was compared as; all is as it was.
        OSError: a file cannot be written; all is as it was.
    """
    for change in comparison.changes:
        if _text_at(change.path) != change.before:
            said = _(
                "{path} was changed meanwhile; nothing is done. Look again: waihu asterisk diff"
            )
            raise ConfigError(said.format(path=change.path))
    steps = [_step(change, comparison.edited, now) for change in comparison.changes]
    carry_out_all(steps)
    return [step.copy for step in steps if step.copy is not None]


def shown_diff(comparison: Comparison) -> Iterator[str]:
    """The unified diff, line by line, without a secret."""
    for change in comparison.changes:
        before, after = _lines(change, change.before), _lines(change, change.after)
        if before is not None and before == after:
            after = [*after, _("; (another secret)")]
        yield from difflib.unified_diff(
            before or [],
            after or [],
            _NOWHERE if before is None else str(change.path),
            _NOWHERE if after is None else str(change.path),
            lineterm="",
        )


# ── what is there ────────────────────────────────────────────────────────────────────────


def _folder(etc: Path) -> Path:
    if not etc.is_dir():
        said = _("{path} is no folder; name the one that holds Asterisk's extensions.conf")
        raise ConfigError(said.format(path=etc))
    return etc.resolve()


def _asterisks_at(path: Path) -> str:
    text = _text_at(path)
    if text is None:
        said = _(
            "{path} is not there; name the folder of Asterisk's configuration, or make the file "
            "(it may be empty)"
        )
        raise ConfigError(said.format(path=path))
    return text


def _text_at(path: Path) -> str | None:
    """The file's text, every byte of it; None where there is none.

    Raises:
        ConfigError: it is a link or no file, or cannot be read.
    """
    try:
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            said = _("{path} is a link to {target}; put a file there, or name the folder it is in")
            raise ConfigError(said.format(path=path, target=path.readlink()))
        if not stat.S_ISREG(kind):
            raise ConfigError(_("{path} is not a plain file").format(path=path))
        return _read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _unreadable(path: Path, error: OSError) -> ConfigError:
    said = _("{path} cannot be read ({why}); run this as a user who may")
    return ConfigError(said.format(path=path, why=error.strerror))


# ── what Asterisk follows ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inclusion:
    """An `#include` in the file `by`, and the files that Asterisk reads at it."""

    by: Path
    include: Include
    files: tuple[Path, ...]


def _inclusions(folder: Path, texts: Mapping[Path, str]) -> Iterator[_Inclusion]:
    """Every `#include` from these texts on, as Asterisk follows them; each file is read once.

    Raises:
        ConfigError: an included file cannot be read.
    """
    level, seen = dict(texts), set(texts)
    for _depth in range(_DEEPEST):
        below: dict[Path, str] = {}
        for by, text in level.items():
            for include in included_in(text):
                files = _matching(folder, include.name)
                for path in files:
                    if path not in seen:
                        seen.add(path)
                        below[path] = _included_text(path)
                yield _Inclusion(by=by, include=include, files=files)
        level = below


def _matching(folder: Path, name: str) -> tuple[Path, ...]:
    """The real paths that a name in an `#include` matches; its own where no file is there yet."""
    if "\0" in name:
        return ()
    names = glob(name, root_dir=folder) or [name]  # noqa: PTH207  Path.glob raises at "/" and "**x"
    return tuple(sorted({Path(os.path.realpath(folder / each)) for each in names}))


def _included_text(path: Path) -> str:
    try:
        return _read(path) if path.is_file() else ""
    except OSError as error:
        raise _unreadable(path, error) from error


def _spells(folder: Path, ours: str, name: str) -> bool:
    """Whether the name in an `#include` is our file's, by whatever path."""
    path = folder / name
    return path.name == ours and Path(os.path.realpath(path.parent)) == folder


def _is_our_line(folder: Path, found: _Inclusion) -> bool:
    return any(
        found.by == folder / name and _spells(folder, ours, found.include.name)
        for ours, name in INCLUDED_BY.items()
    )


def _refuse_missed(folder: Path, texts: Mapping[Path, str], gone: Collection[Path]) -> None:
    """Asterisk gives up at an `#include` that matches no file, be it a pattern (config.c)."""
    for found in _inclusions(folder, {**texts, **dict.fromkeys(gone, "")}):
        missed = [path.name for path in found.files if path in gone]
        stays = any(path not in gone and path.is_file() for path in found.files)
        if missed and not stays and not found.include.tried and not _is_our_line(folder, found):
            said = _(
                "this line still includes {name}, and Asterisk gives up at an #include whose file "
                "is missing; nothing is changed. Take the line out, then say --undo again"
            )
            where = found.include.line
            raise ConfigError(said.format(name=missed[0]), file=found.by, line=where)


def _enabled(manager_conf: str) -> bool:
    said = value_of(manager_conf, "general", "enabled") or "no"
    return said.lower() in {"yes", "true", "y", "t", "1", "on"}


def _with_manager(text: str, path: Path) -> str:
    try:
        return with_value(text, "general", "enabled", "yes")
    except ByHand as error:
        said = _(
            "a comment of several lines begins or ends in this line; set `enabled = yes` in "
            "[general] by hand"
        )
        raise ConfigError(said, file=path, line=error.line) from error
    except ValueError as error:
        raise ConfigError(str(error), file=path) from error


# ── what becomes of it ───────────────────────────────────────────────────────────────────


def _step(change: Change, edited: tuple[Path, ...], now: datetime) -> Step:
    path = change.path
    is_ours = path.name in INCLUDED_BY
    keep = not is_ours or path in edited
    copy = path.with_name(f"{path.name}.waihu-{now:%Y%m%dT%H%M%SZ}") if keep else None
    if change.after is None:
        return Step(path=path, content=None, copy=copy)
    content = change.after.encode("utf-8", "surrogateescape")
    owned = _like_its_neighbour(change) if is_ours else Owned.of(path)
    return Step(path=path, content=content, owned=owned, copy=copy)


def _like_its_neighbour(change: Change) -> Owned:
    """Whoever may read Asterisk's file may read the one that it includes; the secret, fewer."""
    neighbour = Owned.of(change.path.with_name(INCLUDED_BY[change.ours]))
    mode = neighbour.mode & ~0o111
    if change.ours == HOLDS_SECRET:
        mode &= _NO_OTHERS
    return Owned(uid=neighbour.uid, gid=neighbour.gid, mode=mode)


def _lines(change: Change, text: str | None) -> list[str] | None:
    if text is None:
        return None
    shown = unsealed(text) if change.path.name in INCLUDED_BY else text
    if change.path.name in {HOLDS_SECRET, INCLUDED_BY[HOLDS_SECRET]}:
        return [_without_secret(line) for line in shown.splitlines()]
    return shown.splitlines()


def _without_secret(line: str) -> str:
    """Of every user's, for manager.conf holds the others' as well; in a comment too."""
    return _SECRET.sub(r"\g<before> …", line)
