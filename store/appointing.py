"""Refusing a promised time that may not be kept (R4).

Owns: how the rules' refusal becomes the store's error, for every door that an appointment
comes in by. Must not know the rules (`campaigns.retry`) nor write anything.
"""

from __future__ import annotations

from datetime import datetime

from campaigns.campaign import Campaign
from campaigns.campaign_hours import hours_of, zone_for
from campaigns.contact import Contact
from campaigns.retry import check_appointment
from store.errors import AppointmentRefusedError


def refuse_if_impossible(contact: Contact, campaign: Campaign, at: datetime, now: datetime) -> None:
    """Let an appointment at `at` pass that may be made at `now`.

    Raises:
        AppointmentRefusedError: past or outside the window; it names the nearest times.
    """
    refusal = check_appointment(at, hours_of(campaign, contact), now)
    if refusal is None:
        return
    zone = zone_for(campaign, contact)
    nearest = tuple(
        moment.astimezone(zone).isoformat(timespec="minutes")
        for moment in (refusal.before, refusal.after)
        if moment is not None
    )
    raise AppointmentRefusedError(refusal.fault, nearest)
