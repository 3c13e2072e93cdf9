"""What an agent does from the desk beside giving words: status, phone, preview, orders, call-backs.

Owns: each act as a command to the engine or a write. Must not know how it is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import SystemRandom
from uuid import uuid4
from zoneinfo import ZoneInfo

from campaigns.orders.order import Door, NewOrder
from campaigns.phone.masked import masked
from config.order_policy import order_policy
from dialer.agents import State
from dialer.messages import (
    AskNext,
    DialNow,
    FinishWrapUp,
    PauseAgent,
    SkipContact,
    WishCallBack,
)
from store.work_orders import WorkOrders
from supervisor.web.desk.bodies import NextBody, OrderBody, SkipBody, StatusBody
from supervisor.web.desk.card import Plain
from supervisor.web.desk.parts import Sitter
from supervisor.web.desk.refusals import conflict, refuse_unless_done, unfit
from supervisor.web.desk.saving import caller_number, refuse_reason

KEPT = "WAIHU_KEPT"


async def set_status(sitter: Sitter, wish: StatusBody) -> None:
    """Ready or on a break; a talk goes on, and the wish holds after it.

    Who is done with a call that came in need not wait for the end of the wrap-up.
    """
    refuse_reason(wish.reason)
    reason = None if wish.want == "ready" else wish.reason or "break"
    agent = sitter.parts.loop.engine.floor.get(sitter.agent)
    refuse_unless_done(
        await sitter.command(lambda ref: PauseAgent(ref=ref, agent=sitter.agent, reason=reason))
    )
    if agent is not None and agent.state is State.WRAP_UP and agent.inbound is not None:
        await sitter.command(lambda ref: FinishWrapUp(ref=ref, agent=sitter.agent))


async def sign_in(sitter: Sitter, phone: str) -> None:
    """Ring that phone; whoever answers it is signed in as this agent.

    Raises:
        Problem: the agent is signed in already, or the switch cannot be asked.
    """
    agent = sitter.parts.loop.engine.floor.get(sitter.agent)
    if agent is None:
        raise conflict("unknown_agent", "the engine knows no such agent")
    if agent.state is not State.AWAY:
        raise conflict("already_signed_in", "this agent is signed in")
    pattern = sitter.parts.settings().agents.phone_dial
    fault = await sitter.parts.ring_to_sign_in(pattern, phone, sitter.agent)
    if fault:
        raise conflict("phone_not_rung", "the switch did not ring that phone", {"why": fault})


async def sign_out(sitter: Sitter) -> None:
    """Put the own phone down.

    Raises:
        Problem: the agent is not signed in, or in a call: a customer is not left alone.
    """
    floor = sitter.parts.loop.engine.floor
    agent = floor.get(sitter.agent)
    phone = floor.channel_of(agent.slot) if agent is not None and agent.slot else None
    if agent is None or agent.state is State.AWAY or phone is None:
        raise conflict("agent_not_logged_in", "this agent is not signed in")
    if agent.state in (State.TALKING, State.RESERVED):
        raise conflict("in_talk", "end the call first")
    await sitter.parts.hang_up(phone)


async def hang_up(sitter: Sitter) -> None:
    """End the own talk; the phone stays signed in.

    Raises:
        Problem: there is none.
    """
    agent = sitter.parts.loop.engine.floor.get(sitter.agent)
    call = None if agent is None else agent.attempt or agent.inbound
    if agent is None or call is None or agent.state is not State.TALKING:
        raise conflict("no_talk", "you are in no talk")
    await sitter.parts.hang_up(call)


# ── contacts to look at first ────────────────────────────────────────────────────────────


async def ask_next(sitter: Sitter, wish: NextBody) -> Plain:
    """A contact to look at."""
    reply = refuse_unless_done(
        await sitter.command(
            lambda ref: AskNext(ref=ref, agent=sitter.agent, campaign=wish.campaign)
        )
    )
    return _look(sitter, reply.facts)


def _look(sitter: Sitter, facts: Mapping[str, str]) -> Plain:
    contact, number = int(facts["contact"]), facts["e164"]
    sitter.parts.desks.may_see(sitter.agent, [contact])
    return {
        "call": facts["attempt"],
        "contact": contact,
        "number": number if sitter.sees_numbers else masked(number),
    }


async def dial_now(sitter: Sitter) -> Plain:
    """Call the contact at hand."""
    reply = refuse_unless_done(
        await sitter.command(lambda ref: DialNow(ref=ref, agent=sitter.agent))
    )
    return {"call": reply.facts["attempt"]}


async def skip(sitter: Sitter, wish: SkipBody) -> None:
    """Give it back."""
    refuse_unless_done(
        await sitter.command(
            lambda ref: SkipContact(ref=ref, agent=sitter.agent, reason=wish.reason)
        )
    )


# ── out of a call ────────────────────────────────────────────────────────────────────────


async def open_order(sitter: Sitter, wish: OrderBody) -> Plain:
    """A work order or complaint (R13, R14); the number is told to the customer.

    Raises:
        Problem: there is no such kind, or the call is not the agent's.
        StoreError: nothing is saved.
    """
    settings = sitter.parts.settings()
    if wish.kind not in settings.orders.kinds:
        raise unfit("no_kind", "there is no such kind of work order")
    local = sitter.now.astimezone(ZoneInfo(settings.site.zone)).date()
    policy = await asyncio.to_thread(order_policy, settings, local)
    # Only who has come up in the agent's work, as with every word of the desk.
    known = wish.contact is not None and sitter.parts.desks.sees(sitter.agent, wish.contact)
    new = NewOrder(
        kind=wish.kind,
        opened_by=Door.AGENT,
        who=sitter.agent,
        subject=wish.subject,
        text=wish.text,
        e164=await _number_of(sitter, wish.call),
        name=wish.name,
        call=wish.call,
        contact_id=wish.contact if known else None,
        group=settings.orders.group,
        owner=sitter.agent,
    )
    order = await WorkOrders(sitter.parts.database, policy).open(new, SystemRandom(), sitter.now)
    return {"number": order.number, "solve_by": order.solve_by.isoformat()}


async def _number_of(sitter: Sitter, call: str) -> str:
    card = sitter.card(call)
    if card is not None and not card.offer.inbound:
        return card.offer.number
    return await caller_number(sitter, call) if call else ""


async def call_back(sitter: Sitter, call: str) -> None:
    """The caller is called back, by the campaign that does so.

    Raises:
        Problem: nobody is called back here, or this one may not be.
    """
    number = await caller_number(sitter, call)
    card = sitter.card(call)
    wish = WishCallBack(
        ask=f"desk:{uuid4().hex}", call=call, number=number, queue=card.offer.queue if card else ""
    )
    kept = (await sitter.parts.loop.ask(wish)).get(KEPT, "") if number else ""
    if not kept:
        raise conflict("call_back_not_kept", "nobody can be called back for this call")
