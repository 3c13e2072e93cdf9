"""Finding the customer whom nobody knows by the number: by name, reference or another number.

Owns: that question, with a limit. Must not know who asks, nor how a number is masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from store import schema
from store.database import Database

MOST: Final = 20
_contact = schema.contact
_number = schema.contact_number
_campaign = schema.campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCustomer:
    """One contact with its first number, which may be none."""

    contact: int
    name: str
    reference: str
    campaign: str
    e164: str


async def search(database: Database, text: str, e164: str = "") -> Sequence[FoundCustomer]:
    """Contacts with that number, with that reference, or whose name begins so; newest first.

    `e164`: what `text` is as a number, if it is one.

    Raises:
        StoreError: the database cannot be read.
    """
    first = _number.c.position == 0
    query = (
        select(_contact, _campaign.c.name.label("campaign"), _number.c.e164)
        .join(_campaign, _campaign.c.id == _contact.c.campaign_id)
        .outerjoin(_number, (_number.c.contact_id == _contact.c.id) & first)
        .order_by(_contact.c.id.desc())
        .limit(MOST)
    )
    if e164:
        holders = select(_number.c.contact_id).where(_number.c.e164 == e164)
        wanted = query.where(_contact.c.id.in_(holders))
    else:
        by_name = _contact.c.name.startswith(text, autoescape=True)
        wanted = query.where(by_name | (_contact.c.reference == text))
    async with database.reading() as connection:
        return [
            FoundCustomer(
                contact=row.id,
                name=row.name,
                reference=row.reference,
                campaign=row.campaign,
                e164=row.e164 or "",
            )
            for row in await connection.execute(wanted)
        ]
