"""The lists of a campaign: loaded, looked at, paused, withdrawn.

Owns: these operations. A load is done beside the engine, wholly or not at all.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from pydantic import Field

from campaigns.cli.find import find_campaign
from campaigns.cli.list_import import load_list
from campaigns.cli.list_import_flags import Flags, wanted
from campaigns.cli.list_import_report import report_json
from campaigns.cli.lists import change_list, list_json, lists_json
from campaigns.contact import ListState
from campaigns.lists.importing import ImportOrder
from campaigns.serving import HIGHEST_PRIORITY, LOWEST_PRIORITY, USUAL_PRIORITY
from dialer.cli_progress import Told
from store.database import Database
from store.dead_loads import clear_up
from store.lists import Lists
from store.sorting import OnDuplicate
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.fields import Body, CampaignPath, InPath, InQuery, Name, Words
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.masks import masked_row
from supervisor.web.api.uploads import LARGEST_LIST, uploaded
from supervisor.web.api.visit import Visit, Visiting

router = APIRouter(route_class=GuardedRoute, tags=["lists"])
MOST_TOLD: Final = 100
REFUSED: Final = "refused.csv"
Shown = dict[str, Any]


@router.get(
    "/campaigns/{campaign}/lists",
    **says("A campaign's lists, and what was loaded.", Right.LISTS, shapes.Lists),
)
async def show_lists(visit: Visiting, campaign: CampaignPath) -> Shown:
    """Where their contacts stand."""
    record = await find_campaign(visit.database, campaign, visit.now)
    lists = Lists(visit.database)
    records = await lists.records(record.campaign.id)
    return lists_json(record, records, await lists.imports(record.campaign.id))


@router.post(
    "/campaigns/{campaign}/lists/import",
    **says(
        "Load a list (CSV, XLSX, XLS) into a campaign.",
        Right.LISTS,
        shapes.LoadedList,
        upload=LARGEST_LIST,
    ),
)
async def import_file(
    visit: Visiting,
    request: Request,
    campaign: CampaignPath,
    file: Annotated[Name, Query(description="Its name, `customers.csv`.")],
    into: Annotated[InQuery, Query(alias="list", description="Else named as the file.")] = None,
    column: Annotated[Words, Query(alias="map", description="`phone=手机`.")] = None,
    delimiter: InQuery = None,
    encoding: InQuery = None,
    sheet: InQuery = None,
    priority: Annotated[int, Query(ge=HIGHEST_PRIORITY, le=LOWEST_PRIORITY)] = USUAL_PRIORITY,
    duplicates: OnDuplicate = OnDuplicate.SKIP,
    elsewhere: OnDuplicate = OnDuplicate.ALLOW,
    swap: InQuery = None,
    dry_run: bool = False,
) -> Shown:
    """The file is the body, as it is. What is good is loaded; the rest is told with reasons."""
    flags = Flags(
        campaign=campaign,
        into=into,
        column=column,
        delimiter=delimiter,
        encoding=encoding,
        sheet=sheet,
        priority=priority,
        duplicates=duplicates,
        elsewhere=elsewhere,
    )
    async with uploaded(request, file) as path:
        shown = await _load(visit, flags, path, swap=swap, dry_run=dry_run)
    if not dry_run:
        await visit.tell_engine()
    return {"import": shown}


async def _load(
    visit: Visit, flags: Flags, path: Path, *, swap: str | None, dry_run: bool
) -> Shown:
    refused = path.with_name(f"{path.name}.{REFUSED}")

    hidden = not visit.sees_numbers

    async def load(database: Database, told: Told) -> Shown:
        record = await find_campaign(database, flags.campaign, visit.now)
        order: ImportOrder = wanted(flags, path, record.campaign)
        order = replace(order, swap=swap, dry_run=dry_run, refused_path=refused)
        report = await load_list(order, database, visit.who, told)
        rows = _rows_of(refused)
        if hidden:
            rows = [masked_row(row) for row in rows]
        return _without_paths(report_json(report, None)) | {"refused_rows": rows}

    return await visit.site.long_work.run(visit.settings, load)


def _without_paths(shown: Mapping[str, object]) -> Shown:
    """Where it lay for a moment is nobody's business."""
    kept = {name: value for name, value in shown.items() if name != "refused_path"}
    return kept | {"file": Path(str(kept["file"])).name}


def _rows_of(path: Path) -> list[dict[str, str]]:
    """The first rows that were not loaded, with their reasons."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, restkey="more")
        return [
            {name: str(value) for name, value in row.items()}
            for row, _count in zip(rows, range(MOST_TOLD), strict=False)
        ]


class ListChange(Body):
    """What is to be otherwise; what is left out stays."""

    state: ListState | None = None
    share: Annotated[
        int | None,
        Field(ge=0, le=1_000_000, description="Beside the other lists' parts; 0: none is kept."),
    ] = None


@router.patch(
    "/campaigns/{campaign}/lists/{name}",
    **says("Pause, resume, withdraw a list, or give it a part.", Right.LISTS, shapes.Done),
)
async def change_a_list(
    visit: Visiting, campaign: CampaignPath, name: InPath, body: ListChange
) -> Shown:
    """Living calls end as they would; the second judgement obeys at once."""
    record = await find_campaign(visit.database, campaign, visit.now)
    lists, which = Lists(visit.database), record.campaign
    await change_list(visit.database, which, name, visit.by(), state=body.state, parts=body.share)
    await visit.tell_engine()
    return {
        "list": next(
            (list_json(one) for one in await lists.records(which.id) if one.name == name), None
        )
    }


@router.post(
    "/lists/discard",
    **says("Throw away what was left by loads that died half-way.", Right.LISTS, shapes.Done),
)
async def discard(visit: Visiting) -> Shown:
    """The next load would do it as well."""
    return {"discarded": await clear_up(visit.database, visit.now)}
