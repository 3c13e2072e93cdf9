"""What an abandoned call may cost at this moment: the cap, spent at a steady price.

Owns: the price that keeps the cap in each window of the ledger. Must not know calls in flight.

The price is a chance: one more call is worth placing while it adds fewer abandons than this for
each person that it reaches. Agents' time against abandons is a concave curve, so a steady price
buys more than stopping when over the cap and running when under. Two hands hold it: a slow one
that finds the level, and a fast one that repays what a window has overdrawn.
"""

from __future__ import annotations

import math
from typing import Final

from dialer.pacing.ledger import Count, Ledger

AIM: Final = 0.96
"""The part of the cap that is aimed at: all may leave at once, with calls on their way."""
_MARGIN: Final = 2.0
_MARGIN_GROWS: Final = 0.4
"""So many calls short of the cap at least, more the more were lost: a day ends where it ends,"""
_YOUNG_PERSONS: Final = 50
"""but with fewer persons for each agent there is time left to repay."""

PRICE_MOST: Final = 0.4
"""Nobody is called who will rather be left without an agent, however little the cap was used."""

LEVEL_MOST: Final = 3.0
_SLOW: Final = 0.02
_OVERDRAFT: Final = 0.8
"""So many calls beyond the aim lower the price to a third; more of them on a larger day."""
_OVERDRAFT_GROWS: Final = 0.2
_PAST_CAP: Final = 1.2
"""Each call beyond the cap itself lowers the price to a third."""
_REPAY_MOST: Final = 8.0
_SPEND_MOST: Final = 0.7

_GUESS: Final = 1.5
"""The price to begin with, beside the part of the cap that is spent."""


class Price:
    """The price of one campaign.

    `cap`: abandoned of all persons reached, as the law has it, 0 to 1. `aggressiveness`: the part
    of it that is spent, 0 (none: one call for each free agent) to 1. What lies beyond is cut off:
    the cap does not bend.
    """

    def __init__(self, cap: float, aggressiveness: float = 1.0) -> None:
        self.ledger = Ledger()
        self.cap = self.aggressiveness = 0.0
        self.steer(cap=cap, aggressiveness=aggressiveness)
        self.level = 0.0
        self.team = 1

    def steer(self, *, cap: float | None = None, aggressiveness: float | None = None) -> None:
        """Another cap, or another part of it; what was counted and learned stays."""
        if cap is not None:
            self.cap = min(max(cap, 0.0), 1.0)
        if aggressiveness is not None:
            self.aggressiveness = min(max(aggressiveness, 0.0), 1.0)

    @property
    def _spent(self) -> float:
        return self.cap * self.aggressiveness

    def team_is(self, agents: int) -> None:
        """So many agents are there; the largest team so far counts."""
        self.team = max(self.team, agents)

    def learn(self, *, abandoned: bool) -> None:
        """A person was reached, and was put through to an agent or was not."""
        self.ledger.learn(abandoned=abandoned)
        level = self.level - _SLOW * (abandoned - AIM * self._spent)
        self.level = min(max(level, -LEVEL_MOST), LEVEL_MOST)

    def memory(self) -> tuple[float, ...]:
        """How far the price was found from the guess, and the team for which it was guessed."""
        return math.exp(self.level), float(self.team)

    def remember(self, memory: tuple[float, ...]) -> None:
        """What `memory` has given."""
        level, team = memory
        self.level = min(max(math.log(max(level, 1e-9)), -LEVEL_MOST), LEVEL_MOST)
        self.team = max(int(team), 1)

    @property
    def left(self) -> float:
        """Calls that may still be lost before the cap is reached, by the stricter window."""
        return self.ledger.left(self.cap)

    @property
    def now(self) -> float:
        """The price: abandons for each person reached that one more call may add."""
        fast = min(map(self._fast, self.ledger.windows))
        return min(_GUESS * self._spent * math.exp(self.level + fast), PRICE_MOST)

    @property
    def safe(self) -> float:
        """A third of what may be spent: calls of no more risk repay an overdraft."""
        return self._spent / 3

    def _fast(self, window: Count) -> float:
        """What the window has left beyond its margin lifts the price, an overdraft lowers it."""
        lost = math.sqrt(window.abandoned + 1)
        past = min(window.left(self.cap), 0.0) * _PAST_CAP
        beyond = window.left(self._spent) - self._margin(window)
        scale = _OVERDRAFT + _OVERDRAFT_GROWS * lost
        return min(max(beyond / scale + past, -_REPAY_MOST), _SPEND_MOST)

    def _margin(self, window: Count) -> float:
        young = min(window.persons / (_YOUNG_PERSONS * self.team), 1.0)
        least = _MARGIN * young + _MARGIN_GROWS * math.sqrt(window.abandoned)
        return max((1 - AIM) * self._spent * window.persons, least)
