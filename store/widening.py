"""Legal hours that a campaign widens: in the ledger with their reason, before anybody is called.

Owns: that entry. Must not know which profiles can be widened (`campaigns.regulation`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.law_choice import LawChoice
from campaigns.ledger import EntryKind
from store.ledger import enter_act


async def note_widening(
    connection: AsyncConnection,
    campaign: Campaign,
    before: LawChoice | None,
    by: str,
    now: datetime,
) -> None:
    """Enter it in the transaction that saves the campaign; nothing where nothing has changed."""
    law = campaign.law
    if law.widened is None or law == before:
        return
    body = {
        "window": str(law.widened),
        "why": law.reason,
        "profiles": list(law.profiles),
        "was": str(before.widened) if before is not None and before.widened else None,
        "by": by,
    }
    await enter_act(connection, EntryKind.LAW_WIDENED, campaign.name, body, now)
