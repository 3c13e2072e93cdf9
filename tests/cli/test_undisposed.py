"""Talks that wait for a word: listed and given one, with and without an engine."""

from __future__ import annotations

import re

from tests.cli.terminal import NUMBER, Terminal
from tests.cli.test_running_engine import outcome_of, undisposed


def waiting(waihu: Terminal, *agent: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = waihu.well("agent", "undisposed", *agent, "--json").json[
        "undisposed"
    ]
    return found


def test_without_an_engine_a_talk_is_listed_and_given_its_word(waihu: Terminal) -> None:
    waihu.campaign("alone")
    attempt = undisposed(waihu, "alone")
    (call,) = waiting(waihu)
    assert (call["attempt"], call["agent"], call["campaign"], call["e164"]) == (
        attempt,
        "1001",
        "alone",
        NUMBER,
    )
    assert waiting(waihu, "1002") == []
    shown = waihu.well("agent", "undisposed", "1001").out
    for fact in (attempt, "#1 张三", NUMBER, "Asia/Shanghai", "--attempt"):
        assert fact in shown

    word = ("agent", "disposition", "1001", "success-proxy", "--attempt", attempt)
    assert waihu.well(*word, "--note", "女儿接的").out == "Saved: by proxy.\n"
    assert outcome_of(waihu, "alone") == "success_proxy"
    assert "has its disposition already" in waihu.fails(1, *word)
    assert waihu.well("agent", "undisposed").out == "Every talk has its word.\n"


def test_without_an_engine_the_rules_for_a_word_are_the_same(waihu: Terminal) -> None:  # R3, R4
    waihu.campaign("alone", window="every day=09:00-12:00")
    attempt = undisposed(waihu, "alone")
    word = ("agent", "disposition", "1001", "appointment", "--attempt", attempt)
    assert "needs its time" in waihu.fails(1, *word)
    outside = waihu.fails(1, *word, "--at", "2036-11-25 13:00")
    assert re.search(r"outside the calling window; nearest allowed: .*11:59 · .*09:00", outside)
    assert "no such attempt" in waihu.fails(1, *word[:-1], "z" * 26, "--at", "2036-11-25 10:00")
    assert len(waiting(waihu)) == 1
    waihu.well(*word, "--at", "2036-11-25 10:00")
    assert waiting(waihu) == []


def test_a_word_without_an_attempt_needs_the_engine_that_knows_the_call_at_hand(
    waihu: Terminal,
) -> None:
    waihu.campaign("alone")
    undisposed(waihu, "alone")
    assert "no engine" in waihu.fails(3, "agent", "disposition", "1001", "success")


def test_beside_an_engine_the_list_is_the_same_and_the_engine_takes_the_word(
    beside: Terminal,
) -> None:
    beside.campaign("beside")
    attempt = undisposed(beside, "beside")
    assert [one["attempt"] for one in waiting(beside, "1001")] == [attempt]
    beside.well("agent", "disposition", "1001", "unsuccessful", "--attempt", attempt)
    assert waiting(beside, "1001") == []
