"""The occupancy of a plan of seats, from the engine in virtual time.

Owns: which figures of the plan the simulation is given. Must not know how seats follow from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from campaigns.campaign import Campaign, Mode
from config.language import _
from dialer.cli_errors import CommandError, ExitCode
from dialer.staffing.plan import Hour
from dialer.staffing.plan_cells import PlanColumn

if TYPE_CHECKING:
    from dialer.sim.occupancy import SimulatedOccupancy
    from dialer.staffing.occupancy import Dialing
    from dialer.staffing.plan_rows import Usual

LEAST_S = 1.0
"""A talk or a wrap-up of less is taken for this."""


def simulation(
    asked: Sequence[Hour], usual: Usual, dialing: Dialing, campaign: Campaign | None
) -> SimulatedOccupancy | None:
    """What the engine makes of the plan's answers, talks and wrap-ups; None: nobody is called.

    Where hours differ it is their mean by calls. `campaign`: whose ring time-out, cap and AMD are
    taken; without one, the usual ones.

    Raises:
        CommandError: nobody would ever answer, or no talk takes any time.
    """
    from dialer.sim.model import given  # noqa: PLC0415  the engine is slow to load
    from dialer.sim.occupancy import USUAL, SimulatedOccupancy  # noqa: PLC0415  as above

    works = [hour.outbound for hour in asked if hour.outbound is not None and hour.records]
    if not works:
        return None
    calls, talks = (math.fsum(getattr(one, name) for one in works) for name in ("calls", "talks"))
    work_s = math.fsum(one.talks * one.handle_s for one in works)
    if not work_s:
        said = _("--simulate wants answers and talks: --answer-rate 30 --talk 120")
        raise CommandError(said, ExitCode.USAGE)
    handle_s = work_s / talks
    wrap_up_s = min(usual.figures.get(PlanColumn.WRAP_UP, 0.0), handle_s - LEAST_S)
    own = USUAL
    if campaign is not None:
        own = replace(own, ring_timeout_s=campaign.ring_timeout_s, pacing=campaign.pacing)
    model = given(
        answer_rate=talks / calls,
        talk_s=max(handle_s - wrap_up_s, LEAST_S),
        wrap_up_s=max(wrap_up_s, LEAST_S),
    )
    return SimulatedOccupancy(replace(own, mode=Mode(dialing.value)), model)
