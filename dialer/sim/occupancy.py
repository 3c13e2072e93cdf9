"""How busy a dialer keeps a team, by simulation: for plans of seats (`dialer.staffing.occupancy`).

Owns: which sizes of teams are simulated, for how long, and what lies between them. A run takes
seconds, so a size is simulated when it is first asked for, and only sizes of the table are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, Kind, Mode
from campaigns.retry import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.sim.forecast import Figures, forecast
from dialer.sim.model import Model
from dialer.staffing.occupancy import by_size

SIZES: Final = (1, 2, 5, 10, 20, 50, 100)
"""Teams that are simulated; beyond the last it stays as it is."""

TALKS: Final = 1000
"""So many, about, are simulated of each size: small teams for days, large ones for hours."""

LEAST_H, MOST_H, DAY_H = 2.0, 64.0, 8.0
MOST_CONTACTS: Final = 50_000
STARTS: Final = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SEED: Final = 1

USUAL: Final = Campaign(
    id=1,
    name="seats",
    kind=Kind.CALLBACK,
    mode=Mode.PREDICTIVE,
    dial_string="PJSIP/{number}@trunk",
    caller_id="4008000000",
    queue="waihu-callback",
    ring_timeout_s=28,
    windows=CallingWindows.every_day(parse("09:00-17:00")),
    zone=ZoneInfo("Asia/Shanghai"),
    retry=RetryPolicy(delay=timedelta(minutes=30)),
    max_calls=2000,
    cps=50,
    wrap_up_s=600,
)
"""Under no law and with lines enough: seats are reckoned for the work, not for what hinders it."""


class SimulatedOccupancy:
    """Talk and wrap-up of the time staffed, by team size: called with a number of agents.

    `runs`: what was simulated so far, by size. `told`: called when another size is done.
    """

    def __init__(
        self,
        campaign: Campaign,
        model: Model,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._campaign, self._model, self._told = campaign, model, told
        self.runs: dict[int, Figures] = {}

    def __call__(self, agents: int) -> float:
        """The share, 0 to 1; between two sizes it goes by the logarithm of the size."""
        return by_size(SIZES, self._of, agents)

    def _of(self, size: int) -> float:
        if size not in self.runs:
            self.runs[size] = self._simulated(size)
            self._told(len(self.runs))
        return self.runs[size].utilisation or 0.0

    def _simulated(self, size: int) -> Figures:
        model = self._model
        handle_h = (model.talk_s.mean + model.wrap_up_s.mean) / 3600
        worked_h = min(max(TALKS * handle_h / size, LEAST_H), MOST_H)
        days, rest_h = divmod(worked_h, DAY_H)
        talks = size * min(worked_h, DAY_H) / handle_h
        wanted = math.ceil(2 * talks / max(model.answered[0], 0.01))
        hours = days * 24 + rest_h
        contacts = min(max(wanted, 10 * size), MOST_CONTACTS)
        return forecast(self._campaign, model, size, SEED, hours, STARTS, contacts)
