"""The operator's terminal: a command line goes in, exit code and both outputs come out."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from config.books import load_books
from config.loading import load_settings
from dialer.cli import command_line
from store.database import Database
from store.lists import NewContact
from tests.store.room import Room

T = TypeVar("T")

PROGRAM = Path(sys.executable).with_name("waihu")
SECRET = "not-for-any-screen-2711"  # noqa: S105  made up, to be looked for in what is printed
NUMBER = "+8613812345678"
ALL_DAY = "every day=00:00-24:00"
WORKED = "every day=09:00-12:00,14:00-20:00"
"""The windows of the requirements' worked table, on every day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A running `waihu run`, and the site that it works for."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]


def start_engine(folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start `waihu run` in a process of its own."""
    return subprocess.Popen(
        [PROGRAM, "run"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, **environment},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which is one JSON object and nothing else."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def first_line(self) -> str:
        return self.out.splitlines()[0]


class Terminal:
    """Runs `waihu` in this process, on the settings and the database of `folder`."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.settings = folder / "waihu.toml"
        self.database = folder / "waihu.db"
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Said:
        """Run one command line. A fault of the program's own comes out as the exception it is."""
        try:
            code = command_line(arguments)
        except SystemExit as end:
            code = int(str(end.code))
        out, err = self._capsys.readouterr()
        assert SECRET not in out + err
        assert all(line.startswith("waihu: ") for line in err.splitlines()), err
        return Said(code=code, out=out, err=err)

    def well(self, *arguments: str) -> Said:
        """Run a command line that must succeed."""
        said = self(*arguments)
        assert (said.code, said.err) == (0, ""), said
        return said

    def fails(self, code: int, *arguments: str) -> str:
        """Run a command line that must end with this code; returns what it complains of."""
        said = self(*arguments)
        assert said.code == code, said
        assert said.err, said
        return said.err

    # ── what is on file ──────────────────────────────────────────────────────────────────

    def campaign(self, name: str = "hot", *more: str, window: str = ALL_DAY) -> None:
        """Create a call-back campaign, under no law: the tests run at any hour."""
        plain = ("--kind", "callback", "--queue", "callback", "--dial-string", "PJSIP/{number}@t")
        hours = ("--window", window, "--law", "trial", "--law-reason", "any hour")
        self.well("campaign", "create", "--name", name, *plain, *hours, *more)

    def contact(self, number: str = NUMBER, campaign: str = "hot", name: str = "张三") -> None:
        """Load a list of one contact."""
        path = self.list_of(f"编号,姓名,电话\nC-1,{name},{number}\n", "one.csv")
        self.well("list", "import", path, "--campaign", campaign)

    def contact_since(self, at: datetime, campaign_id: int = 1) -> None:
        """The same contact in a list that was loaded at `at`: it may have been called since."""
        row = NewContact(reference="C-1", name="张三", zone=None, numbers=(NUMBER,))
        loaded = self.on_file(lambda room: room.lists.import_batch(campaign_id, [row], at))
        assert loaded.added == 1

    def list_of(self, text: str, name: str = "list.csv", encoding: str = "utf-8") -> str:
        """Write a list; returns its path."""
        path = self.folder / name
        path.write_text(text, encoding=encoding, newline="")
        return str(path)

    def on_file(self, work: Callable[[Room], Awaitable[T]]) -> T:
        """Read or write the database in the store's own words, as the engine would."""

        async def run() -> T:
            books = load_books(load_settings(self.settings), utc_now().date())
            async with Database(self.database, books=books) as database:
                return await work(Room(database))

        return asyncio.run(run())


# ── time ─────────────────────────────────────────────────────────────────────────────────


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  commands read the real clock; so do their tests


def zone_at_noon() -> ZoneInfo:
    """A zone in which it is between 12:00 and 13:00 now, so that no test runs into midnight."""
    return ZoneInfo(f"Etc/GMT{utc_now().hour - 12:+d}")


def today_at(zone: ZoneInfo, clock: str, days: int = 0) -> datetime:
    """`09:30` of today, or of a day further on, in the zone."""
    hour, minute = map(int, clock.split(":"))
    today = utc_now().astimezone(zone) + timedelta(days=days)
    return today.replace(hour=hour, minute=minute, second=0, microsecond=0)


def iso(at: datetime) -> str:
    """The moment as `--json` gives it."""
    return at.astimezone(UTC).isoformat()
