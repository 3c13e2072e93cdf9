"""The clock on the wall, watched by the one that nobody sets.

Owns: noticing that the clock was set back, and asking for what follows from it until it is done:
contacts that were put off by the wrong time are to be judged anew, or they would wait until it
comes once more. A clock that was set ahead needs nothing: what falls due by it is judged in any
case. Must not know how the store does it. Pure.
"""

from __future__ import annotations

from dialer.effects import Effect, JudgeAnew, Load
from dialer.messages import Now, StoreFailed

SET_BACK_S = 30.0
"""Less than this is a clock being trimmed; contacts wait so long without harm."""

AGAIN_S = 5.0
"""After the database refused, it is asked again after this."""

JUDGE_ANEW = "judge-anew"


class WallClock:
    """Both clocks as they were read last."""

    def __init__(self) -> None:
        self._ahead_s: float | None = None
        self._due_mono: float | None = None

    def tick(self, now: Now) -> list[Effect]:
        """Have every contact judged anew where the clock was set back since the last tick."""
        ahead_s = now.utc.timestamp() - now.mono
        if self._ahead_s is not None and ahead_s <= self._ahead_s - SET_BACK_S:
            self._due_mono = now.mono
        self._ahead_s = ahead_s
        if self._due_mono is None or now.mono < self._due_mono:
            return []
        self._due_mono = None
        return [JudgeAnew(ref=JUDGE_ANEW), Load()]

    def store_failed(self, failure: StoreFailed, now: Now) -> None:
        """The database could not do it yet."""
        if failure.ref == JUDGE_ANEW:
            self._due_mono = now.mono + AGAIN_S
