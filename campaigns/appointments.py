"""Whether a promised time may be kept, asked before anybody writes it down (R4).

Owns: the refusal and what is offered instead. Must not know the rule that an appointment goes
before (`campaigns.retry`), nor who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.hours import Hours, is_open, nearest_open, next_open


class AppointmentFault(StrEnum):
    """Why an appointment is refused at entry."""

    PAST = "past"
    OUTSIDE_WINDOW = "outside_window"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRefusal:
    """The fault, and the nearest allowed times before and after; None where there is none."""

    fault: AppointmentFault
    before: datetime | None
    after: datetime | None


def check_appointment(at: datetime, hours: Hours, now: datetime) -> AppointmentRefusal | None:
    """None if the appointment may be made, else why not and which times nearby would do.

    A close is outside: for 20:00 with windows until 20:00, 19:59 is offered.
    """
    if at < now:
        after = next_open(hours, now)
        return AppointmentRefusal(fault=AppointmentFault.PAST, before=None, after=after)
    if is_open(hours, at):
        return None
    before, after = nearest_open(hours, at, not_before=now)
    return AppointmentRefusal(fault=AppointmentFault.OUTSIDE_WINDOW, before=before, after=after)
