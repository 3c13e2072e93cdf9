"""Law that a campaign widens or leaves out: in the ledger with its reason, before any call.

Owns: that entry. Must not know which profiles can be widened (`campaigns.law.regulation`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.law.law_choice import LawChoice
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
    if not law.is_weaker or law == before:
        return
    body = {
        "window": str(law.widened) if law.widened else None,
        "why": law.reason,
        "profiles": list(law.profiles),
        "was": str(before.widened) if before is not None and before.widened else None,
        "by": by,
    }
    await enter_act(connection, EntryKind.LAW_WIDENED, campaign.name, body, now)
