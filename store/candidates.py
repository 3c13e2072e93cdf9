"""Who might be dialed next: the due index, and the judge's word on each candidate.

Owns: the order of serving (appointments first, then who has waited longest), the hints that
keep the due index true, and the end of those whom waiting alone has exhausted. Must not know
the rules: `campaigns.judge` answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Update, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign_hours import hours_in
from campaigns.contact import Contact, ContactState
from campaigns.hours import next_open
from campaigns.judge import Code, judge
from store import schema
from store.cases import load_cases

# At most so many candidates are judged in one claim, which keeps the transaction short; after a
# refused one they are read so many at a time, which keeps the number of questions small.
MOST_CANDIDATES = 256
STRIDE = 32
# Contacts whose hint is moved in one transaction when their window turns out to be closed.
PUT_OFF_AT_ONCE = 2000

_contact = schema.contact
_appointment = schema.appointment

_IS_DUE = (
    _contact.c.campaign_id == bindparam("campaign_id"),
    _contact.c.state == ContactState.OPEN.value,
    _contact.c.next_attempt_at <= bindparam("now"),
    _contact.c.rank.is_(None),
)
# Whom somebody promised a call at a time comes before those who merely fell due (R4).
_DUE_BY_APPOINTMENT = (
    select(_contact.c.id)
    .join(_appointment, _appointment.c.contact_id == _contact.c.id)
    .where(
        _appointment.c.campaign_id == bindparam("campaign_id"),
        _appointment.c.closed.is_(None),
        _appointment.c.at <= bindparam("now"),
        *_IS_DUE,
    )
    .order_by(_appointment.c.at)
    .limit(bindparam("limit"))
)
_DUE = (
    select(_contact.c.id)
    .where(*_IS_DUE)
    .order_by(_contact.c.next_attempt_at, _contact.c.id)
    .limit(bindparam("limit"))
)
_NEXT_DUE_AT = select(func.min(_contact.c.next_attempt_at)).where(
    _contact.c.campaign_id == bindparam("campaign_id"),
    _contact.c.state == ContactState.OPEN.value,
    _contact.c.next_attempt_at.is_not(None),
    _contact.c.rank.is_(None),
)
_HINT = (
    update(_contact)
    .where(_contact.c.id == bindparam("contact"))
    .values(next_attempt_at=bindparam("hint"))
)


async def next_due_of(
    connection: AsyncConnection, campaign_id: int, without: AbstractSet[int]
) -> datetime | None:
    """When the campaign's next contact falls due; in the past if one is due already."""
    query = _NEXT_DUE_AT.where(_contact.c.id.not_in(without)) if without else _NEXT_DUE_AT
    found: datetime | None = await connection.scalar(query, {"campaign_id": campaign_id})
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What one look at the due index found.

    `dialable`: who may be dialed now, in the order of serving. `look_again`: who may not, and
    when to look again (None: not by itself). `refused_zones`: the zones of the latter.
    `exhausted`: who became so while waiting; nothing but this look would have noticed.
    """

    dialable: tuple[Contact, ...]
    look_again: Mapping[int, datetime | None]
    exhausted: tuple[int, ...]
    refused_zones: frozenset[ZoneInfo | None]


async def pick(
    connection: AsyncConnection,
    campaign: Campaign,
    state: CampaignState,
    count: int,
    now: datetime,
    *,
    without: AbstractSet[int],
) -> Picked:
    """Look for up to `count` contacts that may be dialed now, `without` those set aside."""
    yes: list[Contact] = []
    no: dict[int, datetime | None] = {}
    zones: set[ZoneInfo | None] = set()
    exhausted: list[int] = []
    due = await _due_ids(connection, campaign.id, now)
    ids = [contact_id for contact_id in due if contact_id not in without]
    at, step = 0, count
    while at < len(ids) and len(yes) < count:
        cases = await load_cases(connection, campaign, state, ids[at : at + step], now)
        for contact_id in ids[at : at + step]:
            verdict = judge(cases[contact_id], now)
            if not verdict.dialable:
                no[contact_id] = verdict.until
                zones.add(cases[contact_id].contact.zone)
                exhausted += [contact_id] if verdict.code is Code.CONTACT_EXHAUSTED else []
            elif len(yes) < count:
                yes.append(cases[contact_id].contact)
        at, step = at + step, max(count, STRIDE)
    return Picked(
        dialable=tuple(yes),
        look_again=no,
        exhausted=tuple(exhausted),
        refused_zones=frozenset(zones),
    )


async def _due_ids(connection: AsyncConnection, campaign_id: int, now: datetime) -> list[int]:
    given = {"campaign_id": campaign_id, "now": now, "limit": MOST_CANDIDATES}
    promised = list(await connection.scalars(_DUE_BY_APPOINTMENT, given))
    others = list(await connection.scalars(_DUE, given))
    return list(dict.fromkeys(promised + others))[:MOST_CANDIDATES]


async def skip_closed_zones(
    connection: AsyncConnection,
    campaign: Campaign,
    zones: Iterable[ZoneInfo | None],
    now: datetime,
    *,
    without: AbstractSet[int],
) -> None:
    """Where the window is closed, put many more of that zone off until it opens, `without` some.

    Judging each of a long list only to hear the same would keep the engine asking all night.
    """
    for zone in zones:
        opens_at = next_open(hours_in(campaign, zone), now)
        if opens_at is not None and opens_at > now:
            await connection.execute(_put_off(campaign.id, zone, opens_at, without))


def _put_off(
    campaign_id: int, zone: ZoneInfo | None, until: datetime, without: AbstractSet[int]
) -> Update:
    some = (
        select(_contact.c.id)
        .where(
            _contact.c.campaign_id == campaign_id,
            _contact.c.state == ContactState.OPEN.value,
            _contact.c.next_attempt_at < until,
            _contact.c.zone == zone.key if zone else _contact.c.zone.is_(None),
            _contact.c.id.not_in(without),
        )
        .order_by(_contact.c.next_attempt_at)
        .limit(PUT_OFF_AT_ONCE)
    )
    return update(_contact).where(_contact.c.id.in_(some)).values(next_attempt_at=until)


async def write_exhausted(connection: AsyncConnection, contacts: Sequence[int]) -> None:
    """Close the contacts that have been tried on as many days as the campaign allows."""
    if contacts:
        await connection.execute(
            update(_contact)
            .where(_contact.c.id.in_(contacts))
            .values(state=ContactState.EXHAUSTED.value, next_attempt_at=None)
        )


async def write_hints(connection: AsyncConnection, hints: Mapping[int, datetime | None]) -> None:
    """Write when each contact is worth looking at again; None: not by itself."""
    rows = [{"contact": contact, "hint": hint} for contact, hint in hints.items()]
    if rows:
        await connection.execute(_HINT, rows)
