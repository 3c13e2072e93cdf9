"""`waihu list watch` as a process: nightly drops are loaded once, and it ends when it is told."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from campaigns.cli.list_watch import StoreTold
from store.errors import StoreBusyError, StoreUnusableError
from tests.commands.one_site import CALLBACK, LIST, Site

PATIENCE_S = 60.0
BAD = LIST.replace("021-62881234", "abc")


@contextmanager
def watching(site: Site, folder: Path) -> Iterator[subprocess.Popen[str]]:
    with site.spawn(
        "list", "watch", str(folder), "--campaign", "回访一", "--still", "0"
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE_S)


def wait_for(*paths: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while not all(path.exists() for path in paths):
        assert time.monotonic() < until, sorted(path.parent for path in paths)
        time.sleep(0.05)


def report(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.with_name(f"{path.name}.report.json").read_text())
    return found


def test_dropped_lists_are_loaded_once_and_put_away(site: Site) -> None:
    site.ok("campaign", "create", site.write("callback.toml", CALLBACK))
    folder = site.folder / "drop"
    done, failed = folder / "done", folder / "failed"
    folder.mkdir()
    (folder / "a.csv").write_text(BAD, encoding="utf-8")
    (folder / "b.csv").write_text("谁,哪里\n张三,上海\n", encoding="utf-8")
    with watching(site, folder) as process:
        wait_for(done / "a.csv", failed / "b.csv")
        (folder / "again.csv").write_text(BAD, encoding="utf-8")
        wait_for(done / "again.csv")
    assert process.returncode == 0

    assert report(done / "a.csv")["added"] == 1
    assert (done / "a.csv.refused.csv").exists()
    assert report(done / "again.csv") == {"file": "again.csv", "loaded_before": True}
    assert "phone" in str(report(failed / "b.csv")["error"])
    assert sorted(path.name for path in folder.iterdir()) == ["done", "failed"]
    # Started anew, it goes on with what lies there.
    (folder / "c.csv").write_text(LIST, encoding="utf-8")
    with watching(site, folder):
        wait_for(done / "c.csv")
    shown = site.ok("list", "show", "回访一", "--json").json
    assert [one["file"] for one in shown["loads"]] == ["a.csv", "c.csv"]
    assert shown["states"] == {"open": 2}


def test_a_folder_or_campaign_that_is_not_there_is_told_at_once(site: Site) -> None:
    site.ok("campaign", "create", site.write("callback.toml", CALLBACK))
    assert site("list", "watch", "no/where", "--campaign", "回访一").code == 2
    assert site("list", "watch", str(site.folder), "--campaign", "x").code == 1


def test_a_database_that_is_away_is_told_once_and_once_that_it_is_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = StoreTold()
    away = StoreUnusableError("waihu.db", "disk I/O error")

    told.answered()
    for name in ("a.csv", "a.csv", "b.csv", "a.csv"):
        told.refused(name, away)
    told.refused("a.csv", StoreBusyError(10))
    told.answered()
    told.answered()
    told.refused("a.csv", away)

    out, err = capsys.readouterr()
    assert out == "the database takes lists again\n"
    assert [line.split(": ")[1] for line in err.splitlines()] == ["a.csv"] * 3


def test_a_file_waits_for_a_database_that_is_away(site: Site) -> None:
    site.ok("campaign", "create", site.write("callback.toml", CALLBACK))
    folder = site.folder / "drop"
    folder.mkdir()
    with (
        closing(sqlite3.connect(site.folder / "waihu.db", isolation_level=None)) as other,
        site.spawn("list", "watch", str(folder), "--campaign", "回访一", "--still", "0") as process,
    ):
        other.execute("ALTER TABLE list_import RENAME TO away")
        (folder / "a.csv").write_text(LIST, encoding="utf-8")
        assert process.stderr is not None
        assert "a.csv: the database" in process.stderr.readline()
        other.execute("ALTER TABLE away RENAME TO list_import")
        wait_for(folder / "done" / "a.csv")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (out.splitlines()[-1], err) == ("the database takes lists again", "")


def test_a_name_in_gb18030_stops_nothing(site: Site) -> None:
    """A Windows in China may have named the file; Linux keeps the bytes."""
    site.ok("campaign", "create", site.write("callback.toml", CALLBACK))
    folder = site.folder / "drop"
    folder.mkdir()
    names = [os.fsdecode(name.encode("gbk")) for name in ("名单.csv", "空.csv")]
    (folder / names[0]).write_text(BAD, encoding="utf-8")
    (folder / names[1]).write_text("phone\n", encoding="utf-8")
    with watching(site, folder) as process:
        wait_for(folder / "done" / "名单.csv", folder / "failed" / "空.csv")
    assert process.returncode == 0
    assert report(folder / "done" / "名单.csv")["added"] == 1
    assert sorted(path.name for path in folder.iterdir()) == ["done", "failed"]
