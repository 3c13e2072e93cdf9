"""A campaign's whole list with all that the judge asks, for a forecast.

Owns: reading it a stretch at a time. Must not decide anything, nor know what a forecast is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from campaigns.campaign import CampaignState
from campaigns.contact import ContactState, ListState
from campaigns.judge import Facts
from campaigns.law.abandonment import Windows
from store import schema
from store.answers import answered_windows
from store.cases import load_cases
from store.database import Database
from store.facts import load_campaign

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeList:
    """The open contacts of lists that are dialed, and the law's counts.

    `left_out`: so many open contacts more than were wanted.
    """

    cases: tuple[Facts, ...]
    answered: Windows
    left_out: int


async def whole_list(
    database: Database,
    campaign_id: int,
    now: datetime,
    most: int,
    progressed: Callable[[int, int | None], None] = lambda _done, _of: None,
) -> WholeList:
    """The first `most` open contacts, in the order in which they came.

    Raises:
        UnknownCampaignError: there is none.
    """
    contact = schema.contact
    opened = (
        select(contact.c.id)
        .join(schema.pool, schema.pool.c.id == contact.c.pool_id)
        .join(schema.call_list, schema.call_list.c.id == schema.pool.c.list_id)
        .where(
            contact.c.campaign_id == campaign_id,
            contact.c.state == ContactState.OPEN.value,
            schema.call_list.c.state == ListState.ACTIVE.value,
        )
        .order_by(contact.c.id)
    )
    cases: list[Facts] = []
    async with database.reading() as connection:
        campaign, _ = await load_campaign(connection, campaign_id)
        whole = await connection.scalar(select(func.count()).select_from(opened.subquery())) or 0
        last = -1
        while len(cases) < most:
            page = opened.where(contact.c.id > last).limit(min(AT_ONCE, most - len(cases)))
            ids = list(await connection.scalars(page))
            if not ids:
                break
            last = ids[-1]
            found = await load_cases(connection, campaign, CampaignState.RUNNING, ids, now)
            cases += [found[one] for one in ids if one in found]
            progressed(len(cases), min(whole, most))
        answered = await answered_windows(connection, campaign, now)
    return WholeList(cases=tuple(cases), answered=answered, left_out=max(whole - len(cases), 0))
