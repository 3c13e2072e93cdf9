"""Whom a campaign leaves out from the beginning, by what came in with the list.

Owns: the two rules that need nothing but the row: its ground for the call, and the filter. So the
counts are true from the end of the load on, before any claim has looked. Must not know how a
standing is written.
"""

from __future__ import annotations

from collections.abc import Callable

from campaigns.campaign import Campaign
from campaigns.contact import Contact
from campaigns.contact_fields import fields_of
from campaigns.filters import evaluate
from campaigns.law.consent_gate import consent_objection
from campaigns.law.regulation import profiles_for
from campaigns.verdicts import Code


def chooser(campaign: Campaign) -> Callable[[Contact], Code | None] | None:
    """What says of a fresh contact why it is left out, None: it is not.

    None where the campaign takes everybody: then nobody need be asked.
    """
    if campaign.filter is None and not _asks_for_a_ground(campaign):
        return None
    return lambda contact: _without_ground(campaign, contact) or _not_wanted(campaign, contact)


def _asks_for_a_ground(campaign: Campaign) -> bool:
    if not campaign.law.profiles:
        return False
    every = campaign.regulations.profiles
    return consent_objection(every, campaign.kind, campaign.consent, None) is not None


def _without_ground(campaign: Campaign, contact: Contact) -> Code | None:
    profiles = profiles_for(campaign.law, campaign.regulations, contact.numbers)
    found = consent_objection(profiles, campaign.kind, campaign.consent, contact.consent)
    if found is None:
        return None
    return Code.CONSENT_PROOF if found.unproved else Code.CONSENT


def _not_wanted(campaign: Campaign, contact: Contact) -> Code | None:
    if campaign.filter is None:
        return None
    found = evaluate(campaign.filter, fields_of(contact, campaign.zone))
    if found.holds:
        return None
    return Code.FILTER_UNCLEAR if found.unclear else Code.FILTERED
