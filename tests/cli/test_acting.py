"""Commands of supervisors beside a real engine whose Asterisk is away, and without an engine."""

from __future__ import annotations

import pytest

from tests.cli.terminal import Terminal

LISTEN = ("agent", "listen", "1001", "--phone", "8001")
ACTS = [
    ("agent", "sign-out", "1001"),
    LISTEN,
    ("agent", "listen", "--off", "--phone", "8001"),
    ("agent", "record", "1001"),
    ("agent", "hang-up", "1001"),
]


@pytest.mark.parametrize("command", ACTS)
def test_while_the_switch_cannot_be_told_it_is_said_and_nothing_is_done(
    command: tuple[str, ...], beside: Terminal
) -> None:
    said = beside.fails(1, *command)
    assert said == "waihu: the link to Asterisk is down; nothing was done\n"


@pytest.mark.parametrize("command", ACTS)
def test_without_an_engine_it_says_so(command: tuple[str, ...], waihu: Terminal) -> None:
    assert "no engine answers" in waihu.fails(3, *command)


@pytest.mark.parametrize(
    "command",
    [
        ("agent", "listen", "1001"),
        ("agent", "listen", "--phone", "8001"),
        (*LISTEN, "--off"),
        (*LISTEN, "--mode", "shout"),
        ("agent", "hang-up"),
        ("agent", "hang-up", "1001", "--call", "x"),
    ],
)
def test_what_says_two_things_or_nothing_is_refused(
    command: tuple[str, ...], waihu: Terminal
) -> None:
    waihu.fails(2, *command)


def test_nobody_listens_in_words_and_for_programs(beside: Terminal) -> None:
    assert beside.well("agent", "listeners").out == "Nobody listens.\n"
    shown = beside.well("agent", "listeners", "--json").json
    assert shown == {"v": 1, "listeners": [], "recordings": {}}
