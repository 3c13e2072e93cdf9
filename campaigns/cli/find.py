"""Finding what an operator names: a campaign, or contacts by number, reference or id.

Owns: how names are understood. A typed number is read as the campaigns read theirs. Must not
know what is done with what is found.
"""

from __future__ import annotations

from datetime import datetime

from campaigns.cli.sentences import number_sentences
from campaigns.phone.numbers import NumberCheck, NumberRefusal, to_e164
from config.language import _
from dialer.cli_errors import CommandError, ExitCode
from dialer.messages import CampaignRecord
from store.campaigns import Campaigns
from store.contacts import LONGEST_ID, Contacts
from store.database import Database
from store.errors import UnknownCampaignError

HOME_COUNTRY = "CN"


async def find_campaign(database: Database, name: str, now: datetime) -> CampaignRecord:
    """The campaign of that name, else of that number.

    Raises:
        UnknownCampaignError: there is none.
    """
    campaigns = Campaigns(database)
    try:
        return await campaigns.get(name, now)
    except UnknownCampaignError:
        if not (name.isascii() and name.isdigit() and len(name) <= LONGEST_ID):
            raise
        return await campaigns.get(int(name), now)


async def find_contacts(
    database: Database, who: str, campaign: str | None, now: datetime
) -> tuple[int, ...]:
    """The contacts that `who` names, a number, reference or id; maybe in one campaign only.

    Raises:
        CommandError: nobody is named so.
        UnknownCampaignError: there is no such campaign.
    """
    records = await Campaigns(database).records(now)
    only = None
    if campaign is not None:
        record = await find_campaign(database, campaign, now)
        records, only = (record,), record.campaign.id
    contacts = Contacts(database)
    for text in _ways_to_read(who, records):
        found = await contacts.find(text, only)
        if found:
            return found
    said = _("nobody is known as “{who}”")
    raise CommandError(said.format(who=who), reason="unknown_contact")


async def find_one_contact(
    database: Database, who: str, campaign: str | None, now: datetime
) -> int:
    """The one contact that is meant.

    Raises:
        CommandError: nobody is named so, or more than one; it names their campaigns.
    """
    found = await find_contacts(database, who, campaign, now)
    if len(found) == 1:
        return found[0]
    shown = [await Contacts(database).show(contact_id) for contact_id in found]
    places = ", ".join(f"{record.campaign.name} #{record.contact.id}" for record in shown)
    said = _("“{who}” is meant by several contacts: {places}; name one by --campaign or its number")
    text = said.format(who=who, places=places)
    raise CommandError(text, ExitCode.USAGE, reason="several_contacts")


def _ways_to_read(who: str, records: tuple[CampaignRecord, ...]) -> list[str]:
    """As a number of each campaign's country, then as it was typed."""
    countries = dict.fromkeys([record.campaign.country for record in records] + [HOME_COUNTRY])
    numbers = [to_e164(who, country, NumberCheck.POSSIBLE) for country in countries]
    ways = [str(number) for number in numbers if not isinstance(number, NumberRefusal)]
    # `#12` is how contacts are shown; a shell passes it on when it is quoted.
    return [*dict.fromkeys(ways), who.strip().removeprefix("#")]


def typed_number(text: str, country: str) -> str:
    """The number in E.164.

    Raises:
        CommandError: it is none, with the reason.
    """
    number = to_e164(text, country, NumberCheck.POSSIBLE)
    if isinstance(number, NumberRefusal):
        said = _("“{text}” is no number to dial: {why}")
        why = number_sentences()[number]
        raise CommandError(said.format(text=text, why=why), ExitCode.USAGE, reason="no_number")
    return number
