"""`waihu dnc import` and `waihu dnc export`: the do-not-call list as a file.

Owns: these two commands. Numbers that are read are on the list even when other rows are none;
those are told line by line, and the exit code says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.export_order import ExportOrder
from campaigns.cli.find import HOME_COUNTRY, find_campaign
from campaigns.cli.list_import_flags import EncodingName, encoding_of
from campaigns.cli.sentences import number_sentences, reason_text
from campaigns.do_not_call import Barred
from campaigns.ledger import EntryKind
from campaigns.lists.dnc_file import BarredRow, NoNumberColumnError, read_barred
from campaigns.lists.encodings import Encoding
from campaigns.lists.export_file import export_file
from campaigns.phone.numbers import NumberRefusal
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode, say_error
from dialer.cli_print import print_json, say
from dialer.cli_progress import Told, progress
from dialer.cli_session import carry_out, opened, operator, settings_of, tell_engine, utc_now
from dialer.cli_times import last_moment, stamp
from store.barred_contacts import sweep
from store.campaigns import Campaigns
from store.database import Database
from store.do_not_call import DoNotCall, DoNotCallEntry
from store.ledger import Ledger

AT_ONCE = 5000
MOST_TOLD = 20

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]


def add_file_commands(app: typer.Typer) -> None:
    """Put these commands among those of the do-not-call list."""
    app.command("import", help=mark("Put all numbers of a file on the do-not-call list."))(load)
    app.command("export", help=mark("Write the do-not-call list to a file, CSV or Excel."))(export)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What shall be read, and how its numbers are to be entered. `named`: what the ledger says."""

    file: Path
    named: str
    campaign: str | None
    column: str | None
    encoding: Encoding | None
    country: str
    reason: str
    source: str
    until: str | None


@dataclass(slots=True, kw_only=True)
class Loaded:
    """What came of it."""

    rows: int = 0
    new: int = 0
    refused: list[BarredRow] = field(default_factory=list)


def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help=mark("CSV or text, a number in each row."))],
    campaign: Annotated[
        str | None, typer.Option(help=mark("For this campaign only (else for all)."))
    ] = None,
    column: Annotated[
        str | None, typer.Option(help=mark("The column that holds the numbers."))
    ] = None,
    encoding: EncodingName = None,
    reason: Annotated[str, typer.Option(help=mark("Why."))] = "",
    source: Annotated[
        str | None, typer.Option(help=mark("Where it comes from; else the file's name."))
    ] = None,
    until: Annotated[
        str | None, typer.Option(help=mark("The last day on which it holds, 2026-12-31."))
    ] = None,
    country: Annotated[
        str, typer.Option(help=mark("Whose numbers are meant without a country code."))
    ] = HOME_COUNTRY,
    json: Json = False,
) -> None:
    """Rows that are no numbers are told; all others are on the list."""
    order = Order(
        file=file,
        named=file.name,
        campaign=campaign,
        column=column,
        encoding=encoding_of(encoding),
        country=country,
        reason=reason or _("from a file"),
        source=source or file.name,
        until=until,
    )
    loaded = carry_out(_load(settings_of(ctx), order))
    if json:
        print_json({"import": loaded_json(str(file), loaded)})
    else:
        said = _("{file}: {n} of {rows} rows are new on the do-not-call list")
        say(said.format(file=file.name, n=loaded.new, rows=loaded.rows), style="bold")
        _tell_refused(loaded.refused)
    if loaded.refused:
        raise typer.Exit(ExitCode.FAILED)


async def _load(settings: Settings, order: Order) -> Loaded:
    now = utc_now()
    async with opened(settings) as database:
        model = await model_of(settings, database, order, now)
        with progress(_("loading")) as told:
            loaded = await enter_file(database, order, model, operator(), told)
    await tell_engine(settings)
    return loaded


async def model_of(
    settings: Settings, database: Database, order: Order, now: datetime
) -> DoNotCallEntry:
    """What all entries of the file have alike."""
    return DoNotCallEntry(
        e164="",
        campaign_id=None if order.campaign is None else await _campaign_id(database, order, now),
        source=order.source,
        reason=order.reason,
        added_at=now,
        expires_at=last_moment(order.until, ZoneInfo(settings.site.zone), now),
    )


async def enter_file(
    database: Database, order: Order, model: DoNotCallEntry, by: str, told: Told
) -> Loaded:
    """Put the numbers of a file on the list, and into the ledger what was done.

    Raises:
        CommandError: nobody can tell which column holds the numbers.
        ListRefusedError: it cannot be read.
    """
    loaded = Loaded()
    for rows in _batches(order):
        await _enter(database, rows, model, loaded, by)
        told(loaded.rows, None)
    await _note(database, order, model, loaded, by)
    return loaded


async def _campaign_id(database: Database, order: Order, now: datetime) -> int:
    return (await find_campaign(database, str(order.campaign), now)).campaign.id


def _batches(order: Order) -> Iterator[list[BarredRow]]:
    batch: list[BarredRow] = []
    try:
        for row in read_barred(order.file, order.country, order.column, order.encoding):
            batch.append(row)
            if len(batch) == AT_ONCE:
                yield batch
                batch = []
    except NoNumberColumnError as error:
        said = _("{file}: which column holds the numbers? --column, one of: {columns}")
        columns = ", ".join(error.headers)
        text = said.format(file=order.named, columns=columns)
        raise CommandError(text, ExitCode.USAGE, reason="no_number_column") from None
    if batch:
        yield batch


async def _enter(
    database: Database, rows: Sequence[BarredRow], model: DoNotCallEntry, loaded: Loaded, by: str
) -> None:
    listed = DoNotCall(database)
    entries = [_entry(row.number, model) for row in rows if row.number is not None]
    loaded.rows += len(rows)
    loaded.refused += [row for row in rows if row.number is None]
    loaded.new += await listed.add_many([one for one in entries if not one.is_pattern])
    for entry in (one for one in entries if one.is_pattern):
        if await listed.add(entry, by):
            loaded.new += 1
            await sweep(
                database,
                Barred(
                    pattern=entry.e164,
                    campaign_id=entry.campaign_id,
                    expires_at=entry.expires_at,
                ),
            )


def _entry(number: str, model: DoNotCallEntry) -> DoNotCallEntry:
    return DoNotCallEntry(
        e164=number,
        campaign_id=model.campaign_id,
        source=model.source,
        reason=model.reason,
        added_at=model.added_at,
        expires_at=model.expires_at,
    )


async def _note(
    database: Database, order: Order, model: DoNotCallEntry, loaded: Loaded, by: str
) -> None:
    with order.file.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    body = {
        "file": order.named,
        "sha256": digest,
        "rows": loaded.rows,
        "new": loaded.new,
        "refused": len(loaded.refused),
        "campaign": model.campaign_id,
        "source": model.source,
        "reason": model.reason,
        "expires": model.expires_at.isoformat() if model.expires_at else None,
        "by": by,
    }
    await Ledger(database).note(EntryKind.BARRED_FROM_FILE, order.named, body, model.added_at)


def _tell_refused(refused: Sequence[BarredRow]) -> None:
    for row in refused[:MOST_TOLD]:
        said = _("line {line}: “{text}” is no number to bar: {why}")
        say_error(said.format(line=row.line, text=row.text, why=_why(row)))
    if len(refused) > MOST_TOLD:
        say_error(_("and {n} more rows").format(n=len(refused) - MOST_TOLD))


def _why(row: BarredRow) -> str:
    if isinstance(row.refusal, NumberRefusal):
        return number_sentences()[row.refusal]
    return str(row.refusal)


def loaded_json(named: str, loaded: Loaded) -> dict[str, object]:
    """What came of it for a program."""
    refused = [{"line": row.line, "text": row.text, "why": _why(row)} for row in loaded.refused]
    return {"file": named, "rows": loaded.rows, "new": loaded.new, "refused": refused}


def export(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=mark("FILE.csv or FILE.xlsx."))],
    campaign: Annotated[str | None, typer.Option(help=mark("This campaign's own only."))] = None,
    json: Json = False,
) -> None:
    """Every entry, with source, reason and dates; it can be loaded again."""
    path = file.absolute()
    written = carry_out(_export(settings_of(ctx), path, campaign))
    if json:
        print_json({"file": str(path), "rows": written})
    else:
        say(_("{file}: {n} rows").format(file=path, n=written))


async def _export(settings: Settings, path: Path, campaign: str | None) -> int:
    zone = ZoneInfo(settings.site.zone)
    async with opened(settings) as database:
        with progress(_("writing")) as told:
            order = ExportOrder(file=path, named=str(path), by=operator(), now=utc_now(), told=told)
            return await write_entries(database, campaign, zone, order)


async def write_entries(
    database: Database, campaign: str | None, zone: ZoneInfo, order: ExportOrder
) -> int:
    """Write the list, of one campaign or the whole of it; the number of rows.

    Raises UnknownCampaignError.
    """
    records, written = await Campaigns(database).records(order.now), 0
    names = {one.campaign.id: one.campaign.name for one in records}
    found = None if campaign is None else await find_campaign(database, campaign, order.now)
    only = None if found is None else found.campaign.id
    headers = [_("number"), _("campaign"), _("source"), _("reason"), _("since"), _("until")]
    with export_file(order.file, headers) as rows:
        async with DoNotCall(database).all(only) as entries:
            async for entry in entries:
                rows.add(_cells(entry, names, zone))
                written += 1
                order.told(written, None)
        what = {"what": "do-not-call list"}
        await order.note(database, "do-not-call list", written, what)
    return written


def _cells(entry: DoNotCallEntry, names: dict[int, str], zone: ZoneInfo) -> list[str]:
    return [
        entry.e164,
        names.get(entry.campaign_id, "") if entry.campaign_id else "",
        entry.source,
        reason_text(entry.reason),
        stamp(entry.added_at, zone),
        stamp(entry.expires_at, zone) if entry.expires_at else "",
    ]
