"""What stands on the board's screen, as the terminal would be sent it."""

from __future__ import annotations

import asyncio
import time

from textual.pilot import Pilot

from supervisor.terminal_board.board import Board

PATIENCE_S = 120.0


def lines_of(pilot: Pilot[str]) -> list[str]:
    compositor = pilot.app.screen._compositor  # noqa: SLF001  there is no other way to it
    return ["".join(part.text for part in strip) for strip in compositor.render_strips()]


def text_of(pilot: Pilot[str]) -> str:
    return "\n".join(lines_of(pilot))


async def settled(pilot: Pilot[str]) -> None:
    """What was asked for is done and drawn."""
    board = pilot.app
    assert isinstance(board, Board)
    await pilot.pause()
    board.redraw()
    await pilot.pause()


async def sees(pilot: Pilot[str], words: str) -> None:
    """What was asked for is on the screen, sooner or later."""
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        await settled(pilot)
        if words in text_of(pilot):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{words!r} is not on the screen:\n{text_of(pilot)}")
