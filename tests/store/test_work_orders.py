"""Work orders on file: numbers, trails, who is faster, escalation, promised calls (R13-R15)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from campaigns.campaign import CampaignState
from campaigns.contact import ContactState
from campaigns.orders.numbers import read_number
from campaigns.orders.order import (
    ActRefusedError,
    Barrier,
    Door,
    Level,
    NewOrder,
    Order,
    OrderKind,
    OrderPolicy,
    Step,
)
from campaigns.orders.states import Act, State
from campaigns.outcomes import Disposition, Outcome
from dialer.effects import EndAttempt
from store.corrections import withdraw_contact
from store.database import Database
from store.do_not_call import DoNotCallEntry
from store.errors import (
    AppointmentBarredError,
    AppointmentRefusedError,
    ContactClosedError,
    OrderChangedError,
    UnknownCampaignError,
    UnknownOrderError,
)
from store.promising import promise_call
from store.work_orders import OrderRecord, Wanted, WorkOrders
from tests.campaigns.test_orders import HOURS
from tests.store.room import MONDAY_9, Room, a_campaign

POLICY = OrderPolicy(
    hours=HOURS,
    kinds={"repair": OrderKind(), "complaint": OrderKind(complaint=True)},
    group="service",
    owners={"service": {Level.SUPERVISOR: "2001", Level.CONTACT: "li"}},
)
ZHANG = "+8613800138000"
HOUR = timedelta(hours=1)


@pytest.fixture
def orders(room: Room) -> WorkOrders:
    return WorkOrders(room.database, POLICY)


async def opened(
    orders: WorkOrders, e164: str = ZHANG, now: datetime = MONDAY_9, *, seed: int = 1
) -> Order:
    new = NewOrder(
        kind="repair", opened_by=Door.CLI, who="chen", subject="漏水", e164=e164, name="张三"
    )
    return await orders.open(new, Random(seed), now)


async def test_what_is_opened_is_found_by_its_number_as_it_was_written(orders: WorkOrders) -> None:
    order = await opened(orders)
    assert read_number(order.number) == order.number
    record = await orders.show(order.number)
    assert record.order == order
    assert [(one.act, one.who, one.after) for one in record.trail] == [
        ("opened", "chen", State.OPEN)
    ]
    with pytest.raises(UnknownOrderError):
        await orders.show("100000005")


async def test_no_two_orders_have_one_number(orders: WorkOrders) -> None:
    """The same chance twice: the second finds the number taken and draws on."""
    assert (await opened(orders)).number != (await opened(orders)).number


async def test_every_act_is_on_the_trail_and_none_is_ever_changed(orders: WorkOrders) -> None:
    order = await opened(orders)
    for act in (Act.TAKE, Act.NOTE, Act.SOLVE, Act.ACCEPT, Act.REOPEN):
        before = await orders.show(order.number)
        order = await orders.act(order.number, Step(act=act, who="1001", note="看过"), MONDAY_9)
        after = await orders.show(order.number)
        assert after == OrderRecord(order=order, trail=(*before.trail, after.trail[-1]))
        assert after.trail[-1].act == act.value
    assert order.version == 6


async def test_of_two_at_once_one_is_told(orders: WorkOrders) -> None:
    order = await opened(orders)
    steps = [Step(act=Act.TAKE, who=who) for who in ("1001", "1002")]
    went = await asyncio.gather(
        *(orders.act(order.number, step, MONDAY_9, seen=1) for step in steps),
        return_exceptions=True,
    )
    refused = [one for one in went if isinstance(one, OrderChangedError | ActRefusedError)]
    assert len(refused) == 1
    record = await orders.show(order.number)
    assert (record.order.version, len(record.trail)) == (2, 2)
    with pytest.raises(ActRefusedError) as taken:
        await orders.act(order.number, Step(act=Act.TAKE, who="1003"), MONDAY_9)
    assert taken.value.why is Barrier.TAKEN


async def test_what_is_refused_changes_nothing(orders: WorkOrders) -> None:
    order = await opened(orders)
    with pytest.raises(ActRefusedError):
        await orders.act(order.number, Step(act=Act.ACCEPT, who="1001"), MONDAY_9)
    assert (await orders.show(order.number)).order == order


async def test_orders_are_listed_as_they_are_asked_for(orders: WorkOrders) -> None:
    first = await opened(orders, seed=1)
    second = await opened(orders, "+8613900139000", MONDAY_9 - timedelta(days=7), seed=2)
    gone = await opened(orders, seed=3)
    await orders.act(first.number, Step(act=Act.TAKE, who="1001"), MONDAY_9)
    await orders.act(gone.number, Step(act=Act.CLOSE, who="1001"), MONDAY_9)

    async def numbers(wanted: Wanted) -> list[str]:
        return [one.number for one in await orders.listed(wanted)]

    assert await numbers(Wanted()) == [second.number, first.number, gone.number]
    assert await numbers(Wanted(living=True)) == [second.number, first.number]
    assert await numbers(Wanted(overdue_at=MONDAY_9)) == [second.number]
    assert await numbers(Wanted(owner="1001")) == [first.number]
    assert await numbers(Wanted(state=State.CLOSED)) == [gone.number]
    assert await numbers(Wanted(e164=ZHANG, limit=1)) == [first.number]
    assert [one.number for one in await orders.of_caller(ZHANG)] == [first.number]


# ── by the clock ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def other(target: Path | str) -> AsyncIterator[WorkOrders]:
    """Another engine's."""
    async with Database(target) as database:
        yield WorkOrders(database, POLICY)


async def test_r14_two_engines_escalate_what_is_overdue_once(
    orders: WorkOrders, other: WorkOrders
) -> None:
    late = [await opened(orders, seed=n) for n in range(5)]
    assert await orders.chase(late[0].investigate_by) == ()
    after = late[0].investigate_by + HOUR
    both = await asyncio.gather(orders.chase(after), other.chase(after))
    assert sorted(one.number for done in both for one in done) == sorted(o.number for o in late)
    assert await orders.chase(after) == ()
    for order in late:
        record = await orders.show(order.number)
        assert (record.order.level, record.order.owner) == (Level.SUPERVISOR, "2001")
        assert [one.who for one in record.trail] == ["chen", "clock"]
    # After a night without an engine: one level, not two.
    much_later = after + timedelta(days=9)
    assert {one.level for one in await orders.chase(much_later)} == {Level.CONTACT}
    assert await orders.chase(much_later) == ()


# ── the promised reply ───────────────────────────────────────────────────────────────────


async def promised(
    room: Room, order: Order, at: datetime, now: datetime = MONDAY_9, campaign: str = "callback"
) -> Order:
    step = Step(act=Act.PROMISE, who="1001", promised_at=at)
    return await promise_call(room.database, order.number, step, POLICY, now, campaign=campaign)


async def test_r13_the_promised_call_is_made_and_its_success_waits_for_the_customers_yes(
    room: Room, orders: WorkOrders
) -> None:
    campaign = await room.running_campaign(0)
    order = await opened(orders)
    order = await promised(room, order, MONDAY_9 + HOUR)
    assert order.promise_contact is not None
    assert await room.hopper.claim(campaign.id, 1, MONDAY_9) == ((), MONDAY_9 + HOUR)
    contact = (await room.contacts.show(order.promise_contact)).contact
    assert (contact.name, contact.reference, contact.list_name) == (
        "张三",
        order.number,
        "work orders",
    )
    assert contact.consent is not None
    assert contact.consent.proof == f"work order {order.number}"
    claim = await room.sent(campaign, MONDAY_9 + HOUR)
    assert claim.e164 == ZHANG
    assert await orders.take_answers(MONDAY_9 + HOUR) == ()
    await room.write(
        EndAttempt(
            attempt=claim.attempt,
            outcome=Outcome.SUCCESS,
            disposition=Disposition.SUCCESS,
            at=MONDAY_9 + HOUR,
        )
    )
    (answered,) = await orders.take_answers(MONDAY_9 + 2 * HOUR)
    assert answered.state is State.ANSWERED
    assert await orders.take_answers(MONDAY_9 + 2 * HOUR) == ()
    last = (await orders.show(order.number)).trail[-1]
    assert (last.who, last.note) == ("1001", f"call {claim.attempt}")
    # Not accepted, promised anew: the same contact is opened and called again.
    await orders.act(order.number, Step(act=Act.REJECT, who="1001"), MONDAY_9 + 2 * HOUR)
    again = await promised(room, answered, MONDAY_9 + 6 * HOUR, MONDAY_9 + 2 * HOUR)
    assert again.promise_contact == order.promise_contact
    assert await orders.take_answers(MONDAY_9 + 3 * HOUR) == ()
    shown = (await room.contacts.show(again.promise_contact or 0)).contact
    assert (shown.state, shown.appointment and shown.appointment.at) == (
        ContactState.OPEN,
        MONDAY_9 + 6 * HOUR,
    )


async def test_two_orders_of_one_customer_are_answered_by_one_call(
    room: Room, orders: WorkOrders
) -> None:
    await room.running_campaign(0)
    first, second = [await opened(orders, seed=n) for n in (1, 2)]
    one = await promised(room, first, MONDAY_9 + HOUR)
    two = await promised(room, second, MONDAY_9 + 2 * HOUR)
    assert one.promise_contact == two.promise_contact
    record = await room.contacts.show(one.promise_contact or 0)
    assert record.appointment is not None
    assert record.appointment.at == MONDAY_9 + HOUR


async def test_a_promise_that_may_not_be_kept_is_refused_and_nothing_is_saved(
    room: Room, orders: WorkOrders
) -> None:
    order = await opened(orders)
    with pytest.raises(UnknownCampaignError):
        await promised(room, order, MONDAY_9 + HOUR)
    campaign = await room.running_campaign(0)
    with pytest.raises(AppointmentRefusedError):
        await promised(room, order, MONDAY_9 + 4 * HOUR)  # 13:00: the window is shut
    assert await room.contacts.find(ZHANG, campaign.id) == ()
    kept = await promised(room, order, MONDAY_9 + HOUR)
    entry = DoNotCallEntry(
        e164=ZHANG, campaign_id=None, source="operator", reason="asked", added_at=MONDAY_9
    )
    await room.do_not_call.add(entry)
    with pytest.raises(AppointmentBarredError):
        await promised(room, order, MONDAY_9 + 2 * HOUR)
    assert (await orders.show(order.number)).order == kept


async def test_whom_an_operator_took_out_of_the_campaign_is_not_slipped_in_again(
    room: Room, orders: WorkOrders
) -> None:
    await room.running_campaign(0)
    order = await promised(room, await opened(orders), MONDAY_9 + HOUR)
    await withdraw_contact(room.database, order.promise_contact or 0, "asked", "chen", MONDAY_9)
    with pytest.raises(ContactClosedError):
        await promised(room, order, MONDAY_9 + 2 * HOUR)


async def test_a_withheld_number_can_be_promised_a_reply_but_no_call(
    room: Room, orders: WorkOrders
) -> None:
    campaign = await room.campaigns.save(a_campaign(), MONDAY_9)
    await room.campaigns.set_state(campaign.id, CampaignState.RUNNING)
    order = await promised(room, await opened(orders, ""), MONDAY_9 + HOUR)
    assert (order.state, order.promise_contact) == (State.PROMISED, None)
