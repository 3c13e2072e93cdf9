"""A condition that is told only when it lasts, and forgotten only when it is over for good.

Owns: the delays before a breach is told and before it is forgotten, by instants that the caller
gives. Must not know what is in breach.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class Latch:
    """Raised after so long in breach, cleared after so long in health (both without a break).

    `since`: while it is raised, when the breach began. `pending`: since when it is in breach and
    not raised, or in health and still raised.
    """

    since: datetime | None = None
    pending: datetime | None = None

    @property
    def raised(self) -> bool:
        """Whether it is told."""
        return self.since is not None

    @property
    def idle(self) -> bool:
        """Neither raised nor on the way to it."""
        return self.since is None and self.pending is None

    def looked(
        self, at: datetime, *, in_breach: bool, raise_after_s: float, clear_after_s: float
    ) -> None:
        """The condition at `at`, which is never before an earlier look."""
        if in_breach is self.raised:
            self.pending = None
            return
        if self.pending is None:
            self.pending = at
        wait_s = clear_after_s if self.raised else raise_after_s
        if at - self.pending >= timedelta(seconds=wait_s):
            self.since, self.pending = (None if self.raised else self.pending), None

    def unseen(self) -> None:
        """Nobody looked for a while: what was on its way begins anew."""
        self.pending = None
