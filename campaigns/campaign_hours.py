"""The hours in which a campaign may dial a contact: every layer that holds, laid together.

Owns: which layers there are, and whose days are counted. Must not know the rule that waits for
them (`campaigns.retry`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from campaigns.calendars import Calendar, Holidays
from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.hours import Hours
from campaigns.law.law_choice import LawChoice
from campaigns.law.regulation import (
    Profile,
    Regulations,
    holding,
    legal_windows,
    marks_of,
    profiles_of_countries,
)
from campaigns.layers import Layer
from campaigns.retry import Due, next_due
from campaigns.windows import CallingWindows


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What bounds the calls to a contact: the laws that hold for it, and its hours.

    `own`: the campaign's windows and holidays; `legal`: what the laws leave of the day; `hours`:
    both. `zone`: whose midnight begins its day; `zones`: all that it may be in.
    """

    profiles: tuple[Profile, ...]
    zone: ZoneInfo
    zones: tuple[ZoneInfo, ...]
    own: Hours
    legal: Hours
    hours: Hours


def bounds_of(campaign: Campaign, contact: Contact) -> Bounds:
    """The bounds of one contact. They are the same for most contacts of a list, and kept."""
    return _bounds(
        campaign.law,
        campaign.regulations,
        marks_of(contact.numbers, campaign.regulations.reach),
        own_hours(campaign, contact.zone),
        contact.zone or campaign.zone,
        contact.zones,
    )


def hours_of(campaign: Campaign, contact: Contact) -> Hours:
    """The hours of one contact: the campaign's, and those of each law that holds for it."""
    return bounds_of(campaign, contact).hours


def hours_in(
    campaign: Campaign,
    zone: ZoneInfo | None,
    zones: tuple[ZoneInfo, ...] = (),
    countries: Collection[str] = (),
) -> Hours:
    """The same for all contacts of one zone that may be in `zones`, in these countries.

    A law that holds for some of a country's numbers is left out: see `profiles_of_countries`.
    """
    profiles = profiles_of_countries(campaign.law, campaign.regulations, countries)
    own = own_hours(campaign, zone)
    return _laid(own, _legal(campaign.law, profiles), zones or (zone or campaign.zone,))


def own_hours(campaign: Campaign, zone: ZoneInfo | None) -> Hours:
    """The campaign's own windows and holidays for the contacts of one zone; None: its own."""
    return _own(campaign.windows, zone or campaign.zone, campaign.calendar, campaign.holidays)


def legal_hours(
    campaign: Campaign, profiles: tuple[Profile, ...], zones: tuple[ZoneInfo, ...]
) -> Hours:
    """What these laws leave of the day, without the campaign's windows and holidays."""
    return _laid(_ALWAYS, _legal(campaign.law, profiles), zones)


def zone_for(campaign: Campaign, contact: Contact) -> ZoneInfo:
    """Whose midnight begins the contact's day: its own zone's, else the campaign's (R5)."""
    return contact.zone or campaign.zone


def due_in(
    campaign: Campaign, contact: Contact, now: datetime, not_before: datetime | None = None
) -> Due:
    """When the contact may be dialed next by its campaign's rules: see `campaigns.retry`."""
    hours, zone = hours_of(campaign, contact), zone_for(campaign, contact)
    return next_due(contact, campaign.retry, hours, zone, now, not_before)


_ALWAYS = Hours(layers=())


@lru_cache(maxsize=16_384)
def _bounds(  # noqa: PLR0917  # the key of a cache that is asked for each contact
    law: LawChoice,
    regulations: Regulations,
    marks: tuple[tuple[str, str], ...],
    own: Hours,
    zone: ZoneInfo,
    zones: tuple[ZoneInfo, ...],
) -> Bounds:
    profiles = holding(law, regulations, marks)
    windows, everywhere = _legal(law, profiles), zones or (zone,)
    return Bounds(
        profiles=profiles,
        zone=zone,
        zones=everywhere,
        own=own,
        legal=_laid(_ALWAYS, windows, everywhere),
        hours=_laid(own, windows, everywhere),
    )


@lru_cache(maxsize=4096)
def _own(
    windows: CallingWindows, zone: ZoneInfo, calendar: Calendar | None, holidays: Holidays
) -> Hours:
    layer = Layer(windows=windows, zone=zone, calendar=calendar, holidays=holidays)
    return Hours(layers=(layer,))


@lru_cache(maxsize=4096)
def _legal(law: LawChoice, profiles: tuple[Profile, ...]) -> tuple[CallingWindows, ...]:
    windows = (legal_windows(profile, law) for profile in profiles)
    return tuple(one for one in windows if one is not None)


@lru_cache(maxsize=4096)
def _laid(own: Hours, legal: tuple[CallingWindows, ...], zones: tuple[ZoneInfo, ...]) -> Hours:
    layers = (Layer(windows=windows, zone=zone) for windows in legal for zone in zones)
    return Hours(layers=own.layers + tuple(dict.fromkeys(layers)))
