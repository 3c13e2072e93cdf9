"""`waihu flow`: checked, drawn and walked through without a switch (R9)."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from routing.flow_draw import mermaid, svg
from routing.loader import load_flow
from tests.cli.terminal import Terminal
from tests.routing.test_loader import SITE

EXAMPLE = Path(__file__).parents[2] / "examples" / "flows" / "hotline.toml"


@pytest.fixture
def hotline(settled: Path) -> Path:
    """The example, as the site's flow."""
    folder = settled / "flows"
    folder.mkdir()
    return Path(shutil.copy(EXAMPLE, folder))


def test_a_flow_is_checked_by_its_name(waihu: Terminal, hotline: Path) -> None:
    said = waihu.well("flow", "check", "hotline").out
    assert said.startswith("hotline is fit for the line; 34 steps.\n")
    assert "no program speaks them" in said
    text = hotline.read_text("utf-8")
    hotline.write_text(text.replace('next = "anything-else"', 'next = "anything"'), "utf-8")
    done = waihu("flow", "check", "--json")
    assert done.code == 2
    (told,) = done.json["flows"]
    faults = [one for one in told["findings"] if one["fault"]]
    assert {(one["code"], one["what"]) for one in faults} == {("unknown_step", "anything")}
    assert text.splitlines()[faults[0]["line"] - 1] == 'next = "anything-else"'


@pytest.mark.usefixtures("hotline")
def test_a_folder_of_sounds_that_is_not_there_is_told(waihu: Terminal) -> None:
    done = waihu("flow", "check", "--sounds", "/no/such/folder")
    assert done.code == 2
    assert "/no/such/folder is no folder" in done.err


def test_what_cannot_be_read_is_told_with_its_line(waihu: Terminal, hotline: Path) -> None:
    hotline.write_text("start = 7\n", "utf-8")
    done = waihu("flow", "check")
    assert done.code == 2
    assert f"{hotline}:1: start: 7 is not a text in quotes" in done.out


@pytest.mark.usefixtures("hotline")
def test_a_flow_that_the_settings_name_and_nobody_wrote_is_a_fault(waihu: Terminal) -> None:
    text = waihu.settings.read_text("utf-8")
    waihu.settings.write_text(f'{text}\n[inbound.flows]\n"4008005678" = "night"\n', "utf-8")
    done = waihu("flow", "check")
    assert done.code == 2
    assert "night.toml: cannot be read" in done.out


@pytest.mark.usefixtures("hotline")
def test_a_walk_takes_typed_digits_a_date_and_a_caller(waihu: Terminal) -> None:
    at = ("--at", "2026-11-23 10:00", "--caller", "13900000002")
    words = "2 4 missing 123456789# order_state=closed - -"
    told = waihu.well("flow", "try", "hotline", *at, "--keys", words, "--json").json
    assert told["ended"]
    assert [one["step"] for one in told["record"]] == [
        "language",
        "main",
        "order",
        "order-number",
        "find-order",
        "anything-else",
    ]
    asked = [one["number"] for one in told["heard"] if one["does"] == "AskOrder"]
    assert asked == ["", "123456789"]
    night = ("--at", "2026-11-23 23:00", "--keys", "1 3 - order_number=123456789")
    opened = waihu.well("flow", "try", "hotline", *night).out
    assert "Opens a work order: repair" in opened
    assert "“123456789”" in opened
    said = waihu.well("flow", "try", "hotline", "--at", "2026-10-01 10:00", "--keys", "1").out
    assert "今天是法定节假日" in said
    vip = waihu.well("flow", "try", "hotline", "--fact", "vip=yes", "--keys", "timed_out -").out
    assert "Waits in queue waihu-inbound, priority 10" in vip


@pytest.mark.usefixtures("hotline")
def test_a_walk_in_a_terminal_asks_for_each_answer(
    waihu: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["1"])
    monkeypatch.setattr("routing.cli_try.typer.prompt", lambda *_, **__: next(typed, "") or "")
    said = waihu.well("flow", "try", "hotline", "--at", "2026-11-22 10:00").out
    assert said.rstrip().endswith("The call ends.")


@pytest.mark.usefixtures("hotline")
def test_a_flow_is_drawn_three_ways(waihu: Terminal, tmp_path: Path) -> None:
    tree = waihu.well("flow", "show", "hotline").out
    assert "│     │  ├─ 1 → questions: queue waihu-inbound" in tree
    assert waihu.well("flow", "show", "hotline", "--as", "mermaid").out.startswith("flowchart TD")
    waihu.well("flow", "show", "hotline", "--as", "svg", "--to", "hotline.svg")
    drawn = (tmp_path / "hotline.svg").read_text("utf-8")
    texts = [one.text for one in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  our own
    assert {"find-order", "failed → desk"} <= set(texts)


def test_what_a_flow_says_cannot_break_out_of_its_picture(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(
        'start = "a"\nrescue = "a"\nlanguages = ["en"]\n[step.a]\ndo = "hangup"\n'
        "say = { text = '</text><script>\"#' }\n",
        encoding="utf-8",
    )
    flow = load_flow(path, SITE)
    assert "<script" not in svg(flow)
    assert "#lt;script#gt;#quot;#35;" in mermaid(flow)


def test_an_unknown_flow_is_named(waihu: Terminal) -> None:
    done = waihu("flow", "show", "nowhere")
    assert (done.code, done.out) == (2, "")
    assert "there is no flow " in done.err
