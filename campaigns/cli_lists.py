"""`waihu list`: load a list of contacts into a campaign, and see what was loaded.

Owns: these commands, the progress bar, where refused rows go, and the summary.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from campaigns.cli_campaign_view import campaign_json, print_loads
from campaigns.cli_find import find_campaign
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

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, pretty_exceptions_enable=False)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]


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
    columns = parse_column_flags(column or [])
    target = refused or file.with_name(f"{file.stem}.refused.csv")
    if target.resolve() == file.resolve():
        raise CommandError(_("--refused would overwrite the list itself"), ExitCode.USAGE)

    async def work(settings: Settings) -> ImportReport:
        async with opened(settings) as database:
            record = await find_campaign(database, campaign, utc_now())
            with _progress(shown=not json) as progress:
                return await import_list(
                    file,
                    record.campaign,
                    Lists(database),
                    utc_now,
                    column_map=columns,
                    dry_run=dry_run,
                    refused_path=target,
                    progress=progress,
                    sentence=refusal_sentence,
                )

    _finish(settings_of(ctx), work, target, keep=refused is not None, json=json)


def _finish(
    settings: Settings, work: Callable[[Settings], object], target: Path, *, keep: bool, json: bool
) -> None:
    report = carry_out(_loaded(settings, work))
    nothing_refused = not report.refused and not report.numbers_dropped
    duplicates = report.duplicates_in_file + report.duplicates_in_campaign
    if nothing_refused and not duplicates and not keep:
        target.unlink(missing_ok=True)
        target = Path()
    if json:
        print_json({"import": _report_json(report, target)})
    else:
        _print_report(report, target)
    if not report.added and not duplicates:
        raise typer.Exit(ExitCode.FAILED)


async def _loaded(settings: Settings, work: Callable[[Settings], object]) -> ImportReport:
    report = await work(settings)  # type: ignore[misc]
    if not report.dry_run:
        await tell_engine(settings)
    return report  # type: ignore[no-any-return]
