"""How many lines of the screen each band has.

Owns: the sharing out. Looks at its arguments only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EDGES: Final = 2
"""The header and the last line; a line more where something is wrong, which the agents lend."""

TALL_FROM: Final = 30
"""From so many lines on, the figures have charts of the last hour."""

OUTCOMES_FROM: Final = 7
"""With so many lines left over, they show what came of the calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heights:
    """Lines by band. `agents`: None where they have all that is left; `outcomes`: 0 for none."""

    figures: int
    work: int
    agents: int | None
    outcomes: int
    alarms: int


def shared_out(lines: int, *, work: int, agents: int, alarms: int) -> Heights:
    """Each band has what it wants, up to a part where a screen of `lines` has not enough."""
    figures = 4 if lines >= TALL_FROM else 3
    rest = max(lines - figures - EDGES, 9)
    for_work = min(work, max(rest * 2 // 5, 4))
    spare = rest - for_work - agents
    for_alarms = min(alarms, max(rest // 4, 3, spare))
    left = spare - for_alarms
    some = left >= OUTCOMES_FROM
    return Heights(
        figures=figures,
        work=for_work,
        agents=agents if some else None,
        outcomes=left if some else 0,
        alarms=for_alarms,
    )
