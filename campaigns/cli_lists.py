"""`waihu list`: load a list of contacts into a campaign, and see what was loaded.

Owns: these commands, the progress bar, where refused rows go, and the summary.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from campaigns.cli_campaign_view import campaign_json, print_loads
from campaigns.cli_find import find_campaign
from campaigns.column_names import ListField
from campaigns.columns import ColumnMap, parse_column_flags
from campaigns.importing import ImportReport, Refusal, import_list
from campaigns.sentences import contact_state_words, reason_sentences
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import facts, heading, print_json, say
from dialer.cli_session import carry_out, opened, settings_of, tell_engine, utc_now
from dialer.cli_times import iso
from store.lists import Lists
from store.reports import Reports

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the operator asked to be loaded."""

    file: Path
    campaign: str
    columns: Mapping[ListField, tuple[str, ...]]
    dry_run: bool
    refused: Path
    show_progress: bool


@app.command("import", help=mark("Load a CSV file (UTF-8 or GB18030) into a campaign."))
def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help=mark("The list."))],
    campaign: Annotated[str, typer.Option(help=mark("The campaign that gets the contacts."))],
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help=mark("Which column holds what: phone=手机; reference, name, timezone too."),
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=mark("Only say what loading it would do."))
    ] = False,
    refused: Annotated[
        Path | None,
        typer.Option(help=mark("Where rows that are not loaded go; else beside the list.")),
    ] = None,
    json: Json = False,
) -> None:
    """Load what is good of a list; write the rest, with reasons, to a file."""
    target = refused or _free_name(file)
    if target.resolve() == file.resolve():
        raise CommandError(_("--refused would overwrite the list itself"), ExitCode.USAGE)
    order = Order(
        file=file,
        campaign=campaign,
        columns=parse_column_flags(column or []),
        dry_run=dry_run,
        refused=target,
        show_progress=sys.stderr.isatty() and not json,
    )
    report = carry_out(_load(settings_of(ctx), order))
    written = _keep_refused(report, target, asked_for=refused is not None)
    if json:
        print_json({"import": _report_json(report, written)})
    else:
        _print_report(report, written)
    if not report.added and not _duplicates(report):
        raise typer.Exit(ExitCode.FAILED)


def _free_name(file: Path) -> Path:
    """Beside the list; a file that is there already may hold somebody's corrections."""
    names = (f"{file.stem}.refused{number}.csv" for number in ("", *range(2, 10_000)))
    return next(path for name in names if not (path := file.with_name(name)).exists())


async def _load(settings: Settings, order: Order) -> ImportReport:
    async with opened(settings) as database:
        record = await find_campaign(database, order.campaign, utc_now())
        with _progress(shown=order.show_progress) as progress:
            report = await import_list(
                order.file,
                record.campaign,
                Lists(database),
                utc_now,
                column_map=order.columns,
                dry_run=order.dry_run,
                refused_path=order.refused,
                progress=progress,
                sentence=refusal_sentence,
            )
    if not order.dry_run:
        await tell_engine(settings)
    return report


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal; nothing where there is none."""
    if not shown:
        yield lambda _line, _lines: None
        return
    from rich.console import Console  # noqa: PLC0415  only terminals need it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn(_("loading")), BarColumn(40), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda line, lines: bar.update(task, completed=line, total=lines)


def refusal_sentence(refusal: Refusal) -> str:
    """Why a row (or one of its numbers) was not loaded, for the file of refused rows."""
    said = reason_sentences()[refusal.reason]
    if refusal.other_line is not None:
        return _("{why}: see line {line}").format(why=said, line=refusal.other_line)
    if refusal.contact_id is not None:
        return _("{why}: contact #{id}").format(why=said, id=refusal.contact_id)
    if refusal.row_loaded:
        return _("{why}; loaded with the other number").format(why=said)
    return said


def _duplicates(report: ImportReport) -> int:
    return report.duplicates_in_file + report.duplicates_in_campaign


def _keep_refused(report: ImportReport, path: Path, *, asked_for: bool) -> Path | None:
    """The file of refused rows; removed if nobody asked for it and nothing is in it."""
    if asked_for or report.refused or report.numbers_dropped or _duplicates(report):
        return path
    path.unlink(missing_ok=True)
    return None


def _report_json(report: ImportReport, refused_path: Path | None) -> dict[str, object]:
    return {
        "file": str(report.path),
        "encoding": report.encoding,
        "sheet": report.sheet,
        "columns": _columns(report.columns, report.headers),
        "dry_run": report.dry_run,
        "rows": report.rows,
        "added": report.added,
        "duplicates_in_file": report.duplicates_in_file,
        "duplicates_in_campaign": report.duplicates_in_campaign,
        "refused": report.refused,
        "reasons": {reason.value: count for reason, count in report.reasons.items()},
        "numbers_dropped": report.numbers_dropped,
        "refused_path": str(refused_path) if refused_path else None,
    }


def _columns(columns: ColumnMap, headers: tuple[str, ...]) -> dict[str, list[str]]:
    """Which of the file's columns was taken for what."""
    return {
        field.value: [headers[position] for position in positions]
        for field, positions in columns.positions().items()
    }


def _print_report(report: ImportReport, refused_path: Path | None) -> None:
    name = report.path.name
    if report.dry_run:
        head = _("{file}: {n} of {rows} rows would be loaded (dry run, nothing is changed)")
    else:
        head = _("{file}: {n} of {rows} rows are loaded")
    say(head.format(file=name, n=report.added, rows=report.rows), style="bold")
    columns = ", ".join(
        f"{field} = {' + '.join(names)}"
        for field, names in _columns(report.columns, report.headers).items()
    )
    facts(
        [
            (
                _("columns"),
                f"{columns}  ({report.encoding.called if report.encoding else report.sheet})",
            ),
            (_("twice in the file"), str(report.duplicates_in_file or "")),
            (_("in the campaign already"), str(report.duplicates_in_campaign or "")),
            (_("not loaded"), str(report.refused or "")),
            *_reasons(report),
            (_("numbers left out"), str(report.numbers_dropped or "")),
            (_("rows with reasons"), str(refused_path or "")),
        ]
    )


def _reasons(report: ImportReport) -> Iterator[tuple[str, str]]:
    said = reason_sentences()
    for reason, count in report.reasons.items():
        yield "", f"{count:>6}  {said[reason]}"


@app.command(help=mark("Show what was loaded into a campaign, and where its contacts stand."))
def show(
    ctx: typer.Context,
    campaign: Annotated[str, typer.Argument(help=mark("Its name, or its number."))],
    json: Json = False,
) -> None:
    """The loads and the contacts by state."""
    carry_out(_show(settings_of(ctx), campaign, json=json))


async def _show(settings: Settings, name: str, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        record = await find_campaign(database, name, now)
        loads = await Lists(database).imports(record.campaign.id)
        report = await Reports(database).outcomes(record.campaign.id, now)
    if json:
        noted = [
            {
                "at": iso(load.at),
                "file": load.file_name,
                "sha256": load.sha256,
                "rows": load.rows_read,
                "added": load.added,
                "duplicates": load.duplicates,
                "refused": load.refused,
            }
            for load in loads
        ]
        states = {state.value: count for state, count in report.contacts.items()}
        print_json({"campaign": campaign_json(record), "states": states, "loads": noted})
        return
    say(f"{record.campaign.name}", style="bold")
    words = contact_state_words()
    facts(
        [
            (_("contacts"), str(record.contacts)),
            *((words[state], str(count)) for state, count in report.contacts.items()),
        ]
    )
    if loads:
        heading(_("Loads ({zone})").format(zone=record.campaign.zone.key))
        print_loads(loads, record.campaign)
    else:
        say(_("Nothing was loaded yet: waihu list import FILE --campaign NAME"))
