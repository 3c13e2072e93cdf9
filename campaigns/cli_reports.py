"""`waihu report`: what came of the calls (R7).

Owns: the outcome report on the terminal and for programs. Must not count anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from campaigns.cli_campaign_view import campaign_json, next_due_text
from campaigns.cli_find import find_campaign
from campaigns.outcomes import Branch, Outcome, rule_of
from campaigns.sentences import contact_state_words
from config.language import _, mark
from config.settings import Settings
from dialer.cli_print import facts, print_json, say, table
from dialer.cli_session import carry_out, opened, settings_of, utc_now
from store.campaigns import Campaigns
from store.reports import OutcomeReport, Reports
from supervisor.words import branch_words, outcome_words

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

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


async def _outcomes(settings: Settings, name: str | None, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        if name is None:
            records = await Campaigns(database).records(now)
        else:
            records = (await find_campaign(database, name, now),)
        made = [await Reports(database).outcomes(record.campaign.id, now) for record in records]
    if json:
        print_json({"reports": [_json(report) for report in made]})
        return
    for place, report in enumerate(made):
        if place:
            say("")
        print_outcomes(report, now)
    if not made:
        say(_("There is no campaign yet. Create one: waihu campaign create FILE"))


def print_outcomes(report: OutcomeReport, now: datetime) -> None:
    """The report of one campaign, for people."""
    said = _("{name}: {attempts} calls, {reached} of {contacts} contacts reached")
    head = said.format(
        name=report.campaign.campaign.name,
        attempts=report.attempts,
        contacts=report.campaign.contacts,
        reached=report.reached,
    )
    say(head, style="bold")
    ended = report.attempts - report.open_attempts
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
            (_("appointments"), str(report.open_appointments or "")),
            (_("next due"), next_due_text(report.campaign, now)),
        ]
    )


def _rows(report: OutcomeReport, ended: int) -> Iterator[tuple[str, str, str]]:
    """A branch, then its leaves; what never happened is left out."""
    branches, leaves = branch_words(_), outcome_words(_)
    for branch in BRANCHES:
        total = report.branches.get(branch, 0)
        if not total:
            continue
        yield branches[branch], str(total), _share(total, ended)
        for outcome in Outcome:
            number = report.outcomes.get(outcome, 0)
            if number and rule_of(outcome).branch is branch:
                yield f"  {leaves[outcome]}", str(number), _share(number, ended)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _json(report: OutcomeReport) -> dict[str, object]:
    return {
        "campaign": campaign_json(report.campaign),
        "attempts": report.attempts,
        "open_attempts": report.open_attempts,
        "counted": report.counted,
        "reached": report.reached,
        "open_appointments": report.open_appointments,
        "outcomes": {outcome.value: count for outcome, count in report.outcomes.items()},
        "branches": {branch.value: count for branch, count in report.branches.items()},
        "contacts": {state.value: count for state, count in report.contacts.items()},
    }
