"""`waihu seats`: the answer first, what it rests on, and a clear line for what cannot be (R8)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from dialer.cli_session import utc_now
from tests.commands.one_site import Site

HOUR = ("--calls", "120", "--aht", "180")
LIST = ("--records", "400", "--answer-rate", "30", "--talk", "120", "--wrap-up", "30")
PLAN = """日期,时段,呼入量,外呼名单
2026-11-30,09:00-10:00,120,300
2026-11-30,10:00-11:00,160,300
2026-12-01,9,100,600
2026-12-01,10,90,0
"""


@pytest.fixture
def anywhere(site: Site) -> Site:
    """A place without settings and database: a plan needs neither."""
    (site.folder / "waihu.toml").unlink()
    return site


# ── one hour ─────────────────────────────────────────────────────────────────────────────


def test_one_hour_is_answered_from_flags_alone(anywhere: Site) -> None:
    shown = anywhere.ok("seats", *HOUR, "--service-level", "80/20").out
    assert shown.startswith("Seats: 9, for 120 calls in an hour")
    assert "13, 30 % of them on breaks, in training, absent: 4 spare" in shown
    assert "Erlang C" in shown
    assert "SL3" in shown
    (chosen,) = (line for line in shown.splitlines() if "◀" in line)
    assert chosen.split()[:2] == ["9", "86.0"]


def test_patience_makes_it_erlang_a_and_takes_fewer(anywhere: Site) -> None:
    shown = anywhere.ok("seats", *HOUR, "--patience", "90").out
    assert shown.startswith("Seats: 8,")
    assert "patience 90 s (Erlang A)" in shown
    assert "given up" in shown


def test_outbound_takes_the_talks_by_the_occupancy(anywhere: Site) -> None:
    found = anywhere.ok("seats", *LIST, "--attempts", "3", "--occupancy", "80", "--json").json
    assert found["peak"]["seats"] == 14
    assert found["peak"]["calls_out"] == pytest.approx(876)
    assert found["peak"]["service_level"] is None
    assert found["dialing"] is None


def test_a_progressive_dialer_needs_more_than_a_predictive_one(anywhere: Site) -> None:
    many = anywhere.ok("seats", *LIST, "--dialing", "progressive", "--json").json
    few = anywhere.ok("seats", *LIST, "--json").json
    assert many["peak"]["seats"] == 8
    assert few["peak"]["seats"] == 7


def test_the_occupancy_may_come_from_the_engine_in_virtual_time(anywhere: Site) -> None:
    brief = ("--records", "40", "--answer-rate", "50", "--talk", "15", "--wrap-up", "5")
    flags = ("seats", *brief, "--dialing", "progressive", "--json")
    found = anywhere.ok(*flags, "--simulate").json
    assert anywhere.ok(*flags).json["simulated"] is None
    # For each talk of 20 s a ring of 14 s and another, mostly of 28 s, without an answer.
    (run,) = found["simulated"].values()
    assert run["occupancy"] == pytest.approx(20 / 61, abs=0.05)
    assert run["calls"] > 500
    assert found["hours"][0]["seats"] == 1


def test_one_team_for_both_takes_fewer_than_two(anywhere: Site) -> None:
    found = anywhere.ok("seats", *HOUR, *LIST, "--json").json["peak"]
    assert (found["inbound_alone"], found["outbound_alone"]) == (9, 7)
    assert 9 < found["seats"] < 16
    assert found["service_level"] >= 0.8
    assert "callers go first" in anywhere.ok("seats", *HOUR, *LIST).out


def test_the_reserve_is_what_is_said(anywhere: Site) -> None:
    shown = anywhere.ok("seats", *HOUR, "--reserve", "10%").out
    assert "10, 10 % of them" in shown
    assert "9, 0 % of them" in anywhere.ok("seats", *HOUR, "--reserve", "0").out


def test_a_whole_list_in_some_days_is_spread_over_the_open_hours(anywhere: Site) -> None:
    found = anywhere.ok("seats", *LIST, "--days", "10", "--hours", "9-12,14-15", "--json").json
    assert [one["hour"] for one in found["hours"]] == [9, 10, 11, 14]
    assert {one["records"] for one in found["hours"]} == {10}
    shown = anywhere.ok("seats", *HOUR, *LIST, "--days", "10").out
    assert "at the peak of each of 10 days" in shown
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("09:00")] == ["120"]


# ── a plan ───────────────────────────────────────────────────────────────────────────────


def test_a_plan_is_answered_by_month_day_and_hour(anywhere: Site) -> None:
    plan = anywhere.write("plan.csv", PLAN)
    found = anywhere.ok("seats", plan, "--aht", "180", *LIST[2:], "--json").json
    assert [one["month"] for one in found["by_month"]] == ["2026-11", "2026-12"]
    assert [one["day"] for one in found["by_day"]] == ["2026-11-30", "2026-12-01"]
    assert [one["hour"] for one in found["by_hour"]] == [9, 10]
    assert found["by_month"][0]["calls_in"] == 280
    assert found["by_day"][1]["records"] == 600
    seats = [one["seats"] for one in found["hours"]]
    assert found["peak"]["seats"] == max(seats)
    assert found["seat_hours"] == sum(seats)
    shown = anywhere.ok("seats", plan, "--aht", "180", *LIST[2:]).out
    for text in ("By month", "By day", "By hour of the day", "2026-11-30 Mon", "◀"):
        assert text in shown


def test_a_plan_of_one_day_is_shown_hour_by_hour(anywhere: Site) -> None:
    plan = anywhere.write("plan.csv", "hour,calls\n9,60\n10,120\n11,30\n")
    shown = anywhere.ok("seats", plan, "--aht", "180").out
    rows = [line for line in shown.splitlines() if line[2:5] == ":00"]
    assert [row[:5] for row in rows] == ["09:00", "10:00", "11:00"]
    assert [row.endswith("◀") for row in rows] == [False, True, False]
    assert "By day" not in shown


def test_a_plan_may_be_a_workbook(anywhere: Site) -> None:
    path = anywhere.folder / "plan.xlsx"
    with Workbook(str(path)) as book:
        page = book.add_worksheet("计划")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, ["日期", "小时", "呼入量", "接通率", "外呼名单"])
        page.write_datetime(1, 0, datetime(2026, 11, 25), day)  # noqa: DTZ001  a day of a sheet
        page.write_row(1, 1, [9, 120, 0.3, 400])
    found = anywhere.ok("seats", str(path), "--aht", "180", "--talk", "150", "--json").json
    assert found["hours"][0]["day"] == "2026-11-25"
    assert found["hours"][0]["talks_out"] == pytest.approx(120)


def test_the_workbook_holds_figures_to_compute_on(anywhere: Site) -> None:
    plan = anywhere.write("plan.csv", PLAN)
    target = anywhere.folder / "seats.xlsx"
    done = anywhere.ok("seats", plan, "--aht", "180", *LIST[2:], "--xlsx", str(target))
    assert f"{target}: written" in done.out
    assert target.stat().st_mode & 0o077 == 0
    book = CalamineWorkbook.from_path(str(target))
    assert book.sheet_names == ["Hours", "By hour of day", "By day", "By month", "Assumptions"]
    header, first, *_rest = book.get_sheet_by_name("Hours").to_python()
    row = dict(zip(header, first, strict=True))
    assert row["calls in"] == 120.0
    assert row["rostered"] == row["seats"] + row["spare"]
    assert 0.8 <= row["service level"] <= 1
    months = book.get_sheet_by_name("By month").to_python()
    assert [row[0] for row in months[1:]] == ["2026-11", "2026-12"]


# ── a campaign's own history ─────────────────────────────────────────────────────────────


def remember(folder: Path, calls: int, *, talk_s: float) -> None:
    """So many calls of today on each of two contacts; every second one was answered."""
    start = utc_now() - timedelta(hours=2)

    def at(seconds: float) -> str:
        moment = start + timedelta(seconds=seconds)
        return moment.replace(tzinfo=None).isoformat(" ", "microseconds")

    with closing(sqlite3.connect(folder / "waihu.db")) as connection:
        connection.execute("INSERT OR IGNORE INTO engine VALUES ('e', ?)", (at(0),))
        numbers = connection.execute("SELECT id, contact_id FROM contact_number").fetchall()
        for one in range(calls):
            number, contact = numbers[one % 2]
            sent, talked = 200 * one, one % 2 == 0
            ended = sent + 10 + (talk_s if talked else 20)
            connection.execute(
                "INSERT INTO attempt (id, engine_id, campaign_id, contact_id, number_id, agent,"
                " state, claimed_at, sent_at, answered_at, bridged_at, ended_at, outcome, counted,"
                " tech_cause, dial_status, note)"
                " VALUES (?, 'e', 1, ?, ?, '1001', 'ended', ?, ?, ?, ?, ?, ?, 1, '', '', '')",
                (
                    *(f"{one:026d}", contact, number, at(sent), at(sent)),
                    *(at(sent + 9) if talked else None, at(sent + 10) if talked else None),
                    *(at(ended), "unsuccessful" if talked else "no_answer"),
                ),
            )
        connection.commit()


def test_a_campaign_gives_answers_dials_talk_and_wrap_up(started: Site) -> None:
    remember(started.folder, 8, talk_s=100)
    found = started.ok("seats", "--campaign", "回访一", "--records", "900", "--json").json
    assert found["history"]["placed"] == 8
    assert found["history"]["live"] == found["history"]["talks"] == 4
    peak = found["peak"]
    # Four dials a contact, half of them answered.
    assert peak["calls_out"] == 3600
    assert peak["talks_out"] == 1800
    shown = started.ok("seats", "--campaign", "回访一", "--records", "900").out
    assert "回访一, last 28 days: 8 calls, 4 answered, 4 talks" in shown
    # The limit of after-call work stands for what too few calls have shown.
    assert "wrap-up: the campaign's limit" in shown


def test_flags_go_before_the_history(started: Site) -> None:
    remember(started.folder, 8, talk_s=100)
    own = ("--answer-rate", "25", "--talk", "60", "--wrap-up", "0", "--attempts", "1")
    found = started.ok("seats", "--campaign", "回访一", "--records", "900", *own, "--json").json
    assert found["peak"]["talks_out"] == 225


def test_what_is_left_of_a_list_is_spread_over_days(started: Site) -> None:
    remember(started.folder, 8, talk_s=100)
    asked = started("seats", "--campaign", "回访一")
    assert asked.code == 2
    assert "2 contacts are open" in asked.err
    assert "--days" in asked.err
    found = started.ok("seats", "--campaign", "回访一", "--days", "1", "--json").json
    assert sum(one["records"] for one in found["hours"]) == pytest.approx(2)


def test_a_campaign_that_nobody_was_called_in_lacks_the_rate(started: Site) -> None:
    done = started("seats", "--campaign", "回访一", "--records", "10")
    assert (done.code, done.err) == (2, "waihu: --answer-rate is missing\n")
    assert started("seats", "--campaign", "nobody's", "--records", "10").code == 1


# ── what cannot be ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ((), "say what comes in"),
        (("--calls", "0"), "say what comes in"),
        (("--calls", "120"), "--aht is missing"),
        (("--records", "10", "--answer-rate", "30"), "--talk is missing"),
        (("--calls", "many", "--aht", "180"), "--calls: “many” is no figure"),
        (("--calls", "120", "--aht", "0"), "--aht: “0” is no figure"),
        (("--records", "9", "--answer-rate", "140", "--talk", "9"), "--answer-rate: “140”"),
        ((*HOUR, "--service-level", "100/20"), "--service-level: “100/20”"),
        ((*HOUR, "--service-level", "eighty"), "write 80/20"),
        ((*HOUR, "--reserve", "96"), "--reserve: “96” is no share from 0 to 95 %"),
        ((*HOUR, "--occupancy", "0"), "--occupancy: “0”"),
        ((*HOUR, "--hours", "12-9"), "--hours: “12-9”"),
        ((*HOUR, "--xlsx", "seats.csv"), "seats.csv: name it .xlsx"),
        (("--calls", "1,000,000", "--aht", "180"), "more than 5000 seats"),
        (("nowhere.csv",), "nowhere.csv cannot be read"),
        ((*LIST, "--simulate", "--occupancy", "80"), "not both"),
        (("--records", "9", "--answer-rate", "9", "--talk", "0", "--simulate"), "--simulate wants"),
    ],
)
def test_wrong_flags_are_told_in_a_line_and_exit_2(
    anywhere: Site, flags: tuple[str, ...], said: str
) -> None:
    done = anywhere("seats", *flags)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_a_bad_plan_is_told_row_by_row_with_what_to_do(anywhere: Site) -> None:
    plan = anywhere.write("plan.csv", "日期,时段,呼入量\nsoon,9,60\n2026-11-25,9:30,x\n")
    done = anywhere("seats", plan, "--aht", "180")
    assert done.code == 2
    assert done.out == ""
    told = [line.removeprefix("waihu: plan.csv, ") for line in done.err.splitlines()]
    figure = "is no figure that makes sense there; write it as 120 or 1,200.5"
    assert told == [
        "row 2, column 日期: “soon” is no date; write 2026-11-25",
        "row 3, column 时段: “9:30” is no whole hour; write 9, 09:00 or 9:00-10:00",
        f"row 3, column 呼入量: “x” {figure}",
    ]


def test_what_a_plan_lacks_is_told_once(anywhere: Site) -> None:
    plan = anywhere.write("plan.csv", PLAN)
    done = anywhere("seats", plan, "--aht", "180")
    assert done.err == (
        "waihu: plan.csv, row 2: answer_rate is missing; add that column, or give --answer-rate\n"
    )


def test_many_bad_rows_are_told_up_to_twenty(anywhere: Site) -> None:
    plan = anywhere.write("plan.csv", "hour,calls\n" + "".join(f"{n},x\n" for n in range(24)))
    done = anywhere("seats", plan, "--aht", "180")
    assert len(done.err.splitlines()) == 21
    assert "and 4 more" in done.err


def test_the_plan_is_not_overwritten_and_days_are_not_for_a_plan(anywhere: Site) -> None:
    plan = anywhere.write("plan.xlsx", "hour,calls\n9,1\n")
    assert "would overwrite" in anywhere("seats", plan, *HOUR, "--xlsx", plan).err
    assert "--days is for --records" in anywhere("seats", plan, *HOUR, "--days", "3").err


@pytest.mark.parametrize(
    ("spoken", "said"), [("zh-CN", "座席：9 席，每小时呼入 120 通"), ("zh-TW", "每小時來電 120 通")]
)
def test_it_speaks_chinese(
    anywhere: Site, speaking: Callable[[str | None], None], spoken: str, said: str
) -> None:
    speaking(spoken)
    assert said in anywhere.ok("seats", *HOUR).out
