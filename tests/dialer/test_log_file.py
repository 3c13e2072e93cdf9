"""A log whose disk is full costs lines, never the engine, and says so afterwards."""

from __future__ import annotations

import json
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from dialer import logs


@pytest.fixture
def log() -> Iterator[structlog.typing.FilteringBoundLogger]:
    before = structlog.get_config()
    yield structlog.get_logger()
    structlog.configure(**before)


def test_a_full_disk_is_borne(log: structlog.typing.FilteringBoundLogger) -> None:
    logs.set_up(Path("/dev/full"))
    for _ in range(3):
        log.info("call.placed")


def test_when_the_disk_takes_lines_again_the_first_one_counts_those_that_are_missing(
    log: structlog.typing.FilteringBoundLogger, tmp_path: Path
) -> None:
    path = tmp_path / "run" / "waihu.log"
    logs.set_up(path)
    log.info("engine.started")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
    try:
        for _ in range(5):
            log.info("call.placed")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    log.info("engine.stopped")

    first, torn, missing, last = path.read_text("utf-8").splitlines()
    assert json.loads(first)["event"] == "engine.started"
    assert len(torn) == 10
    assert json.loads(missing)["event"] == "log.lines_lost"
    assert json.loads(missing)["lines"] == 5
    assert json.loads(last)["event"] == "engine.stopped"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
