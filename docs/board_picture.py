#!/usr/bin/env python3
"""Take the picture of the terminal's wallboard: of a made-up floor in trouble, or of an engine.

.venv/bin/python docs/board_picture.py docs/board.svg [.run/waihu.sock]
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from dialer.cli_session import utc_now
from supervisor.snapshot import Snapshot
from supervisor.terminal_board.board import Board, Surroundings
from supervisor.terminal_board.feed import pictures
from supervisor.terminal_board.hands import Hands
from tests.supervisor.board_example import full

SIZE = (112, 32)
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts that would be fetched from elsewhere; the reader's own will do."""


async def example() -> AsyncIterator[Snapshot]:
    """The made-up floor, and nothing after it."""
    yield full()
    await asyncio.Event().wait()


def board(socket: Path | None) -> Board:
    """A board that is only looked at."""
    hands = Hands(acting=_nothing, ask=_nothing, by=_nothing, _=str)
    return Board(
        Surroundings(
            pictures=example if socket is None else partial(pictures, socket),
            hands=hands,
            utc_now=(lambda: full().ts) if socket is None else utc_now,
            failure=lambda _error: None,
            translate=str,
        )
    )


def _nothing(*_arguments: object) -> None:
    raise AssertionError("nobody acts on a picture")


async def taken(shown: Board) -> str:
    """The picture as SVG, once the first one has come."""
    async with shown.run_test(size=SIZE) as pilot:
        while shown.snapshot is None:
            await pilot.pause(0.05)
        shown.redraw()
        await pilot.pause()
        return FONT_FACE.sub("", shown.export_screenshot(title="waihu board"))


def main() -> None:
    """Write the picture."""
    target, *socket = sys.argv[1:]
    picture = asyncio.run(taken(board(Path(socket[0]) if socket else None)))
    Path(target).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
