"""The hours in which a campaign may dial a contact: every layer that holds, laid together.

Owns: which layers there are, and whose days are counted. Must not know the rule that waits for
them (`campaigns.retry`).
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from campaigns.calendars import Calendar, Holidays
from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.hours import Hours
from campaigns.layers import Layer
from campaigns.retry import Due, next_due
from campaigns.windows import CallingWindows


def hours_of(campaign: Campaign, contact: Contact) -> Hours:
    """The hours of one contact, on its own zone's clock (else the campaign's)."""
    return hours_in(campaign, contact.zone)


def hours_in(campaign: Campaign, zone: ZoneInfo | None) -> Hours:
    """The campaign's own windows and holidays for the contacts of one zone; None: its own."""
    return _own(campaign.windows, zone or campaign.zone, campaign.calendar, campaign.holidays)


def zone_for(campaign: Campaign, contact: Contact) -> ZoneInfo:
    """Whose midnight begins the contact's day: its own zone's, else the campaign's (R5)."""
    return contact.zone or campaign.zone


def due_in(
    campaign: Campaign, contact: Contact, now: datetime, not_before: datetime | None = None
) -> Due:
    """When the contact may be dialed next by its campaign's rules: see `campaigns.retry`."""
    hours, zone = hours_of(campaign, contact), zone_for(campaign, contact)
    return next_due(contact, campaign.retry, hours, zone, now, not_before)


@lru_cache(maxsize=4096)
def _own(
    windows: CallingWindows, zone: ZoneInfo, calendar: Calendar | None, holidays: Holidays
) -> Hours:
    layer = Layer(windows=windows, zone=zone, calendar=calendar, holidays=holidays)
    return Hours(layers=(layer,))
