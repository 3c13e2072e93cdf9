"""The board beside a real engine in a process of its own: it acts, and it outlives the engine."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from config.loading import load_settings
from dialer.cli_board import board_of
from tests.board.seen import lines_of, sees, text_of
from tests.commands.one_site import START, Place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A site with a campaign that runs; there is no Asterisk."""
    place = Place(folder=tmp_path_factory.mktemp("board"))
    place.settle()
    place.brings_files()
    for command in (*START, ("agent", "add", "1001", "--name", "王芳", "--queue", "callback")):
        assert place.subprocess(*command).code == 0
    return place


@pytest.fixture
def engine(place: Place) -> Iterator[subprocess.Popen[str]]:
    process = start(place)
    yield process
    end(process)


def start(place: Place) -> subprocess.Popen[str]:
    process = place.spawn("run")
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "is running" in line, process.communicate(timeout=10)
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=20)


@asynccontextmanager
async def board_at(place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pilot[str]]:
    monkeypatch.chdir(place.folder)
    settings = load_settings(Path(place.environment["WAIHU_CONFIG"]))
    async with board_of(settings).run_test(size=(80, 24)) as pilot:
        yield pilot


@pytest.mark.usefixtures("engine")
async def test_a_campaign_is_held_by_a_key_and_the_ledger_says_by_whom(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:  # R25
    async with board_at(place, monkeypatch) as pilot:
        await sees(pilot, "回访一")
        await pilot.press("2", "home", "p")
        await sees(pilot, "回访一 is now: paused.")
        shown = place.subprocess("campaign", "show", "回访一")
        assert "paused" in shown.out
        await sees(pilot, "回访一          paused")
        await pilot.press("p")
        await sees(pilot, "回访一 is now: running.")
    trail = place.subprocess("audit", "show", "--json").out
    assert '"campaign.set"' in trail
    assert "回访一" in trail


@pytest.mark.usefixtures("engine")
async def test_what_the_engine_refuses_is_told_in_words(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with board_at(place, monkeypatch) as pilot:
        await sees(pilot, "回访一")
        await pilot.press("2", "home", "down", "m")
        await sees(pilot, "Lend one agent to callback, from:")
        await pilot.press("enter")
        await sees(pilot, "✕ waihu-inbound has only 0 signed in who are not lent")


@pytest.mark.usefixtures("engine")
async def test_a_lost_link_is_an_alarm_and_is_seen_to_by_name(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with board_at(place, monkeypatch) as pilot:
        await sees(pilot, "no link to Asterisk")
        await pilot.press("4", "a")
        await sees(pilot, "sees to it.")
        await sees(pilot, "✓ ")
    whole = place.subprocess("watch", "--once", "--json").out
    assert '"alarm.seen_to"' in place.subprocess("audit", "show", "--json").out
    assert '"acknowledged_by": ""' not in whole.partition('"alarms"')[2].partition("]")[0]


async def test_it_says_that_the_engine_has_gone_and_finds_it_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:  # I10
    first = start(place)
    async with board_at(place, monkeypatch) as pilot:
        await sees(pilot, "回访一")
        end(first)
        await sees(pilot, "data is 4 s old")
        second = start(place)
        try:
            await sees(pilot, "● 0.")
            assert "old" not in lines_of(pilot)[0]
        finally:
            end(second)


async def test_without_an_engine_it_waits_for_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with board_at(place, monkeypatch) as pilot:
        await sees(pilot, "no engine answers yet; start one with: waihu run")
        assert "回访一" not in text_of(pilot)
        engine = start(place)
        try:
            await sees(pilot, "回访一")
        finally:
            end(engine)


def test_without_a_terminal_it_says_what_else_there_is(place: Place) -> None:
    done = place.subprocess("board")
    assert (done.code, done.out) == (2, "")
    assert done.err == "waihu: the board needs a terminal; for a pipe there is: waihu watch\n"
