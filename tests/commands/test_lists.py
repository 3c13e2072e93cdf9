"""Lists by command: what is good is loaded, what is not is written down with its reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.commands.one_site import CALLBACK, LIST, Site

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
        (b"PK\x03\x04" + b"x" * 50, "Excel workbook"),
        ("电话\n1\n".encode("utf-16"), "UTF-16"),
        ("电话\n".encode() + b"\xff\xfe\xfd\n" * 3, "neither UTF-8"),
    ],
    ids=["empty", "header", "binary", "workbook", "utf-16", "neither"],
)
def test_a_file_that_is_no_list_is_refused_with_the_way_out(
    content: bytes, said: str, ready: Site
) -> None:
    done = ready("list", "import", ready.write("l.csv", content), "--campaign", "回访一")
    assert done.code == 1
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


def test_people_read_a_summary(ready: Site) -> None:
    out = ready.ok("list", "import", ready.write("l.csv", MIXED), "--campaign", "回访一").out
    assert "l.csv: 1 of 5 rows are loaded" in out
    assert "phone = 电话" in out
    assert "letters in the number" in out


def test_a_campaign_that_is_not_there_gets_no_list(ready: Site) -> None:
    done = ready("list", "import", ready.write("l.csv", LIST), "--campaign", "x")
    assert done.code == 1
