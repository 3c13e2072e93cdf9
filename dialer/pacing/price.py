"""What an abandoned call may cost at this moment: the cap, spent at a steady price.

Owns: the day's account of persons and of those who were left without an agent, and the price that
keeps it. Must not know calls in flight.

The price is a chance: one more call is worth placing while it adds fewer abandons than this for
each person that it reaches. Agents' time against abandons is a concave curve, so a steady price
buys more than stopping when over the cap and running when under. Two hands hold it: a slow one
that finds the level, and a fast one that repays what the day has overdrawn.
"""

from __future__ import annotations

import math
from typing import Final

AIM: Final = 0.95
"""The part of the cap that is aimed at: a day ends where it ends."""

_SLOW: Final = 0.04
_SLOW_MOST: Final = 3.0
_OVERDRAFT: Final = 2.0
"""So many calls beyond the aim lower the price to a third; more of them on a larger day."""
_OVERDRAFT_GROWS: Final = 0.15
_PAST_CAP: Final = 0.7
"""Each call beyond the cap itself halves the price."""
_REPAY_MOST: Final = 3.0
_SPEND_MOST: Final = 0.7

_LARGE_TEAM: Final = 0.035
_ALONE: Final = 0.12
"""The price to begin with, by the size of the team: few agents hit the cap by chance alone."""


class Price:
    """The price of one campaign. `cap`: abandoned of all persons reached, as the law has it."""

    def __init__(self, cap: float) -> None:
        self.cap = cap
        self._aim = cap * AIM
        self._level = 0.0
        self._team = 1
        self.persons = 0
        self.abandoned = 0

    def day_began(self) -> None:
        """The law counts anew; what was learned stays."""
        self.persons = self.abandoned = 0

    def team_is(self, agents: int) -> None:
        """So many agents are there; the largest team so far counts."""
        self._team = max(self._team, agents)

    def learn(self, *, abandoned: bool) -> None:
        """A person was reached, and was put through to an agent or was not."""
        self.persons += 1
        self.abandoned += abandoned
        level = self._level - _SLOW * (abandoned - self._aim)
        self._level = min(max(level, -_SLOW_MOST), _SLOW_MOST)

    @property
    def left(self) -> float:
        """Calls that may still be lost today before the cap is reached."""
        return self.cap * self.persons - self.abandoned

    @property
    def now(self) -> float:
        """The price: abandons for each person reached that one more call may add."""
        guess = (_LARGE_TEAM + _ALONE / self._team) * self.cap / 0.03
        balance = self._aim * self.persons - self.abandoned
        scale = _OVERDRAFT + _OVERDRAFT_GROWS * math.sqrt(self.abandoned + 1)
        fast = balance / scale + min(self.left, 0.0) * _PAST_CAP
        return guess * math.exp(self._level + min(max(fast, -_REPAY_MOST), _SPEND_MOST))
