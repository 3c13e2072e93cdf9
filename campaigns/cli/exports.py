"""`waihu export`: results and faulty data as files, for Excel and for whoever owns the data.

Owns: these commands. Numbers are whole in such a file, so it is for its owner's eyes alone, and
each export is noted in the ledger (R25).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.export_order import ExportOrder, of_a_form
from campaigns.cli.find import find_campaign
from campaigns.cli.result_cells import ResultSheet, faulty_cells, faulty_headers
from campaigns.lists.export_file import Rows, export_file
from config.language import _, mark
from config.settings import Settings
from dialer.cli_print import print_json, say
from dialer.cli_progress import Told, progress
from dialer.cli_session import carry_out, opened, operator, settings_of, utc_now
from dialer.cli_times import read_day
from store.database import Database
from store.exports import Exports, Result, WantedResults
from store.faulty import faulty_data

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
File = Annotated[Path, typer.Argument(metavar="FILE", help=mark("FILE.csv or FILE.xlsx."))]


@app.command(help=mark("Write what came of a campaign: what came in, outcome, calls, times."))
def results(
    ctx: typer.Context,
    campaign: Annotated[str, typer.Argument(help=mark("Its name, or its number."))],
    file: File,
    only_list: Annotated[
        str | None, typer.Option("--list", help=mark("Of this list only."))
    ] = None,
    since: Annotated[
        str | None, typer.Option(help=mark("Only who was called on that day or later, 2026-11-25."))
    ] = None,
    attempts: Annotated[
        bool, typer.Option("--attempts", help=mark("One row for each call, not for each contact."))
    ] = False,
    json: Json = False,
) -> None:
    """One row for each contact, in the order in which they came in."""
    path = of_a_form(file)
    wanted = ResultsWanted(campaign=campaign, list_name=only_list, since=since, by_call=attempts)
    _tell(path, carry_out(_results(settings_of(ctx), wanted, path)), json=json)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsWanted:
    """Which results, as they are named. `since`: of who was called on that day or later."""

    campaign: str
    list_name: str | None = None
    since: str | None = None
    by_call: bool = False


async def _results(settings: Settings, wanted: ResultsWanted, file: Path) -> int:
    async with opened(settings) as database:
        with progress(_("writing")) as told:
            return await write_results(database, wanted, _order(file, told))


async def write_results(database: Database, wanted: ResultsWanted, order: ExportOrder) -> int:
    """Write them; the number of rows.

    Raises:
        UnknownCampaignError, UnknownListError: there is none of that name.
        CommandError: the day is none.
    """
    campaign = (await find_campaign(database, wanted.campaign, order.now)).campaign
    which = WantedResults(
        campaign_id=campaign.id,
        list_name=wanted.list_name,
        since=read_day(wanted.since, campaign.zone) if wanted.since else None,
    )
    exports = Exports(database)
    columns = await exports.columns(which)
    sheet = ResultSheet(columns=columns, zone=campaign.zone, by_call=wanted.by_call)
    what = {"what": "results", "list": wanted.list_name, "since": wanted.since}
    with export_file(order.file, sheet.headers()) as rows:
        written = await _write(exports.results(which), sheet, rows, order.told)
        await order.note(database, campaign.name, written, {**what, "calls": wanted.by_call})
    return written


async def _write(results: AsyncIterator[Result], sheet: ResultSheet, rows: Rows, told: Told) -> int:
    done = written = 0
    async for result in results:
        for cells in sheet.rows(result):
            rows.add(cells)
            written += 1
        done += 1
        told(done, sheet.columns.contacts)
    return written


@app.command(help=mark("Write the numbers that were found wrong, for whoever owns the data."))
def faulty(
    ctx: typer.Context,
    file: File,
    campaign: Annotated[
        str | None, typer.Option(help=mark("Of this campaign only (else of all)."))
    ] = None,
    json: Json = False,
) -> None:
    """What was found, when and by whom (R2, R6)."""
    path = of_a_form(file)
    _tell(path, carry_out(_faulty(settings_of(ctx), path, campaign)), json=json)


async def _faulty(settings: Settings, file: Path, name: str | None) -> int:
    zone = ZoneInfo(settings.site.zone)
    async with opened(settings) as database:
        with progress(_("writing")) as told:
            return await write_faulty(database, name, zone, _order(file, told))


async def write_faulty(
    database: Database, name: str | None, zone: ZoneInfo, order: ExportOrder
) -> int:
    """Write what was found wrong, of one campaign or of all (by `zone`); the number of rows.

    Raises UnknownCampaignError.
    """
    found = None if name is None else (await find_campaign(database, name, order.now)).campaign
    only, zone = (None, zone) if found is None else (found.id, found.zone)
    names: dict[str, None] = {}
    async for data in faulty_data(database, only):
        names.update(dict.fromkeys(data.custom))
    custom, written = list(names), 0
    with export_file(order.file, faulty_headers(custom)) as rows:
        async for data in faulty_data(database, only):
            rows.add(faulty_cells(data, custom, zone))
            written += 1
            order.told(written, None)
        subject = "faulty data" if found is None else found.name
        await order.note(database, subject, written, {"what": "faulty data"})
    return written


def _order(file: Path, told: Told) -> ExportOrder:
    return ExportOrder(file=file, named=str(file), by=operator(), now=utc_now(), told=told)


def _tell(file: Path, rows: int, *, json: bool) -> None:
    if json:
        print_json({"file": str(file), "rows": rows})
    else:
        say(_("{file}: {n} rows").format(file=file, n=rows))
