"""The agents on a terminal screen: a heading with the counts, and a cell for everybody.

Owns: the grid, from roomy cells down to bare blocks where there are many agents. Must not know
the rest of the screen.
"""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from supervisor.snapshot import AgentLook, AgentView, Snapshot
from supervisor.terminal_text import (
    BLOCKS,
    QUIET,
    SHAPES,
    fit,
    fit_right,
    line,
    short_duration,
)
from supervisor.words import Translate, agent_words, pause_word

CELL = 26
WORD = 8
BARE = 3
ORDER = tuple(AgentLook)


def heading(snapshot: Snapshot, width: int, _: Translate) -> list[Text]:
    """`Agents 10  ○ ready 2  ◔ reserved 1 …`; states in which nobody is are left out.

    Goes on in further lines where one is too short: it is the legend of the bare blocks.
    """
    counts, lines = snapshot.agent_counts, [line((_("Agents"), "bold"), f" {_signed_in(snapshot)}")]
    for look, word in agent_words(_).items():
        if not counts.get(look, 0):
            continue
        part = line("  ", (f" {SHAPES[look]} ", BLOCKS[look]), f" {word} {counts[look]}")
        if lines[-1].cell_len + part.cell_len > width:
            lines.append(line())
        lines[-1].append_text(part)
    return lines


def _signed_in(snapshot: Snapshot) -> int:
    out = snapshot.agent_counts.get(AgentLook.SIGNED_OUT, 0)
    return sum(snapshot.agent_counts.values()) - out


def grid_rows(snapshot: Snapshot, width: int, most: int) -> int:
    """How many lines the agents want: roomy cells if those fit into `most`, else blocks."""
    count = len(_present(snapshot))
    roomy, bare = -(-count // _columns(width)), -(-count // _per_row(width))
    return roomy if roomy <= most else max(min(bare, most), 0)


def grid(snapshot: Snapshot, width: int, rows: int, _: Translate) -> list[Text]:
    """Everybody who is signed in, in at most `rows` lines; by name, so that nobody jumps about."""
    agents = _present(snapshot)
    if not agents or rows < 1:
        return []
    if len(agents) <= rows * _columns(width):
        return _cells(agents, snapshot.ts, width, _)
    return _blocks(agents, width, rows)


def _present(snapshot: Snapshot) -> list[AgentView]:
    present = [agent for agent in snapshot.agents if agent.look is not AgentLook.SIGNED_OUT]
    return sorted(present, key=lambda agent: agent.agent)


def _columns(width: int) -> int:
    return max(width // CELL, 1)


def _cells(agents: list[AgentView], at: datetime, width: int, _: Translate) -> list[Text]:
    columns = _columns(width)
    words, room = agent_words(_), min(width // columns, 40)
    cells = [_cell(agent, at, words, room, _) for agent in agents]
    return [line(*cells[i : i + columns]) for i in range(0, len(cells), columns)]


def _cell(
    agent: AgentView, at: datetime, words: dict[AgentLook, str], width: int, _: Translate
) -> Text:
    """Shape on its colour, name, state (or why on break), and how long."""
    look = agent.look
    word = words[look]
    if look is AgentLook.PAUSED and agent.pause_reason:
        word = pause_word(agent.pause_reason, _)
    name = fit(agent.name or agent.agent, width - 20)
    return line(
        (f" {SHAPES[look]} ", BLOCKS[look]),
        f" {name} {fit(word, WORD)} ",
        (fit_right(short_duration(agent.lasts_s(at)), 5), QUIET),
        " ",
    )


def _per_row(width: int) -> int:
    return max(width // BARE, 1)


def _blocks(agents: list[AgentView], width: int, rows: int) -> list[Text]:
    """Too many for cells: a block each, equal states side by side; what is over is counted."""
    agents = sorted(agents, key=lambda agent: ORDER.index(agent.look))
    room = _per_row(width) * rows
    shown = agents if len(agents) <= room else agents[: room - 2]
    blocks = [line((f" {SHAPES[agent.look]} ", BLOCKS[agent.look])) for agent in shown]
    if len(shown) < len(agents):
        blocks.append(line(f" +{len(agents) - len(shown)}"))
    step = _per_row(width)
    return [line(*blocks[at : at + step]) for at in range(0, len(blocks), step)]
