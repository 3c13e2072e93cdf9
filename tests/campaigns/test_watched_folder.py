"""When a dropped file is complete, and where it goes."""

from __future__ import annotations

import json
import os
from pathlib import Path

from campaigns.lists.list_file import stamp_of
from campaigns.lists.watched_folder import WatchedFolder, put_away

STILL_S = 5.0


def drop(folder: Path, name: str, at: float, text: str = "phone\n1\n") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (at, at))
    return path


def test_a_file_is_complete_when_it_has_lain_still(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, STILL_S)
    path = drop(tmp_path, "a.csv", at=100)
    assert folder.complete(101) == []
    assert folder.complete(104.9) == []
    assert folder.complete(105) == [path]


def test_a_file_that_is_still_written_to_is_left_alone(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, STILL_S)
    for second in range(100, 120):
        drop(tmp_path, "a.csv", at=second, text="x" * second)
        assert folder.complete(second + 1) == []


def test_a_file_that_keeps_its_old_date_while_it_grows_is_left_alone(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, STILL_S)
    for second in range(100, 110):
        drop(tmp_path, "a.csv", at=1, text="x" * second)
        assert folder.complete(second) == []
    assert len(folder.complete(111)) == 1


def test_a_file_that_is_renamed_into_place_is_complete_at_the_second_look(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, STILL_S)
    hidden = drop(tmp_path, ".a.csv.part", at=10)
    assert folder.complete(100) == []
    path = hidden.rename(tmp_path / "a.csv")
    assert folder.complete(101) == []
    assert folder.complete(102) == [path]


def test_who_came_first_is_first_and_unfinished_and_done_ones_are_no_lists(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, STILL_S)
    late, early = drop(tmp_path, "a.csv", at=20), drop(tmp_path, "b.xlsx", at=10)
    for name in ("c.csv.part", "~$b.xlsx", ".hidden.csv", "d.TMP"):
        drop(tmp_path, name, at=5)
    (tmp_path / "done").mkdir()
    drop(tmp_path / "done", "e.csv", at=5)
    folder.complete(100)
    assert folder.complete(101) == [early, late]


def test_what_cannot_be_read_is_offered_again_when_it_has_changed(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, STILL_S)
    path = drop(tmp_path, "a.csv", at=10)
    folder.complete(100)
    assert folder.complete(101) == [path]
    folder.leave_alone(path)
    assert folder.complete(102) == []
    drop(tmp_path, "a.csv", at=50)
    folder.complete(103)
    assert folder.complete(104) == [path]


def test_files_of_the_same_name_are_put_side_by_side_with_their_reports(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, STILL_S)
    for night in (1, 2):
        path = drop(tmp_path, "leads.csv", at=10)
        put_away(path, folder.place_for(path, done=True), {"night": night}, stamp_of(path))
    done = tmp_path / "done"
    assert sorted(path.name for path in done.iterdir()) == [
        "leads.2.csv",
        "leads.2.csv.report.json",
        "leads.csv",
        "leads.csv.report.json",
    ]
    assert json.loads((done / "leads.2.csv.report.json").read_text("utf-8")) == {"night": 2}


def test_what_took_the_name_of_a_list_while_it_was_loaded_is_not_put_away(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path, STILL_S)
    path = drop(tmp_path, "leads.csv", at=10)
    read = stamp_of(path)
    drop(tmp_path, "new", at=10, text="phone\n2\n").rename(path)
    put_away(path, folder.place_for(path, done=True), {}, read)
    assert path.read_text("utf-8") == "phone\n2\n"
    assert [one.name for one in (tmp_path / "done").iterdir()] == ["leads.csv.report.json"]
