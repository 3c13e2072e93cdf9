"""The breaker of a campaign: failures on our side stop the dialing, not the list.

Owns: when a campaign stops placing calls because the trunk or the switch fails, and for how
long. An unreachable endpoint and several calls in a row that never rang are our side's fault
(`asterisk.md`: a black-hole trunk looks like a ring-out). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

OPENS_AFTER = 5
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 300.0
NEVER_RANG_SUSPECT = 3
"""From this many calls in a row that never rang, the next ones are failures of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Failures in a row and the pause that they led to (monotonic seconds)."""

    failures: int = 0
    never_rang: int = 0
    pauses: int = 0
    open_until: float | None = None

    def is_open(self, now_mono: float) -> bool:
        """Whether no call may be placed now."""
        return self.open_until is not None and now_mono < self.open_until

    @property
    def suspects_trunk(self) -> bool:
        """Whether a call that never rang is to be taken for a failure of ours."""
        return self.never_rang >= NEVER_RANG_SUSPECT


def succeeded() -> Breaker:
    """The breaker after the network showed a sign of life: closed, all forgotten."""
    return Breaker()


def failed(breaker: Breaker, now_mono: float) -> Breaker:
    """The breaker after one more failure on our side: 5 s pause, then 10, 20, … up to 300."""
    failures = breaker.failures + 1
    if failures < OPENS_AFTER and not breaker.pauses:
        return replace(breaker, failures=failures)
    if breaker.is_open(now_mono):
        return replace(breaker, failures=failures)
    pause = min(FIRST_PAUSE_S * 2**breaker.pauses, LONGEST_PAUSE_S)
    return replace(
        breaker, failures=0, pauses=min(breaker.pauses + 1, 16), open_until=now_mono + pause
    )


def never_rang(breaker: Breaker) -> Breaker:
    """The breaker after a time-out in which nothing rang."""
    return replace(breaker, never_rang=breaker.never_rang + 1)
