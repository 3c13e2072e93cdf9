"""What the pages say of the drill and the load is what the last full runs found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.drill.pages import DRILL, LOAD, PAGES, rewritten


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_quote_the_last_full_runs(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "<!-- drill -->" in text
    assert text == rewritten(text), "run: python -m tests.drill.pages"


def test_the_last_full_drill_was_whole_and_broke_no_rule() -> None:
    kept = json.loads(DRILL.read_text("utf-8"))
    assert kept["seeds"] >= 25
    assert (kept["violations"], kept["contacts_dialed_twice"]) == (0, 0)
    assert (kept["outcomes_lost"], kept["words_lost"]) == (0, 0)


def test_the_last_load_was_an_hour_and_left_nothing_over() -> None:
    kept = json.loads(LOAD.read_text("utf-8"))
    assert kept["minutes"] >= 60
    assert kept["memory_growth"] <= 1.1
    before, after = kept["idle_before"], kept["idle_after"]
    assert all(after[name] <= before[name] for name in before)
