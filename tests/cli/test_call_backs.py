"""Call-backs and surveys on the command line: what a place waits for, and what callers said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.effects import KeepAnswer, KeepPlace
from routing.survey import R21_WEIGHTS
from tests.cli.terminal import NUMBER, Terminal, utc_now
from tests.cli.test_flow import hotline

__all__ = ["hotline"]


def keeps_a_place(waihu: Terminal) -> None:
    """The number keeps a place, as the engine would write it."""
    now = utc_now()
    wish = KeepPlace(
        campaign_id=1,
        e164=NUMBER,
        queue="inbound",
        why="wish",
        joined_at=now - timedelta(minutes=9),
        at=now,
    )
    waihu.on_file(lambda room: room.write(wish))


def test_why_says_for_which_queue_a_place_is_kept(waihu: Terminal) -> None:
    waihu.campaign()
    waihu.well("campaign", "start", "hot")
    keeps_a_place(waihu)
    (answer,) = waihu.well("why", NUMBER, "--json").json["answers"]
    assert (answer["code"], answer["dialable"]) == ("in_turn", False)
    assert answer["params"]["queue"] == "inbound"
    assert "keeps its place in queue inbound since" in waihu.well("why", NUMBER).out
    assert waihu.well("why", NUMBER, "--json").json["answers"][0]["until"] is None
    held = waihu.well("campaign", "show", "hot", "--json").json["campaign"]["standing"]["held"]
    assert held == {"in_turn": 1}


@pytest.mark.usefixtures("hotline")
def test_the_check_says_whether_the_campaign_can_call_back(waihu: Terminal) -> None:
    assert "nobody calls back: the step fails" in waihu.well("flow", "check", "hotline").out
    assert waihu.well("flow", "check", "--json").json["call_back"] == {"fit": True, "text": None}
    settings = waihu.settings.read_text("utf-8")
    waihu.settings.write_text(f'{settings}[inbound]\ncall_back = "hot"\n', "utf-8")
    waihu.campaign("other")
    said = waihu("flow", "check", "hotline")
    assert said.code == 2
    assert "there is no campaign hot" in said.out
    waihu.campaign("hot", "--mode", "preview")
    assert "cannot call back" in waihu("flow", "check", "hotline").out
    waihu.well("campaign", "delete", "hot", "--yes")
    waihu.campaign("hot")
    assert "call back" not in waihu.well("flow", "check", "hotline").out


def rates(waihu: Terminal, call: str, agent: str, *keys: int) -> None:
    said = [
        KeepAnswer(
            call=call,
            queue="inbound",
            agent=agent,
            question=question,
            key=key,
            highest=5,
            weight=R21_WEIGHTS[question],
            at=utc_now() - timedelta(seconds=1),
        )
        for question, key in zip(R21_WEIGHTS, keys, strict=False)
    ]
    waihu.on_file(lambda room: room.write(*said))


def test_the_score_is_shown_by_agent_queue_and_day_with_what_it_rests_on(
    waihu: Terminal,
) -> None:  # R16, R20, R21
    waihu.campaign()
    assert waihu.well("report", "survey").out == "Nobody has answered a survey.\n"
    assert waihu.well("report", "survey", "--json").json["figures"] == []
    rates(waihu, "1.1", "1001", 5, 5, 5, 5, 5)
    rates(waihu, "1.2", "1001", 3)
    rates(waihu, "1.3", "", 1, 2)
    by_agent = waihu.well("report", "survey", "--json").json["figures"]
    found = {one["agent"]: (one["satisfaction"]["value"], one["answers"]) for one in by_agent}
    # (100 · 100 + 20 · 60) / 120, and (20 · 20 + 30 · 40) / 50
    assert found == {"1001": (pytest.approx(93.333, abs=0.001), 6), "": (32, 2)}
    assert [one["satisfaction"]["n"] for one in by_agent] == [1, 2]
    assert "93.3" in waihu.well("report", "survey").out
    (queue,) = waihu.well("report", "survey", "--by", "queue", "--json").json["figures"]
    assert (queue["queue"], queue["satisfaction"]["n"]) == ("inbound", 3)
    (day,) = waihu.well("report", "survey", "--by", "day", "--json").json["figures"]
    assert day["satisfaction"]["denominator"] == 170

    low = waihu.well("report", "survey", "--below", "60", "--json").json["calls"]
    assert [(one["call"], one["answers"]) for one in low] == [
        ("1.3", {"response": 1, "quality": 2})
    ]
    assert "response 1, quality 2" in waihu.well("report", "survey", "--below", "60").out
    assert "rated so low" in waihu.well("report", "survey", "--below", "10").out
    waihu.fails(2, "report", "survey", "--since", "2026-11-02", "--until", "2026-11-01")
