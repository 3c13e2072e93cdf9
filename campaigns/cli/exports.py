"""`waihu export`: results and faulty data as files, for Excel and for whoever owns the data.

Owns: these commands. Numbers are whole in such a file, so it is for its owner's eyes alone, and
each export is noted in the ledger (R25).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.find import find_campaign
from campaigns.cli.result_cells import ResultSheet, faulty_cells, faulty_headers
from campaigns.ledger import EntryKind
from campaigns.lists.export_file import Rows, export_file
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_progress import progress
from dialer.cli_session import carry_out, opened, operator, settings_of, utc_now
from dialer.cli_times import read_day
from store.database import Database
from store.exports import Exports, Result, WantedResults
from store.faulty import faulty_data
from store.ledger import Ledger

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

FORMS = frozenset({".csv", ".xlsx"})

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
    path = _path(file)
    work = _results(settings_of(ctx), campaign, path, only_list, since, by_call=attempts)
    _tell(path, carry_out(work), json=json)


async def _results(
    settings: Settings,
    name: str,
    file: Path,
    list_name: str | None,
    since: str | None,
    *,
    by_call: bool,
) -> int:
    now = utc_now()
    async with opened(settings) as database:
        campaign = (await find_campaign(database, name, now)).campaign
        wanted = WantedResults(
            campaign_id=campaign.id,
            list_name=list_name,
            since=read_day(since, campaign.zone) if since else None,
        )
        exports = Exports(database)
        columns = await exports.columns(wanted)
        sheet = ResultSheet(columns=columns, zone=campaign.zone, by_call=by_call)
        what = {"what": "results", "list": list_name, "since": since, "calls": by_call}
        with export_file(file, sheet.headers()) as rows:
            written = await _write(exports.results(wanted), sheet, rows)
            await _note(database, campaign.name, file, written, what, now)
    return written


async def _write(results: AsyncIterator[Result], sheet: ResultSheet, rows: Rows) -> int:
    done = written = 0
    with progress(_("writing")) as told:
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
    path = _path(file)
    _tell(path, carry_out(_faulty(settings_of(ctx), path, campaign)), json=json)


async def _faulty(settings: Settings, file: Path, name: str | None) -> int:
    now = utc_now()
    async with opened(settings) as database:
        found = None if name is None else (await find_campaign(database, name, now)).campaign
        only = None if found is None else found.id
        zone = ZoneInfo(settings.site.zone) if found is None else found.zone
        names: dict[str, None] = {}
        async for data in faulty_data(database, only):
            names.update(dict.fromkeys(data.custom))
        custom, written = list(names), 0
        with export_file(file, faulty_headers(custom)) as rows:
            async for data in faulty_data(database, only):
                rows.add(faulty_cells(data, custom, zone))
                written += 1
            subject = "faulty data" if found is None else found.name
            await _note(database, subject, file, written, {"what": "faulty data"}, now)
    return written


async def _note(
    database: Database,
    subject: str,
    file: Path,
    rows: int,
    what: Mapping[str, Any],
    now: datetime,
) -> None:
    """Before the file is there: an export without a trail would be worse than one too many."""
    body = {**what, "file": str(file), "rows": rows, "by": operator()}
    await Ledger(database).note(EntryKind.EXPORTED, subject, body, now)


def _path(file: Path) -> Path:
    """The whole path, of a form that is written."""
    if file.suffix.lower() not in FORMS:
        said = _("{file}: name it .csv or .xlsx")
        raise CommandError(said.format(file=file.name), ExitCode.USAGE)
    return file.absolute()


def _tell(file: Path, rows: int, *, json: bool) -> None:
    if json:
        print_json({"file": str(file), "rows": rows})
    else:
        say(_("{file}: {n} rows").format(file=file, n=rows))
