from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from dialer.killpoints import POINTS, KillPoints
from dialer.loop import place_of
from dialer.switch_events import (
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallOriginated,
    CallUnserved,
    CallWaiting,
)
from tests.dialer.stage import Stage

PASSES = """
from dialer.killpoints import KillPoints
import os
points = KillPoints(os.environ)
for n in range(1, 6):
    print(n, flush=True)
    points.reach("claim.before_commit")
    points.reach("sent.after_commit")
"""


def test_nothing_is_armed_unless_asked() -> None:
    points = KillPoints({})
    for point in POINTS:
        points.reach(point)


def test_the_process_ends_at_the_armed_passage_and_not_before() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PASSES],
        env={"WAIHU_KILL_AT": "sent.after_commit:3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == ["1", "2", "3"]


def test_an_unknown_point_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"claim\.before_commit"):
        KillPoints({"WAIHU_KILL_AT": "nowhere"})


def test_only_words_on_a_living_call_of_ours_pass_a_place() -> None:
    stage = Stage().opens()
    ours, board = stage.places(), stage.engine.board
    for call, passes in ((ours, True), ("phone1001", False)):
        passed = [
            place_of(CallOriginated(call=call, success=True, reason=4), board),
            place_of(CallAnswered(call=call), board),
            place_of(CallBridged(call=call, channels=2), board),
            place_of(CallWaiting(call=call), board),
            place_of(CallUnserved(call=call), board),
            place_of(CallHungUp(call=call, cause=16), board),
        ]
        assert [place is not None for place in passed] == [passes] * 6


def test_a_bridge_is_passed_by_the_second_who_enters_it_be_it_the_agent() -> None:
    stage = Stage().opens()
    ours, board = stage.places(), stage.engine.board
    stage.tell(CallAnswered(call=ours))
    alone = CallBridged(call=ours, bridge="b1", channels=1)
    assert place_of(alone, board) == "call.alone"
    stage.tell(alone)
    agent = CallBridged(call="phone1001", bridge="b1", channels=2)
    assert place_of(agent, board) == "call.in_bridge"
    assert place_of(CallBridged(call="phone1001", bridge="b2", channels=2), board) is None
