"""The terminal's board on a real floor: an agent who is signed in, on a real Asterisk (R18)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk.lab.process import LabAsterisk
from config.language import speak
from dialer.cli_board import board_of
from tests.board.seen import sees
from tests.line.site import Site
from tests.line.waiting import wait_for

AGENT, QUEUE = "2301", "waihu-keys"


@pytest.fixture
def _english() -> Iterator[None]:
    speak("en")
    yield
    speak(None)


@pytest.mark.usefixtures("_english")
async def test_a_break_that_a_supervisor_gives_is_one_on_the_switch(
    switch: LabAsterisk, tmp_path: Path
) -> None:
    async with Site(switch, tmp_path, {AGENT: (QUEUE,)}) as site:
        await site.start_process()
        await site.people.log_in([AGENT])
        async with board_of(site.settings).run_test(size=(80, 24)) as pilot:
            await sees(pilot, "ready 1")
            await pilot.press("3", "p")
            await sees(pilot, f"{AGENT} 坐席{AGENT} is on a break.")
            await sees(pilot, "▸▮")
            await wait_for(lambda: _is_paused(site), within_s=10.0, what="a break on the switch")
            await pilot.press("p")
            await sees(pilot, f"{AGENT} 坐席{AGENT} is ready.")
            await sees(pilot, "▸○")


async def _is_paused(site: Site) -> bool:
    return (await site.view.paused_in(AGENT)).get(QUEUE, False)
