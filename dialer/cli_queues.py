"""`waihu queue`: the inbound queues as they are now, and their log.

Owns: the command and its table. The figures are the engine's (`supervisor.statistics`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.language import _, mark
from config.settings import Settings
from dialer import cli_choice, cli_lending
from dialer.cli_print import print_json, say, table
from dialer.cli_session import carry_out, settings_of, snapshot_of
from supervisor.snapshot import QueueView, to_json
from supervisor.terminal_text import duration, mean_seconds, rate

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


app.add_typer(cli_lending.queue_app)
app.add_typer(cli_choice.app)


@app.callback()
def queues() -> None:
    """The inbound queues."""


@app.command(help=mark("Show who waits, who is free, and today's service level."))
def show(
    ctx: typer.Context,
    queue: Annotated[str | None, typer.Argument(help=mark("One queue only."))] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Ask the running engine."""
    carry_out(_show(settings_of(ctx), queue, json=json))


@app.command("import-log", help=mark("Add what nobody saw live, out of Asterisk's queue_log."))
def import_log(
    ctx: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            exists=True,
            dir_okay=False,
            help=mark("Files of queue_log, rotated and packed ones too."),
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=mark("Only say what would be added."))
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Nothing is counted twice, however often, and while the engine runs too."""
    from dialer import cli_queue_log  # noqa: PLC0415  it needs the parts of an engine

    work = cli_queue_log.import_log(settings_of(ctx), files, dry_run=dry_run, json=json)
    carry_out(work)


async def _show(settings: Settings, only: str | None, *, json: bool) -> None:
    snapshot = await snapshot_of(settings)
    if json:
        shown = to_json(snapshot)
        print_json({"ts": shown["ts"], "queues": shown["queues"]})
        return
    views = [view for view in snapshot.queues if only in {None, view.name}]
    if not views:
        say(_("There is no such queue."))
        return
    name = _("queue")
    now = [_("waiting"), _("longest"), _("agents free"), _("lent in"), _("places kept")]
    table([name, *now], [(view.name, *_now(view)) for view in views], right="|".join(now))
    for view in views:
        for gone in view.places_of:
            told = _("Places of {gone}, which has left the settings, are called from {queue}.")
            say(told.format(gone=gone, queue=view.name))
    counts = [_("calls"), _("answered"), _("given up"), _("soon"), _("call-backs")]
    today = [*counts, _("rate"), _("service level"), _("ASA"), _("AHT")]
    table([name, *today], [(view.name, *_today(view)) for view in views], right="|".join(today))


def _now(view: QueueView) -> tuple[str, ...]:
    longest = "–" if view.longest_wait_s is None else duration(view.longest_wait_s)
    free, lent = str(view.agents_available), str(view.agents_lent or "")
    return str(view.waiting), longest, free, lent, _places(view)


def _today(view: QueueView) -> tuple[str, ...]:
    return (
        str(view.offered),
        str(view.answered),
        str(view.abandoned),
        str(view.short_abandons),
        str(view.call_backs),
        "–" if view.abandon_rate is None else rate(view.abandon_rate),
        f"{rate(view.service_level)} ≤ {view.threshold_s:g} s",
        mean_seconds(view.asa),
        "–" if view.aht is None else mean_seconds(view.aht),
    )


def _places(view: QueueView) -> str:
    """How many places are kept for who is to be called back, and how old the first is."""
    if view.oldest_place_s is None:
        return str(view.places)
    return f"{view.places} ({duration(view.oldest_place_s)})"
