"""`waihu seats`: how many agents an hour, a day, a month takes (R8).

Owns: the command and how its flags are understood. The mathematics is `dialer.staffing`, the
output `dialer.cli_seats_view`. No settings and no database are needed, but for `--campaign`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer

from config.language import _, mark
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_progress import progress
from dialer.cli_seats_answer import Answer
from dialer.cli_seats_flags import FLAGS, figure, open_hours, share, target
from dialer.cli_seats_history import Known, learned
from dialer.cli_seats_simulation import simulation
from dialer.cli_seats_view import print_answer, print_answer_json
from dialer.cli_seats_words import misfit_sentences
from dialer.cli_session import carry_out, settings_of
from dialer.staffing.erlang import MOST_AGENTS
from dialer.staffing.occupancy import Dialing, measured, steady
from dialer.staffing.plan import Hour, Rules, Seats, seats_for
from dialer.staffing.plan_cells import PlanColumn
from dialer.staffing.plan_rows import PlanRefusedError, Usual, hour_of, part_of, plan_hours

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_DAYS: Final = 3660
N: Final = "N"
SECONDS: Final = "SECONDS"


@app.command()
def seats(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help=mark("A plan, CSV or Excel: date, hour, calls, records, a row for each hour."),
        ),
    ] = None,
    calls: Annotated[
        str | None, typer.Option(metavar=N, help=mark("Inbound calls an hour."))
    ] = None,
    aht: Annotated[
        str | None,
        typer.Option(metavar=SECONDS, help=mark("Talk, hold and after-call work of one of them.")),
    ] = None,
    patience: Annotated[
        str | None,
        typer.Option(
            metavar=SECONDS,
            help=mark("After how long a waiting caller gives up, on average (Erlang A; else C)."),
        ),
    ] = None,
    service_level: Annotated[
        str,
        typer.Option(metavar="80/20", help=mark("80 % answered within 20 seconds: 80/20.")),
    ] = "80/20",
    records: Annotated[
        str | None,
        typer.Option(
            metavar=N, help=mark("Target records to dial, in an hour or in all (--days).")
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=_DAYS, help=mark("The records are to be worked in so many days.")),
    ] = None,
    attempts: Annotated[
        str | None,
        typer.Option(
            metavar=N,
            help=mark("Dials of a record at most; who answers is not dialed again (1)."),
        ),
    ] = None,
    answer_rate: Annotated[
        str | None, typer.Option(metavar="%", help=mark("Of 100 dials, how many a person answers."))
    ] = None,
    talk: Annotated[
        str | None, typer.Option(metavar=SECONDS, help=mark("Talk of an outbound call."))
    ] = None,
    wrap_up: Annotated[
        str | None, typer.Option(metavar=SECONDS, help=mark("After-call work of it (0)."))
    ] = None,
    dialing: Annotated[
        Dialing, typer.Option(help=mark("How outbound calls are placed."))
    ] = Dialing.PREDICTIVE,
    occupancy: Annotated[
        str | None,
        typer.Option(
            metavar="%",
            help=mark("How busy outbound agents are; else as measured for the team's size."),
        ),
    ] = None,
    simulate: Annotated[
        bool,
        typer.Option(
            "--simulate",
            help=mark("Have the engine dial in virtual time to find it, for these very figures."),
        ),
    ] = False,
    reserve: Annotated[
        str,
        typer.Option(
            metavar="%", help=mark("Of the roster, who is on breaks, in training or absent.")
        ),
    ] = "30",
    hours: Annotated[
        str,
        typer.Option(metavar="9-12,14-20", help=mark("Over which a day without hours is spread.")),
    ] = "9-12,14-20",
    campaign: Annotated[
        str | None,
        typer.Option(help=mark("Take answers, dials, talk and wrap-up from its last 28 days.")),
    ] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option("--xlsx", metavar="FILE", help=mark("Write all of it to FILE.xlsx as well.")),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help=mark("utf-8, utf-16, gb18030 or big5; else found out.")),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(help=mark("A workbook's sheet, by name or number; else the first.")),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """By Erlang C, or Erlang A with patience, and by a dialer's measured occupancy."""
    given = {
        PlanColumn.CALLS: calls,
        PlanColumn.AHT: aht,
        PlanColumn.PATIENCE: patience,
        PlanColumn.RECORDS: records,
        PlanColumn.ATTEMPTS: attempts,
        PlanColumn.ANSWER_RATE: answer_rate,
        PlanColumn.TALK: talk,
        PlanColumn.WRAP_UP: wrap_up,
    }
    _refuse_wrong_pairs(file, days, xlsx)
    if simulate and occupancy is not None:
        raise CommandError(_("--simulate or --occupancy, not both"), ExitCode.USAGE)
    wanted = SeatsWanted(
        given={column: text for column, text in given.items() if text is not None},
        service_level=service_level,
        days=days,
        dialing=dialing,
        occupancy=occupancy,
        reserve=reserve,
        hours=hours,
    )
    rules = rules_of(wanted)
    known = Known() if campaign is None else carry_out(learned(settings_of(ctx), campaign))
    usual = usual_of(wanted, known)
    asked = _planned(file, usual, encoding, sheet) if file else _asked(usual, days, known)
    simulated = simulation(asked, usual, dialing, known.campaign) if simulate else None
    if simulated is not None:
        rules = replace(rules, occupancy=simulated)
    answer = Answer(
        seats=_seats(asked, rules),
        rules=rules,
        usual=usual,
        dialing=dialing if occupancy is None else None,
        simulated=simulated,
        campaign=campaign,
        history=known.history,
        file=file,
        days=days,
    )
    if xlsx is not None:
        from dialer.cli_seats_book import write_answer  # noqa: PLC0415  seldom needed

        write_answer(xlsx.absolute(), answer)
    if json:
        print_answer_json(answer)
    else:
        print_answer(answer, xlsx)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsWanted:
    """What seats are reckoned for, as it was typed; shares in percent, times in seconds."""

    given: Mapping[PlanColumn, str]
    service_level: str = "80/20"
    days: int | None = None
    dialing: Dialing = Dialing.PREDICTIVE
    occupancy: str | None = None
    reserve: str = "30"
    hours: str = "9-12,14-20"


def rules_of(wanted: SeatsWanted) -> Rules:
    """What is to be reached, and with which reserve.

    Raises:
        CommandError: something is no figure.
    """
    return Rules(
        target=target(wanted.service_level),
        occupancy=measured(wanted.dialing)
        if wanted.occupancy is None
        else steady(share("--occupancy", wanted.occupancy, most=1.0)),
        reserve=share("--reserve", wanted.reserve, least=0.0),
    )


def usual_of(wanted: SeatsWanted, known: Known) -> Usual:
    """The figures of an hour that says nothing else.

    Raises:
        CommandError: something is no figure.
    """
    own = {column: figure(column, text) for column, text in wanted.given.items()}
    opening = open_hours(wanted.hours)
    return Usual(figures={**known.figures, **own}, dials=known.dials, open_hours=opening)


def seats_wanted(wanted: SeatsWanted, known: Known, campaign: str | None) -> Answer:
    """The seats for these figures, without a plan.

    Raises:
        CommandError: a figure is missing, is none, or would take too many seats.
    """
    usual, rules = usual_of(wanted, known), rules_of(wanted)
    return Answer(
        seats=_seats(_asked(usual, wanted.days, known), rules),
        rules=rules,
        usual=usual,
        dialing=wanted.dialing if wanted.occupancy is None else None,
        simulated=None,
        campaign=campaign,
        history=known.history,
        file=None,
        days=wanted.days,
    )


def _refuse_wrong_pairs(file: Path | None, days: int | None, xlsx: Path | None) -> None:
    if file is not None and days is not None:
        said = _("--days is for --records; a plan has its days in the column date")
        raise CommandError(said, ExitCode.USAGE)
    if xlsx is not None and xlsx.suffix.lower() != ".xlsx":
        said = _("{file}: name it .xlsx")
        raise CommandError(said.format(file=xlsx.name), ExitCode.USAGE)
    if xlsx is not None and file is not None and xlsx.absolute() == file.absolute():
        raise CommandError(_("--xlsx would overwrite the plan itself"), ExitCode.USAGE)


# ── what is asked ────────────────────────────────────────────────────────────────────────


def _asked(usual: Usual, days: int | None, known: Known) -> list[Hour]:
    """One hour by the flags alone; with --days, the hours of one of these days."""
    figures = dict(usual.figures)
    if known.open_records is not None and not figures.keys() & {
        PlanColumn.CALLS,
        PlanColumn.RECORDS,
    }:
        if days is None:
            said = _("{n} contacts are open; in how many days are they to be worked? --days 10")
            raise CommandError(said.format(n=known.open_records), ExitCode.USAGE)
        figures[PlanColumn.RECORDS] = known.open_records
    if not figures.get(PlanColumn.CALLS) and not figures.get(PlanColumn.RECORDS):
        said = _(
            "say what comes in (--calls 120 --aht 180) or what is to be dialed "
            "(--records 400 --answer-rate 30 --talk 120), or name a FILE"
        )
        raise CommandError(said, ExitCode.USAGE)
    try:
        if days is None:
            return [hour_of(figures, usual)]
        figures[PlanColumn.RECORDS] = figures.get(PlanColumn.RECORDS, 0.0) / days
        calls = figures.get(PlanColumn.CALLS, 0.0)
        # Records are of the whole day, calls of each hour of it.
        day = hour_of({**figures, PlanColumn.CALLS: calls * len(usual.open_hours)}, usual)
    except KeyError as missing:
        said = _("{flag} is missing")
        flag = FLAGS[PlanColumn(missing.args[0])]
        raise CommandError(said.format(flag=flag), ExitCode.USAGE) from None
    return [part_of(day, hour, len(usual.open_hours)) for hour in usual.open_hours]


def _planned(file: Path, usual: Usual, encoding_name: str | None, sheet: str | None) -> list[Hour]:
    from campaigns.cli.list_import_flags import encoding_of  # noqa: PLC0415  only for a plan
    from campaigns.lists.readers import Reading, inspect_list, read_rows  # noqa: PLC0415  as above

    reading = Reading(encoding=encoding_of(encoding_name), sheet=sheet)
    try:
        with inspect_list(file, reading) as shape:
            return plan_hours(shape.headers, read_rows(shape), usual)
    except PlanRefusedError as error:
        raise CommandError(misfit_sentences(file, error.misfits), ExitCode.USAGE) from None


def _seats(asked: Sequence[Hour], rules: Rules) -> tuple[Seats, ...]:
    found = []
    try:
        with progress(_("computing")) as told:
            for done, hour in enumerate(asked):
                found.append(seats_for(hour, rules))
                told(done, len(asked))
    except ValueError:
        said = _("that would take more than {n} seats; are the figures those of one hour?")
        raise CommandError(said.format(n=MOST_AGENTS), ExitCode.USAGE) from None
    return tuple(found)
