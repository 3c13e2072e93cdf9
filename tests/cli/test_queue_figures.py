"""`waihu queue import-log` and `waihu report queues`: from a log to figures with their names."""

from __future__ import annotations

import gzip
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.cli.terminal import Terminal

SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE = int(datetime(2026, 11, 16, 9, 0, tzinfo=SHANGHAI).timestamp())
DAY = ("--from", "2026-11-16", "--to", "2026-11-16")
LOG = f"""\
{NINE}|c1|waihu-inbound|NONE|ENTERQUEUE||13800138000|1
{NINE + 12}|c1|waihu-inbound|1001|CONNECT|12|x|3
{NINE + 132}|c1|waihu-inbound|1001|COMPLETECALLER|12|120|1
{NINE + 200}|c2|waihu-inbound|NONE|ENTERQUEUE||13800138001|1
{NINE + 203}|c2|waihu-inbound|NONE|ABANDON|1|1|3
half a li
{NINE + 900}|c3|waihu-inbound|NONE|ENTERQUEUE||13800138000|1
{NINE + 925}|c3|waihu-inbound|1001|CONNECT|25|x|3
{NINE + 985}|c3|waihu-inbound|1001|BLINDTRANSFER|8000|office|25|60|1
{NINE + 990}|c4|waihu-sales|NONE|ENTERQUEUE||anonymous|1
{NINE + 1020}|c4|waihu-sales|NONE|EXITWITHTIMEOUT|1|1|30
"""


@pytest.fixture
def site(waihu: Terminal) -> Terminal:
    """A site with a database, a queue_log and its packed former part."""
    waihu.campaign()
    lines = LOG.splitlines(keepends=True)
    (waihu.folder / "queue_log.1.gz").write_bytes(gzip.compress("".join(lines[:2]).encode()))
    (waihu.folder / "queue_log").write_text("".join(lines[2:]), "utf-8")
    return waihu


def imported(site: Terminal, *flags: str) -> dict[str, object]:
    said = site.well("queue", "import-log", "queue_log", "queue_log.1.gz", "--json", *flags)
    found = said.json["import"]
    assert isinstance(found, dict)
    return found


def test_an_import_says_what_it_does_and_does_nothing_twice(site: Terminal) -> None:
    would = imported(site, "--dry-run")
    done = imported(site)
    again = imported(site)
    assert (would["added"], done["added"], again["added"]) == (4, 4, 0)
    assert (again["known"], again["lines"]) == (4, 10)
    (bad,) = done["unreadable"]  # type: ignore[misc]  # a list in JSON
    assert (bad["file"], bad["line"]) == ("queue_log", 4)
    text = site.well("queue", "import-log", "queue_log").out
    assert "added 0 stays, completed 0; 4 were on file" in text
    assert "queue_log:4: no line of queue_log" in text


def test_the_report_has_each_figure_with_what_it_rests_on(site: Terminal) -> None:  # R18
    imported(site)
    report = site.well("report", "queues", *DAY, "--by", "interval", "--json").json["report"]
    nine, quarter_past = [one for one in report["intervals"] if one["queue"] == "waihu-inbound"]
    assert (nine["at"], nine["offered"], nine["short_abandons"]) == (
        "2026-11-16T01:00:00+00:00",
        2,
        1,
    )
    assert quarter_past["transferred"] == 1
    inbound, sales = report["queues"]
    level = inbound["figures"]["service_level"]
    assert level == {
        "value": pytest.approx(1 / 3),
        "numerator": 1,
        "denominator": 3,
        "n": 3,
        "window": "2026-11-16/2026-11-16",
        "formula": "SL3",
    }
    assert inbound["figures"]["asa"]["value"] == 18.5
    assert inbound["figures"]["aht"]["value"] == 90
    assert inbound["figures"]["longest_handle"]["value"] == 120
    assert inbound["figures"]["abandon_rate"]["value"] == 0.0
    assert inbound["first_call_resolution"]["numerator"] == 1
    assert (sales["left"], sales["figures"]["asa"]["value"]) == (1, None)
    assert report["busiest_quarter"] == {"n": 2, "at": "2026-11-16T01:00:00+00:00"}


def test_another_definition_and_one_queue_only(site: Terminal) -> None:
    imported(site)
    asked = (*DAY, "--queue", "waihu-inbound", "--sl", "SL2", "--json")
    (inbound,) = site.well("report", "queues", *asked).json["report"]["queues"]
    level = inbound["figures"]["service_level"]
    assert (level["formula"], level["value"]) == ("SL2", 0.5)


def test_people_see_a_table_and_a_spreadsheet_gets_rows(site: Terminal) -> None:
    imported(site)
    shown = site.well("report", "queues", *DAY).out
    assert "waihu-inbound" in shown
    assert "SL3 ≤ 20 s" in shown
    assert "1/3" in shown
    wrote = site.well("report", "queues", *DAY, "--by", "hour", "--file", "queues.csv")
    rows = (site.folder / "queues.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 3
    assert rows[1].startswith("2026-11-16 09:00:00,waihu-inbound,3,2,1,1,0,2,180")
    assert "2 rows" in wrote.out
    assert "queues.pdf" in site.fails(2, "report", "queues", "--file", "queues.pdf")


def test_a_day_without_calls_has_no_figures(site: Terminal) -> None:
    shown = site.well("report", "queues", "--from", "2026-11-17", "--to", "2026-11-17").out
    assert "No call was offered to a queue." in shown


def test_of_a_file_that_is_no_log_some_lines_are_named_and_all_counted(site: Terminal) -> None:
    (site.folder / "noise").write_text("noise\n" * 1_500)
    done = site.well("queue", "import-log", "noise", "--json").json["import"]
    assert (len(done["unreadable"]), done["unreadable_lines"]) == (1_000, 1_500)
    assert "1480 more" in site.well("queue", "import-log", "noise").out


def test_a_log_that_is_not_there_is_told(site: Terminal) -> None:
    assert "nowhere" in site.fails(2, "queue", "import-log", "nowhere")


def test_days_that_end_before_they_begin_are_refused(site: Terminal) -> None:
    said = site.fails(2, "report", "queues", "--from", "2026-11-17", "--to", "2026-11-16")
    assert "The last day is before the first one." in said
