"""`waihu order`: work orders and complaints, from the call to the customer's yes (R13-R15).

Owns: opening, showing, listing, and what the clock does; single acts are in
`campaigns.cli.order_acts`. What may be done is `campaigns.orders`'s to say.
"""

from __future__ import annotations

from datetime import datetime
from random import SystemRandom
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.find import typed_number
from campaigns.cli.order_acts import Json, Number, add_acts, known_group, orders_in, typed_order
from campaigns.cli.order_view import (
    entry_json,
    figures_json,
    order_json,
    print_figures,
    print_order,
    print_orders,
    spaced,
)
from campaigns.cli.order_words import kind_word
from campaigns.orders.figures import figures_of
from campaigns.orders.order import Door, NewOrder, Order
from campaigns.orders.states import State
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import carry_out, operator, settings_of, utc_now
from dialer.cli_times import moment, month_or_days
from store.work_orders import Wanted

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Text = Annotated[str, typer.Option(help=mark("All that the customer said."))]


@app.callback()
def order() -> None:
    """Work orders and complaints."""


@app.command("open", help=mark("Open a work order or a complaint; its number is for the customer."))
def open_one(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(help=mark("repair, complaint …; a wrong word lists all."))],
    subject: Annotated[str, typer.Option(help=mark("What it is about, in a few words."))] = "",
    text: Text = "",
    phone: Annotated[str, typer.Option(help=mark("The customer's number."))] = "",
    name: Annotated[str, typer.Option(help=mark("The customer's name."))] = "",
    group: Annotated[str, typer.Option(help=mark("Whose it is; else the usual group's."))] = "",
    owner: Annotated[str, typer.Option(help=mark("Who has to see to it."))] = "",
    call: Annotated[str, typer.Option(help=mark("The id of the call that it came from."))] = "",
    contact: Annotated[
        int | None, typer.Option(help=mark("The number of the contact, where there is one."))
    ] = None,
    refer_to: Annotated[
        str, typer.Option(help=mark("Not our business: the hotline that the customer is told."))
    ] = "",
    insists: Annotated[
        bool, typer.Option("--insists", help=mark("Not our business, but recorded all the same."))
    ] = False,
    by: Annotated[str, typer.Option(help=mark("The agent who opens it; else your account."))] = "",
    json: Json = False,
) -> None:
    """Committed when the command returns."""
    settings = settings_of(ctx)
    new = NewOrder(
        kind=known_kind(kind, settings),
        opened_by=Door.AGENT if by else Door.CLI,
        who=by or operator(),
        subject=subject,
        text=text,
        e164=typed_number(phone, settings.inbound.country) if phone else "",
        name=name,
        call=call,
        contact_id=contact,
        group=known_group(group, settings),
        owner=owner,
        in_scope=not insists,
        referred_to=settings.orders.hotlines.get(refer_to, refer_to),
    )
    carry_out(_open(settings, new, json=json))


def known_kind(text: str, settings: Settings) -> str:
    """The kind of that name, or of that word in the language spoken.

    Raises:
        CommandError: there is none; it lists them all.
    """
    orders = settings.orders
    plain = text.strip().lower().replace("-", "_")
    for kind in orders.kinds:
        if plain in {kind, kind_word(kind, orders).lower().replace(" ", "_")}:
            return kind
    known = ", ".join(
        kind if (word := kind_word(kind, orders)) == kind else f"{kind} ({word})"
        for kind in orders.kinds
    )
    said = _("“{text}” is no kind of work order; there are: {known}")
    raise CommandError(said.format(text=text, known=known), ExitCode.USAGE)


async def _open(settings: Settings, new: NewOrder, *, json: bool) -> None:
    now = utc_now()
    async with orders_in(settings, now, create=True) as orders:
        opened = await orders.open(new, SystemRandom(), now)
    if json:
        print_json({"order": order_json(opened, now)})
    elif opened.state is State.REFERRED:
        said = _("Noted as {number}; the customer is referred to {hotline}.")
        say(said.format(number=spaced(opened.number), hotline=opened.referred_to))
    else:
        said = _("Work order {number} is open; to be solved by {time}.")
        by = moment(opened.solve_by, ZoneInfo(settings.site.zone), now)
        say(said.format(number=spaced(opened.number), time=by))


@app.command(help=mark("Show a work order and all that was done to it."))
def show(ctx: typer.Context, number: Number, json: Json = False) -> None:
    """By its number."""
    carry_out(_show(settings_of(ctx), typed_order(number), json=json))


async def _show(settings: Settings, number: str, *, json: bool) -> None:
    now = utc_now()
    async with orders_in(settings, now) as orders:
        record = await orders.show(number)
    if json:
        trail = [entry_json(entry) for entry in record.trail]
        print_json({"order": order_json(record.order, now), "trail": trail})
    else:
        print_order(record, settings.orders, ZoneInfo(settings.site.zone), now)


@app.command("list", help=mark("List work orders, those that are due first."))
def list_all(
    ctx: typer.Context,
    owner: Annotated[str | None, typer.Option(help=mark("Of this owner."))] = None,
    group: Annotated[str | None, typer.Option(help=mark("Of this group."))] = None,
    kind: Annotated[str | None, typer.Option(help=mark("Of this kind."))] = None,
    state: Annotated[State | None, typer.Option(help=mark("That stand so."))] = None,
    phone: Annotated[str | None, typer.Option(help=mark("Of this customer's number."))] = None,
    everything: Annotated[bool, typer.Option("--all", help=mark("Also closed ones."))] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help=mark("At most so many."))] = 200,
    json: Json = False,
) -> None:
    """Without options: all that somebody owes something for."""
    settings = settings_of(ctx)
    wanted = Wanted(
        owner=owner,
        group=group,
        kind=None if kind is None else known_kind(kind, settings),
        state=state,
        e164=None if phone is None else typed_number(phone, settings.inbound.country),
        living=not everything and state is None,
        limit=limit,
    )
    carry_out(_list(settings, wanted, json=json))


async def _list(settings: Settings, wanted: Wanted, *, json: bool) -> None:
    now = utc_now()
    async with orders_in(settings, now) as orders:
        found = await orders.listed(wanted)
    _print_found(settings, found, now, json=json)


def _print_found(
    settings: Settings, found: tuple[Order, ...], now: datetime, *, json: bool
) -> None:
    if json:
        print_json({"orders": [order_json(one, now) for one in found]})
    else:
        print_orders(found, settings.orders, ZoneInfo(settings.site.zone), now)


@app.command(help=mark("What is late; --escalate brings it one level higher, as the engine does."))
def overdue(
    ctx: typer.Context,
    escalate: Annotated[
        bool, typer.Option("--escalate", help=mark("For sites without a running engine."))
    ] = False,
    json: Json = False,
) -> None:
    """With --escalate: those that went up; answers of promised calls are noted first."""
    carry_out(_overdue(settings_of(ctx), escalate=escalate, json=json))


async def _overdue(settings: Settings, *, escalate: bool, json: bool) -> None:
    now = utc_now()
    async with orders_in(settings, now) as orders:
        if escalate:
            await orders.take_answers(now)
            found = await orders.chase(now)
        else:
            found = await orders.listed(Wanted(living=True, overdue_at=now))
    _print_found(settings, found, now, json=json)


@app.command(help=mark("Completed and on time, by group (R14, R20)."))
def report(
    ctx: typer.Context,
    since: Annotated[
        str | None, typer.Option(help=mark("Opened from this day on: 2026-11-01; else 31 days."))
    ] = None,
    until: Annotated[str | None, typer.Option(help=mark("Opened before this day."))] = None,
    json: Json = False,
) -> None:
    """Of the orders that were opened then."""
    settings, now = settings_of(ctx), utc_now()
    first, last = month_or_days(since, until, ZoneInfo(settings.site.zone), now)
    carry_out(_report(settings, first, last, now, json=json))


async def _report(
    settings: Settings, first: datetime, last: datetime, now: datetime, *, json: bool
) -> None:
    async with orders_in(settings, now) as orders:
        figures = figures_of(await orders.opened_between(first, last), now)
    if json:
        print_json({"figures": [figures_json(one) for one in figures]})
    else:
        print_figures(figures)


add_acts(app)
