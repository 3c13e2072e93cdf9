"""`waihu report`: what came of the calls (R7), and what queues have done (R18).

Owns: the commands, and the outcome report on the terminal and for programs. Must not count
anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from campaigns.cli.campaign_view import campaign_json, next_due_text
from campaigns.cli.find import find_campaign
from campaigns.cli.sentences import contact_state_words, not_sent_sentences
from campaigns.cli.survey_report import add_survey
from campaigns.outcomes import Branch, Outcome, rule_of
from config.language import _, mark
from config.settings import Settings
from dialer.cli_print import facts, print_json, say, table
from dialer.cli_session import carry_out, opened, settings_of, utc_now
from store.campaigns import Campaigns
from store.reports import OutcomeReport, Reports
from supervisor.intervals import By
from supervisor.kpi import Formula
from supervisor.words import branch_words, outcome_words

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


class ServiceLevel(StrEnum):
    """The definitions of service level that there are (`supervisor.kpi`)."""

    SL1 = "SL1"
    SL2 = "SL2"
    SL3 = "SL3"
    SL4 = "SL4"
    SL5 = "SL5"
    SL6 = "SL6"


NEVER_CALLED = frozenset({Outcome.NOT_SENT, Outcome.SKIPPED})
BRANCHES = (Branch.CONNECTED, Branch.NOT_THROUGH, Branch.WRONG_CONTACT, Branch.OWN_SIDE)


@app.callback()
def reports() -> None:
    """What came of the calls."""


@app.command(help=mark("The outcome report of a campaign, or of all."))
def outcomes(
    ctx: typer.Context,
    campaign: Annotated[
        str | None, typer.Argument(help=mark("Its name, or its number; without it, all."))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """The outcome tree with counts, the contacts by state, and when the next falls due."""
    carry_out(_outcomes(settings_of(ctx), campaign, json=json))


@app.command("queues", help=mark("What queues have done, by interval, with each figure's formula."))
def of_queues(
    ctx: typer.Context,
    since: Annotated[
        str | None, typer.Option("--from", help=mark("The first day, 2026-11-25 (else today)."))
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help=mark("The last day (else today)."))
    ] = None,
    by: Annotated[By, typer.Option(help=mark("How long an interval is."))] = By.DAY,
    queue: Annotated[
        list[str] | None, typer.Option(help=mark("One queue only; may be given again."))
    ] = None,
    sl: Annotated[
        ServiceLevel | None,
        typer.Option(help=mark("The definition of the service level (else the queue's).")),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help=mark("Write it to FILE.csv or FILE.xlsx."))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """By the site's clock; a call belongs to the interval in which it was offered."""
    from campaigns.cli.queue_report import Wanted, report_queues  # noqa: PLC0415  slow to load

    wanted = Wanted(
        since=since,
        until=until,
        by=by,
        queues=tuple(queue or ()),
        service_level=None if sl is None else Formula(sl.value),
    )
    path = None if file is None else file.absolute()
    carry_out(report_queues(settings_of(ctx), wanted, file=path, json=json))


async def _outcomes(settings: Settings, name: str | None, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        if name is None:
            records = await Campaigns(database).records(now)
        else:
            records = (await find_campaign(database, name, now),)
        made = [await Reports(database).outcomes(record.campaign.id, now) for record in records]
    if json:
        print_json({"reports": [report_json(report) for report in made]})
        return
    for place, report in enumerate(made):
        if place:
            say("")
        print_outcomes(report, now)
    if not made:
        say(_("There is no campaign yet. Create one: waihu campaign create FILE"))


def print_outcomes(report: OutcomeReport, now: datetime) -> None:
    """The report of one campaign, for people."""
    said = _("{name}: {calls} calls, {reached} of {contacts} contacts reached")
    head = said.format(
        name=report.campaign.campaign.name,
        calls=report.calls,
        contacts=report.campaign.contacts,
        reached=report.reached,
    )
    say(head, style="bold")
    ended = sum(_ended_calls(report).values())
    figures = [_("calls"), _("share")]
    if ended:
        table([_("outcome"), *figures], _rows(report, ended), right="|".join(figures))
    words = contact_state_words()
    contacts = " · ".join(
        f"{words[state]} {report.contacts[state]}" for state in words if report.contacts.get(state)
    )
    facts(
        [
            (_("contacts"), contacts),
            (_("under way"), str(report.open_attempts or "")),
            (_("not called"), " · ".join(_not_called(report))),
            (_("appointments"), str(report.open_appointments or "")),
            (_("next due"), next_due_text(report.campaign, now)),
        ]
    )


def _rows(report: OutcomeReport, ended: int) -> Iterator[tuple[str, str, str]]:
    """A branch, then its leaves; what never happened is left out."""
    branches, leaves = branch_words(_), outcome_words(_)
    calls = _ended_calls(report)
    for branch in BRANCHES:
        of_branch = {one: calls[one] for one in calls if rule_of(one).branch is branch}
        if not of_branch:
            continue
        total = sum(of_branch.values())
        yield branches[branch], str(total), _share(total, ended)
        for outcome, number in of_branch.items():
            yield f"  {leaves[outcome]}", str(number), _share(number, ended)


def _ended_calls(report: OutcomeReport) -> dict[Outcome, int]:
    """How the calls ended, in the order of the tree; what was never called is no call."""
    return {
        outcome: report.outcomes[outcome]
        for outcome in Outcome
        if report.outcomes.get(outcome) and outcome not in NEVER_CALLED
    }


def _not_called(report: OutcomeReport) -> Iterator[str]:
    """Why contacts that were claimed were not called, and how many; most of them first."""
    words = not_sent_sentences()
    for why, number in report.not_sent.items():
        yield f"{words[why]} {number}"
    untold = report.outcomes.get(Outcome.NOT_SENT, 0) - sum(report.not_sent.values())
    leaves = outcome_words(_)
    for outcome, number in (
        (Outcome.NOT_SENT, untold),
        (Outcome.SKIPPED, report.outcomes.get(Outcome.SKIPPED, 0)),
    ):
        if number:
            yield f"{leaves[outcome]} {number}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def report_json(report: OutcomeReport) -> dict[str, object]:
    """The report of one campaign for a program."""
    return {
        "campaign": campaign_json(report.campaign),
        "attempts": report.attempts,
        "calls": report.calls,
        "not_sent": {why.value: count for why, count in report.not_sent.items()},
        "open_attempts": report.open_attempts,
        "counted": report.counted,
        "reached": report.reached,
        "open_appointments": report.open_appointments,
        "outcomes": {outcome.value: count for outcome, count in report.outcomes.items()},
        "branches": {branch.value: count for branch, count in report.branches.items()},
        "contacts": {state.value: count for state, count in report.contacts.items()},
    }


add_survey(app)
