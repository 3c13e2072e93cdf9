"""Settings read again beside a running engine: what it takes, and faults that change nothing."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import SECRET, Engine, Terminal

SEEN_WITHIN_S = 10.0
CALENDAR = """calendar = "CN"
source = "made up"
first = 2027-01-01
last = 2027-12-31
[[holidays]]
name = "元旦"
first = 2027-01-01
last = 2027-01-03
"""


@pytest.fixture
def file(beside: Terminal) -> Iterator[Path]:
    """The settings of the running engine; afterwards they are what they were."""
    text = beside.settings.read_text("utf-8")
    yield beside.settings
    beside.settings.write_text(text, "utf-8")
    beside.well("reload")


def add(file: Path, text: str) -> int:
    """Append to the settings; the number of the first line that is new."""
    before = file.read_text("utf-8")
    file.write_text(before + text, "utf-8")
    return before.count("\n") + 1


def log_of(beside: Terminal) -> list[dict[str, object]]:
    lines = (beside.folder / "waihu.log").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_what_the_engine_can_take_is_in_force_at_once(beside: Terminal, file: Path) -> None:
    queues = {one["name"] for one in beside.well("queue", "show", "--json").json["queues"]}
    assert "waihu-night" not in queues
    add(file, '[inbound]\nqueue = "night"\n[[queues]]\nname = "night"\nservice_level_s = 45\n')
    said = beside.well("reload").out
    assert said.startswith("In force from now on: inbound.queue, ")
    assert "waihu asterisk diff" in said
    shown = beside.well("queue", "show", "--json").json["queues"]
    (night,) = [one for one in shown if one["name"] == "waihu-night"]
    assert night["threshold_s"] == 45
    again = beside.well("reload").out
    assert again == "The settings were read again; nothing in them has changed.\n"


def test_limits_of_alarms_are_in_force_at_once(beside: Terminal, file: Path) -> None:
    add(file, "[alarms]\nwait_s = 45\nbreaks_s = { lunch = 1800 }\n")
    found = beside.well("reload", "--json").json
    assert (found["applied"], found["restart"]) == (["alarms.wait_s", "alarms.breaks_s"], [])
    assert found["asterisk"] == []


def test_what_needs_a_restart_is_named_and_not_taken_by_half(beside: Terminal, file: Path) -> None:
    text = file.read_text("utf-8")
    file.write_text(text.replace("port = 1\n", "port = 2\n"), "utf-8")
    add(file, "[agents]\nslots = 60\n")
    for _again in range(2):  # it stays due until the restart
        found = beside.well("reload", "--json").json
        assert found["restart"] == ["ami.port", "agents.slots"]
        assert found["applied"] == []


def test_a_secret_that_changed_is_named_and_not_told(beside: Terminal, file: Path) -> None:
    file.write_text(file.read_text("utf-8").replace(SECRET, SECRET[::-1]), "utf-8")
    said = beside.well("reload")
    assert "ami.secret" in said.out
    assert SECRET[::-1] not in said.out
    assert SECRET[::-1] not in (beside.folder / "waihu.log").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[inbound]\nqueue = \n", "is not TOML"),
        ('[inbound]\nqueue = "nowhere"\n', "nowhere"),
        ("[agents]\nslots = 0\n", "slots"),
    ],
    ids=["no TOML", "no such queue", "out of bounds"],
)
def test_broken_settings_name_file_and_line_and_the_engine_goes_on(
    beside: Terminal, file: Path, text: str, what: str
) -> None:
    add(file, text)
    told = beside.fails(2, "reload")
    assert f"{file}" in told
    assert what in told
    assert told.endswith("an engine that runs goes on with the settings that it has\n")


def test_calendars_are_read_again_and_a_broken_one_changes_nothing(
    beside: Terminal, file: Path
) -> None:
    calendar = file.parent / "calendars" / "CN-2027.toml"
    calendar.parent.mkdir()
    try:
        calendar.write_text(CALENDAR, "utf-8")
        beside.well("reload")
        calendar.write_text(CALENDAR.replace("2027-01-03", "2026-12-30"), "utf-8")
        told = beside.fails(2, "reload")
        assert "CN-2027.toml" in told
        assert "before it begins" in told
    finally:
        calendar.unlink()
        calendar.parent.rmdir()


def test_by_signal_the_log_names_the_line_and_the_engine_goes_on(
    beside: Terminal, engine: Engine, file: Path
) -> None:
    whole = file.read_text("utf-8")
    line = add(file, "[inbound]\nqueue = \n") + 1
    engine.process.send_signal(signal.SIGHUP)
    refused = _logged(beside, "settings.refused")
    assert f"{file}:{line}: is not TOML" in str(refused["fault"])
    file.write_text(whole, "utf-8")
    assert "agents" in beside.well("agent", "list", "--json").json
    engine.process.send_signal(signal.SIGHUP)
    assert _logged(beside, "settings.reloaded")["applied"] == []


def test_a_log_that_was_moved_away_is_begun_anew(beside: Terminal) -> None:
    log = beside.folder / "waihu.log"
    moved = log.with_suffix(".log.1")
    log.rename(moved)
    beside.well("reload")
    assert "settings.reloaded" in log.read_text("utf-8")
    assert not log.stat().st_mode & 0o077
    moved.write_text(moved.read_text("utf-8") + log.read_text("utf-8"), "utf-8")


def test_without_an_engine_there_is_nothing_to_tell(waihu: Terminal) -> None:
    assert "start one with: waihu run" in waihu.fails(3, "reload")


def _logged(beside: Terminal, event: str) -> dict[str, object]:
    until = time.monotonic() + SEEN_WITHIN_S
    while time.monotonic() < until:
        last = log_of(beside)[-1]
        if last["event"] == event:
            return last
        time.sleep(0.02)
    raise AssertionError(f"not in the log: {event}")


FLOW = """start = "hello"
rescue = "desk"
languages = ["en"]
[step.hello]
do = "play"
say = "hello"
next = "desk"
[step.desk]
do = "queue"
queue = "inbound"
"""


def test_a_changed_flow_is_taken_over_and_a_broken_one_refused(
    beside: Terminal, file: Path
) -> None:
    folder = beside.folder / "flows"
    folder.mkdir()
    (folder / "night.toml").write_text(FLOW, "utf-8")
    add(file, '[inbound]\nflow = "night"\n')
    said = beside.well("reload").out
    assert said.startswith("In force from now on: inbound.flow, flows.night\n")
    (folder / "night.toml").write_text(FLOW.replace('next = "desk"', 'next = "dekst"'), "utf-8")
    refused = beside("reload")
    assert refused.code == 2
    assert "night.toml:7: step.hello.next: there is no step “dekst”" in refused.err
    assert "nothing is changed" in refused.err
    (folder / "night.toml").write_text(FLOW.replace('"hello"\nn', '"hi"\nn'), "utf-8")
    assert beside.well("reload").out == "In force from now on: flows.night\n"
    said = beside.well("reload").out
    assert said == "The settings were read again; nothing in them has changed.\n"
