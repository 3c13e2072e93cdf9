"""Whether the campaign that the site names for call-backs can make them.

Owns: the look into the database, and the sentence. Must not know what a call-back is made of.
"""

from __future__ import annotations

from campaigns.campaign import Campaign, calls_back
from config.language import _
from config.settings import Settings
from dialer.cli_session import carry_out, opened, utc_now
from store.campaigns import Campaigns
from store.errors import UnknownCampaignError


def unfit_for_call_backs(settings: Settings) -> str | None:
    """Why nobody is called back though a campaign is named; None: nothing is wrong."""
    name = settings.inbound.call_back
    if name is None:
        return None
    campaign: list[Campaign] = []
    carry_out(_find(settings, name, campaign))
    if not campaign:
        said = _("[inbound] call_back: there is no campaign {name}; create it, or name another")
        return said.format(name=name)
    if not calls_back(campaign[0]):
        return _(
            "[inbound] call_back: campaign {name} cannot call back; take one of kind callback "
            "whose mode is not preview"
        ).format(name=name)
    return None


async def _find(settings: Settings, name: str, found: list[Campaign]) -> None:
    async with opened(settings) as database:
        try:
            found.append((await Campaigns(database).get(name, utc_now())).campaign)
        except UnknownCampaignError:
            return
