"""`waihu report survey`: how satisfied callers were, by agent, by queue, by day (R16, R20, R21).

Owns: the command, the grouping and its table. The score is `routing.survey`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from config.language import _, mark
from config.settings import Settings
from dialer.cli_print import print_json, say, table
from dialer.cli_session import carry_out, opened, settings_of, utc_now
from dialer.cli_times import iso, moment_without_zone, month_or_days
from routing.survey import satisfaction
from store.surveys import CallAnswer, answers
from supervisor.kpi import Figure


class By(StrEnum):
    """What the answers are put together by."""

    AGENT = "agent"
    QUEUE = "queue"
    DAY = "day"


def add_survey(app: typer.Typer) -> None:
    """Make it one of the reports."""
    app.command(help=mark("What callers said after the call, as a weighted score (R21)."))(survey)


def survey(
    ctx: typer.Context,
    by: Annotated[
        By, typer.Option(help=mark("Put together by agent, by queue, or by day."))
    ] = By.AGENT,
    since: Annotated[
        str | None, typer.Option(help=mark("Said from this day on: 2026-11-01; else 31 days."))
    ] = None,
    until: Annotated[str | None, typer.Option(help=mark("Said before this day."))] = None,
    below: Annotated[
        float | None,
        typer.Option(help=mark("List the calls whose score is below this one, of 100.")),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Questions that were not answered count neither way."""
    settings, now = settings_of(ctx), utc_now()
    first, last = month_or_days(since, until, ZoneInfo(settings.site.zone), now)
    wanted = Wanted(since=first, until=last, by=by, below=below)
    carry_out(_survey(settings, wanted, now, json=json))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the report is about. `below`: only the calls with a score below this one."""

    since: datetime
    until: datetime
    by: By
    below: float | None


async def _survey(settings: Settings, wanted: Wanted, now: datetime, *, json: bool) -> None:
    by, below = wanted.by, wanted.below
    zone = ZoneInfo(settings.site.zone)
    async with opened(settings) as database:
        given = await answers(database, wanted.since, wanted.until)
    if json:
        print_json(survey_json(given, wanted, zone))
        return
    window = _window(wanted)
    rows = _scores(given, _keys(by, zone), window)
    low = {} if below is None else _low(given, below, window)
    if not given:
        say(_("Nobody has answered a survey."))
        return
    if below is None:
        _print_scores(by, rows)
    else:
        _print_calls(low, zone, now)


def survey_json(given: Sequence[CallAnswer], wanted: Wanted, zone: ZoneInfo) -> dict[str, object]:
    """The report for a program."""
    window = _window(wanted)
    rows = _scores(given, _keys(wanted.by, zone), window)
    figures = [_row_json(wanted.by, name, of, figure) for name, (of, figure) in rows.items()]
    if wanted.below is None:
        return {"figures": figures}
    low = _low(given, wanted.below, window)
    return {"figures": figures, "calls": [_call_json(of, figure) for of, figure in low.values()]}


def _window(wanted: Wanted) -> str:
    return f"{iso(wanted.since)}/{iso(wanted.until)}"


_Scored = tuple[Sequence[CallAnswer], Figure]


def _scores(
    given: Sequence[CallAnswer], key: Callable[[CallAnswer], str], window: str
) -> Mapping[str, _Scored]:
    """By group, in its order: the answers, and what they come to."""
    groups: defaultdict[str, list[CallAnswer]] = defaultdict(list)
    for one in given:
        groups[key(one)].append(one)
    return {name: (groups[name], _score(groups[name], window)) for name in sorted(groups)}


def _score(given: Sequence[CallAnswer], window: str) -> Figure:
    calls = len({one.call for one in given})
    return satisfaction((one.answer for one in given), calls=calls, window=window)


def _keys(by: By, zone: ZoneInfo) -> Callable[[CallAnswer], str]:
    match by:
        case By.AGENT:
            return lambda one: one.agent
        case By.QUEUE:
            return lambda one: one.queue
        case By.DAY:
            return lambda one: one.at.astimezone(zone).date().isoformat()


def _low(given: Sequence[CallAnswer], below: float, window: str) -> Mapping[str, _Scored]:
    scored = _scores(given, lambda one: one.call, window)
    found = {
        call: (of, figure)
        for call, (of, figure) in scored.items()
        if figure.value is not None and figure.value < below
    }
    return dict(sorted(found.items(), key=lambda one: one[1][0][0].at))


def _print_scores(by: By, rows: Mapping[str, _Scored]) -> None:
    names = {By.AGENT: _("agent"), By.QUEUE: _("queue"), By.DAY: _("day")}
    figures = [_("satisfaction"), _("calls"), _("answers")]
    lines = [
        (name or "–", _points(figure), str(figure.n), str(len(of)))
        for name, (of, figure) in rows.items()
    ]
    table([names[by], *figures], lines, right="|".join(figures))


def _print_calls(low: Mapping[str, _Scored], zone: ZoneInfo, now: datetime) -> None:
    if not low:
        say(_("No call is rated so low."))
        return
    lines = [
        (
            moment_without_zone(of[0].at, zone, now),
            of[0].queue,
            of[0].agent or "–",
            _points(figure),
            ", ".join(f"{one.answer.question} {one.answer.key}" for one in of),
            call,
        )
        for call, (of, figure) in low.items()
    ]
    score = _("satisfaction")
    names = [_("time"), _("queue"), _("agent"), score, _("answers"), _("call")]
    table(names, lines, right=score)


def _points(figure: Figure) -> str:
    return "–" if figure.value is None else f"{figure.value:.1f}"


def _row_json(by: By, name: str, of: Sequence[CallAnswer], figure: Figure) -> dict[str, object]:
    return {by.value: name, "answers": len(of), "satisfaction": _figure_json(figure)}


def _call_json(of: Sequence[CallAnswer], figure: Figure) -> dict[str, object]:
    first = of[0]
    return {
        "call": first.call,
        "queue": first.queue,
        "agent": first.agent,
        "at": iso(first.at),
        "answers": {one.answer.question: one.answer.key for one in of},
        "satisfaction": _figure_json(figure),
    }


def _figure_json(figure: Figure) -> dict[str, object]:
    return {
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "n": figure.n,
        "window": figure.window,
        "formula": figure.formula,
    }
