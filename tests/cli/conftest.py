"""A terminal of an operator's for each test: settings, database and language of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.terminal import SECRET, Terminal

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


@pytest.fixture
def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, which the environment names; the language is English."""
    for name in os.environ:
        if name.startswith("WAIHU_"):
            monkeypatch.delenv(name)
    settings = tmp_path / "waihu.toml"
    settings.touch(mode=0o600)
    settings.write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("WAIHU_CONFIG", str(settings))
    monkeypatch.setenv("WAIHU_LANG", "en")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def waihu(settled: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """The command, in this process."""
    capsys.readouterr()
    return Terminal(settled, capsys)
