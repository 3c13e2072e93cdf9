"""The site itself: the picture of the moment, its settings, and who is asking.

Owns: these operations.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter

from campaigns.cli.trail import note_change
from campaigns.ledger import EntryKind
from dialer.wire import Do
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.problems import ProblemError
from supervisor.web.api.visit import OK, Visiting

router = APIRouter(route_class=GuardedRoute, tags=["site"])
Shown = dict[str, Any]


@router.get("/me", **says("Who is asking, and what this account may do.", None, shapes.Me))
async def me(visit: Visiting) -> Shown:
    """Through a token no more than its scopes."""
    caller = visit.caller
    return {
        "account": caller.account,
        "role": caller.role.value,
        "agent": caller.agent,
        "rights": sorted(right.value for right in caller.rights),
        "version": version("waihu"),
    }


@router.get("/snapshot", **says("The whole picture of the moment.", Right.WATCH, shapes.Snapshot))
async def snapshot(visit: Visiting) -> Shown:
    """Agents, queues, campaigns, calls. To follow it, take the stream of events at `/live`."""
    return dict((await visit.ask(Do.SNAPSHOT)).facts)


@router.post(
    "/settings/reload",
    **says("Let the engine read its settings again.", Right.SETTINGS, shapes.Reloaded),
)
async def reload(visit: Visiting) -> Shown:
    """Settings with a fault change nothing: file and line are named."""
    answer = await visit.ask(Do.RELOAD)
    if answer.code != OK:
        text = str(answer.facts.get("text", answer.code))
        raise ProblemError(422, "settings_refused", text)
    await note_change(visit.database, EntryKind.SETTINGS_READ, "settings", visit.by())
    return dict(answer.facts)
