"""A folder into which others drop lists: which of them are complete, and where they go afterwards.

Owns: when a file counts as complete, and the folders `done` and `failed`. Must not know how a list
is loaded, nor read a clock: `now` is the time in seconds that files are stamped with.

A file is complete when it has not been written to for `still_s` seconds, and has the size that
the last look found. One that is renamed into place is, at the second look; so a sender that does
so never has to wait.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from campaigns.lists.list_file import Stamp, readable_name, stamp_of

_UNFINISHED: Final = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")
DONE: Final = "done"
FAILED: Final = "failed"

_Stamp = tuple[int, int]


class WatchedFolder:
    """One folder. `still_s`: how long a file must lie still."""

    def __init__(self, path: Path, still_s: float) -> None:
        self._path = path
        self._still_s = still_s
        self._last_look: dict[str, _Stamp] = {}
        self._left_alone: dict[str, _Stamp] = {}

    def complete(self, now: float) -> list[Path]:
        """Look, and return the files that can be loaded, those that came first before others.

        Raises:
            OSError: the folder cannot be read.
        """
        found = self._look()
        ready = [
            name
            for name, stamp in found.items()
            if self._last_look.get(name) == stamp
            and now - stamp[1] / 1e9 >= self._still_s
            and self._left_alone.get(name) != stamp
        ]
        self._last_look = found
        ready.sort(key=lambda name: (found[name][1], name))
        return [self._path / name for name in ready]

    def leave_alone(self, path: Path) -> None:
        """Do not offer this file again until it changes."""
        stamp = self._last_look.get(path.name)
        if stamp is not None:
            self._left_alone[path.name] = stamp

    def place_for(self, path: Path, *, done: bool) -> Path:
        """Where a file goes; under a name that is still free there.

        Raises:
            OSError: the folder cannot be made.
        """
        folder = self._path / (DONE if done else FAILED)
        folder.mkdir(mode=0o700, exist_ok=True)
        name = Path(readable_name(path.name))
        names = (name.name, *(f"{name.stem}.{number}{name.suffix}" for number in range(2, 100_000)))
        places = (folder / name for name in names)
        return next(
            place for place in places if not (place.exists() or _report_beside(place).exists())
        )

    def _look(self) -> dict[str, _Stamp]:
        found: dict[str, _Stamp] = {}
        with os.scandir(self._path) as entries:
            for entry in entries:
                if _is_list(entry.name) and entry.is_file(follow_symlinks=False):
                    stat = entry.stat(follow_symlinks=False)
                    found[entry.name] = (stat.st_size, stat.st_mtime_ns)
        return found


def _is_list(name: str) -> bool:
    return not name.startswith((".", "~$")) and not name.lower().endswith(_UNFINISHED)


def _report_beside(place: Path) -> Path:
    return place.with_name(f"{place.name}.report.json")


def put_away(path: Path, place: Path, report: Mapping[str, object], stamp: Stamp | None) -> None:
    """Move a file to its place, with the report beside it.

    The report first: whoever sees the file there finds its report too. A file that has taken the
    place of the one with this `stamp` stays: nobody has read it yet.

    Raises:
        OSError: it cannot be moved.
    """
    beside = _report_beside(place)
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if stamp_of(path) == stamp:
        path.rename(place)
