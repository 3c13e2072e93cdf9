"""The numbers of the retry rule, as a campaign sets them (R5).

Owns: `RetryPolicy`, its defaults and the arithmetic of its delays. Must not know contacts,
windows or time of day (`campaigns.retry`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from campaigns.outcomes import Outcome

# Doubling further would leave the range of timedelta long after it left every maximum.
_MOST_DOUBLINGS = 20


class NumberOrder(StrEnum):
    """Which number comes next: see `campaigns.number_choice`."""

    FIRST = "first"
    ALTERNATE = "alternate"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how long a contact is tried; the defaults are R5's.

    `delay`: from placing to placing of counted attempts. `outcome_delays`: another delay after
    some outcomes; it stays inside the cap. `daily_attempts`: counted attempts a local day, over
    all numbers of the contact, appointments exempt. `max_days`: local days with counted
    attempts, after which the contact is exhausted. `own_side_backoff` doubles with every failure
    on our side in a row, up to `own_side_backoff_max`. `skip_delay`: how long a contact that an
    agent skipped in preview is held back; None: as long as after a call (`delay`).
    `open_hours_only`: these delays pass only while the contact may be dialed; back-off is elapsed
    time all the same. `numbers`: which of several is dialed next.

    Worked, with windows 9-12 and 14-20, Monday to Friday:

    - dialed at 09:30: the mark is 13:30, in the gap, so 14:00.
    - dialed at 09:00, 14:00 and 18:00: the next day at 09:00, its count 0 again.
    - no channel at 10:00:00, again at 10:01:00, again at 10:03:00: next 10:07:00; were there
      ten such failures, the next would come an hour after the last.
    - `outcome_delays={Outcome.BUSY: timedelta(minutes=10)}`, busy at 09:00, 09:10 and 09:20:
      the cap is reached, so the next day at 09:00.
    - `open_hours_only`, dialed at 11:00: one hour until noon and three from 14:00, so 17:00.

    Raises ValueError for what could never be dialed or would be dialed without a pause.
    """

    delay: timedelta = timedelta(hours=4)
    daily_attempts: int = 3
    max_days: int = 10
    outcome_delays: Mapping[Outcome, timedelta] = field(default_factory=dict)
    own_side_backoff: timedelta = timedelta(minutes=1)
    own_side_backoff_max: timedelta = timedelta(hours=1)
    skip_delay: timedelta | None = None
    open_hours_only: bool = False
    numbers: NumberOrder = NumberOrder.FIRST

    def __post_init__(self) -> None:
        if self.daily_attempts < 1:
            raise ValueError("daily_attempts must be at least 1")
        if self.max_days < 1:
            raise ValueError("max_days must be at least 1")
        if min((self.delay, *self.outcome_delays.values())) < timedelta(0):
            raise ValueError("a delay must not be negative")
        if self.skip_delay is not None and self.skip_delay < timedelta(0):
            raise ValueError("skip_delay must not be negative")
        if self.own_side_backoff <= timedelta(0):
            raise ValueError("own_side_backoff must be longer than nothing")
        if self.own_side_backoff_max < self.own_side_backoff:
            raise ValueError("own_side_backoff_max must not be shorter than own_side_backoff")

    @property
    def skip_wait(self) -> timedelta:
        """The wait after a skip in preview."""
        return self.delay if self.skip_delay is None else self.skip_delay

    def delay_after(self, outcome: Outcome | None) -> timedelta:
        """The delay after a counted attempt; a running one (None) has the plain delay."""
        return self.delay if outcome is None else self.outcome_delays.get(outcome, self.delay)

    def backoff_after(self, failures: int, latest: Outcome | None) -> timedelta:
        """The wait after so many failures on our side in a row, from the latest one's placing.

        A longer delay that the campaign sets for the latest outcome holds. A skip is no failure:
        an agent's word on the contact, with a delay of its own.
        """
        if latest is Outcome.SKIPPED:
            return self.skip_wait
        doubled: timedelta = self.own_side_backoff * 2 ** min(failures - 1, _MOST_DOUBLINGS)
        wait = min(doubled, self.own_side_backoff_max)
        return wait if latest is None else max(wait, self.outcome_delays.get(latest, wait))
