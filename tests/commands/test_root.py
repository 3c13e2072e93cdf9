"""The root: quick, lazy, in the operator's language, with the exit codes that scripts rely on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from dialer.cli import COMMANDS
from tests.commands.one_site import WAIHU, Site

HEAVY = ("sqlalchemy", "pydantic", "phonenumbers", "rich", "structlog", "asyncio", "jinja2")


def test_help_names_every_command_and_loads_none_of_what_is_slow() -> None:
    script = (
        "import sys\nfrom dialer.cli import command_line\ncommand_line(['--help'])\n"
        f"print('loaded', sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    assert run.stdout.strip().endswith("loaded []")
    assert all(f"  {name} " in run.stdout for name in COMMANDS)


def test_help_answers_within_three_tenths_of_a_second_of_processor_time() -> None:
    def seconds() -> float:
        before = os.times()
        subprocess.run([str(WAIHU), "--help"], capture_output=True, check=True, timeout=30)
        after = os.times()
        return (after.children_user + after.children_system) - (
            before.children_user + before.children_system
        )

    assert min(seconds() for _ in range(3)) < 0.3


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("spoken", "said"), [("zh-CN", "显示本帮助"), ("zh-TW", "顯示本說明")])
def test_every_command_has_its_help_in_every_language(
    command: str, spoken: str, said: str, site: Site, speaking: Callable[[str | None], None]
) -> None:
    english = site.ok(command, "--help").out
    speaking(spoken)
    chinese = site.ok(command, "--help").out
    assert "Show this message" in english
    assert said in chinese
    assert english.splitlines()[2] != chinese.splitlines()[2]


def test_without_a_command_the_help_is_shown(site: Site) -> None:
    assert "Commands:" in site.ok().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["campain"], "Did you mean 'campaign'"),
        (["campaign", "show"], "CAMPAIGN is missing"),
        (["campaign", "show", "x", "--colour"], "there is no option --colour"),
        (["list", "import", "x.csv"], "--campaign is missing"),
    ],
)
def test_wrong_usage_is_told_in_two_lines_and_exits_2(
    arguments: list[str], said: str, site: Site
) -> None:
    done = site(*arguments)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 2
    assert "--help" in done.err.splitlines()[1]


def test_the_version_is_told(site: Site) -> None:
    assert site.ok("--version").out.startswith("waihu ")


def test_the_installed_command_speaks_chinese_when_the_terminal_does(site: Site) -> None:
    site.environment |= {"WAIHU_LANG": "", "LC_ALL": "zh_CN.UTF-8"}
    done = site.subprocess("campaign", "list")
    assert done.code == 2
    assert "还没有数据库" in done.err


def test_the_settings_name_the_language_and_the_variable_goes_before_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = site.folder / "waihu.toml"
    text = path.read_text("utf-8").replace("[site]", '[site]\nlanguage = "zh-CN"')
    path.write_text(text, "utf-8")
    assert "there is no database" in site("campaign", "list").err
    monkeypatch.delenv("WAIHU_LANG")
    assert "还没有数据库" in site("campaign", "list").err


def test_a_fault_of_our_own_is_one_line_and_shows_its_trace_on_request(site: Site) -> None:
    broken = (
        "import sys, dialer.cli as c\n"
        "def fail(*_, **__): raise ZeroDivisionError('of ours')\n"
        "c.importlib.import_module = fail\nsys.argv = ['waihu', 'dnc']\nc.main()"
    )
    plain = subprocess.run(
        [sys.executable, "-c", broken], capture_output=True, text=True, check=False, timeout=30
    )
    assert plain.returncode == 1
    assert plain.stderr == (
        "waihu: this is a fault in Waihu itself: ZeroDivisionError: of ours; "
        "WAIHU_DEBUG=1 before the command shows where\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", broken],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={**os.environ, "WAIHU_DEBUG": "1", **site.environment},
    )
    assert "Traceback" in shown.stderr


def test_a_reader_that_goes_away_early_is_no_error_to_look_at(started: Site) -> None:
    with started.spawn("asterisk", "render") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
