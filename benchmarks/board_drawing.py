"""What a picture of 500 agents costs the terminal's board, and its alarms the engine.

Run by hand: `python benchmarks/board_drawing.py [AGENTS]`. The references: the screen of `waihu
watch`, drawn by Rich anew each time, and reading the picture from JSON, which both must.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.console import Console

from supervisor.alarm_rules import Limits
from supervisor.snapshot import Snapshot, counts_by_look, from_json, to_json
from supervisor.terminal import render
from supervisor.terminal_board.board import Board, Surroundings
from supervisor.terminal_board.hands import Hands
from supervisor.watching import Watching
from tests.supervisor.board_example import full
from tests.supervisor.floor_example import agents

SIZE = (120, 40)
ROUNDS = 40


def floor(count: int) -> Snapshot:
    """The example's queues and campaigns, with many agents."""
    people = agents(count)
    return replace(full(), agents=people, agent_counts=counts_by_look(people))


def mean_ms(work: Callable[[int], object]) -> float:
    """Milliseconds of CPU for one round."""
    began = time.process_time()
    for at in range(ROUNDS):
        work(at)
    return 1000 * (time.process_time() - began) / ROUNDS


async def board_ms(shown: Snapshot) -> float:
    """One more picture on the board, all that the terminal is sent included."""

    async def pictures() -> AsyncIterator[Snapshot]:
        yield shown
        await asyncio.Event().wait()

    hands = Hands(acting=_nothing, ask=_nothing, by=_nothing, _=str)
    board = Board(
        Surroundings(
            pictures=pictures,
            hands=hands,
            utc_now=lambda: shown.ts,
            failure=lambda _error: None,
            translate=str,
        )
    )
    async with board.run_test(size=SIZE) as pilot:
        while board.snapshot is None:
            await pilot.pause(0.05)
        began = time.process_time()
        for at in range(ROUNDS):
            board.newest(_later(shown, at))
            board.redraw()
            await pilot.pause()
        return 1000 * (time.process_time() - began) / ROUNDS


def _nothing(*_arguments: object) -> None:
    raise AssertionError("nobody acts in a benchmark")


def _later(shown: Snapshot, at: int) -> Snapshot:
    return replace(shown, ts=shown.ts + timedelta(seconds=at + 1))


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    shown = floor(count)
    text = json.dumps(to_json(shown))
    watching = Watching(Limits)
    console = Console(width=SIZE[0], height=SIZE[1], file=io.StringIO(), force_terminal=True)

    def rich(at: int) -> None:
        console.print(render(_later(shown, at), size=SIZE, now=shown.ts, _=str))

    def watched(at: int) -> None:
        later = _later(shown, at)
        watching.seen(later, later.ts)

    print(f"{count} agents, {SIZE[0]}x{SIZE[1]}, CPU for one picture")
    print(f"  waihu board, cursor, alarms and all   {asyncio.run(board_ms(shown)):6.1f} ms")
    print(f"  reference: waihu watch, drawn by Rich {mean_ms(rich):6.1f} ms")
    print(f"  reading it from {len(text) / 1000:.0f} kB of JSON      ", end="")
    print(f"{mean_ms(lambda _at: from_json(json.loads(text))):8.1f} ms")
    print(f"  alarms and the last hour, in the engine {mean_ms(watched):4.1f} ms a second")


if __name__ == "__main__":
    main()
