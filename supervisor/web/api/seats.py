"""How many agents an hour, a day, a month takes (R8), by Erlang C and A.

Owns: this operation. Simulated plans and plans from a file are the command line's: minutes of
work for one answer.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from dialer.cli_progress import Told
from dialer.cli_seats import SeatsWanted, seats_wanted
from dialer.cli_seats_history import Known, learned_from
from dialer.cli_seats_view import answer_json
from dialer.staffing.occupancy import Dialing
from dialer.staffing.plan_cells import PlanColumn
from store.database import Database
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.fields import Body, Line, Name
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.visit import Visiting

router = APIRouter(route_class=GuardedRoute, tags=["seats"])
Figure = Annotated[float | None, Field(ge=0, le=1e9, allow_inf_nan=False)]


class Plan(Body):
    """What there is to do: inbound calls, records to dial, or both."""

    calls: Annotated[Figure, Field(description="Inbound calls an hour.")] = None
    aht: Annotated[Figure, Field(description="Seconds of one of them, after-call work too.")] = None
    patience: Annotated[Figure, Field(description="Seconds until a caller gives up.")] = None
    service_level: Line = "80/20"
    records: Annotated[Figure, Field(description="Records to dial, an hour or in all.")] = None
    days: Annotated[int | None, Field(ge=1, le=3660)] = None
    attempts: Figure = None
    answer_rate: Annotated[Figure, Field(description="In percent.")] = None
    talk: Annotated[Figure, Field(description="Seconds.")] = None
    wrap_up: Annotated[Figure, Field(description="Seconds.")] = None
    dialing: Dialing = Dialing.PREDICTIVE
    occupancy: Annotated[Figure, Field(description="In percent.")] = None
    reserve: Annotated[float, Field(ge=0, lt=100, description="In percent.")] = 30.0
    hours: Line = "9-12,14-20"
    campaign: Annotated[Name | None, Field(description="Take figures from its last 28 days.")] = (
        None
    )


_COLUMNS = (
    PlanColumn.CALLS,
    PlanColumn.AHT,
    PlanColumn.PATIENCE,
    PlanColumn.RECORDS,
    PlanColumn.ATTEMPTS,
    PlanColumn.ANSWER_RATE,
    PlanColumn.TALK,
    PlanColumn.WRAP_UP,
)


@router.post("/seats", **says("How many agents does it take?", Right.REPORTS, shapes.Seats))
async def seats(visit: Visiting, body: Plan) -> dict[str, Any]:
    """Every hour of a day, with peaks and spare seats."""
    wanted = SeatsWanted(
        given=_given(body),
        service_level=body.service_level,
        days=body.days,
        dialing=body.dialing,
        occupancy=None if body.occupancy is None else f"{body.occupancy:g}",
        reserve=f"{body.reserve:g}",
        hours=body.hours,
    )

    async def work(database: Database, told: Told) -> dict[str, Any]:
        told(0, None)
        known = Known()
        if body.campaign is not None:
            known = await learned_from(database, body.campaign, visit.now)
        return answer_json(seats_wanted(wanted, known, body.campaign))

    return await visit.site.long_work.run(visit.settings, work)


def _given(body: Plan) -> dict[PlanColumn, str]:
    fields = body.model_dump()
    return {
        column: f"{fields[column.value]:.12g}"
        for column in _COLUMNS
        if fields[column.value] is not None
    }
