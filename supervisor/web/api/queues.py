"""Inbound queues: as they are now, who is next, agents lent between them.

Owns: these operations.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from dialer.cli_lending import known_queue
from dialer.cli_times import read_time
from dialer.wire import Do
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.fields import Body, InPath, InQuery, Moment, Name, Why
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.visit import Visiting

router = APIRouter(route_class=GuardedRoute, tags=["queues"])
Shown = dict[str, Any]


@router.get("/queues", **says("The inbound queues as they are now.", Right.WATCH, shapes.Queues))
async def show_queues(visit: Visiting) -> Shown:
    """Who waits, who is free, and today's service level."""
    told = (await visit.ask(Do.SNAPSHOT)).facts
    return {"ts": told["ts"], "queues": told["queues"]}


@router.get(
    "/queues/{queue}/next",
    **says("Who would get a queue's next call, and why.", Right.WATCH, shapes.Done),
)
async def next_agents(visit: Visiting, queue: InPath, last_agent: InQuery = None) -> Shown:
    """Of the agents who are at work. `last_agent`: for a caller whom this one talked to last."""
    name = known_queue(visit.settings, queue)
    answer = await visit.ask(Do.CHOICE, queue=name, last_agent=last_agent or "")
    return {"queue": name, **answer.facts}


class GroupLoan(Body):
    """How many agents of a queue help another one, and until when."""

    to: Name
    agents: Annotated[int, Field(ge=1, le=999)] = 1
    until: Moment | None = None
    why: Why = ""


@router.post(
    "/queues/{queue}/lend",
    **says("Lend agents of one queue to another.", Right.ACT_AGENTS, shapes.Done),
)
async def lend_group(visit: Visiting, queue: InPath, body: GroupLoan) -> Shown:
    """Those who are signed in; who is free goes first."""
    until = None if body.until is None else read_time(body.until, visit.zone, visit.now)
    chosen, loan = await visit.acts.lend_group(
        queue, body.to, body.agents, visit.by(body.why), until
    )
    ends = None if loan.until is None else loan.until.isoformat()
    return {"lent": list(chosen), "queue": loan.queue, "until": ends}


class GroupBack(Body):
    """From where agents come back."""

    to: Annotated[Name, Field(description="The queue that they help.")]
    why: Why = ""


@router.post(
    "/queues/{queue}/take-back",
    **says("All who were lent so come back.", Right.ACT_AGENTS, shapes.Done),
)
async def take_group_back(visit: Visiting, queue: InPath, body: GroupBack) -> Shown:
    """Those whose own queue it is, and who are lent to the other."""
    held = await visit.acts.take_group_back(queue, body.to, visit.by(body.why))
    return {"taken_back": list(held)}
