"""Several files as one: all of them are as wanted, or none was touched."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config.whole_files import Owned, Step, carry_out_all


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "old").write_text("old", "utf-8")
    (tmp_path / "old").chmod(0o640)
    (tmp_path / "away").write_text("away", "utf-8")
    return tmp_path


def as_it_is(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        path.name: (path.read_text("utf-8"), stat.S_IMODE(path.stat().st_mode))
        for path in folder.iterdir()
        if path.is_file()
    }


def steps(folder: Path) -> list[Step]:
    old = folder / "old"
    return [
        Step(path=folder / "new", content=b"new"),
        Step(path=old, content=b"anew", owned=Owned.of(old), copy=folder / "old.copy"),
        Step(path=folder / "away", content=None, copy=folder / "away.copy"),
    ]


def test_all_are_done_with_their_modes_and_copies(folder: Path) -> None:
    carry_out_all(steps(folder))
    assert as_it_is(folder) == {
        "new": ("new", 0o600),
        "old": ("anew", 0o640),
        "old.copy": ("old", 0o640),
        "away.copy": ("away", stat.S_IMODE((folder / "away.copy").stat().st_mode)),
    }


@pytest.mark.parametrize("place", range(4))
def test_when_one_fails_nothing_has_changed_wherever_it_stands(folder: Path, place: int) -> None:
    (folder / "taken").mkdir()
    before = as_it_is(folder)
    every = steps(folder)
    every.insert(place, Step(path=folder / "taken", content=b"over a folder"))
    with pytest.raises(OSError, match="taken"):
        carry_out_all(every)
    assert as_it_is(folder) == before
    assert {path.name for path in folder.iterdir()} == {*before, "taken"}


def test_a_copy_that_is_there_already_is_not_written_over(folder: Path) -> None:
    (folder / "old.copy").write_text("of yesterday", "utf-8")
    before = as_it_is(folder)
    with pytest.raises(FileExistsError, match=r"old\.copy"):
        carry_out_all(steps(folder))
    assert as_it_is(folder) == before
