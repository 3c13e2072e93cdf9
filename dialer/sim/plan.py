"""What is forecast: a campaign, its people, and when its agents are there for it.

Owns: plain facts. Must not know how a run goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from campaigns.campaign import Campaign
from campaigns.campaign_hours import hours_in
from campaigns.hours import Hours, Layer, next_open
from campaigns.judge import Facts
from campaigns.law.abandonment import Windows
from campaigns.windows import CallingWindows, Window
from dialer.sim.model import Model
from dialer.sim.times import Lognormal, Times

BREAK_S, BREAK_CV = 600.0, 0.3
HANDLED_S, HANDLED_CV = 170.0, 1.0
INBOUND_WRAP_UP_S = 10.0
PATIENCE_S = 90.0
"""What is taken of breaks and of callers where nothing is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """When agents are there.

    `shifts`: the windows of a shift on the campaign's clock; agents take the shifts in turn, and
    without any they are there while the campaign may dial. `absent`: the part of them who do not
    come on a day. `breaks`: of their time there, the part that they are on a break; `break_s`: how
    long one lasts.
    """

    shifts: tuple[tuple[Window, ...], ...] = ()
    absent: float = 0.0
    breaks: float = 0.0
    break_s: Times = field(default_factory=lambda: Lognormal(mean=BREAK_S, cv=BREAK_CV))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """Callers of a queue that the same agents serve, who go first.

    `an_hour`: how many come, by chance alone. `talk_s`: with an agent; after it there is the usual
    wrap-up of an inbound call. `patience_s`: so long one waits, in the mean.
    """

    an_hour: float
    talk_s: Times = field(default_factory=lambda: Lognormal(mean=HANDLED_S, cv=HANDLED_CV))
    patience_s: float = PATIENCE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is forecast: a campaign by a model, from `start` on, for so long at most.

    `cases`: its contacts. `answered`: the law's counts so far.
    """

    campaign: Campaign
    model: Model
    cases: tuple[Facts, ...]
    start: datetime
    hours: float
    answered: Windows | None = None
    attendance: Attendance = field(default_factory=Attendance)
    inbound: Inbound | None = None

    @property
    def ends(self) -> datetime:
        """When it is over, at the latest."""
        return self.start + timedelta(hours=self.hours)


def first_shift(plan: Plan) -> datetime | None:
    """When the first shift begins; None: no agent would ever come."""
    shifts = plan.attendance.shifts or ((),)
    begins = (next_open(shift_of(plan.campaign, windows), plan.start) for windows in shifts)
    return min((at for at in begins if at is not None), default=None)


def shift_of(campaign: Campaign, windows: tuple[Window, ...] = ()) -> Hours:
    """When agents are at work: while contacts of the campaign's zone and country may be called.

    Only in these windows of a day, if any are given.
    """
    hours = hours_in(campaign, None, countries=(campaign.country,))
    if not windows:
        return hours
    shift = Layer(windows=CallingWindows.every_day(*windows), zone=campaign.zone)
    return Hours(layers=(*hours.layers, shift))
