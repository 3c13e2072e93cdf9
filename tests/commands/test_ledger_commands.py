"""Do-not-call, exports and the ledger, as a campaign manager gives the commands."""

from __future__ import annotations

import csv
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from python_calamine import load_workbook

from tests.commands.one_site import Site


def rows_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.reader(text))


def test_a_pattern_bars_all_whom_it_fits_until_it_is_taken_off(started: Site) -> None:
    started.ok("dnc", "add", "+86138*", "--reason", "投诉", "--until", "2036-12-31")
    out = started.ok("why", "A1").out
    assert out.startswith("No: #1 张三 · 回访一 is on the do-not-call list (投诉)")
    assert started.ok("dnc", "check", "13800138000", "--json").json["listed"] is True
    assert "+86138*" in started.ok("dnc", "list").out
    assert started("dnc", "remove", "+86138*", "--reason", " ").code == 2
    started.ok("dnc", "remove", "+86138*", "--reason", "a slip")
    assert "do-not-call" not in started.ok("why", "A1").out.splitlines()[0]
    assert started("dnc", "remove", "+86138*", "--reason", "twice").code == 1


def test_odd_patterns_and_days_are_refused(started: Site) -> None:
    for odd in ("138*", "+8*", "+86*138", "+8613800?x"):
        assert started("dnc", "add", odd).code == 2, odd
    for day in ("2020-01-01", "tomorrow", "2036-13-01"):
        assert started("dnc", "add", "13800138000", "--until", day).code == 2, day


def test_a_file_of_numbers_is_read_and_what_is_none_is_told(started: Site) -> None:
    path = started.write("dnc.csv", "姓名,手机\n张三,13800138000\n李四,没有\n王五,+86139*\n")
    done = started("dnc", "import", path, "--reason", "工信部")
    assert done.code == 1
    assert "2 of 3 rows are new" in done.out
    assert "line 3: “没有” is no number to bar" in done.err
    assert started.ok("dnc", "check", "13900000000", "--json").json["listed"] is True
    assert started("dnc", "import", path, "--column", "电话").code == 2
    plain = started.write("plain.txt", "13700000001\n13700000002\n")
    assert started.ok("dnc", "import", plain, "--json").json["import"]["new"] == 2
    assert started.ok("dnc", "import", plain, "--json").json["import"]["new"] == 0

    out = started.folder / "out.csv"
    assert started.ok("dnc", "export", str(out), "--json").json["rows"] == 4
    assert rows_of(out)[1][0] == "'+86139*"
    assert started.ok("dnc", "import", str(out), "--json").json["import"] == {
        "file": str(out),
        "rows": 4,
        "new": 0,
        "refused": [],
    }


def test_a_file_of_numbers_is_read_in_the_encoding_that_is_named(started: Site) -> None:
    path = started.write("dnc.csv", "備註,手機\n許功蓋,13800138000\n".encode("big5"))

    assert started("dnc", "import", path, "--encoding", "klingon").code == 2
    refused = started("dnc", "import", path, "--encoding", "utf-8")
    assert (refused.code, "is not UTF-8" in refused.err) == (2, True)
    named = ("--encoding", "big5", "--json")
    assert started.ok("dnc", "import", path, *named).json["import"]["new"] == 1


def test_results_go_out_safely_and_the_ledger_knows(started: Site) -> None:
    listed = "编号,姓名,电话,备注\nB1,=1+1,13700000001,@SUM(A1)\n"
    path = started.write("more.csv", listed)
    started.ok("list", "import", path, "--campaign", "回访一")
    for name in ("out.csv", "out.xlsx"):
        file = started.folder / name
        assert started.ok("export", "results", "回访一", str(file), "--json").json["rows"] == 3
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = rows_of(started.folder / "out.csv")
    assert rows[0][:3] == ["reference", "name", "phone 1"]
    assert rows[1][:3] == ["A1", "张三", "'+8613800138000"]
    assert rows[3][:2] == ["B1", "'=1+1"]
    assert "'@SUM(A1)" in rows[3]
    sheet = load_workbook(started.folder / "out.xlsx").get_sheet_by_index(0).to_python()
    assert sheet[1][:3] == ["A1", "张三", "+8613800138000"]
    assert sheet[3][:2] == ["B1", "=1+1"]
    entries = started.ok("audit", "show", "--json").json["entries"]
    assert [entry["body"]["rows"] for entry in entries if entry["kind"] == "exported"] == [3, 3]
    assert started("export", "results", "回访一", "out.txt").code == 2
    assert started("export", "results", "回访一", "no/such/folder.csv").code == 1
    assert started.ok("export", "faulty", "faulty.csv", "--json").json["rows"] == 0


def test_the_ledger_is_verified_and_a_change_is_told(started: Site) -> None:
    before = started.ok("audit", "verify", "--json").json["ledger"]["entries"]
    started.ok("contact", "withdraw", "A1", "--reason", "moved")
    started.ok("contact", "reopen", "A1")
    done = started.ok("audit", "verify")
    assert f"the ledger is whole: {before + 2} entries" in done.out
    shown = started.ok("audit", "show", "--number", "13800138000").out
    assert "contact taken out" in shown
    assert started.ok("audit", "export", "ledger.csv", "--json").json["rows"] == before + 2
    with closing(sqlite3.connect(started.folder / "waihu.db")) as connection:
        connection.execute("DROP TRIGGER ledger_is_not_changed")
        connection.execute("UPDATE ledger SET body = '{}' WHERE kind = 'contact.withdrawn'")
        connection.commit()
    done = started("audit", "verify")
    assert done.code == 1
    assert f"chain site: entry {before + 1} (contact 1) was changed" in done.err
    assert started("audit", "verify", "--json").json["ledger"]["fault"]["kind"] == "altered"


def test_a_contact_is_given_a_ground_and_the_right_number(started: Site) -> None:
    proof = ("--basis", "contract", "--proof", "工单 77", "--at", "2026-01-05 10:00")
    (given,) = [started.ok("contact", "consent", "A1", *proof)]
    assert "noted" in given.out
    (found,) = started.ok("contact", "show", "A1", "--json").json["contacts"]
    assert found["consent"]["proof"] == "工单 77"
    started.ok("contact", "consent", "A1", "--withdraw", "--reason", "by mail")
    (found,) = started.ok("contact", "show", "A1", "--json").json["contacts"]
    assert found["consent"] is None
    assert started("contact", "consent", "A1").code == 2
    taken = started("contact", "correct", "A1", "--number", "021-62881234")
    assert (taken.code, "is contact #2's" in taken.err) == (1, True)
    started.ok("contact", "correct", "A1", "--number", "13800138001")
    (found,) = started.ok("contact", "show", "A1", "--json").json["contacts"]
    assert [(one["e164"], one["retired"]) for one in found["numbers"]] == [
        ("+8613800138000", "number_changed"),
        ("+8613800138001", None),
    ]


def test_an_appointment_may_be_one_agents_and_is_refused_where_nobody_may_call(
    started: Site,
) -> None:  # R4
    at = ("--at", "2036-11-25 10:00")
    done = started("contact", "appoint", "A1", *at, "--agent", "1001")
    assert (done.code, "there is no agent 1001" in done.err) == (1, True)
    started.ok("agent", "add", "1001", "--queue", "callback")
    started.ok("contact", "appoint", "A1", *at, "--agent", "1001")
    (found,) = started.ok("contact", "show", "A1", "--json").json["contacts"]
    assert found["appointment_agent"] == "1001"
    assert "for 1001 alone" in started.ok("contact", "show", "A1").out
    started.ok("dnc", "add", "+86138*", "--until", "2036-11-24")
    started.ok("contact", "appoint", "A1", *at)
    started.ok("dnc", "add", "+86138*")
    done = started("contact", "appoint", "A1", *at)
    assert (done.code, "would not be called" in done.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "rows", "new"),
    [
        ("13800138077", 1, 1),
        ("13800138077/13800138078\n13800138079\n", 2, 1),
        ("1380013807X\n13800138079\n", 2, 1),
        ("号码\n13800138079\n", 1, 1),
    ],
    ids=["one number", "two in the first cell", "a bad first number", "header"],
)
def test_the_first_line_of_a_do_not_call_file_is_not_lost(
    text: str, rows: int, new: int, started: Site
) -> None:
    """Who thinks that a number is barred, and it was taken for a heading, calls it."""
    done = started("dnc", "import", started.write("dnc.csv", text), "--json")
    found = done.json["import"]
    assert (found["rows"], found["new"]) == (rows, new)
    assert done.code == (0 if rows == new else 1)
    assert len(found["refused"]) == rows - new
