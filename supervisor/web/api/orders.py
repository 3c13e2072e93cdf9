"""Work orders and complaints: opened, handed on, promised, solved (R13-R15).

Owns: these operations. What may be done is `campaigns.orders`'s to say; the trail has who did it.
"""

from __future__ import annotations

from enum import StrEnum
from random import SystemRandom
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from campaigns.cli.find import typed_number
from campaigns.cli.order_acts import known_group, promise_of, told_why, typed_order
from campaigns.cli.order_view import entry_json, figures_json, order_json
from campaigns.cli.orders import known_kind
from campaigns.orders.figures import figures_of
from campaigns.orders.order import Door, NewOrder, Step
from campaigns.orders.states import Act, State
from config.order_policy import order_policy
from dialer.cli_times import month_or_days, read_time
from store.work_orders import Wanted, WorkOrders
from supervisor.rights import Right
from supervisor.web.api import shapes
from supervisor.web.api.described import says
from supervisor.web.api.fields import Body, InPath, InQuery, Line, Moment, Name, Text
from supervisor.web.api.guard import GuardedRoute
from supervisor.web.api.visit import Visit, Visiting

router = APIRouter(route_class=GuardedRoute, tags=["orders"])
Shown = dict[str, Any]


class SimpleAct(StrEnum):
    """What is done to an order without more than a note."""

    TAKE = Act.TAKE.value
    INVESTIGATE = Act.INVESTIGATE.value
    ESCALATE = Act.ESCALATE.value
    INSIST = Act.INSIST.value
    SOLVE = Act.SOLVE.value
    ANSWER = Act.ANSWER.value
    ACCEPT = Act.ACCEPT.value
    REJECT = Act.REJECT.value
    CLOSE = Act.CLOSE.value
    REOPEN = Act.REOPEN.value
    NOTE = Act.NOTE.value


def _orders(visit: Visit) -> WorkOrders:
    return WorkOrders(visit.database, order_policy(visit.settings, visit.now.date()))


class Opening(Body):
    """A work order or a complaint as it comes in."""

    kind: Name
    subject: Line = ""
    text: Text = ""
    phone: Annotated[Line, Field(description="The customer's number.")] = ""
    name: Line = ""
    group: Line = ""
    owner: Line = ""
    call: Line = ""
    contact: Annotated[int | None, Field(ge=1, lt=1 << 63)] = None
    refer_to: Line = ""
    insists: bool = False


@router.post("/orders", **says("Open a work order or a complaint.", Right.ORDERS, shapes.OneOrder))
async def open_order(visit: Visiting, body: Opening) -> Shown:
    """Its number is for the customer. Committed when it is answered."""
    settings = visit.settings
    new = NewOrder(
        kind=known_kind(body.kind, settings),
        opened_by=Door.AGENT,
        who=visit.who,
        subject=body.subject,
        text=body.text,
        e164=typed_number(body.phone, settings.inbound.country) if body.phone else "",
        name=body.name,
        call=body.call,
        contact_id=body.contact,
        group=known_group(body.group, settings),
        owner=body.owner,
        in_scope=not body.insists,
        referred_to=settings.orders.hotlines.get(body.refer_to, body.refer_to),
    )
    opened = await _orders(visit).open(new, SystemRandom(), visit.now)
    return {"order": order_json(opened, visit.now)}


class Searching(Body):
    """Which orders; what is left out is not asked."""

    owner: Name | None = None
    group: Name | None = None
    kind: Name | None = None
    state: State | None = None
    phone: Name | None = None
    closed_too: bool = False
    limit: Annotated[int, Field(ge=1, le=10_000)] = 200


@router.post(
    "/orders/find", **says("Find work orders, also by a number.", Right.ORDERS, shapes.Orders)
)
async def find_orders(visit: Visiting, body: Searching) -> Shown:
    """Those that are due first come first."""
    country = visit.settings.inbound.country
    wanted = Wanted(
        owner=body.owner,
        group=body.group,
        kind=None if body.kind is None else known_kind(body.kind, visit.settings),
        state=body.state,
        e164=None if body.phone is None else typed_number(body.phone, country),
        living=not body.closed_too and body.state is None,
        limit=body.limit,
    )
    found = await _orders(visit).listed(wanted)
    return {"orders": [order_json(one, visit.now) for one in found]}


@router.get(
    "/orders",
    **says("The work orders that somebody owes something for.", Right.ORDERS, shapes.Orders),
)
async def list_orders(
    visit: Visiting,
    owner: InQuery = None,
    group: InQuery = None,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 200,
) -> Shown:
    """Those that are due first come first; by a customer's number: POST /orders/find."""
    found = await _orders(visit).listed(
        Wanted(owner=owner, group=group, state=state, living=state is None, limit=limit)
    )
    return {"orders": [order_json(one, visit.now) for one in found]}


@router.get("/orders/overdue", **says("Work orders that are late.", Right.ORDERS, shapes.Orders))
async def overdue_orders(visit: Visiting) -> Shown:
    """The engine brings them one level higher by itself."""
    found = await _orders(visit).listed(Wanted(living=True, overdue_at=visit.now))
    return {"orders": [order_json(one, visit.now) for one in found]}


@router.get(
    "/orders/report",
    **says("Completed and on time, by group (R14, R20).", Right.REPORTS, shapes.Figures),
)
async def order_figures(visit: Visiting, since: InQuery = None, until: InQuery = None) -> Shown:
    """Of the orders that were opened then; of the last 31 days, if nothing is said."""
    first, last = month_or_days(since, until, visit.zone, visit.now)
    opened = await _orders(visit).opened_between(first, last)
    return {"figures": [figures_json(one) for one in figures_of(opened, visit.now)]}


@router.get("/orders/{number}", **says("Show a work order.", Right.ORDERS, shapes.OrderShown))
async def show_order(visit: Visiting, number: InPath) -> Shown:
    """With all that was done to it."""
    record = await _orders(visit).show(typed_order(number))
    trail = [entry_json(entry) for entry in record.trail]
    return {"order": order_json(record.order, visit.now), "trail": trail}


Version = Annotated[
    int | None,
    Field(ge=0, lt=1 << 31, description="Only if nobody has changed it since this version."),
]


class Doing(Body):
    """One step."""

    act: SimpleAct
    note: Text = ""
    version: Version = None


@router.post(
    "/orders/{number}/acts",
    **says("Do one thing to a work order.", Right.ORDERS, shapes.OneOrder),
)
async def act_on_order(visit: Visiting, number: InPath, body: Doing) -> Shown:
    """What is not possible from where it stands is refused, with what is."""
    step = Step(act=Act(body.act.value), who=visit.who, note=body.note)
    return await _acted(visit, number, step, body.version)


async def _acted(visit: Visit, number: str, step: Step, version: int | None) -> Shown:
    with told_why():
        order = await _orders(visit).act(typed_order(number), step, visit.now, seen=version)
    return {"order": order_json(order, visit.now)}


class HandingOver(Body):
    """Who has to see to it from now on."""

    to: Line = ""
    group: Line = ""
    note: Text = ""
    version: Version = None


@router.post(
    "/orders/{number}/hand-over",
    **says("Hand it to another person or group (R15).", Right.ORDERS, shapes.OneOrder),
)
async def hand_over(visit: Visiting, number: InPath, body: HandingOver) -> Shown:
    """Whoever gets it takes it in hand."""
    group = known_group(body.group, visit.settings)
    step = Step(act=Act.HAND_OVER, who=visit.who, note=body.note, owner=body.to, group=group)
    return await _acted(visit, number, step, body.version)


class Referring(Body):
    """Whose business it is."""

    to: Annotated[Name, Field(description="The hotline, or a word of [orders.hotlines].")]
    note: Text = ""
    version: Version = None


@router.post(
    "/orders/{number}/refer",
    **says("Not our business: say which hotline is.", Right.ORDERS, shapes.OneOrder),
)
async def refer(visit: Visiting, number: InPath, body: Referring) -> Shown:
    """It can still be recorded: `insist`."""
    hotline = visit.settings.orders.hotlines.get(body.to, body.to)
    step = Step(act=Act.REFER, who=visit.who, note=body.note, referred_to=hotline)
    return await _acted(visit, number, step, body.version)


class Promising(Body):
    """When the customer is called with the answer."""

    at: Moment
    until: Moment | None = None
    agent: Name | None = None
    note: Text = ""


@router.post(
    "/orders/{number}/promise",
    **says("Promise the customer a call with the answer.", Right.ORDERS, shapes.PromisedOrder),
)
async def promise(visit: Visiting, number: InPath, body: Promising) -> Shown:
    """The campaign that [orders] call_back names makes the call."""
    until = None if body.until is None else read_time(body.until, visit.zone, visit.now)
    step = Step(
        act=Act.PROMISE,
        who=visit.who,
        note=body.note,
        promised_at=read_time(body.at, visit.zone, visit.now),
        promised_until=until,
    )
    done = await promise_of(visit.settings, visit.database, number, step, body.agent, visit.now)
    await visit.tell_engine()
    shown = order_json(done.order, visit.now)
    return {"order": shown, "will_be_called": done.will_be_called}
