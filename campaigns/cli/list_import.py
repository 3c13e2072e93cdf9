"""`waihu list import`: load a list into a campaign, or show how it would be understood.

Owns: this command, its progress bar, where refused rows go. Must not know how a list is loaded
(`campaigns.lists.importing`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from campaigns.cli.find import find_campaign
from campaigns.cli.list_import_flags import Flags, saved_profile, wanted, with_flags
from campaigns.cli.list_import_report import print_preview, print_report, report_json
from campaigns.cli.reasons import refusal_sentence
from campaigns.cli.trail import note_change
from campaigns.ledger import By, EntryKind
from campaigns.lists.importing import ImportOrder, import_list
from campaigns.lists.list_file import readable_name
from campaigns.lists.load_report import ImportReport
from campaigns.lists.spool import STANDARD_INPUT, spooled
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json
from dialer.cli_session import carry_out, opened, operator, settings_of, tell_engine, utc_now
from store.database import Database

_FROM_PIPE = Path("-")


@with_flags
def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help=mark("The list; - is standard input."))],
    flags: Flags,
    swap: Annotated[
        str | None,
        typer.Option(help=mark("Take the place of this list; who is in both goes on.")),
    ] = None,
    save_profile: Annotated[
        Path | None, typer.Option(help=mark("Keep the mapping of columns in this file."))
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=mark("Only show what loading it would do."))
    ] = False,
    refused: Annotated[
        Path | None,
        typer.Option(help=mark("Where rows that are not loaded go; else beside the list.")),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Load what is good of a list; write the rest, with reasons, to a file."""
    if refused is not None and refused.resolve() == file.resolve():
        raise CommandError(_("--refused would overwrite the list itself"), ExitCode.USAGE)
    kept = refused if dry_run or refused is not None else free_name(file)
    with _readable(file) as path, _nothing_left(None if refused is not None else kept):
        report = carry_out(
            _load(
                settings_of(ctx),
                flags,
                path,
                lambda order: replace(order, swap=swap, dry_run=dry_run, refused_path=kept),
                show=not json,
            )
        )
    written = keep_refused(report, kept, asked_for=refused is not None)
    if save_profile is not None:
        saved_profile(save_profile, report, flags)
    if json:
        print_json({"import": report_json(report, written)})
    else:
        print_report(report, written)
    if not (report.added or report.updated or report.duplicates):
        raise typer.Exit(ExitCode.FAILED)


@contextmanager
def _readable(file: Path) -> Iterator[Path]:
    """The list as a file; what comes through a pipe is kept in one meanwhile."""
    if file != _FROM_PIPE:
        yield file
        return
    # Python has none where the shell closed it.
    if sys.stdin is None:
        said = _("standard input is closed; pipe the list into the command")
        raise CommandError(said, ExitCode.USAGE)
    stream: Any = sys.stdin.buffer
    with spooled(stream) as path:
        yield path


@contextmanager
def _nothing_left(kept: Path | None) -> Iterator[None]:
    """Of a load that fails nothing stays, nor its rows that were refused so far."""
    try:
        yield
    except BaseException:
        if kept is not None:
            with suppress(OSError):
                kept.unlink(missing_ok=True)
        raise


def free_name(file: Path) -> Path:
    """Beside the list; a file that is there already may hold somebody's corrections."""
    beside = Path(STANDARD_INPUT) if file == _FROM_PIPE else file
    names = (f"{beside.stem}.refused{number}.csv" for number in ("", *range(2, 10_000)))
    return next(path for name in names if not (path := beside.with_name(name)).exists())


def keep_refused(report: ImportReport, path: Path | None, *, asked_for: bool) -> Path | None:
    """The file of refused rows; removed if nobody asked for it and nothing is in it."""
    if path is None or asked_for or report.has_remarks:
        return path
    path.unlink(missing_ok=True)
    return None


async def _load(
    settings: Settings,
    flags: Flags,
    path: Path,
    complete: Callable[[ImportOrder], ImportOrder],
    *,
    show: bool,
) -> ImportReport:
    async with opened(settings) as database:
        record = await find_campaign(database, flags.campaign, utc_now())
        order = complete(wanted(flags, path, record.campaign))
        if order.dry_run and show:
            print_preview(order)
        with progress_bar(shown=show and sys.stderr.isatty()) as progress:
            report = await load_list(order, database, operator(), progress)
    if not order.dry_run:
        await tell_engine(settings)
    return report


async def load_list(
    order: ImportOrder,
    database: Database,
    by: str,
    progress: Callable[[int, int], None] = lambda _line, _lines: None,
) -> ImportReport:
    """Load it, or only say what loading would do; the ledger is told who loaded it.

    Raises:
        ListRefusedError, ColumnsRefusedError, StoreError: as `import_list` does.
    """
    report = await import_list(
        order, database, utc_now, progress=progress, sentence=refusal_sentence
    )
    if not order.dry_run:
        file, name = (readable_name(text) for text in (order.path.name, order.path.stem))
        told = {"file": file, "list": order.list_name or name, "rows": report.added}
        subject, by_whom = order.campaign.name, By(who=by, at=utc_now())
        await note_change(database, EntryKind.LIST_LOADED, subject, by_whom, **told)
    return report


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal, with the rate and the time left; nothing where there is none."""
    if not shown:
        yield lambda _line, _lines: None
        return
    from rich.console import Console  # noqa: PLC0415  only terminals need it
    from rich.progress import (  # noqa: PLC0415  as above
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn(_("loading")),
        BarColumn(24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def told(line: int, lines: int) -> None:
            speed = bar.tasks[task].speed
            rate = _("{n} rows/s").format(n=f"{speed:,.0f}") if speed else ""
            bar.update(task, completed=line, total=lines, rate=rate)

        yield told
