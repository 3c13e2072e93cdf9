"""`waihu calls`: the calls behind a figure of the wallboard.

Owns: the command and its table. Which calls they are is `dialer.behind`'s.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.outcomes import Outcome
from campaigns.phone.masked import masked
from config.language import _, mark
from config.settings import Settings
from dialer.behind import A_PAGE, MOST, Behind, Line, Opening, Wanted, behind_json, note_numbers
from dialer.cli_print import heading, print_json, say, table
from dialer.cli_session import by_operator, carry_out, opened, settings_of, snapshot_of, utc_now
from dialer.cli_times import moment_without_zone
from dialer.client import EngineNotRunningError
from dialer.queue_effects import QueueEnd
from supervisor.behind import INBOUND, FigureName, Part, Window
from supervisor.behind_words import (
    difference_words,
    end_words,
    figure_words,
    part_words,
    reason_words,
    window_words,
)
from supervisor.snapshot import Snapshot
from supervisor.terminal_text import duration
from supervisor.words import outcome_words

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def calls() -> None:
    """Calls on file."""


@app.command(
    help=mark("List the calls behind a figure of the wallboard, and what each counted as.")
)
def behind(
    ctx: typer.Context,
    figure: Annotated[FigureName, typer.Argument(metavar="FIGURE", help=mark("Which figure."))],
    of: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=mark("Of this queue or campaign; else of all.")),
    ] = None,
    window: Annotated[
        Window | None, typer.Option(help=mark("Over which calls; else as the wallboard shows it."))
    ] = None,
    part: Annotated[Part | None, typer.Option(help=mark("Only calls that counted so."))] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help=mark("So many."))] = A_PAGE,
    older: Annotated[
        str | None, typer.Option(help=mark("Go on where an answer in JSON has ended: its “older”."))
    ] = None,
    numbers: Annotated[
        bool, typer.Option("--numbers", help=mark("Show whole numbers; the ledger notes it."))
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """The newest first, from the database; the figure itself is the running engine's."""
    wanted = Wanted(asked=figure, window=window, of=of, part=part, older=older, limit=limit)
    carry_out(_behind(settings_of(ctx), wanted, numbers=numbers, json=json))


async def _behind(settings: Settings, wanted: Wanted, *, numbers: bool, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        opening = Opening(
            settings=settings, database=database, snapshot=await _picture(settings), now=now
        )
        found = await opening.behind(wanted)
        if numbers:
            await note_numbers(database, found, by_operator())
    if json:
        print_json(behind_json(found, whole_numbers=numbers))
        return
    _print_sums(found, ZoneInfo(settings.site.zone), now)
    if found.lines:
        _print_lines(found, ZoneInfo(settings.site.zone), now, numbers=numbers)
    else:
        say(_("No such calls."))
    if found.older is not None:
        said = _(
            "There are more, older ones: --limit shows up to {n}; --json tells where to go on."
        )
        say(said.format(n=MOST))


async def _picture(settings: Settings) -> Snapshot | None:
    """The engine's; without one the calls are there all the same."""
    try:
        return await snapshot_of(settings)
    except EngineNotRunningError:
        return None


def _print_sums(found: Behind, zone: ZoneInfo, now: datetime) -> None:
    sums, told = found.sums, found.told
    named = [
        figure_words(_)[found.asked],
        found.of or _("all together"),
        window_words(_)[found.window],
    ]
    heading(" · ".join(named))
    share = f" = {100 * sums.numerator / sums.denominator:.1f} %" if sums.denominator else ""
    say(f"{sums.numerator:g} ÷ {sums.denominator:g}{share}")
    parts = ((word, sums.parts[part]) for part, word in part_words(_).items())
    say(" · ".join(f"{word} {n}" for word, n in parts))
    if found.run_since is not None:
        said = _("The engine was started {time}: the figure counts from then on.")
        say(said.format(time=moment_without_zone(found.run_since, zone, now)))
    if told is not None and found.differs is not None:
        figure = f"{told.numerator:g} ÷ {told.denominator:g}"
        say(difference_words(_)[found.differs].format(figure=figure))


def _print_lines(found: Behind, zone: ZoneInfo, now: datetime, *, numbers: bool) -> None:
    inbound = found.asked in INBOUND
    waited = _("waited")
    names = [_("time"), _("number"), _("queue") if inbound else _("campaign"), _("agent"), waited]
    table(
        [*names, _("came to"), _("counts as"), _("because")],
        [_row(line, zone, now, whole=numbers) for line in found.lines],
        right=waited,
    )


def _row(line: Line, zone: ZoneInfo, now: datetime, *, whole: bool) -> tuple[str, ...]:
    number = line.number or ""
    return (
        f"{moment_without_zone(line.at, zone, now)}:{line.at.astimezone(zone):%S}",
        (number if whole else masked(number)) or _("withheld"),
        line.of,
        line.agent or "–",
        "–" if line.waited_s is None else duration(line.waited_s),
        _end(line),
        part_words(_)[line.counted.part],
        reason_words(_)[line.counted.why],
    )


def _end(line: Line) -> str:
    """How it came out, in the words of queues or of campaigns."""
    if line.end is None:
        return "–"
    if line.end in set(Outcome):
        return outcome_words(_)[Outcome(line.end)]
    return end_words(_)[QueueEnd(line.end)]
