"""Alarms: who sees to one, so that it is silent for all.

Owns: this operation. Which alarms stand is in the picture (`GET /snapshot`, `/live`).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from config.language import _
from dialer.wire import Do
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.fields import InPath
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.problems import ProblemError
from supervisor.web.api.visit import OK, Visiting

router = APIRouter(route_class=GuardedRoute, tags=["alarms"])

AlarmPath = Annotated[InPath, Path(description="The alarm's `id`.")]


@router.post(
    "/alarms/{alarm}/acknowledge", **says("See to an alarm.", Right.WATCH, shapes.Acknowledged)
)
async def acknowledge(visit: Visiting, alarm: AlarmPath) -> dict[str, Any]:
    """It is silent for everybody until it gets worse. Who was first keeps it."""
    answer = await visit.ask(Do.ACKNOWLEDGE, alarm=alarm, by=visit.caller.account)
    if answer.code != OK:
        raise ProblemError(404, "unknown_alarm", _("that alarm is over"))
    return {"alarm": alarm, "by": answer.facts["by"]}
