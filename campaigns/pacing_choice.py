"""How boldly a predictive campaign dials: what its manager says of it.

Owns: these words, their bounds, and the cap that holds once the law has spoken. Must not know how
many calls follow from it (`dialer.pacing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from campaigns.law.regulation import AbandonRule

USUAL_CAP: Final = Fraction(3, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingChoice:
    """What the manager says.

    `cap`: of those who answer, the part that may find no agent. `aggressiveness`: the part of the
    cap that is to be spent, 0 (none: one call for each free agent) to 1 (all). `amd`: whether the
    switch tells machines from persons first, which takes its time out of the two seconds.
    """

    cap: Fraction = USUAL_CAP
    aggressiveness: float = 1.0
    amd: bool = False

    def cap_under(self, rules: Iterable[AbandonRule]) -> Fraction:
        """The cap that holds under these laws: the strictest."""
        return min((self.cap, *(rule.share for rule in rules)))


AS_USUAL: Final = PacingChoice()
