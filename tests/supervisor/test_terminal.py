from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len

from campaigns.outcomes import RULES, Branch, Outcome
from supervisor.kpi import InboundCounts, asa, live_service_level
from supervisor.snapshot import AgentLook, AgentView, SinkView, Snapshot, Why
from supervisor.terminal import plain_line
from supervisor.terminal_text import BLOCKS, SHAPES, bar, fit, rate
from supervisor.words import agent_words, outcome_words
from tests.supervisor.floor_example import NOW, agents, campaign, queue, screen, snapshot

SIZES = [(80, 24), (120, 40), (100, 30), (200, 60), (60, 20), (40, 10)]


def text(shown: Snapshot, size: tuple[int, int] = (80, 24), age_s: float = 0.4) -> str:
    return "\n".join(screen(shown, size, age_s))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("people", [0, 1, 10, 50, 300])
def test_the_screen_has_exactly_its_lines_and_none_is_too_wide(
    size: tuple[int, int], people: int
) -> None:
    lines = screen(snapshot(people), size)
    assert len(lines) == size[1]
    assert max(cell_len(line) for line in lines) <= size[0]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_one_screen_tells_everything_that_a_supervisor_asks(size: tuple[int, int]) -> None:
    shown = text(snapshot(), size)
    for fact in (
        "Waihu 外呼 · 演示 demo",
        "14:05:09",
        "153/200",
        "76 %",
        "1:11",
        "王芳",
        "talking 4",
        "dialing 1",
        "ringing 2",
        "waiting 1",
        "SL 20 s 6/7",
        "Outcomes so far 153",
        "not through      70",
        "Ctrl-C ends the view",
    ):
        assert fact in shown, fact


def test_outcomes_stand_in_the_order_of_the_tree() -> None:  # R2
    shown, words = text(snapshot()), outcome_words(str)
    of_tree = [leaf for leaf in Outcome if RULES[leaf].branch is not Branch.OWN_SIDE]
    column = [words[leaf] for leaf in of_tree]
    branches = [column[:4], column[4:13], column[13:]]
    for leaves in branches:
        rows = [_row_of(shown, word) for word in leaves]
        assert rows == sorted(rows)


def _row_of(shown: str, word: str) -> int:
    body = shown.split("Outcomes so far")[1].splitlines()
    return next(at for at, row in enumerate(body) if f" {word} " in row)


def test_every_state_reads_without_colour() -> None:
    assert len(set(SHAPES.values())) == len(AgentLook)
    assert len(set(agent_words(str).values())) == len(AgentLook)
    shown = text(snapshot())
    present = {agent.look for agent in agents()} - {AgentLook.SIGNED_OUT}
    for look in present - {AgentLook.PAUSED}:
        assert f"{SHAPES[look]}  " in shown
        assert agent_words(str)[look] in shown
    assert "lunch" in shown, "on break, and for what"


def test_colours_are_only_added_to_the_same_text() -> None:
    coloured = "\n".join(screen(snapshot(), colour=True))
    assert "48;2;0;114;178" in coloured, "talking stands on blue"
    assert all(look in BLOCKS for look in AgentLook)


def test_many_agents_become_blocks_and_who_has_no_room_is_counted() -> None:
    shown = text(snapshot(300))
    assert shown.count("●") > 20
    assert "+" in shown
    assert "talking 120" in shown


def test_old_data_says_so_and_loses_its_colours() -> None:  # I10
    assert "old" not in text(snapshot(), age_s=2.9)
    old = screen(snapshot(), age_s=12.0, colour=True)
    assert "data is 12 s old" in old[0]
    assert "48;2;0;114;178" not in "\n".join(old), "no state keeps its colour"
    assert "nothing new for 0:45" in text(snapshot(), age_s=45.0)


def test_durations_stop_with_the_data() -> None:
    assert "0:07" in text(snapshot(), age_s=12.0)


def test_a_lost_link_is_told_with_its_cause_and_for_how_long() -> None:
    down = replace(snapshot(), link_up=False, link_fault="login refused: check the secret")
    shown = text(down)
    assert "no link for 4:00" in shown
    assert "login refused" in shown


def test_a_campaign_that_does_not_dial_says_why() -> None:
    stuck = replace(campaign(), why=Why(code="no_agents"))
    assert "no agent is signed in" in text(replace(snapshot(), campaigns=(stuck,)))
    broken = replace(campaign(), why=Why(code="breaker", params={"for_s": "30"}))
    assert "next try in 30 s" in text(replace(snapshot(), campaigns=(broken,)))
    new = replace(campaign(), why=Why(code="solar_storm"))
    assert "solar storm" in text(replace(snapshot(), campaigns=(new,)))


def test_when_nothing_is_due_the_next_time_is_shown_in_the_sites_zone() -> None:
    done = replace(campaign(), due=0, in_calls=0)
    assert "next due 11-22 18:05" in text(replace(snapshot(), campaigns=(done,)))


def test_callers_for_whom_nobody_is_there_get_a_sign() -> None:
    alone = replace(queue(), agents_available=0)
    assert "■ waihu-inbound" in text(replace(snapshot(), queues=(alone,)))
    slow = queue(longest_s=33.0)
    assert "▲ waihu-inbound" in text(replace(snapshot(), queues=(slow,)))
    assert "■" not in text(snapshot())


def test_a_rate_of_few_calls_is_shown_as_a_fraction_and_of_none_as_a_dash() -> None:
    def level(answered: int, within: int) -> str:
        counts = InboundCounts(offered=answered, answered=answered, answered_within=within)
        return rate(live_service_level(counts, waiting_over=0))

    assert level(0, 0) == "–"
    assert level(7, 3) == "3/7"
    assert level(120, 100) == "83 % (n 120)"


def test_a_database_that_is_away_and_what_it_refused_are_alarms() -> None:
    away = replace(snapshot(), store_fault="a write has had no answer for 2.0 s", set_aside=3)
    said = "no new calls, living ones are served: a write has had no answer for 2.0 s"
    for shown in (text(away), plain_line(away)):
        assert said in shown
        assert "writes set aside: 3" in shown
    assert "living ones" not in text(snapshot())


def test_programs_that_are_not_told_and_what_was_dropped_for_them_are_said() -> None:  # R18
    sinks = {
        "redis": SinkView(up=False, fault="it does not answer in time"),
        "mqtt": SinkView(up=True, dropped=12),
    }
    shown = text(replace(snapshot(), sinks=sinks))
    assert "redis is not told: it does not answer in time" in shown
    assert "mqtt was too slow; messages dropped: 12" in shown
    well = {name: SinkView(up=True) for name in sinks}
    assert "told" not in text(replace(snapshot(), sinks=well))


def test_an_empty_floor_is_a_screen_too() -> None:
    shown = text(Snapshot(ts=NOW))
    assert "no link" in shown
    assert "Outcomes so far 0" in shown


def test_chinese_text_takes_two_columns_a_sign() -> None:
    assert cell_len(fit("客户回访", 6)) == 6
    assert fit("客户", 6) == "客户  "
    assert cell_len(fit("客户回访", 5)) == 5
    assert fit("客户回访", 5).endswith("…")


def test_texts_are_asked_for_in_english_and_come_in_the_readers_language() -> None:
    asked = set()

    def translate(message: str) -> str:
        asked.add(message)
        return {"talking": "通话中", "Agents": "座席"}.get(message, message)

    line = plain_line(snapshot(), translate)
    assert "通话中 4" in line
    assert {"talking", "success", "ready"} <= asked


def test_a_bar_shows_whatever_is_not_nothing() -> None:
    assert bar(0.0, 10) == ""
    assert bar(0.001, 10) == "▏"
    assert bar(1.0, 10) == "█" * 10


def test_the_plain_line_is_one_line_with_the_same_facts() -> None:
    line = plain_line(snapshot())
    assert "\n" not in line
    for fact in ("153/200 76 %", "agents 9", "talking 4", "calls 7", "success 44", "waiting 1"):
        assert fact in line, fact


def test_a_long_state_keeps_its_cell() -> None:
    long = AgentView(
        agent="1001",
        name="欧阳建国先生",
        status="available",
        state="idle",
        since=NOW - timedelta(seconds=9e4),
    )
    lines = screen(replace(snapshot(), agents=(long,) * 9))
    assert max(map(cell_len, lines)) <= 80
    assert "25h00" in "\n".join(lines)


def test_figures_of_nobody_are_dashes() -> None:
    empty = InboundCounts()
    quiet = replace(
        queue(waiting=0, longest_s=None),
        service_level=live_service_level(empty, waiting_over=0),
        asa=asa(empty),
    )
    assert "longest –  SL 20 s –  ASA –" in text(replace(snapshot(), queues=(quiet,)))


def test_a_reason_without_its_facts_is_still_a_reason() -> None:
    bare = replace(campaign(), why=Why(code="breaker"))
    assert "▲ breaker" in text(replace(snapshot(), campaigns=(bare,)))


@pytest.mark.parametrize("size", SIZES)
def test_nothing_that_a_terminal_would_obey_reaches_it(size: tuple[int, int]) -> None:
    harmful = "王\x1b]0;x\x07\x1b[2J\x9b1m\u202e芳\r\n"
    people = tuple(
        replace(agent, name=harmful, pause_reason=harmful) for agent in snapshot().agents
    )
    seen = replace(snapshot(), agents=people, link_up=False, link_fault=harmful, site=harmful)
    for line in screen(seen, size):
        assert cell_len(line) <= size[0]
        assert not any(sign in line for sign in "\x1b\x07\x9b\u202e\r")
