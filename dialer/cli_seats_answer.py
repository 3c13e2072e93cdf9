"""The answer of `waihu seats`: the hours with their seats, and what they rest on.

Owns: the answer, and its sums. Must not know how it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.staffing.occupancy import Dialing
from dialer.staffing.plan import Rules, Seats, Span, span, spans
from dialer.staffing.plan_rows import Usual

if TYPE_CHECKING:
    from dialer.sim.occupancy import SimulatedOccupancy
    from store.history import CallHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All hours that were asked for, in order of time; at least one.

    `dialing` None: the occupancy was given; `simulated`: where it comes from the engine in virtual
    time. `history`: of `campaign`, None where none was named.
    `days`: in so many days the records are worked, of which these hours are one.
    """

    seats: tuple[Seats, ...]
    rules: Rules
    usual: Usual
    dialing: Dialing | None
    simulated: SimulatedOccupancy | None = None
    campaign: str | None = None
    history: CallHistory | None = None
    file: Path | None = None
    days: int | None = None

    @property
    def has_inbound(self) -> bool:
        """Whether anybody calls in."""
        return any(one.hour.calls_in for one in self.seats)

    @property
    def has_outbound(self) -> bool:
        """Whether anybody is to be called."""
        return any(one.hour.records for one in self.seats)

    @property
    def is_one_hour(self) -> bool:
        """Whether a single hour was asked for, without a day."""
        return len(self.seats) == 1 and self.seats[0].hour.hour is None

    @property
    def whole(self) -> Span:
        """The sums of all hours."""
        return span(self.seats)

    def by_day(self) -> dict[date, Span]:
        """Empty where the plan has no dates."""
        dated = [one for one in self.seats if one.hour.day is not None]
        return spans(dated, lambda hour: hour.day or date.min)

    def by_month(self) -> dict[str, Span]:
        """By `2026-11`; empty where the plan has no dates."""
        dated = [one for one in self.seats if one.hour.day is not None]
        return spans(dated, lambda hour: f"{hour.day:%Y-%m}")

    def by_hour(self) -> dict[int, Span]:
        """By the hour of the day, over all days."""
        timed = [one for one in self.seats if one.hour.hour is not None]
        return spans(timed, lambda hour: hour.hour or 0)
