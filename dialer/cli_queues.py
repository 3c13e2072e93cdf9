"""`waihu queue`: the inbound queues as they are now.

Owns: the command and its table. The figures are the engine's (`supervisor.statistics`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from config.language import _, mark
from config.settings import Settings
from dialer import cli_lending
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
    names = [_("waiting"), _("longest"), _("agents free"), _("calls"), _("answered")]
    figures = [*names, _("given up"), _("service level"), _("ASA"), _("lent in")]
    table([_("queue"), *figures], [_row(view) for view in views], right="|".join(figures))


def _row(view: QueueView) -> tuple[str, ...]:
    longest = "–" if view.longest_wait_s is None else duration(view.longest_wait_s)
    return (
        view.name,
        str(view.waiting),
        longest,
        str(view.agents_available),
        str(view.offered),
        str(view.answered),
        str(view.abandoned),
        f"{rate(view.service_level)} ≤ {view.threshold_s:g} s",
        mean_seconds(view.asa),
        str(view.agents_lent or ""),
    )
