"""The command line itself: help, wrong usage, and what it does not load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dialer.cli import COMMANDS
from tests.cli.terminal import PROGRAM, Terminal

SLOW_TO_LOAD = ("sqlalchemy", "pydantic", "phonenumbers", "rich", "panoramisk", "alembic")
LOOK = f"""
import json, sys
from dialer.cli import main
sys.argv = ["waihu", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    code = end.code
print(json.dumps([code, [name for name in {SLOW_TO_LOAD} if name in sys.modules]]))
"""
GROUPS = (
    "campaign",
    "list",
    "contact",
    "dnc",
    "agent",
    "queue",
    "calls",
    "report",
    "export",
    "audit",
    "asterisk",
)


@pytest.mark.parametrize("arguments", [["--help"], [], ["--version"]])
def test_the_root_answers_without_loading_what_is_slow_to_load(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *arguments], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []]


def test_help_is_asked_for_or_given_where_nothing_is_asked(waihu: Terminal) -> None:
    asked = waihu.well("--help").out
    assert waihu.well().out == asked
    for command in COMMANDS:
        assert f"\n  {command} " in asked


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_says_what_it_does(waihu: Terminal, command: str) -> None:
    shown = waihu.well(command, "--help").out
    assert COMMANDS[command].help.split()[0] in shown
    assert "--help" in shown


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_without_a_command_shows_its_help_and_is_wrong_usage(
    waihu: Terminal, group: str
) -> None:
    said = waihu(group)
    assert said.code == 2
    assert f"Usage: waihu {group}" in said.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["wath"], "watch"),
        (["campaign", "frob"], "frob"),
        (["campaign", "show"], "CAMPAIGN"),
        (["campaign", "list", "--frob"], "--frob"),
        (["list", "import"], "file"),
        (["list", "import", "a.csv"], "--campaign"),
        (["contact", "appoint", "1"], "--at"),
        (["contact", "appoint", "1", "--at"], "--at"),
        (["why"], "NUMBER"),
        (["why", "1", "2"], "2"),
        (["dnc", "add"], "NUMBER"),
        (["agent", "disposition", "1001"], "WORD"),
        (["run", "now"], "now"),
        (["watch", "--json=1"], "--json"),
    ],
)
def test_wrong_usage_names_what_is_wrong_and_the_way_to_the_help(
    waihu: Terminal, arguments: list[str], told: str
) -> None:
    *complaint, way = waihu.fails(2, *arguments).splitlines()
    assert told in "\n".join(complaint)
    assert way.endswith(" --help")


def test_an_argument_that_is_no_text_is_refused_before_it_goes_anywhere(waihu: Terminal) -> None:
    waihu.campaign()
    for arguments in (["why"], ["dnc", "add", "1", "--reason"], ["list", "import"]):
        assert waihu.fails(2, *arguments, "\udcff") == "waihu: “?” is not UTF-8\n"


# ── the console script ───────────────────────────────────────────────────────────────────


def script(settled: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=settled,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_console_script_is_the_same_command(settled: Path) -> None:
    done = script(settled, "campaign", "list")
    assert done.returncode == 2
    assert done.stderr.startswith("waihu: there is no database yet")
    assert done.stdout == ""


def test_a_screen_that_lacks_a_character_shows_a_question_mark(waihu: Terminal) -> None:
    waihu.campaign()
    waihu.contact(name="张三")
    done = script(waihu.folder, "contact", "show", "1", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.startswith("#1 ?? ? hot\n")


def test_a_reader_who_goes_away_early_is_no_fault_of_the_programs(settled: Path) -> None:
    with subprocess.Popen(
        [PROGRAM, "asterisk", "render"], cwd=settled, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        complaint = running.stderr.read()
        assert running.wait() == 1
    assert complaint == b""
