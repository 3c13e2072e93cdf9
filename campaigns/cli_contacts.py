"""`waihu contact`: one contact with its history; appointments; reopening.

Owns: these commands and what they show. Times are on the contact's own clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.cli_find import find_contacts, find_one_contact
from campaigns.outcomes import Outcome
from campaigns.sentences import contact_state_words, not_sent_sentences, store_refused
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError
from dialer.cli_print import facts, heading, print_json, say, table
from dialer.cli_session import carry_out, opened, settings_of, tell_engine, utc_now
from dialer.cli_times import duration, iso, moment, moment_without_zone, read_time, stamp
from store.contacts import AttemptRecord, ContactRecord, Contacts
from store.errors import AppointmentRefusedError
from supervisor.words import outcome_words

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Who = Annotated[
    str, typer.Argument(metavar="CONTACT", help=mark("Phone number, reference, or its number."))
]
Campaign = Annotated[
    str | None, typer.Option(help=mark("Look in this campaign only (else in all)."))
]


@app.command(help=mark("Show a contact: numbers, appointment, every call."))
def show(ctx: typer.Context, who: Who, campaign: Campaign = None, json: Json = False) -> None:
    """A number may be in several campaigns: each is shown."""
    carry_out(_show(settings_of(ctx), who, campaign, json=json))


async def _show(settings: Settings, who: str, campaign: str | None, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        found = await find_contacts(database, who, campaign, now)
        records = [await Contacts(database).show(contact_id) for contact_id in found]
    if json:
        print_json({"contacts": [contact_json(record) for record in records]})
        return
    for place, record in enumerate(records):
        if place:
            say("")
        print_contact(record, now)


def zone_of(record: ContactRecord) -> ZoneInfo:
    """The contact's own zone, else the campaign's."""
    return record.contact.zone or record.campaign.zone


def title(record: ContactRecord) -> str:
    """`#12 张三 · callback`."""
    name = f"#{record.contact.id} {record.contact.name}".rstrip()
    return f"{name} · {record.campaign.name}"


def contact_json(record: ContactRecord) -> dict[str, object]:
    """One contact for a program."""
    contact, made = record.contact, record.appointment
    return {
        "id": contact.id,
        "campaign": record.campaign.name,
        "reference": contact.reference,
        "name": contact.name,
        "state": contact.state.value,
        "zone": zone_of(record).key,
        "numbers": [
            {"e164": number.e164, "retired": number.retired.value if number.retired else None}
            for number in contact.numbers
        ],
        "custom": dict(record.custom),
        "appointment_at": iso(made.at) if made else None,
        "attempts": [_attempt_json(attempt) for attempt in record.attempts],
    }


def _attempt_json(attempt: AttemptRecord) -> dict[str, object]:
    return {
        "id": attempt.id,
        "e164": attempt.e164,
        "agent": attempt.agent,
        "state": attempt.state.value,
        "claimed_at": iso(attempt.claimed_at),
        "sent_at": iso(attempt.sent_at),
        "answered_at": iso(attempt.answered_at),
        "bridged_at": iso(attempt.bridged_at),
        "ended_at": iso(attempt.ended_at),
        "outcome": attempt.outcome.value if attempt.outcome else None,
        "counted": attempt.counted,
        "cause": attempt.cause,
        "tech_cause": attempt.tech_cause,
        "note": attempt.note,
    }


def print_contact(record: ContactRecord, now: datetime) -> None:
    """One contact for people."""
    contact, zone, made = record.contact, zone_of(record), record.appointment
    words = outcome_words(_)
    numbers = [
        number.e164 + (f" ({words[number.retired]})" if number.retired else "")
        for number in contact.numbers
    ]
    appointment = ""
    if made is not None:
        by = _("{time}, made by {who}") if made.made_by else "{time}"
        appointment = by.format(time=moment(made.at, zone, now), who=made.made_by)
    say(title(record), style="bold")
    facts(
        [
            (_("state"), contact_state_words()[contact.state]),
            (_("reference"), contact.reference),
            (_("numbers"), ", ".join(numbers)),
            (_("time zone"), zone.key),
            (_("appointment"), appointment),
            *record.custom.items(),
        ]
    )
    if record.attempts:
        heading(_("Calls ({zone})").format(zone=zone.key))
        print_attempts(record.attempts, zone)
    else:
        say(_("  not called yet"))


def print_attempts(attempts: tuple[AttemptRecord, ...], zone: ZoneInfo) -> None:
    """The table of calls, oldest first."""
    words = outcome_words(_)
    rows = [
        (
            stamp(attempt.sent_at or attempt.claimed_at, zone),
            attempt.e164,
            words[attempt.outcome] if attempt.outcome else _("under way"),
            _talk(attempt),
            attempt.agent or "",
            "" if attempt.counted else _("not counted"),
            note_text(attempt),
        )
        for attempt in attempts
    ]
    columns = [_("at"), _("number"), _("outcome"), _("talk"), _("agent"), "", _("note")]
    table(columns, rows, right=_("talk"))


def note_text(attempt: AttemptRecord) -> str:
    """What is noted on an attempt: the agent's own words, or why nobody was called."""
    if attempt.outcome is not Outcome.NOT_SENT:
        return attempt.note
    said = {why.value: text for why, text in not_sent_sentences().items()}
    return said.get(attempt.note, attempt.note)


def _talk(attempt: AttemptRecord) -> str:
    if attempt.bridged_at is None or attempt.ended_at is None:
        return ""
    return duration((attempt.ended_at - attempt.bridged_at).total_seconds())


@app.command(help=mark("Promise a contact a call at a time, in place of an earlier promise."))
def appoint(
    ctx: typer.Context,
    who: Who,
    at: Annotated[str, typer.Option(help=mark("15:00 or 2026-11-25 15:00, the contact's clock."))],
    campaign: Campaign = None,
    by: Annotated[str, typer.Option(help=mark("Who made it."))] = "",
    json: Json = False,
) -> None:
    """Make an appointment (R4); a time that is not allowed is refused with the nearest ones."""
    carry_out(_appoint(settings_of(ctx), who, campaign, at, by=by, json=json))


async def _appoint(
    settings: Settings, who: str, campaign: str | None, text: str, *, by: str, json: bool
) -> None:
    now = utc_now()
    async with opened(settings) as database:
        contacts = Contacts(database)
        contact_id = await find_one_contact(database, who, campaign, now)
        record = await contacts.show(contact_id)
        zone = zone_of(record)
        at = read_time(text, zone, now)
        if (await contacts.facts(contact_id, now)).do_not_call is not None:
            said = _("{who} is on the do-not-call list and would not be called; nothing is changed")
            raise CommandError(said.format(who=title(record)))
        try:
            await contacts.appoint(contact_id, at, by, now)
        except AppointmentRefusedError as error:
            nearest = [datetime.fromisoformat(time) for time in error.nearest]
            raise CommandError(with_offers(store_refused(error), nearest, zone, now)) from None
        record = await contacts.show(contact_id)
    await tell_engine(settings)
    if json:
        print_json({"contact": contact_json(record)})
    else:
        said = _("{who} will be called {time}.")
        say(said.format(who=title(record), time=moment(at, zone, now)))


def with_offers(said: str, nearest: list[datetime], zone: ZoneInfo, now: datetime) -> str:
    """The refusal with the nearest times that would do."""
    if not nearest:
        return said
    times = " · ".join(moment_without_zone(time, zone, now) for time in nearest)
    return _("{why}; nearest allowed: {times}").format(why=said, times=f"{times} ({zone.key})")


@app.command(help=mark("Put a closed contact back into the pool."))
def reopen(ctx: typer.Context, who: Who, campaign: Campaign = None, json: Json = False) -> None:
    """Numbers that were found wrong stay retired (R6)."""
    carry_out(_reopen(settings_of(ctx), who, campaign, json=json))


async def _reopen(settings: Settings, who: str, campaign: str | None, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        contacts = Contacts(database)
        contact_id = await find_one_contact(database, who, campaign, now)
        await contacts.reopen(contact_id, now)
        record = await contacts.show(contact_id)
    await tell_engine(settings)
    if json:
        print_json({"contact": contact_json(record)})
    else:
        say(_("{who} is open again.").format(who=title(record)))
