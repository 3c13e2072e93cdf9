"""Lists by command: what is good is loaded, what is not is written down with its reason."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.commands.one_site import CALLBACK, LIST, WAIHU, Site

MIXED = """编号,姓名,电话,小区
A1,张三,13800138000,徐汇
A2,李四,13800138000,徐汇
A3,王五,abc,静安
A4,赵六,=13800138003,静安
A5,孙七,"13800138004,静安
"""


@pytest.fixture
def ready(site: Site) -> Site:
    """A site with a campaign that has no list yet."""
    site.ok("campaign", "create", site.write("callback.toml", CALLBACK))
    return site


def load(site: Site, text: str | bytes, *more: str, name: str = "list.csv") -> dict[str, object]:
    path = site.write(name, text)
    done = site("list", "import", path, "--campaign", "回访一", "--json", *more)
    found: dict[str, object] = done.json["import"]
    return found


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_one_bad_row_never_stops_a_load(ready: Site) -> None:
    report = load(ready, MIXED)
    assert (report["rows"], report["added"]) == (5, 1)
    assert report["duplicates_in_file"] == 1
    assert report["reasons"] == {"letters": 1, "unsafe_characters": 1, "bad_quoting": 1}


def test_every_refused_row_is_written_with_its_line_and_the_reason_in_words(ready: Site) -> None:
    report = load(ready, MIXED)
    header, *rows = rows_of(Path(str(report["refused_path"])))
    assert header[:3] == ["waihu_line", "waihu_reason", "waihu_text"]
    assert [row[0] for row in rows] == ["3", "4", "5", "6"]
    assert rows[0][2] == "twice in the file: see line 2"
    # A spreadsheet would run the cell as a formula.
    assert rows[2][5] == "'=13800138003"


def test_loading_again_doubles_nothing(ready: Site) -> None:
    load(ready, LIST)
    again = load(ready, LIST)
    assert (again["added"], again["duplicates_in_campaign"]) == (0, 2)
    shown = ready.ok("list", "show", "回访一", "--json").json
    assert shown["campaign"]["contacts"] == 2
    assert [one["added"] for one in shown["loads"]] == [2, 0]
    assert shown["states"] == {"open": 2}


def test_a_dry_run_changes_nothing(ready: Site) -> None:
    report = load(ready, LIST, "--dry-run")
    assert (report["dry_run"], report["added"]) == (True, 2)
    assert ready.ok("campaign", "show", "回访一", "--json").json["campaign"]["contacts"] == 0


def test_the_file_of_refused_rows_is_left_out_when_all_are_good(ready: Site) -> None:
    assert load(ready, LIST)["refused_path"] is None
    assert not list(ready.folder.glob("*.refused*"))


def test_somebodys_corrections_are_not_written_over(ready: Site) -> None:
    load(ready, MIXED)
    first = ready.folder / "list.refused.csv"
    first.write_text("corrected by hand", "utf-8")
    assert str(load(ready, MIXED)["refused_path"]).endswith("list.refused2.csv")
    assert first.read_text("utf-8") == "corrected by hand"


def test_gb18030_and_a_column_map_are_understood(ready: Site) -> None:
    text = "客户,联系\n张三,13800138000\n".encode("gb18030")
    report = load(ready, text, "--map", "phone=联系", "--map", "name=客户")
    assert (report["encoding"], report["added"]) == ("gb18030", 1)
    assert report["columns"] == {"phone": ["联系"], "name": ["客户"]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        ("编号,电话\n".encode(), "no rows under it"),
        (b"\x00\x01\x02" * 50, "is no text"),
        (b"PK\x03\x04" + b"x" * 50, "damaged workbook"),
        ("电话\n".encode() + b"\xff\xfe\xfd\n" * 3, "neither UTF-8"),
    ],
    ids=["empty", "header", "binary", "workbook", "neither"],
)
def test_a_file_that_is_no_list_is_refused_with_the_way_out(
    content: bytes, said: str, ready: Site
) -> None:
    done = ready("list", "import", ready.write("l.csv", content), "--campaign", "回访一")
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_a_list_without_a_known_phone_column_says_how_to_name_it(ready: Site) -> None:
    path = ready.write("l.csv", "谁,哪里\n张三,上海\n")
    done = ready("list", "import", path, "--campaign", "回访一")
    assert done.code == 2
    assert "--map phone=COLUMN" in done.err
    assert "谁, 哪里" in done.err


@pytest.mark.parametrize("flag", ["phone", "=电话", "colour=电话", "phone=没有"])
def test_a_column_map_that_does_not_fit_is_wrong_usage(flag: str, ready: Site) -> None:
    path = ready.write("l.csv", LIST)
    done = ready("list", "import", path, "--campaign", "回访一", "--map", flag)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_the_list_is_never_written_over_by_its_own_refused_rows(ready: Site) -> None:
    path = ready.write("l.csv", MIXED)
    done = ready("list", "import", path, "--campaign", "回访一", "--refused", path)
    assert done.code == 2
    assert Path(path).read_text("utf-8") == MIXED


def test_a_place_for_refused_rows_that_does_not_exist_is_told(ready: Site) -> None:
    path = ready.write("l.csv", MIXED)
    done = ready("list", "import", path, "--campaign", "回访一", "--refused", "no/where.csv")
    assert done.code == 1
    assert "no/where.csv" in done.err


def test_a_list_of_which_nothing_can_be_used_has_failed(ready: Site) -> None:
    path = ready.write("l.csv", "电话\nabc\n\nxyz\n")
    assert ready("list", "import", path, "--campaign", "回访一").code == 1


def test_a_dry_run_shows_each_column_and_the_first_rows_as_they_are_understood(
    ready: Site,
) -> None:
    out = ready.ok(
        "list", "import", ready.write("l.csv", LIST), "--campaign", "回访一", "--dry-run"
    ).out
    assert "How l.csv is understood" in out
    rows = {line.split()[0]: line for line in out.splitlines() if line.split()}
    assert "+8613800138000" in rows["电话"]
    assert "phone" in rows["电话"]
    assert "reference" in rows["编号"]
    assert "field" in rows["小区"]
    assert max(map(len, rows.values())) <= 80
    assert not list(ready.folder.glob("*.refused*"))


def test_a_dry_run_writes_refused_rows_only_where_it_is_told(ready: Site) -> None:
    assert load(ready, MIXED, "--dry-run")["refused_path"] is None
    path = ready.folder / "look.csv"
    report = load(ready, MIXED, "--dry-run", "--refused", str(path))
    assert report["refused_path"] == str(path)
    assert len(rows_of(path)) == 5


def test_a_list_comes_through_a_pipe(ready: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LIST.encode())))
    done = ready.ok("list", "import", "-", "--campaign", "回访一", "--list", "piped", "--json")
    assert done.json["import"]["added"] == 2
    (shown,) = ready.ok("list", "show", "回访一", "--json").json["lists"]
    assert shown["name"] == "piped"


def test_a_mapping_is_saved_and_used_again(ready: Site) -> None:
    text = "甲;乙\n张三;13800138000\n"
    profile = str(ready.folder / "profile.toml")
    load(ready, text, "--map", "phone=乙", "--map", "name=甲", "--save-profile", profile)
    again = load(ready, text.replace("8000", "8001"), "--profile", profile, name="b.csv")
    assert (again["added"], again["columns"]) == (1, {"phone": ["乙"], "name": ["甲"]})


def test_a_profile_with_a_fault_is_told_with_its_line(ready: Site) -> None:
    path = ready.write("l.csv", LIST)
    profile = ready.write("p.toml", "colour = 1\n")
    done = ready("list", "import", path, "--campaign", "回访一", "--profile", profile)
    assert done.code == 2
    assert "p.toml:1: colour" in done.err


def test_lists_are_shown_paused_resumed_and_withdrawn(ready: Site) -> None:
    load(ready, LIST, name="a.csv")
    for verb, state in (("pause", "paused"), ("resume", "active"), ("withdraw", "withdrawn")):
        assert state in ready.ok("list", verb, "回访一", "a").out
        (shown,) = ready.ok("list", "show", "回访一", "--json").json["lists"]
        assert (shown["name"], shown["state"], shown["contacts"]) == ("a", state, {"open": 2})
    assert "withdrawn" in ready.ok("list", "show", "回访一").out
    again = ready("list", "import", str(ready.folder / "a.csv"), "--campaign", "回访一")
    assert again.code == 1
    assert "withdrawn" in again.err


def test_a_list_keeps_its_part_of_the_calls(ready: Site) -> None:
    load(ready, LIST, name="a.csv")
    ready.ok("list", "share", "回访一", "a", "3")
    (shown,) = ready.ok("list", "show", "回访一", "--json").json["lists"]
    assert shown["share"] == 3
    ready.ok("list", "share", "回访一", "a", "0")
    (shown,) = ready.ok("list", "show", "回访一", "--json").json["lists"]
    assert shown["share"] is None


def test_a_list_that_is_not_there_is_told(ready: Site) -> None:
    done = ready("list", "pause", "回访一", "nothing")
    assert done.code == 1
    assert "no list nothing" in done.err


def test_a_list_takes_the_place_of_another(ready: Site) -> None:
    load(ready, LIST, name="old.csv")
    report = load(ready, LIST.replace("021-62881234", "13800138009"), "--swap", "old", name="n.csv")
    assert (report["added"], report["updated"]) == (1, 1)
    lists = ready.ok("list", "show", "回访一", "--json").json["lists"]
    assert [(one["name"], one["state"]) for one in lists] == [("old", "withdrawn"), ("n", "active")]


def test_who_is_there_is_brought_up_to_date(ready: Site) -> None:
    load(ready, LIST)
    report = load(ready, LIST.replace("张三", "张三丰"), "--duplicates", "update")
    assert (report["added"], report["updated"]) == (0, 2)


def test_a_row_with_numbers_of_two_people_says_what_became_of_them(ready: Site) -> None:
    load(ready, "姓名,手机\n张三,13800138000\n李四,13800138001\n")
    both = "姓名,手机,电话\n张三丰,13800138000,13800138001\n"

    report = load(ready, both, "--duplicates", "update", name="both.csv")

    assert (report["updated"], report["numbers_dropped"]) == (1, 1)
    _, row = rows_of(Path(str(report["refused_path"])))
    told = "the number is another contact's: contact #2; the row is loaded without it"
    assert row[:3] == ["2", "number_of_another", told]


def test_dead_loads_are_thrown_away(ready: Site) -> None:
    assert "0 dead loads" in ready.ok("list", "discard").out


def test_people_read_a_summary(ready: Site) -> None:
    out = ready.ok("list", "import", ready.write("l.csv", MIXED), "--campaign", "回访一").out
    assert "l.csv: 1 of 5 rows are loaded" in out
    assert "phone = 电话" in out
    assert "letters in the number" in out


def test_a_campaign_that_is_not_there_gets_no_list(ready: Site) -> None:
    done = ready("list", "import", ready.write("l.csv", LIST), "--campaign", "x")
    assert done.code == 1


def test_a_file_that_fails_leaves_no_refused_rows_behind(ready: Site) -> None:
    path = ready.write("list.csv", "phone\n13800138000\nnobody\n")
    ready.ok("list", "import", path, "--campaign", "回访一", "--list", "gone")
    ready.ok("list", "withdraw", "回访一", "gone")
    (ready.folder / "list.refused.csv").unlink()
    done = ready("list", "import", path, "--campaign", "回访一", "--list", "gone")
    assert done.code == 1
    assert not list(ready.folder.glob("*.refused*"))


def test_a_closed_standard_input_is_told(ready: Site) -> None:
    line = f"exec {WAIHU} list import - --campaign 回访一 <&-"
    environment = {**os.environ, **ready.environment}
    done = subprocess.run(
        ["/bin/sh", "-c", line], env=environment, cwd=ready.folder, check=False, capture_output=True
    )
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "waihu: standard input is closed; pipe the list into the command\n"
    )


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_pipe_that_is_broken_off_leaves_nothing_of_the_list(ready: Site, sign: int) -> None:
    spools = ready.folder / "tmp"
    spools.mkdir()
    process = subprocess.Popen(
        [str(WAIHU), "list", "import", "-", "--campaign", "回访一"],
        env={**os.environ, **ready.environment, "TMPDIR": str(spools)},
        cwd=ready.folder,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        process.stdin.write(b"phone\n" * 1_000_000)
        process.stdin.flush()
        assert list(spools.iterdir())
        process.send_signal(sign)
        assert process.wait(60) == (-sign if sign == signal.SIGTERM else 130)
    assert not list(spools.iterdir())
    assert not list(ready.folder.glob("*.refused*"))
