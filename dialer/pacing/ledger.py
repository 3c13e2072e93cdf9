"""Persons who were reached, and those of them who were left without an agent, as the law counts.

Owns: the counts of the day and of the law's block of days. Must not know what a call is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Count:
    """One window of the law."""

    persons: int = 0
    abandoned: int = 0

    def left(self, cap: float) -> float:
        """Calls that may still be lost before the cap is reached; less than 0 beyond it."""
        return cap * self.persons - self.abandoned


class Ledger:
    """The day, and the block of days where the law knows one."""

    def __init__(self) -> None:
        self._day = Count()
        self._block: Count | None = None

    @property
    def windows(self) -> Sequence[Count]:
        """Each of them has to keep the cap."""
        return (self._day,) if self._block is None else (self._day, self._block)

    def day_began(self) -> None:
        """The day counts anew; the block goes on."""
        self._day = Count()

    def block_began(self) -> None:
        """So does the block, if the law has one."""
        if self._block is not None:
            self._block = Count()

    def account(
        self,
        day_persons: int,
        day_abandoned: int,
        block_persons: int | None = None,
        block_abandoned: int = 0,
    ) -> None:
        """What stands on file, in place of what was counted. None: the law knows no block."""
        self._day = _counted(day_persons, day_abandoned)
        self._block = None if block_persons is None else _counted(block_persons, block_abandoned)

    def learn(self, *, abandoned: bool) -> None:
        """A person was reached, and was put through to an agent or was not."""
        for window in self.windows:
            window.persons += 1
            window.abandoned += abandoned

    def left(self, cap: float) -> float:
        """Calls that may still be lost, by the stricter window."""
        return min(window.left(cap) for window in self.windows)


def _counted(persons: int, abandoned: int) -> Count:
    lost = max(abandoned, 0)
    return Count(max(persons, lost), lost)
