"""The ledger of calls placed and of what was done by whom: looked at, checked, taken along.

Owns: these operations. Nothing here writes, but that an export is noted.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from campaigns.cli.audit import checked_json, entry_json, of_campaign, write_ledger
from campaigns.cli.find import HOME_COUNTRY, typed_number
from dialer.cli_progress import Told
from dialer.cli_times import read_day
from store.database import Database
from store.ledger import Ledger, Wanted
from store.ledger_check import check_ledger
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.downloads import Form, download
from supervisor.web.api.fields import Body, Country, Day, InQuery, Name
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.visit import Visiting

router = APIRouter(route_class=GuardedRoute, tags=["audit"])
Shown = dict[str, Any]


@router.get(
    "/audit/verify",
    **says("Was any entry changed, left out or cut off?", Right.AUDIT, shapes.Ledger),
)
async def verify(visit: Visiting) -> Shown:
    """Whole, or the first bad place."""

    async def work(database: Database, told: Told) -> Shown:
        return checked_json(await check_ledger(database, told))

    return {"ledger": await visit.site.long_work.run(visit.settings, work)}


class Looking(Body):
    """Which entries; what is left out is not asked."""

    attempt: Name | None = None
    number: Name | None = None
    campaign: Name | None = None
    since: Day | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 20
    country: Country = HOME_COUNTRY


@router.post("/audit/find", **says("Show entries, the newest last.", Right.AUDIT, shapes.Entries))
async def find_entries(visit: Visiting, body: Looking) -> Shown:
    """By attempt, number, campaign or day."""
    wanted = Wanted(
        attempt=body.attempt,
        number=typed_number(body.number, body.country) if body.number else None,
        since=read_day(body.since, visit.zone) if body.since else None,
        limit=body.limit,
    )
    found = await of_campaign(visit.database, wanted, body.campaign)
    entries = await Ledger(visit.database).entries(found)
    return {"entries": [entry_json(entry) for entry in entries]}


@router.get("/audit/export", **says("The ledger as a file.", Right.AUDIT, file=True))
async def export(
    visit: Visiting, form: Form = "csv", campaign: InQuery = None, since: InQuery = None
) -> Response:
    """All entries, chain by chain, as they stand."""
    wanted = Wanted(since=read_day(since, visit.zone) if since else None)
    return await download(
        visit,
        f"ledger.{form}",
        lambda database, order: write_ledger(database, wanted, campaign, order),
    )
