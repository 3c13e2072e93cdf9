"""`waihu audit`: the ledger of calls placed and of what operators did.

Owns: these commands: is it whole, what does it say, all of it as a file. Nothing here writes,
but that an export is noted as every other one is.
"""

from __future__ import annotations

import json as json_text
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.audit_words import fault_sentence, kind_word, summary
from campaigns.cli.export_order import ExportOrder
from campaigns.cli.find import HOME_COUNTRY, find_campaign, typed_number
from campaigns.ledger import Entry
from campaigns.lists.export_file import export_file
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import ExitCode, say_error
from dialer.cli_print import facts, heading, print_json, say, table
from dialer.cli_progress import progress
from dialer.cli_session import carry_out, opened, operator, settings_of, utc_now
from dialer.cli_times import iso, read_day, stamp
from store.database import Database
from store.ledger import Ledger, Wanted
from store.ledger_check import Checked, check_ledger

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

COLUMNS = ("chain", "seq", "at", "kind", "subject", "body", "previous", "hash")

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Attempt = Annotated[str | None, typer.Option(help=mark("The entry of this call."))]
Number = Annotated[str | None, typer.Option(help=mark("What was done with this number."))]
Campaign = Annotated[str | None, typer.Option(help=mark("What was done in this campaign."))]
Since = Annotated[str | None, typer.Option(help=mark("From this day on, 2026-11-25."))]


@app.command(help=mark("Check that no entry was changed, left out or cut off."))
def verify(ctx: typer.Context, json: Json = False) -> None:
    """Exit code 1 with the first bad place, if there is one."""
    checked = carry_out(_verify(settings_of(ctx)))
    if json:
        print_json({"ledger": checked_json(checked)})
    elif checked.fault is None:
        said = _("the ledger is whole: {n} entries, and each call that was placed has one")
        say(said.format(n=checked.entries), style="bold")
        table(
            [_("chain"), _("entries"), _("last hash")],
            [(last.chain, str(last.seq), last.hash) for last in checked.last],
            right=_("entries"),
        )
        say(_("Keep the last hashes elsewhere: they prove what came before them."))
    else:
        say_error(_("the ledger is not whole: {what}").format(what=fault_sentence(checked.fault)))
    if checked.fault is not None:
        raise typer.Exit(ExitCode.FAILED)


async def _verify(settings: Settings) -> Checked:
    async with opened(settings) as database:
        with progress(_("checking")) as told:
            return await check_ledger(database, told)


def checked_json(checked: Checked) -> dict[str, object]:
    """What was found, for a program."""
    fault = checked.fault
    return {
        "whole": fault is None,
        "entries": checked.entries,
        "chains": [
            {"chain": last.chain, "entries": last.seq, "hash": last.hash} for last in checked.last
        ],
        "fault": None
        if fault is None
        else {
            "kind": fault.kind.value,
            "chain": fault.chain,
            "seq": fault.seq,
            "subject": fault.subject,
            "text": fault_sentence(fault),
        },
    }


@app.command(help=mark("Show entries, the newest last."))
def show(
    ctx: typer.Context,
    attempt: Attempt = None,
    number: Number = None,
    campaign: Campaign = None,
    since: Since = None,
    limit: Annotated[int, typer.Option("-n", min=1, help=mark("At most so many."))] = 20,
    country: Annotated[
        str, typer.Option(help=mark("Whose numbers are meant without a country code."))
    ] = HOME_COUNTRY,
    json: Json = False,
) -> None:
    """One call is shown with all that was looked at."""
    settings = settings_of(ctx)
    zone = ZoneInfo(settings.site.zone)
    wanted = Wanted(
        attempt=attempt,
        number=typed_number(number, country) if number else None,
        since=read_day(since, zone) if since else None,
        limit=limit,
    )
    entries = carry_out(_show(settings, wanted, campaign))
    if json:
        print_json({"entries": [entry_json(entry) for entry in entries]})
    elif not entries:
        say(_("The ledger says nothing of it."))
    elif attempt is not None:
        _print_whole(entries[0], zone)
    else:
        heading(_("Ledger ({zone})").format(zone=zone.key))
        _print_entries(entries, zone)


async def _show(settings: Settings, wanted: Wanted, campaign: str | None) -> tuple[Entry, ...]:
    async with opened(settings) as database:
        return await Ledger(database).entries(await of_campaign(database, wanted, campaign))


async def of_campaign(database: Database, wanted: Wanted, name: str | None) -> Wanted:
    """The same of that campaign only; None: of all. Raises UnknownCampaignError."""
    if name is None:
        return wanted
    found = (await find_campaign(database, name, utc_now())).campaign.name
    return replace(wanted, campaign=found)


def _print_entries(entries: tuple[Entry, ...], zone: ZoneInfo) -> None:
    rows = [
        (
            stamp(entry.at, zone),
            f"{entry.chain} #{entry.seq}",
            kind_word(entry.kind),
            entry.subject,
            summary(entry),
        )
        for entry in entries
    ]
    table([_("at"), _("entry"), _("what"), _("of"), _("details")], rows)


def _print_whole(entry: Entry, zone: ZoneInfo) -> None:
    say(f"{kind_word(entry.kind)} · {stamp(entry.at, zone)} ({zone.key})", style="bold")
    told = json_text.loads(entry.body)
    facts(
        [
            (_("entry"), f"{entry.chain} #{entry.seq}"),
            *((name, _plain(value)) for name, value in told.items()),
            (_("hash"), entry.hash),
        ]
    )


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json_text.dumps(value, ensure_ascii=False)


def entry_json(entry: Entry) -> dict[str, object]:
    """One entry for a program."""
    return {
        "chain": entry.chain,
        "seq": entry.seq,
        "at": iso(entry.at),
        "kind": entry.kind,
        "subject": entry.subject,
        "body": json_text.loads(entry.body),
        "previous": entry.previous,
        "hash": entry.hash,
    }


@app.command(help=mark("Write entries to a file, CSV or Excel."))
def export(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=mark("FILE.csv or FILE.xlsx."))],
    campaign: Campaign = None,
    since: Since = None,
    json: Json = False,
) -> None:
    """All of them, chain by chain, as they stand."""
    settings = settings_of(ctx)
    day = read_day(since, ZoneInfo(settings.site.zone)) if since else None
    path = file.absolute()
    written = carry_out(_export(settings, path, Wanted(since=day), campaign))
    if json:
        print_json({"file": str(path), "rows": written})
    else:
        say(_("{file}: {n} rows").format(file=path, n=written))


async def _export(settings: Settings, path: Path, wanted: Wanted, campaign: str | None) -> int:
    async with opened(settings) as database:
        with progress(_("writing")) as told:
            order = ExportOrder(file=path, named=str(path), by=operator(), now=utc_now(), told=told)
            return await write_ledger(database, wanted, campaign, order)


async def write_ledger(
    database: Database, wanted: Wanted, campaign: str | None, order: ExportOrder
) -> int:
    """Write the entries, chain by chain; the number of rows.

    Raises UnknownCampaignError.
    """
    ledger, written = Ledger(database), 0
    found = await of_campaign(database, wanted, campaign)
    with export_file(order.file, COLUMNS) as rows:
        async with ledger.all(found) as entries:
            async for entry in entries:
                rows.add([str(cell) for cell in _cells(entry)])
                written += 1
                order.told(written, None)
        await order.note(database, found.campaign or "ledger", written, {"what": "ledger"})
    return written


def _cells(entry: Entry) -> tuple[object, ...]:
    at = iso(entry.at)
    named = (entry.kind, entry.subject, entry.body)
    return (entry.chain, entry.seq, at, *named, entry.previous, entry.hash)
