"""What a campaign's own calls say for a plan of seats.

Owns: which figures are taken from them, and from how many at least. Must not know what is planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from dialer.cli_session import opened, utc_now
from dialer.staffing.plan_cells import PlanColumn

if TYPE_CHECKING:
    from campaigns.campaign import Campaign
    from config.settings import Settings
    from store.database import Database
    from store.history import CallHistory

HISTORY_DAYS: Final = 28
# A mean of fewer would say more than is known.
FEWEST_WRAP_UPS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a campaign's calls have shown; nothing where none was named."""

    figures: Mapping[PlanColumn, float] = field(default_factory=dict)
    dials: float | None = None
    open_records: int | None = None
    history: CallHistory | None = None
    campaign: Campaign | None = None


async def learned(settings: Settings, name: str) -> Known:
    """The campaign's last weeks; its limit of after-call work stands for what was not measured.

    Raises:
        UnknownCampaignError: there is none of that name.
    """
    async with opened(settings) as database:
        return await learned_from(database, name, utc_now())


async def learned_from(database: Database, name: str, now: datetime) -> Known:
    """The same from a database that is open. Raises UnknownCampaignError."""
    from campaigns.cli.find import find_campaign  # noqa: PLC0415  SQLAlchemy is slow to load
    from store.history import call_history  # noqa: PLC0415  as above

    record = await find_campaign(database, name, now)
    limit_s = record.campaign.wrap_up_s
    since = now - timedelta(days=HISTORY_DAYS)
    history = await call_history(database, record.campaign.id, since=since, wrap_up_limit_s=limit_s)
    figures = {PlanColumn.WRAP_UP: float(limit_s)}
    if history.live:
        figures[PlanColumn.ANSWER_RATE] = history.live / history.placed
    if history.talks:
        figures[PlanColumn.TALK] = history.talk_s / history.talks
    if history.wrap_ups >= FEWEST_WRAP_UPS:
        figures[PlanColumn.WRAP_UP] = history.wrap_up_s / history.wrap_ups
    return Known(
        figures=figures,
        dials=history.placed / history.contacts if history.contacts else None,
        open_records=record.open_contacts,
        history=history,
        campaign=record.campaign,
    )
