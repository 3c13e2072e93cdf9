"""What the ledger says of a call that is placed: whom, by whose leave, and what was looked at.

Owns: the facts of one compliance record. Must not know how entries are chained
(`campaigns.ledger`) nor decide anything: the judge has said yes to these facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from campaigns.campaign_hours import hours_of, zone_for
from campaigns.consent import Consent
from campaigns.contact import Appointment, PhoneNumber
from campaigns.hours import Hours, local_date, open_until
from campaigns.judge import Facts
from campaigns.law.caps import Placed, calls_of, calls_to
from campaigns.law.law_choice import LawChoice
from campaigns.law.regulation import Cap, Gap, Limit, Per, Profile, profiles_for
from campaigns.layers import Layer
from campaigns.ledger import EntryKind, Note

_TWO_DAYS: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Which attempt goes to the network, and through whom."""

    attempt: str
    engine: str
    agent: str | None


def call_note(facts: Facts, sending: Sending, now: datetime) -> Note:
    """The entry of a call that is sent now, in the chain of its engine.

    Raises ValueError where the attempt has no number: nobody could have been called.
    """
    return Note(
        chain=sending.engine,
        at=now,
        kind=EntryKind.CALL,
        subject=sending.attempt,
        body=_record(facts, sending, now),
    )


def _record(facts: Facts, sending: Sending, now: datetime) -> dict[str, Any]:
    campaign, contact = facts.campaign, facts.contact
    number = _dialed(facts)
    profiles = profiles_for(campaign.law, campaign.regulations, contact.numbers)
    return {
        "number": number.e164,
        "campaign": {"id": campaign.id, "name": campaign.name, "kind": campaign.kind.value},
        "contact": {"id": contact.id, "reference": contact.reference},
        "engine": sending.engine,
        "agent": sending.agent,
        "mode": campaign.mode.value,
        "caller_id": campaign.caller_id,
        "hours": _hours(facts, now),
        "dials_today": _dials_today(facts, now),
        "do_not_call": "not listed",
        "list": contact.list_name,
        "appointment": _appointment(contact.appointment),
        "law": [_profile(facts, profile, number, now) for profile in profiles],
        "widened": _widened(campaign.law),
        "consent": {"contact": _ground(contact.consent), "campaign": _ground(campaign.consent)},
    }


def _dialed(facts: Facts) -> PhoneNumber:
    wanted = facts.number_id
    number = facts.contact.number(wanted) if wanted is not None else None
    if number is None:
        raise ValueError(f"an attempt at contact {facts.contact.id} has no number")
    return number


def _hours(facts: Facts, now: datetime) -> dict[str, Any]:
    """The local time, and each layer of windows with the zone whose clock it is."""
    hours = hours_of(facts.campaign, facts.contact)
    zone = zone_for(facts.campaign, facts.contact)
    closes = open_until(hours, now)
    return {
        "zone": zone.key,
        "local": now.astimezone(zone).isoformat(timespec="seconds"),
        "open_until": _moment(closes) if closes else None,
        "windows": _layers(hours, now),
    }


def _layers(hours: Hours, now: datetime) -> list[dict[str, Any]]:
    return [_layer(layer, now) for layer in hours.layers]


def _layer(layer: Layer, now: datetime) -> dict[str, Any]:
    windows = [str(window) for window in layer.windows_on(local_date(layer.zone, now))]
    calendar = layer.calendar.name if layer.calendar is not None else None
    return {"zone": layer.zone.key, "windows": windows, "calendar": calendar}


def _dials_today(facts: Facts, now: datetime) -> dict[str, int]:
    """This call not among them."""
    zone = zone_for(facts.campaign, facts.contact)
    made = facts.contact.dials_on(local_date(zone, now), zone)
    return {"made": made, "cap": facts.campaign.retry.daily_attempts}


def _profile(facts: Facts, profile: Profile, number: PhoneNumber, now: datetime) -> dict[str, Any]:
    """Which edition of which law held, and how near its limits were before this call."""
    placed = {
        Per.NUMBER: calls_to(number.e164, facts.number_calls or ()),
        Per.CONTACT: calls_of(facts.contact),
    }
    limits = (_limit(limit, placed[limit.per], now) for limit in profile.limits)
    return {
        "profile": profile.name,
        "version": profile.version,
        "digest": profile.digest,
        "limits": list(limits),
    }


def _limit(limit: Limit, placed: Sequence[Placed], now: datetime) -> dict[str, Any]:
    """The calls that were looked at: of the last two days where a local day is counted."""
    match limit:
        case Cap():
            span, told = limit.within or _TWO_DAYS, {"cap": limit.calls}
        case Gap():
            span, told = limit.wait, {"cap": 1}
    calls = [_moment(call.at) for call in placed if call.at > now - span]
    return {**told, "per": limit.per.value, "within_s": span.total_seconds(), "calls": calls}


def _widened(law: LawChoice) -> dict[str, str] | None:
    if law.widened is None:
        return None
    return {"window": str(law.widened), "reason": law.reason}


def _ground(consent: Consent | None) -> dict[str, Any] | None:
    if consent is None:
        return None
    given_at = _moment(consent.given_at) if consent.given_at else None
    return {"basis": consent.basis.value, "proof": consent.proof, "given_at": given_at}


def _appointment(made: Appointment | None) -> dict[str, Any] | None:
    return None if made is None else {"at": _moment(made.at), "agent": made.agent}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
