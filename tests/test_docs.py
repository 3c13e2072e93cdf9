from __future__ import annotations

import importlib.util
import re
import shlex
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from config.calendar_file import CalendarShelf
from dialer.cli import app
from routing.flow_draw import svg
from routing.loader import Surroundings, load_flow

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_diagrams_are_what_the_tables_say(page: Path) -> None:
    spec = importlib.util.spec_from_file_location("diagrams", ROOT / "docs" / "diagrams.py")
    assert spec is not None
    assert spec.loader is not None
    diagrams = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(diagrams)
    text = page.read_text(encoding="utf-8")
    assert text == diagrams.redrawn(text), "run docs/diagrams.py"


def test_the_picture_of_the_example_hotline_is_what_waihu_flow_show_draws() -> None:
    site = Surroundings(zone="Asia/Shanghai", calendar=CalendarShelf(None, date.min).calendar)
    flow = load_flow(ROOT / "examples" / "flows" / "hotline.toml", site)
    drawn = (ROOT / "docs" / "hotline.svg").read_text(encoding="utf-8")
    told = "waihu flow show examples/flows/hotline.toml --as svg --to docs/hotline.svg"
    assert drawn == svg(flow), told


def test_every_file_that_the_flow_names_is_there() -> None:
    text = (ROOT / "docs" / "flow.md").read_text(encoding="utf-8")
    named = {word for word in text.replace("`", " ").split() if word.endswith((".py,", ".py"))}
    assert named
    for name in named:
        assert (ROOT / name.rstrip(",;.)")).exists(), name


def commands_of(page: str) -> list[list[str]]:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = (line for block in blocks for line in block.splitlines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("waihu ")]


@pytest.mark.parametrize(
    "page",
    [
        "docs/accounts.md",
        "docs/api.md",
        "docs/hotline.md",
        "docs/lists-and-rules.md",
        "docs/queue-figures.md",
        "docs/seats.md",
        "docs/wallboard.md",
        "docs/work-orders.md",
        "README.md",
    ],
)
def test_every_command_that_is_shown_is_there_with_its_options(page: str) -> None:
    assert commands_of(page)
    for words in commands_of(page):
        command: Any = get_command(app)
        while hasattr(command, "list_commands"):
            command = command.get_command(
                command.make_context("", [], resilient_parsing=True), words.pop(0)
            )
            assert command is not None, words
        options = {name for one in command.params for name in one.opts}
        assert {word for word in words if word.startswith("--")} <= options, words
