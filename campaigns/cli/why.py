"""`waihu why`: may this contact be dialed now, which rule says so, and when it will be.

Owns: the command and its answer: one line first, then what the line rests on. The verdict is
the judge's, with the database's and the running engine's facts. Must not judge anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.campaign_hours import due_in
from campaigns.cli.campaign_view import windows_text
from campaigns.cli.contact_view import print_attempts, title, zone_of
from campaigns.cli.engine_told import engine_facts, engine_text
from campaigns.cli.find import find_contacts
from campaigns.cli.sentences import contact_state_words, reason_text
from campaigns.cli.verdict_text import verdict_sentence
from campaigns.hours import local_date
from campaigns.judge import Code, Facts, Param, Verdict, judge
from campaigns.law.regulation import profiles_for
from campaigns.number_choice import number_to_dial
from config.language import _, mark
from config.settings import Settings
from dialer.cli_print import facts as print_facts
from dialer.cli_print import heading, print_json, say
from dialer.cli_session import carry_out, opened, settings_of, utc_now
from dialer.cli_times import iso, moment, moment_without_zone
from store.contacts import ContactRecord, Contacts
from store.database import Database
from supervisor.words import campaign_state_word

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

LATEST_CALLS = 5

WAITING_FOR_US = frozenset(
    {
        Code.CAMPAIGN_NOT_STARTED,
        Code.CAMPAIGN_PAUSED,
        Code.CAMPAIGN_STOPPED,
        Code.LIST_PAUSED,
        Code.LINK_DOWN,
        Code.STOPPING,
        Code.STORE_AWAY,
        Code.BREAKER,
        Code.DIALPLAN,
        Code.NO_AGENTS,
        Code.AGENTS_BUSY,
        Code.MAX_CALLS,
    }
)
"""What stands in the way is the campaign's state or the engine's, not the contact's rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdict on one contact, and what it rests on."""

    record: ContactRecord
    facts: Facts
    verdict: Verdict

    @property
    def zone(self) -> ZoneInfo:
        """Whose clock the answer is told on."""
        return zone_of(self.record)


@app.command()
def why(
    ctx: typer.Context,
    who: Annotated[
        str, typer.Argument(metavar="NUMBER", help=mark("Phone number, reference, or its number."))
    ],
    campaign: Annotated[
        str | None, typer.Option(help=mark("Look in this campaign only (else in all)."))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """One line first, then the details, for every campaign that has the contact."""
    carry_out(_why(settings_of(ctx), who, campaign, json=json))


async def _why(settings: Settings, who: str, campaign: str | None, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        answers = await answers_on(settings, database, who, campaign, now)
    if json:
        print_json({"answers": [answer_json(answer, now) for answer in answers]})
        return
    for place, answer in enumerate(answers):
        if place:
            say("")
        say(first_line(answer, now), style="bold")
        _print_details(answer, now)


async def answers_on(
    settings: Settings, database: Database, who: str, campaign: str | None, now: datetime
) -> list[Answer]:
    """The verdict on each contact that is meant.

    Raises:
        CommandError: nobody is named so.
    """
    answers = []
    contacts = Contacts(database)
    for contact_id in await find_contacts(database, who, campaign, now):
        record = await contacts.show(contact_id)
        engine = await engine_facts(settings, record.campaign.name)
        facts = await contacts.facts(contact_id, now, engine)
        answers.append(Answer(record=record, facts=facts, verdict=judge(facts, now)))
    return answers


# ── the sentence ─────────────────────────────────────────────────────────────────────────


def first_line(answer: Answer, now: datetime) -> str:
    """`No: #12 张三 · callback waits since the last call, until today 14:00 (Asia/Shanghai)`."""
    verdict, zone = answer.verdict, answer.zone
    sentence, who = verdict_sentence(verdict, zone, now), title(answer.record)
    if not verdict.dialable:
        said = _("No: {who} {verdict}")
    elif answer.facts.engine is None:
        said = _("Not yet: {who} {verdict}, but no engine is running")
    else:
        said = _("Yes: {who} {verdict}")
    return said.format(who=who, verdict=sentence) + _until(verdict, zone, now)


def _until(verdict: Verdict, zone: ZoneInfo, now: datetime) -> str:
    """When the answer changes, with the zone; only the zone where the sentence has the time."""
    if verdict.until is None:
        return ""
    if verdict.until in verdict.params.values():
        return f" ({zone.key})"
    if verdict.dialable:
        time = moment_without_zone(verdict.until, zone, now)
        return " " + _("(until {time}, {zone})").format(time=time, zone=zone.key)
    if verdict.code is Code.CALENDAR_ENDS:
        return ""
    return _(". Next: {time}").format(time=moment(verdict.until, zone, now))


# ── what it rests on ─────────────────────────────────────────────────────────────────────


def _print_details(answer: Answer, now: datetime) -> None:
    print_facts(_details(answer, now))
    attempts = answer.record.attempts[-LATEST_CALLS:]
    if attempts:
        heading(_("Latest calls ({zone})").format(zone=answer.zone.key))
        print_attempts(attempts, answer.zone)


def _details(answer: Answer, now: datetime) -> Iterable[tuple[str, str]]:
    facts, zone = answer.facts, answer.zone
    contact, campaign = facts.contact, facts.campaign
    number = number_to_dial(contact, campaign.retry.numbers)
    dials = contact.dials_on(local_date(zone, now), zone)
    made = contact.appointment
    yield _("rule"), answer.verdict.code.value
    yield _("campaign"), f"{campaign.name} · {campaign_state_word(facts.campaign_state, _)}"
    yield _("contact"), contact_state_words()[contact.state]
    yield _("number to dial"), number.e164 if number else _("none")
    yield _("do-not-call"), reason_text(facts.do_not_call) if facts.do_not_call else _("no")
    yield _("dials today"), _("{n} of {cap}").format(n=dials, cap=campaign.retry.daily_attempts)
    yield _("appointment"), moment(made.at, zone, now) if made else ""
    yield _("calling windows"), f"{windows_text(campaign.windows)} ({zone.key})"
    yield _("regulations"), _regulations_text(facts)
    yield _("next by the rules"), _next_by_the_rules(answer, now)
    yield _("engine"), engine_text(facts.engine)


def _regulations_text(facts: Facts) -> str:
    campaign = facts.campaign
    held_by = profiles_for(campaign.law, campaign.regulations, facts.contact.numbers)
    return ", ".join(f"{one.name} {one.version}" for one in held_by)


def _next_by_the_rules(answer: Answer, now: datetime) -> str:
    """When it would be, as soon as what stands in the way has gone; empty if the line says it."""
    facts = answer.facts
    if answer.verdict.code not in WAITING_FOR_US:
        return ""
    due = due_in(facts.campaign, facts.contact, now)
    if due.at is None:
        return ""
    return _("now") if due.at <= now else moment(due.at, answer.zone, now)


def answer_json(answer: Answer, now: datetime) -> dict[str, object]:
    """The answer for a program."""
    verdict = answer.verdict
    return {
        "contact": answer.record.contact.id,
        "campaign": answer.record.campaign.name,
        "dialable": verdict.dialable,
        "engine_running": answer.facts.engine is not None,
        "will_be_dialed": verdict.dialable and answer.facts.engine is not None,
        "code": verdict.code.value,
        "params": {name: _for_a_program(value) for name, value in verdict.params.items()},
        "until": iso(verdict.until),
        "zone": answer.zone.key,
        "text": first_line(answer, now),
    }


def _for_a_program(value: Param) -> str | int | float | None:
    match value:
        case datetime():
            return iso(value)
        case timedelta():
            return value.total_seconds()
        case _:
            return value
