"""One engine works on a database, by whatever name it is reached, and until it is really dead."""

from __future__ import annotations

import signal
from pathlib import Path

from asterisk.lab.ports import free_port
from tests.cli.conftest import settings_in
from tests.cli.terminal import start_engine

RUNS = "The engine of test is running"


def site_of(folder: Path) -> dict[str, str]:
    folder.mkdir()
    return settings_in(folder, f"[agi]\nport = {free_port()}\n")


def test_over_a_link_the_second_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    """I1: two engines on one list would call people twice."""
    one, two = tmp_path / "one", tmp_path / "two"
    first_site, second_site = site_of(one), site_of(two)
    (two / "waihu.db").symlink_to(one / "waihu.db")
    first = start_engine(one, first_site)
    try:
        assert first.stdout is not None
        assert first.stdout.readline().startswith(RUNS)
        refused = start_engine(two, second_site)
        out, err = refused.communicate(timeout=20)
        assert (refused.returncode, out) == (1, "")
        assert f"an engine already works on this database: pid {first.pid} on " in err
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()

    # The dead one's lock file is still there; it holds nobody up.
    assert (one / "waihu.db.engine").exists()
    second = start_engine(two, second_site)
    try:
        assert second.stdout is not None
        assert second.stdout.readline().startswith(RUNS)
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=20)
        assert second.returncode == 0
    finally:
        second.kill()
        second.communicate()
