"""What the ledger says of a call that is placed: whom, by whose leave, and what was looked at.

Owns: the facts of one compliance record. Must not know how entries are chained
(`campaigns.ledger`) nor decide anything: the judge has said yes to these facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from campaigns.campaign_hours import hours_of, zone_for
from campaigns.contact import PhoneNumber
from campaigns.hours import Hours, local_date, open_until
from campaigns.judge import Facts
from campaigns.layers import Layer
from campaigns.ledger import EntryKind, Note


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
        "appointment": _moment(contact.appointment.at) if contact.appointment else None,
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


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
