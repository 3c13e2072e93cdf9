"""A contact as operators see it: for people, and for programs.

Owns: what is shown of it. Times are on the contact's own clock. Must not know which command asks.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.cli.sentences import (
    contact_state_words,
    not_sent_sentences,
    verdict_sentences,
)
from campaigns.consent import Consent
from campaigns.judge import Code
from campaigns.outcomes import Outcome
from config.language import _
from dialer.cli_print import facts, heading, say, table
from dialer.cli_times import duration, iso, moment, moment_without_zone, stamp
from store.contacts import AttemptRecord, ContactRecord
from store.errors import AppointmentBarredError
from supervisor.words import outcome_words


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
        "appointment_agent": contact.appointment.agent if contact.appointment else None,
        "consent": _consent_json(contact.consent),
        "attempts": [_attempt_json(attempt) for attempt in record.attempts],
    }


def _consent_json(consent: Consent | None) -> dict[str, object] | None:
    if consent is None:
        return None
    given_at = iso(consent.given_at)
    return {"basis": consent.basis.value, "proof": consent.proof, "given_at": given_at}


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
        if contact.appointment is not None and contact.appointment.agent:
            alone = _("{appointment}, for {agent} alone")
            appointment = alone.format(appointment=appointment, agent=contact.appointment.agent)
    say(title(record), style="bold")
    facts(
        [
            (_("state"), contact_state_words()[contact.state]),
            (_("reference"), contact.reference),
            (_("numbers"), ", ".join(numbers)),
            (_("time zone"), zone.key),
            (_("appointment"), appointment),
            (_("consent"), _consent_text(contact.consent)),
            *record.custom.items(),
        ]
    )
    if record.attempts:
        heading(_("Calls ({zone})").format(zone=zone.key))
        print_attempts(record.attempts, zone)
    else:
        say(_("  not called yet"))


def _consent_text(consent: Consent | None) -> str:
    if consent is None:
        return ""
    return " · ".join(part for part in (consent.basis.value, consent.proof) if part)


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


def with_offers(said: str, nearest: list[datetime], zone: ZoneInfo, now: datetime) -> str:
    """The refusal with the nearest times that would do."""
    if not nearest:
        return said
    times = " · ".join(moment_without_zone(time, zone, now) for time in nearest)
    return _("{why}; nearest allowed: {times}").format(why=said, times=f"{times} ({zone.key})")


def barred_then(error: AppointmentBarredError, who: str) -> str:
    """Why `who` would not be called at the time that was asked for."""
    code = Code(error.code)
    if code is Code.DO_NOT_CALL:
        said = _("{who} is on the do-not-call list and would not be called; nothing is changed")
        return said.format(who=who)
    said = _("no appointment: {who} {why}")
    return said.format(who=who, why=verdict_sentences()[code].format(**error.params))
