"""What a campaign says of the law: by which profiles it is held, and what it widens.

Owns: that choice. Must not know the profiles (`campaigns.law.regulation`).
"""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.windows import Window

AUTO = "auto"
"""Every profile that says of itself to which countries' numbers it applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LawChoice:
    """The names of the profiles; all that apply hold, so the strictest wins.

    `widened`: legal hours reach over this window too, in the profiles that allow it. The
    `reason` goes into the ledger.

    Raises ValueError for a widening without a reason.
    """

    profiles: tuple[str, ...] = (AUTO,)
    widened: Window | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.widened is not None and not self.reason.strip():
            raise ValueError("legal hours are widened only for a written reason")

    @property
    def is_weaker(self) -> bool:
        """Whether it lets more pass than the law of each number's country does by itself."""
        return self.widened is not None or (bool(self.profiles) and AUTO not in self.profiles)


NO_LAW = LawChoice(profiles=())
"""For rules that are looked at by themselves: no campaign file can say it."""

UNLESS_SAID = LawChoice()
"""What holds for a campaign that says nothing of the law."""
