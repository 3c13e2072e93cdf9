"""The unit that is shipped: what systemd's own tool says of it, and what it makes of deaths."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

from asterisk.lab.program import load_debs
from dialer.last_writes import WRITE_REST_S
from dialer.messages import StopEngine
from dialer.service_manager import STARTING_S
from dialer.stopping import HANG_UP_PATIENCE_S
from tests.cli.terminal import PROGRAM
from tests.service.unit import UNIT, Ear, Manager, seconds, settings_of_unit

SAFE = 1.5
"""systemd's measure goes from 0, locked away, to 10, open to everything."""


@pytest.fixture(scope="module")
def analyze(parts: Path) -> list[str]:
    debs = load_debs()
    command: list[str] = debs.command(debs.bring("systemd", parts), "usr/bin/systemd-analyze")
    return command


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that is there."""
    path = tmp_path / "waihu.service"
    path.write_text(UNIT.read_text("utf-8").replace("/opt/waihu/bin/waihu", str(PROGRAM)), "utf-8")
    return path


def test_systemd_understands_every_line_of_it(analyze: list[str], unit: Path) -> None:
    done = subprocess.run([*analyze, "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_finds_little_that_it_could_still_do(analyze: list[str], unit: Path) -> None:
    words = ("security", "--offline=yes", "--no-pager", unit)
    done = subprocess.run([*analyze, *words], capture_output=True, text=True, check=True)
    found = re.search(r"Overall exposure level for waihu.service: ([0-9.]+)", done.stdout)
    assert found is not None
    assert float(found[1]) <= SAFE


def test_a_stop_has_time_for_the_calls_and_for_the_last_writes() -> None:
    unit = settings_of_unit()
    needed_s = StopEngine().grace_s + HANG_UP_PATIENCE_S + WRITE_REST_S
    assert seconds(unit["TimeoutStopSec"][0]) > needed_s
    assert seconds(unit["RestartSec"][0]) <= 1  # I8: taken over in 5 s


def test_a_start_that_waits_for_the_database_has_time_for_its_upgrade_afterwards() -> None:
    assert seconds(settings_of_unit()["TimeoutStartSec"][0]) <= STARTING_S


def test_settings_at_fault_wait_for_a_person(tmp_path: Path) -> None:
    ear = Ear(str(tmp_path / "notify"))
    manager = Manager(_never, ear)
    assert not manager.wants_again(2)
    assert not manager.wants_again(0)
    assert manager.wants_again(1)
    assert manager.wants_again(-signal.SIGKILL)
    ear.close()


async def _never(**_: str) -> object:
    raise AssertionError("is not started here")
