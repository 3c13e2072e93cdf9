"""Calls on file: those behind a figure of the wallboard.

Owns: this operation. Whole numbers are in the ledger before they are shown (R25).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from dialer.behind import A_PAGE, MOST, Opening, Wanted, behind_json, note_numbers
from dialer.wire import Do
from supervisor.behind import FigureName, Part, Why, Window
from supervisor.rights import Right
from supervisor.snapshot import from_json
from supervisor.web.api.described import says
from supervisor.web.api.fields import InQuery
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.shapes import AT, Shape
from supervisor.web.api.visit import Visiting

router = APIRouter(route_class=GuardedRoute, tags=["calls"])
Shown = dict[str, Any]


class CallBehind(Shape):
    """One call, and what it counted as."""

    call: str
    at: str = Field(examples=[AT], description="Joined the queue, or was placed.")
    of: str = Field(description="Its queue or campaign.")
    number: str | None = Field(examples=["138****5678"], description="null: withheld.")
    agent: str | None
    waited_s: float | None = Field(
        description="Until an agent was there, or the call was over; null: nothing to wait for."
    )
    end: str | None = Field(
        examples=["answered"], description="How the wait ended, or the outcome; null: it goes on."
    )
    counted: Part
    why: Why


class FigureTold(Shape):
    """The figure as the engine tells it."""

    numerator: float
    denominator: float
    at: str = Field(examples=[AT])


class SumsListed(Shape):
    """What all the calls come to."""

    numerator: float
    denominator: float


class CallsBehind(Shape):
    """The calls behind a figure, the newest first."""

    figure: FigureName
    window: Window
    of: str | None
    since: str = Field(examples=[AT], description="When the window begins.")
    run_since: str | None = Field(
        description="The engine was started in the window: its figure counts from then on."
    )
    told: FigureTold | None = Field(description="null: the picture has no such figure.")
    listed: SumsListed
    parts: dict[str, int] = Field(
        examples=[{"numerator": 83, "against": 17, "excluded": 4}],
        description="How many calls counted as what, on all pages.",
    )
    differs: str | None = Field(
        description="Why `listed` is not `told`: `moving`, `minutes`, `decision`; null: it is."
    )
    calls: list[CallBehind]
    older: str | None = Field(description="Where the next page begins; null: there is none.")


@router.get(
    "/calls/behind/{figure}",
    **says(
        "The calls behind a figure of the wallboard, and what each counted as.",
        Right.WATCH,
        CallsBehind,
    ),
)
async def calls_behind(
    visit: Visiting,
    figure: FigureName,
    window: Annotated[
        Window | None, Query(description="Over which calls; else as the wallboard shows it.")
    ] = None,
    of: Annotated[InQuery, Query(description="A queue or campaign; else all.")] = None,
    part: Annotated[Part | None, Query(description="Only calls that counted so.")] = None,
    older: Annotated[InQuery, Query(description="Where the page before this one ended.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = A_PAGE,
) -> Shown:
    """The newest first. Whole numbers are shown with the right `see_numbers`, and noted."""
    picture = from_json((await visit.ask(Do.SNAPSHOT)).facts)
    opening = Opening(
        settings=visit.settings, database=visit.database, snapshot=picture, now=visit.now
    )
    wanted = Wanted(asked=figure, window=window, of=of, part=part, older=older, limit=limit)
    found = await opening.behind(wanted)
    if visit.sees_numbers:
        await note_numbers(visit.database, found, visit.by())
    return behind_json(found, whole_numbers=visit.sees_numbers)
