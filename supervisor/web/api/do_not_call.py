"""The do-not-call list: numbers and patterns, one by one and as a file.

Owns: these operations. Numbers stand in bodies, never in an address.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from campaigns.cli.dnc import (
    Wish,
    bar,
    campaign_id_of,
    campaign_names,
    entry_for,
    entry_json,
    number_or_pattern,
    unbar,
)
from campaigns.cli.dnc_file import Order, enter_file, loaded_json, model_of, write_entries
from campaigns.cli.find import HOME_COUNTRY
from campaigns.cli.list_import_flags import encoding_of
from config.language import _
from dialer.cli_progress import Told
from store.database import Database
from store.do_not_call import DoNotCall, Removal
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.downloads import Form, download
from supervisor.web.api.fields import Body, Country, Day, InQuery, Line, Name, Phone
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.uploads import LARGEST_LIST, uploaded
from supervisor.web.api.visit import Visiting

router = APIRouter(route_class=GuardedRoute, tags=["do-not-call"])
MOST_TOLD: Final = 100
Shown = dict[str, Any]


def _nobody(_done: int, _of: int | None) -> None:
    """Nobody watches how far it is."""


class Barring(Body):
    """A number, or a pattern of numbers, that is not to be called."""

    number: Phone
    reason: Line = ""
    campaign: Annotated[Name | None, Field(description="Of this campaign only.")] = None
    until: Day | None = None
    source: Name = "api"
    country: Country = HOME_COUNTRY


@router.post("/dnc", **says("Put a number on the do-not-call list.", Right.LISTS, shapes.Added))
async def add_number(visit: Visiting, body: Barring) -> Shown:
    """No campaign calls it from the moment that this is answered."""
    wish = Wish(
        number=number_or_pattern(body.number, body.country),
        reason=body.reason,
        campaign=body.campaign,
        until=body.until,
        source=body.source,
    )
    entry = await entry_for(visit.settings, visit.database, wish, visit.now)
    new = await bar(visit.settings, visit.database, entry, visit.who, _nobody)
    return {"e164": entry.e164, "added": new}


class Unbarring(Body):
    """What is to come off the list."""

    number: Phone
    reason: Annotated[Name, Field(description="It is kept in the ledger.")]
    campaign: Annotated[Name | None, Field(description="Off this campaign's list.")] = None
    person_asked_again: bool = False
    country: Country = HOME_COUNTRY


@router.post(
    "/dnc/remove", **says("Take a number off the do-not-call list.", Right.LISTS, shapes.Removed)
)
async def remove_number(visit: Visiting, body: Unbarring) -> Shown:
    """Who refused comes off it only when the person has asked to be called again."""
    removal = Removal(
        e164=number_or_pattern(body.number, body.country),
        campaign_id=await campaign_id_of(visit.database, body.campaign, visit.now),
        reason=body.reason,
        by=visit.who,
        asked_again=body.person_asked_again,
    )
    await unbar(visit.settings, visit.database, removal, visit.now, _nobody)
    return {"e164": removal.e164, "removed": True}


class Asked(Body):
    """Which number is asked for."""

    number: Phone
    country: Country = HOME_COUNTRY


@router.post(
    "/dnc/check",
    **says("Is a number on the do-not-call list, and why?", Right.LISTS, shapes.BarredCheck),
)
async def check_number(visit: Visiting, body: Asked) -> Shown:
    """All entries of the number, and the patterns that fit it."""
    e164 = number_or_pattern(body.number, body.country)
    entries = await DoNotCall(visit.database).check(e164)
    names = await campaign_names(visit.database, visit.now)
    holding = [one for one in entries if one.expires_at is None or one.expires_at > visit.now]
    listed = [entry_json(one, names) for one in entries]
    return {"e164": e164, "listed": bool(holding), "entries": listed}


@router.get("/dnc", **says("The patterns and the newest numbers.", Right.LISTS, shapes.BarredList))
async def list_numbers(
    visit: Visiting,
    campaign: InQuery = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 20,
) -> Shown:
    """The whole list: GET /dnc/export."""
    only = await campaign_id_of(visit.database, campaign, visit.now)
    entries = await DoNotCall(visit.database).entries(campaign_id=only, limit=limit)
    names = await campaign_names(visit.database, visit.now)
    return {"entries": [entry_json(one, names) for one in entries]}


@router.post(
    "/dnc/import",
    **says(
        "Put all numbers of a file on the do-not-call list.",
        Right.LISTS,
        shapes.Loaded,
        upload=LARGEST_LIST,
    ),
)
async def import_numbers(
    visit: Visiting,
    request: Request,
    file: InQuery = None,
    campaign: InQuery = None,
    column: InQuery = None,
    encoding: InQuery = None,
    reason: InQuery = None,
    source: InQuery = None,
    until: InQuery = None,
    country: Annotated[str, Query(pattern="^[A-Z]{2}$")] = HOME_COUNTRY,
) -> Shown:
    """CSV or text, as it is, a number in each row. `file`: its name, for the ledger."""
    async with uploaded(request, file or "numbers.csv") as path:
        order = Order(
            file=path,
            named=path.name,
            campaign=campaign,
            column=column,
            encoding=encoding_of(encoding),
            country=country,
            reason=reason or _("from a file"),
            source=source or path.name,
            until=until,
        )

        async def load(database: Database, told: Told) -> Shown:
            model = await model_of(visit.settings, database, order, visit.now)
            loaded = await enter_file(database, order, model, visit.who, told)
            shown = loaded_json(path.name, loaded)
            return {
                **shown,
                "refused": _first(shown["refused"]),
                "refused_rows": len(loaded.refused),
            }

        done = await visit.site.long_work.run(visit.settings, load)
    await visit.tell_engine()
    return done


def _first(rows: object) -> list[Any]:
    return rows[:MOST_TOLD] if isinstance(rows, list) else []


@router.get(
    "/dnc/export",
    **says("The do-not-call list as a file.", Right.EXPORT, file=True),
)
async def export_numbers(visit: Visiting, form: Form = "csv", campaign: InQuery = None) -> Response:
    """Every entry, with source, reason and dates; it can be loaded again."""
    return await download(
        visit,
        f"do-not-call.{form}",
        lambda database, order: write_entries(database, campaign, visit.zone, order),
    )
