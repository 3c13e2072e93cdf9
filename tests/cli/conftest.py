"""A terminal of an operator's for each test: settings, database and language of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk.lab.ports import free_port
from tests.cli.terminal import SECRET, Engine, Terminal, start_engine

SETTINGS = f"""\
[site]
name = "test"
zone = "Asia/Shanghai"
[ami]
secret = "{SECRET}"
port = 1
[paths]
database = "waihu.db"
run = "run"
log = "waihu.log"
"""
NO_RULES = """\
name = "trial"
title = "Asks for nothing: the tests run at any hour"
version = "1"
automatic = false
"""


def settings_in(folder: Path, more: str = "") -> dict[str, str]:
    """Write the settings of a site; returns the environment that names them."""
    settings = folder / "waihu.toml"
    settings.touch(mode=0o600)
    settings.write_text(SETTINGS + more, encoding="utf-8")
    regulations = folder / "regulations"
    regulations.mkdir()
    (regulations / "trial.toml").write_text(NO_RULES, encoding="utf-8")
    return {"WAIHU_CONFIG": str(settings), "WAIHU_LANG": "en"}


def move_in(folder: Path, environment: dict[str, str], patch: pytest.MonkeyPatch) -> None:
    """Let the commands of this process work there, in English, and heed nothing else."""
    for name in os.environ:
        if name.startswith("WAIHU_"):
            patch.delenv(name)
    for name, value in environment.items():
        patch.setenv(name, value)
    patch.chdir(folder)


@pytest.fixture
def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, which the environment names; the language is English."""
    move_in(tmp_path, settings_in(tmp_path), monkeypatch)
    return tmp_path


@pytest.fixture
def waihu(settled: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """The command, in this process."""
    capsys.readouterr()
    return Terminal(settled, capsys)


# ── with an engine ───────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all tests of a module; a service manager stops it, and it ends well."""
    folder = tmp_path_factory.mktemp("site")
    environment = settings_in(folder, f"[agi]\nport = {free_port()}\n")
    process = start_engine(folder, environment)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("The engine of test is running"), process.communicate(timeout=20)
        yield Engine(folder=folder, environment=environment, process=process)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (0, "")
        assert out == "The engine has stopped; nothing is lost.\n"
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def beside(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """The command, in this process, at the site where the engine works."""
    move_in(engine.folder, engine.environment, monkeypatch)
    capsys.readouterr()
    return Terminal(engine.folder, capsys)
