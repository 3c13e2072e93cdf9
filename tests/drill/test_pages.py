"""What the pages say of the drill and the load is what the last full runs found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dialer.killpoints import POINTS, UNKEPT_POINTS
from tests.drill.figures import (
    ASTERISK_KILLED,
    BOTH_KILLED,
    FILLING,
    FIRST_FILLING,
    CauseFigures,
    Figures,
)
from tests.drill.load import SUSTAINED
from tests.drill.pages import DRILL, LOAD, PAGES, PREDICTIVE_DRILL, commit, rewritten


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_quote_the_last_full_runs(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "<!-- drill -->" in text
    assert text == rewritten(text), "run: python -m tests.drill.pages"


def test_the_last_full_drill_was_whole_and_broke_no_rule() -> None:
    kept = json.loads(DRILL.read_text("utf-8"))
    assert kept["seeds"] >= 25
    died_there = {point: kept["causes"][point] for point in POINTS}
    assert {p: one for p, one in died_there.items() if one["deaths"] - one["missed"] < 25} == {}
    assert (kept["violations"], kept["contacts_dialed_twice"]) == (0, 0)
    assert kept["freed_and_dialed"] > 0
    assert (kept["outcomes_lost"], kept["words_lost"]) == (0, 0)


def test_the_last_predictive_drill_left_nobody_alone_and_broke_no_rule() -> None:
    kept = json.loads(PREDICTIVE_DRILL.read_text("utf-8"))
    died_there = {point: kept["causes"][point] for point in (*POINTS, *UNKEPT_POINTS)}
    assert all(one["deaths"] > one["missed"] for one in died_there.values())
    assert (kept["violations"], kept["contacts_dialed_twice"]) == (0, 0)
    assert kept["answered_unwatched"] > kept["answered_unwatched_late"] == 0


def test_the_last_load_was_an_hour_and_left_nothing_over() -> None:
    kept = json.loads(LOAD.read_text("utf-8"))
    assert kept["minutes"] >= 60
    assert kept["calls_a_second"] >= SUSTAINED * kept["cps"]
    assert kept["memory_growth"] <= 1.1
    before, after = kept["idle_before"], kept["idle_after"]
    assert all(after[name] <= before[name] for name in before)


def test_figures_of_the_engine_s_deaths_and_of_the_switch_s_are_summed_up_apart() -> None:
    figures = Figures()
    figures.causes = {
        FIRST_FILLING: CauseFigures(deaths=1, alive=10, takeover_s=9.0, dialing_s=12.0),
        FILLING: CauseFigures(deaths=1, alive=20, takeover_s=1.0, dialing_s=4.0),
        POINTS[0]: CauseFigures(deaths=3, missed=1, alive=90, takeover_s=2.126, dialing_s=3.0),
        ASTERISK_KILLED: CauseFigures(deaths=2, alive=50, takeover_s=6.0, dialing_s=8.0),
        BOTH_KILLED: CauseFigures(deaths=1, alive=30, takeover_s=5.0, dialing_s=9.0),
    }
    figures.sum_up()
    assert (figures.deaths, figures.alive_mean) == (8, 25.0)
    assert (figures.longest_takeover_s, figures.longest_recovery_s) == (2.13, 4.0)
    assert (figures.asterisk_takeover_s, figures.asterisk_recovery_s) == (6.0, 9.0)


def test_the_commit_is_named_that_the_figures_are_of() -> None:
    assert re.fullmatch(r"[0-9a-f]{7,}\+?", commit())
