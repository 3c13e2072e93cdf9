from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from dialer.killpoints import POINTS, KillPoints

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
