"""A promised reply becomes a contact of the call-back campaign, with an appointment (R13).

Owns: that one transaction: the order's promise, the contact, the appointment, the ground for the
call. Windows, law and do-not-call hold as for every appointment (`store.appointing`). Must not
know how the call is made, nor lists of the operator's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign import Campaign
from campaigns.consent import Consent, ConsentBasis
from campaigns.contact import Contact, ContactState, ListState
from campaigns.orders.order import Order, OrderPolicy, Step
from campaigns.phone.numbers import GoodNumber, NumberCheck, NumberRefusal, read_number
from campaigns.row.rows import GoodRow, fields_text
from store import schema
from store.appointing import refuse_if_barred, refuse_if_impossible, refuse_unknown_agent
from store.bulk import bulk_of
from store.cases import load_case
from store.consent import give_ground
from store.contacts import hint_anew
from store.database import Database
from store.errors import ContactClosedError, UnknownCampaignError
from store.facts import load_campaign, load_one, lock_contact
from store.list_rows import (
    CONTACT_COLUMNS,
    NUMBER_COLUMNS,
    Listed,
    LoadRow,
    PoolKey,
    contact_rows,
    number_rows,
    pool_key,
)
from store.loading import list_named
from store.order_rows import find_row, order_of
from store.schema import AppointmentEnd
from store.settling import NewAppointment, end_open_appointment, open_appointment
from store.work_orders import act_in

LIST: Final = "work orders"
"""The list of the call-back campaign that promises go into."""

PRIORITY: Final = 5
_contact = schema.contact
_number = schema.contact_number
_list = schema.call_list
_pool = schema.pool


async def promise_call(
    database: Database,
    number: str,
    step: Step,
    policy: OrderPolicy,
    now: datetime,
    *,
    campaign: str,
    agent: str | None = None,
) -> Order:
    """Promise the customer of an order a call at `step.promised_at`, and see that it is made.

    Whom the campaign knows by that number keeps the earlier of two promised times: one call
    answers all. `agent`: who alone calls.

    Raises:
        UnknownOrderError, ActRefusedError: as `WorkOrders.act`.
        UnknownCampaignError: there is no campaign of that name.
        ContactClosedError: an operator has taken the contact out of that campaign.
        AppointmentRefusedError, AppointmentBarredError, UnknownAgentError: as `Contacts.appoint`.
    """
    async with database.writing() as connection:
        order = order_of(await find_row(connection, number))
        contact_id = None
        if step.promised_at is not None and order.e164:
            made = NewAppointment(at=step.promised_at, made_by=step.who, made_at=now, agent=agent)
            contact_id = await _appointed(connection, order, campaign, made, now)
        return await act_in(connection, number, replace(step, contact=contact_id), policy, now)


async def _appointed(
    connection: AsyncConnection, order: Order, name: str, made: NewAppointment, now: datetime
) -> int:
    campaign = await _campaign_named(connection, name)
    await bulk_of(connection).settle_in(connection, campaign.id)
    await refuse_unknown_agent(connection, made.agent)
    contact_id = await _contact_of(connection, order, campaign, now)
    await lock_contact(connection, contact_id)
    contact = (await load_one(connection, contact_id)).contact
    refuse_if_impossible(contact, campaign, made.at, now)
    refuse_if_barred(await load_case(connection, contact_id, made.at), made.at)
    if contact.appointment is None or contact.appointment.at > made.at:
        await end_open_appointment(connection, contact_id, AppointmentEnd.REPLACED)
        await open_appointment(connection, contact_id, campaign.id, made)
        await hint_anew(connection, contact_id, campaign, now)
    return contact_id


async def _campaign_named(connection: AsyncConnection, name: str) -> Campaign:
    query = select(schema.campaign.c.id).where(schema.campaign.c.name == name)
    found: int | None = await connection.scalar(query)
    if found is None:
        raise UnknownCampaignError(name)
    return (await load_campaign(connection, found))[0]


async def _contact_of(
    connection: AsyncConnection, order: Order, campaign: Campaign, now: datetime
) -> int:
    """The contact of that campaign with the customer's number, open and with a ground."""
    known = select(_number.c.contact_id).where(
        _number.c.e164 == order.e164, _number.c.campaign_id == campaign.id
    )
    contact_id: int | None = await connection.scalar(known)
    if contact_id is None:
        return await _new_contact(connection, order, campaign, now)
    await lock_contact(connection, contact_id)
    contact = (await load_one(connection, contact_id)).contact
    if contact.state is ContactState.WITHDRAWN:
        raise ContactClosedError(contact_id, contact.state)
    if contact.state is not ContactState.OPEN:
        await _reopen(connection, contact, order, now)
    if contact.consent is None:
        await give_ground(connection, contact_id, _asked_for(order, now), order.owner, now)
    return contact_id


async def _reopen(
    connection: AsyncConnection, contact: Contact, order: Order, now: datetime
) -> None:
    """Who called us from that number can be called there, whatever an earlier call came to."""
    opened = {"state": ContactState.OPEN.value, "reopened_at": now}
    await connection.execute(update(_contact).where(_contact.c.id == contact.id).values(opened))
    theirs = (_number.c.contact_id == contact.id, _number.c.e164 == order.e164)
    await connection.execute(update(_number).where(*theirs).values(retired=None))


def _asked_for(order: Order, now: datetime) -> Consent:
    """The customer asked for this call: the order shows it."""
    return Consent(basis=ConsentBasis.REQUEST, proof=f"work order {order.number}", given_at=now)


async def _new_contact(
    connection: AsyncConnection, order: Order, campaign: Campaign, now: datetime
) -> int:
    row = _row(order, campaign, now)
    bulk = bulk_of(connection)
    pool = await _pool_of(connection, campaign.id, pool_key(row, PRIORITY), now)
    (contact_id,) = await bulk.take_ids(connection, 1)
    new = [(contact_id, pool, LoadRow(None, row))]
    listed = Listed(LIST, PRIORITY)
    contacts = contact_rows(campaign, new, now, bulk.moment, listed)
    await bulk.write(connection, _contact.name, CONTACT_COLUMNS, contacts)
    await bulk.write(connection, _number.name, NUMBER_COLUMNS, number_rows(campaign.id, new))
    return contact_id


def _row(order: Order, campaign: Campaign, now: datetime) -> GoodRow:
    # It brings the table of time zones, which an engine hardly ever needs.
    from campaigns.phone.number_zones import zones_of_all  # noqa: PLC0415

    number = read_number(order.e164, campaign.country, NumberCheck.POSSIBLE)
    if isinstance(number, NumberRefusal):
        raise AssertionError("an order has a number in E.164, or none")  # noqa: TRY004  no type
    numbers: tuple[GoodNumber, ...] = (number,)
    zone, zones = zones_of_all(numbers, now.date())
    return GoodRow(
        reference=order.number,
        name=order.name,
        zone=zone,
        numbers=numbers,
        fields=fields_text({"work_order": order.number, "kind": order.kind}),
        zones=zones,
        consent=_asked_for(order, now),
    )


async def _pool_of(
    connection: AsyncConnection, campaign_id: int, key: PoolKey, now: datetime
) -> int:
    """The pool of our list for contacts of these clocks, made where it is not there."""
    list_id = await list_named(connection, campaign_id, LIST)
    if list_id is None:
        ours = {"campaign_id": campaign_id, "name": LIST, "created_at": now}
        made = insert(_list).values(ours | {"state": ListState.ACTIVE.value})
        list_id = int((await connection.execute(made.returning(_list.c.id))).scalar_one())
    wanted = {"campaign_id": campaign_id, "list_id": list_id, **key._asdict()}
    same = [_pool.c[name].is_not_distinct_from(value) for name, value in wanted.items()]
    found: int | None = await connection.scalar(select(_pool.c.id).where(*same).limit(1))
    if found is not None:
        return found
    made = insert(_pool).values(wanted).returning(_pool.c.id)
    return int((await connection.execute(made)).scalar_one())
