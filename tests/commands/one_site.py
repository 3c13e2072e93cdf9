"""One site to run commands on: settings and a SQLite file in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from asterisk.lab.ports import free_port
from dialer.cli import command_line
from dialer.cli_errors import show_fault_in_one_line

WAIHU = Path(sys.executable).parent / "waihu"

SETTINGS = """
[site]
name = "test"
zone = "Asia/Shanghai"
[paths]
database = "waihu.db"
run = "run"
log = "waihu.log"
[ami]
port = {ami}
secret = "not-a-real-secret"
[agi]
port = {agi}
"""

CALLBACK = """
name = "回访一"
kind = "callback"
dial_string = "PJSIP/{number}@trunk"
caller_id = "+862150000000"
consent = "contract"
law = { profiles = ["auto"], widen = "00:00-24:00", reason = "the tests run at any hour" }
queue = "callback"
[windows]
"every day" = ["00:00-24:00"]
"""

LIST = """编号,姓名,电话,小区
A1,张三,13800138000,徐汇
A2,李四,021-62881234,静安
"""

START = (
    ("campaign", "create", "callback.toml"),
    ("list", "import", "list.csv", "--campaign", "回访一"),
    ("campaign", "start", "回访一"),
)
"""What makes of these files a started campaign with two contacts, dialable at any hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What a program reads."""
        return json.loads(self.out)


@dataclass(kw_only=True)
class Place:
    """A folder with settings, and processes of our own that work there."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def settle(self) -> None:
        """Write the settings of an empty site whose commands speak English."""
        ports = {"ami": free_port(), "agi": free_port()}
        path = self.write("waihu.toml", SETTINGS.format(**ports))
        self.environment = {"WAIHU_CONFIG": path, "WAIHU_LANG": "en"}

    def brings_files(self) -> None:
        """The files that `START` reads."""
        self.write("callback.toml", CALLBACK)
        self.write("list.csv", LIST)

    def write(self, name: str, text: str | bytes) -> str:
        """Write a file into the site's folder; its path."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def spawn(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the installed command as a process of its own."""
        return subprocess.Popen(
            [str(WAIHU), *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def subprocess(self, *arguments: str) -> Done:
        """Run the installed command to its end."""
        with self.spawn(*arguments) as process:
            out, err = process.communicate(timeout=60)
        return Done(code=process.returncode, out=out, err=err)


@dataclass(kw_only=True)
class Site(Place):
    """One site; calling it runs a command."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Done:
        """Run a command in this process, as the console script does."""
        self.capsys.readouterr()
        try:
            code = command_line(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        except Exception as fault:  # noqa: BLE001 - the console script's own hook is told
            show_fault_in_one_line(type(fault), fault, None)
            code = 1
        said = self.capsys.readouterr()
        return Done(code=int(code), out=said.out, err=said.err)

    def ok(self, *arguments: str) -> Done:
        """Run a command that must succeed."""
        done = self(*arguments)
        assert done.code == 0, done
        return done
