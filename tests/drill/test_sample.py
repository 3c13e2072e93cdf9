"""A sample of the kill matrix: every named place once, and the switch once; then predictive's own.

The whole of it is `make drill`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from asterisk.lab.customers import Pace
from campaigns.campaign import Mode
from dialer.killpoints import POINTS
from tests.drill.house import Size
from tests.drill.matrix import BOLD_CAP, Drill, Plan

PATIENCE_S = 25.0
"""A machine that is shared may bring an engine to a place late."""

SMALL = Size(
    agents=10, stock=60, pace=Pace(ring_s=(0.1, 0.4), talk_s=(2.0, 6.0)), think_s=(0.1, 0.4)
)


@pytest.mark.usefixtures("parts")
async def test_whatever_is_killed_nothing_is_dialed_twice_and_nothing_is_lost(
    tmp_path: Path,
) -> None:  # I1 I2 I4 I5 I6
    plan = Plan(
        points=POINTS,
        seeds=1,
        calls=3,
        asterisk_kills=1,
        both_kills=0,
        timed=False,
        longest_life=3,
        lives_at_most_s=PATIENCE_S,
        size=SMALL,
    )
    said: list[str] = []
    drill = Drill(tmp_path, plan, said.append)
    await drill.run()
    figures = drill.figures
    assert not drill.broken, "\n".join(said)
    # A life in which the place was not passed in time ends elsewhere, and another one is tried.
    died = {point: figures.causes[point].deaths - figures.causes[point].missed for point in POINTS}
    missed = {point for point, times in died.items() if times != 1}
    # Whether agents dial in anew within a life is theirs, not the engine's.
    assert missed <= {"login.before_commit", "login.after_commit"}
    assert (figures.contacts_dialed_twice, figures.outcomes_lost, figures.words_lost) == (0, 0, 0)
    assert figures.calls_dialed > len(POINTS)
    assert figures.words_saved > 0


@pytest.mark.usefixtures("parts")
async def test_whoever_answers_a_call_that_nobody_is_kept_for_is_served_though_we_die(
    tmp_path: Path,
) -> None:  # I1 I2 I4 I5 I6
    size = Size(
        agents=3,
        mode=Mode.PREDICTIVE,
        cap=BOLD_CAP,
        stock=60,
        pace=SMALL.pace,
        think_s=SMALL.think_s,
    )
    # It rings; nobody is named; somebody is, and not yet there; the message plays.
    points = ("originate.after_send", "call.waits", "redirect.after_send", "call.at_message")
    plan = Plan(
        points=points,
        seeds=1,
        calls=1,
        asterisk_kills=0,
        both_kills=0,
        timed=False,
        longest_life=1,
        lives_at_most_s=PATIENCE_S,
        size=size,
    )
    said: list[str] = []
    drill = Drill(tmp_path, plan, said.append)
    await drill.run()
    figures = drill.figures
    assert not drill.broken, "\n".join(said)
    died = {point: figures.causes[point] for point in points}
    assert {point for point, one in died.items() if one.deaths - one.missed != 1} == set()
    assert (figures.contacts_dialed_twice, figures.outcomes_lost, figures.words_lost) == (0, 0, 0)
