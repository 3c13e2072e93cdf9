"""Places in queues that are kept for who is to be called back.

Owns: the rows of `call_back`, and the contact that a place is for: found by its number in the
call-back campaign, opened again, or made in a list of its own. Runs in the caller's transaction.
Must not know whose turn it is (`routing.turns`), nor whether anybody may be called (the judge).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.consent import ConsentBasis
from campaigns.contact import ContactState, ListState
from campaigns.judge import Code
from campaigns.phone.numbers import GoodNumber, read_number
from dialer.effects import ClosePlace, KeepPlace
from dialer.messages import KeptPlace
from dialer.queue_effects import QueueEnd
from routing.turns import CallBackReason, Place, PlaceEnd
from store import schema
from store.appointing import refuse_if_barred
from store.cases import load_case
from store.errors import ContactClosedError, StoreConflictError
from store.facts import AnyRow, load_campaign, lock_contact
from store.standing import IN_CALL, closed, waiting

LIST_NAME: Final = "call-backs"
MADE_BY: Final = "hotline"
_PRIORITY: Final = 1

ON_THE_LINE: Final = timedelta(hours=1)
"""Who came longer ago is gone: of an engine that fell nobody says so."""

_contact = schema.contact
_number = schema.contact_number
_place = schema.call_back
_attempt = schema.attempt
_promise = schema.appointment
_call = schema.inbound_call


async def keep_place(connection: AsyncConnection, wish: KeepPlace) -> None:
    """Keep a place; where one is kept for the number already, that one stays.

    A wish is a promise of a call and the ground for it; who hung up, or left a message, has only
    the campaign's ground. What was promised for a later time is promised still (R4, R13).

    Raises:
        UnknownCampaignError: there is no such campaign.
        StoreConflictError: the number is none.
        AppointmentBarredError: whoever wishes may not be called: do-not-call, no consent.
        ContactClosedError: an operator has taken the contact out, and nobody wished for a call.
    """
    campaign, _ = await load_campaign(connection, wish.campaign_id)
    contact_id = await _contact_of(connection, campaign, wish)
    await lock_contact(connection, contact_id)
    is_open = and_(_place.c.contact_id == contact_id, _place.c.closed.is_(None))
    if await connection.scalar(select(_place.c.id).where(is_open)) is not None:
        return
    wished = wish.why == CallBackReason.WISH
    await _open(connection, contact_id, wish, wished=wished)
    await connection.execute(
        insert(_place).values(
            contact_id=contact_id,
            queue=wish.queue,
            reason=wish.why,
            call=wish.call[: schema.CALL_ID_LENGTH],
            language=wish.language[: schema.WORD_LENGTH],
            joined_at=wish.joined_at,
            made_at=wish.at,
        )
    )
    if wished:
        await _leaves_by_it(connection, wish)
    refuse_if_barred(await load_case(connection, contact_id, wish.at), wish.at)


async def _leaves_by_it(connection: AsyncConnection, wish: KeepPlace) -> None:
    """The stay in the queue that the wish came from ended with it, whatever the switch had said."""
    stay = schema.queue_call
    last = (
        select(stay.c.id)
        .where(
            stay.c.call_id == wish.call,
            stay.c.queue == wish.queue,
            stay.c.how.not_in([QueueEnd.ANSWERED.value, QueueEnd.ABANDONED.value]),
        )
        .order_by(stay.c.joined_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    by_it = update(stay).where(stay.c.id == last)
    await connection.execute(by_it.values(how=QueueEnd.CALLBACK.value))


async def _contact_of(connection: AsyncConnection, campaign: Campaign, wish: KeepPlace) -> int:
    found = await connection.execute(
        select(_number.c.contact_id, schema.call_list.c.state)
        .join(_contact, _contact.c.id == _number.c.contact_id)
        .outerjoin(schema.pool, schema.pool.c.id == _contact.c.pool_id)
        .outerjoin(schema.call_list, schema.call_list.c.id == schema.pool.c.list_id)
        .where(_number.c.campaign_id == campaign.id, _number.c.e164 == wish.e164)
    )
    row = found.one_or_none()
    if row is not None and row.state == ListState.ACTIVE:
        return int(row.contact_id)
    number = read_number(wish.e164, campaign.country, campaign.number_check)
    if not isinstance(number, GoodNumber):
        raise StoreConflictError(f"a call-back to what is no number: {number}")
    pool = await _pool_of(connection, campaign, number, wish.at)
    if row is not None:
        # Of a list that rests, was withdrawn, or is not shown yet: that is not the wish's business.
        await connection.execute(
            update(_contact).where(_contact.c.id == row.contact_id).values(pool_id=pool)
        )
        return int(row.contact_id)
    made = await connection.execute(
        insert(_contact)
        .values(
            campaign_id=campaign.id,
            pool_id=pool,
            reference="",
            name="",
            state=ContactState.OPEN.value,
            custom={},
            created_at=wish.at,
            **waiting("", None),
        )
        .returning(_contact.c.id)
    )
    contact_id = int(made.scalar_one())
    await connection.execute(
        insert(_number).values(
            contact_id=contact_id,
            campaign_id=campaign.id,
            e164=wish.e164,
            position=0,
            kind=number.kind.value,
            country=number.country,
        )
    )
    return contact_id


async def _pool_of(
    connection: AsyncConnection, campaign: Campaign, number: GoodNumber, now: datetime
) -> int:
    """Where the contacts of call-backs are that nobody had loaded."""
    lists, pools = schema.call_list, schema.pool
    is_ours = and_(lists.c.campaign_id == campaign.id, lists.c.name == LIST_NAME)
    list_id = await connection.scalar(select(lists.c.id).where(is_ours))
    if list_id is None:
        made = insert(lists).values(
            campaign_id=campaign.id,
            name=LIST_NAME,
            state=ListState.ACTIVE.value,
            created_at=now,
        )
        list_id = await connection.scalar(made.returning(lists.c.id))
    key = {"priority": _PRIORITY, "zone": None, "zones": "", "countries": number.country}
    alike = (pools.c[name].is_not_distinct_from(value) for name, value in key.items())
    known = select(pools.c.id).where(pools.c.list_id == list_id, *alike)
    pool = await connection.scalar(known.limit(1))
    if pool is None:
        made = insert(pools).values(campaign_id=campaign.id, list_id=list_id, load_id=None, **key)
        pool = await connection.scalar(made.returning(pools.c.id))
    return int(pool or 0)


async def _open(
    connection: AsyncConnection, contact_id: int, wish: KeepPlace, *, wished: bool
) -> None:
    """Have the contact be one that is called; who calls from a number has it."""
    this = _contact.c.id == contact_id
    row = (await connection.execute(select(_contact).where(this))).one()
    if row.state == ContactState.WITHDRAWN and not wished:
        raise ContactClosedError(contact_id, row.state)
    values: dict[str, Any] = {}
    if row.state != ContactState.OPEN:
        values |= {"state": ContactState.OPEN.value, "reopened_at": wish.at}
    if row.standing != IN_CALL:
        values |= waiting(Code.IN_TURN, None)
    if wished and row.consent is None:
        values |= {
            "consent": ConsentBasis.REQUEST.value,
            "consent_proof": f"{MADE_BY} {wish.call}"[: schema.NAME_LENGTH],
            "consent_at": wish.at,
        }
    if values:
        await connection.execute(update(_contact).where(this).values(**values))
    is_its_own = and_(_number.c.contact_id == contact_id, _number.c.e164 == wish.e164)
    await connection.execute(update(_number).where(is_its_own).values(retired=None))


async def close_place(connection: AsyncConnection, effect: ClosePlace) -> None:
    """Keep a place no longer; one who was served in another call needs none.

    Who was talked to on our own call stands as the outcome of that call has it.
    """
    query = (
        select(
            _place.c.id,
            _place.c.contact_id,
            _contact.c.standing,
            schema.call_list.c.name.label("list_name"),
        )
        .join(_number, _number.c.contact_id == _place.c.contact_id)
        .join(_contact, _contact.c.id == _place.c.contact_id)
        .outerjoin(schema.pool, schema.pool.c.id == _contact.c.pool_id)
        .outerjoin(schema.call_list, schema.call_list.c.id == schema.pool.c.list_id)
        .where(
            _number.c.campaign_id == effect.campaign_id,
            _number.c.e164 == effect.e164,
            _place.c.closed.is_(None),
        )
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return
    this = update(_place).where(_place.c.id == row.id)
    await connection.execute(this.values(closed=effect.end, closed_at=effect.at))
    stands: dict[str, Any] | None = None
    if row.standing == Code.IN_TURN:
        # A claim that met it in the list had put it off until its turn.
        stands = waiting(Code.DELAY, effect.at)
    if effect.end == PlaceEnd.SERVED:
        is_ours = row.standing != IN_CALL and row.list_name == LIST_NAME
        if is_ours and not await _is_promised(connection, row.contact_id):
            stands = {"state": ContactState.DONE.value, **closed()}
    if stands is not None:
        this_one = (_contact.c.id == row.contact_id, _contact.c.state == ContactState.OPEN.value)
        await connection.execute(update(_contact).where(*this_one).values(**stands))


async def _is_promised(connection: AsyncConnection, contact_id: int) -> bool:
    """Whether a call at a time was promised, which a talk before it does not keep."""
    is_open = (_promise.c.contact_id == contact_id, _promise.c.closed.is_(None))
    return await connection.scalar(select(_promise.c.id).where(*is_open).limit(1)) is not None


_HAS_TALKED = exists().where(
    _attempt.c.contact_id == _place.c.contact_id,
    _attempt.c.bridged_at.is_not(None),
    _attempt.c.bridged_at >= _place.c.made_at,
)
_OPEN = (
    select(
        _contact.c.campaign_id,
        _contact.c.state,
        _contact.c.next_attempt_at,
        _contact.c.rank,
        _place.c.queue,
        _place.c.reason,
        _place.c.joined_at,
        _number.c.e164,
        _HAS_TALKED.label("has_talked"),
    )
    .join(_contact, _contact.c.id == _place.c.contact_id)
    .join(_number, _number.c.contact_id == _contact.c.id)
    .where(_place.c.closed.is_(None))
    .order_by(_place.c.joined_at, _number.c.position)
)


async def open_places(connection: AsyncConnection) -> tuple[KeptPlace, ...]:
    """All places that are kept, the first come first."""
    found: dict[int, KeptPlace] = {}
    query = _OPEN.add_columns(_place.c.id.label("place_id")).where(
        or_(_number.c.retired.is_(None), _contact.c.state != ContactState.OPEN.value)
    )
    for row in await connection.execute(query):
        found.setdefault(row.place_id, _kept(row))
    return tuple(found.values())


def _kept(row: AnyRow) -> KeptPlace:
    end = PlaceEnd.CALLED if row.has_talked else ""
    if not end and row.state != ContactState.OPEN:
        end = PlaceEnd.CLOSED
    place = Place(
        e164=row.e164,
        queue=row.queue,
        joined_at=row.joined_at,
        reason=CallBackReason(row.reason),
        due_at=None if row.rank is not None else row.next_attempt_at,
    )
    return KeptPlace(campaign_id=row.campaign_id, place=place, end=end)


async def kept_by(
    connection: AsyncConnection,
    campaign_id: int,
    e164s: Collection[str],
    engine: str,
    now: datetime,
) -> Sequence[int]:
    """The contacts of these numbers that keep a place, the first come first.

    Not who is on the line at another engine than this: its callers are known to it alone.
    """
    query = (
        select(_place.c.contact_id)
        .join(_number, _number.c.contact_id == _place.c.contact_id)
        .where(
            _number.c.campaign_id == campaign_id,
            _number.c.e164.in_(e164s),
            _place.c.closed.is_(None),
            ~exists().where(
                _call.c.number == _number.c.e164,
                _call.c.at > now - ON_THE_LINE,
                _call.c.ended_at.is_(None),
                _call.c.engine != engine,
            ),
        )
        .order_by(_place.c.joined_at, _place.c.id)
    )
    return [int(one) for one in await connection.scalars(query)]
