"""`waihu order take`, `solve`, `promise` …: one act on one work order.

Owns: these commands; each is committed when it returns, and refused with what is possible.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from campaigns.campaign import CampaignState
from campaigns.cli.contact_view import barred_then, with_offers
from campaigns.cli.order_view import order_json, spaced
from campaigns.cli.order_words import act_words, command_of, refusal
from campaigns.cli.sentences import store_refused
from campaigns.orders import numbers
from campaigns.orders.order import ActRefusedError, Order, Step
from campaigns.orders.states import Act
from config.language import _, mark
from config.order_policy import order_policy
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import carry_out, opened, operator, settings_of, tell_engine, utc_now
from dialer.cli_times import moment, read_time
from store.campaigns import Campaigns
from store.database import Database
from store.errors import AppointmentBarredError, AppointmentRefusedError
from store.promising import promise_call
from store.work_orders import WorkOrders

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help=mark("The work order's number, nine digits."))
]
By = Annotated[str, typer.Option(help=mark("Who does it; else your account."))]
Note = Annotated[str, typer.Option(help=mark("Why, or what came of it."))]
Seen = Annotated[
    int | None,
    typer.Option("--version", help=mark("Only if nobody has changed it since this version.")),
]

_SIMPLE: Final = {
    Act.TAKE: mark("Take a work order in hand."),
    Act.INVESTIGATE: mark("The cause is known."),
    Act.ESCALATE: mark("Bring it one level higher: floor supervisor, then the group's contact."),
    Act.INSIST: mark("The customer insists: record what was referred elsewhere."),
    Act.SOLVE: mark("A solution is there; the customer is to be told."),
    Act.ANSWER: mark("The customer was told."),
    Act.ACCEPT: mark("The customer accepts: it is closed."),
    Act.REJECT: mark("The customer does not accept: it is confirmed a second time."),
    Act.CLOSE: mark("Close it without the customer's word."),
    Act.REOPEN: mark("Open a closed one again; its limits run anew."),
}


def add_acts(app: typer.Typer) -> None:
    """Put these commands among those of work orders."""
    for act, help_text in _SIMPLE.items():
        app.command(command_of(act), help=help_text)(_simple(act))
    app.command("note", help=mark("Add a note to its trail."))(note)
    app.command("hand-over", help=mark("Hand it to another person or group (R15)."))(hand_over)
    app.command("refer", help=mark("Not our business: say which hotline is."))(refer)
    app.command("promise", help=mark("Promise the customer a call with the answer."))(promise)


def _simple(act: Act) -> Callable[..., None]:
    def do(
        ctx: typer.Context,
        number: Number,
        note: Note = "",
        by: By = "",
        seen: Seen = None,
        json: Json = False,
    ) -> None:
        step = Step(act=act, who=by or operator(), note=note)
        carry_out(_act(settings_of(ctx), number, step, seen, json=json))

    return do


def note(
    ctx: typer.Context,
    number: Number,
    text: Annotated[str, typer.Argument(help=mark("What is to be kept."))],
    by: By = "",
    seen: Seen = None,
    json: Json = False,
) -> None:
    """Notes are in the trail and nowhere else."""
    step = Step(act=Act.NOTE, who=by or operator(), note=text)
    carry_out(_act(settings_of(ctx), number, step, seen, json=json))


def hand_over(
    ctx: typer.Context,
    number: Number,
    to: Annotated[str, typer.Option(help=mark("Who has to see to it."))] = "",
    group: Annotated[str, typer.Option(help=mark("Whose it is from now on."))] = "",
    note: Note = "",
    by: By = "",
    seen: Seen = None,
    json: Json = False,
) -> None:
    """Whoever gets it takes it in hand."""
    settings = settings_of(ctx)
    known = known_group(group, settings)
    step = Step(act=Act.HAND_OVER, who=by or operator(), note=note, owner=to, group=known)
    carry_out(_act(settings, number, step, seen, json=json))


def refer(
    ctx: typer.Context,
    number: Number,
    to: Annotated[str, typer.Option(help=mark("The hotline, or a word of [orders.hotlines]."))],
    note: Note = "",
    by: By = "",
    seen: Seen = None,
    json: Json = False,
) -> None:
    """It can still be recorded: insist."""
    settings = settings_of(ctx)
    hotline = settings.orders.hotlines.get(to, to)
    step = Step(act=Act.REFER, who=by or operator(), note=note, referred_to=hotline)
    carry_out(_act(settings, number, step, seen, json=json))


async def _act(
    settings: Settings, number: str, step: Step, seen: int | None, *, json: bool
) -> None:
    now = utc_now()
    async with orders_in(settings, now) as orders:
        with told_why():
            order = await orders.act(typed_order(number), step, now, seen=seen)
    if json:
        print_json({"order": order_json(order, now)})
    else:
        done = act_words()[step.act]
        said = _("{number}: {done}.")
        say(said.format(number=spaced(order.number), done=done))


# ── a promised call ──────────────────────────────────────────────────────────────────────


def promise(
    ctx: typer.Context,
    number: Number,
    at: Annotated[str, typer.Option(help=mark("15:00 or 2026-11-25 15:00, the site's clock."))],
    until: Annotated[str | None, typer.Option(help=mark("By when at the latest."))] = None,
    agent: Annotated[
        str | None, typer.Option(help=mark("The agent who alone is to make the call."))
    ] = None,
    note: Note = "",
    by: By = "",
    json: Json = False,
) -> None:
    """The campaign that [orders] call_back names makes the call."""
    step = Step(act=Act.PROMISE, who=by or operator(), note=note)
    carry_out(_promise(settings_of(ctx), number, step, (at, until), agent, json=json))


async def _promise(
    settings: Settings,
    number: str,
    step: Step,
    times: tuple[str, str | None],
    agent: str | None,
    *,
    json: bool,
) -> None:
    now, zone = utc_now(), ZoneInfo(settings.site.zone)
    at, until = (None if text is None else read_time(text, zone, now) for text in times)
    step = replace(step, promised_at=at, promised_until=until)
    async with opened(settings) as database:
        promised = await promise_of(settings, database, number, step, agent, now)
    await tell_engine(settings)
    order = promised.order
    if json:
        print_json({"order": order_json(order, now), "will_be_called": promised.will_be_called})
        return
    said = _("{number}: the customer is called {time}.")
    say(said.format(number=spaced(order.number), time=moment(order.promised_at or now, zone, now)))
    say(_who_calls(order, settings.orders.call_back, running=promised.running))


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """An order with its promise. `running`: the campaign that makes the call is at work."""

    order: Order
    running: bool

    @property
    def will_be_called(self) -> bool:
        """Whether the call is made by itself."""
        return self.order.promise_contact is not None and self.running


async def promise_of(
    settings: Settings,
    database: Database,
    number: str,
    step: Step,
    agent: str | None,
    now: datetime,
) -> Promised:
    """Note the promise, and give the call to the campaign that [orders] call_back names.

    Raises:
        CommandError: the rules refuse it, with what is possible.
    """
    campaign, policy = settings.orders.call_back, order_policy(settings, now.date())
    with told_why(ZoneInfo(settings.site.zone), now):
        which = typed_order(number)
        if campaign is None:
            order = await WorkOrders(database, policy).act(which, step, now)
            return Promised(order=order, running=False)
        order = await promise_call(
            database, which, step, policy, now, campaign=campaign, agent=agent
        )
        return Promised(order=order, running=await _is_running(database, campaign, now))


async def _is_running(database: Database, campaign: str, now: datetime) -> bool:
    record = await Campaigns(database).get(campaign, now)
    return record.state is CampaignState.RUNNING


def _who_calls(order: Order, campaign: str | None, *, running: bool) -> str:
    """Who makes the call; a promise that nobody keeps by itself is not passed over."""
    if campaign is None:
        return _("Nobody calls by itself: [orders] call_back in waihu.toml names no campaign.")
    if order.promise_contact is None:
        return _("Nobody calls by itself: the customer's number is not known.")
    if not running:
        said = _("Nobody calls yet: start it with: waihu campaign start {campaign}")
        return said.format(campaign=campaign)
    return _("The campaign {campaign} makes the call.").format(campaign=campaign)


# ── for all of them ──────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def orders_in(
    settings: Settings, now: datetime, *, create: bool = False
) -> AsyncIterator[WorkOrders]:
    """The orders of the site, for as long as the block runs."""
    policy = order_policy(settings, now.date())
    async with opened(settings, create=create) as database:
        yield WorkOrders(database, policy)


def known_group(text: str, settings: Settings) -> str:
    """The group of that name; none was named where it is empty.

    Raises:
        CommandError: there is none: nobody would see to it.
    """
    known = sorted({settings.orders.group, *settings.orders.groups})
    if text and text not in known:
        said = _("there is no group {group} in [orders.groups]; there are: {known}")
        text = said.format(group=text, known=", ".join(known))
        raise CommandError(text, ExitCode.USAGE, reason="no_such_group")
    return text


def typed_order(text: str) -> str:
    """The number of an order.

    Raises:
        CommandError: it is mistyped; nobody is asked.
    """
    number = numbers.read_number(text)
    if number is None:
        said = _("“{text}” is no work order's number: {n} digits, which check each other")
        text = said.format(text=text, n=numbers.LENGTH)
        raise CommandError(text, ExitCode.USAGE, reason="no_order_number")
    return number


@contextmanager
def told_why(zone: ZoneInfo | None = None, now: datetime | None = None) -> Iterator[None]:
    """Say what the rules refuse, with what is possible."""
    try:
        yield
    except ActRefusedError as error:
        raise CommandError(refusal(error), reason="act_refused") from None
    except AppointmentBarredError as error:
        text = barred_then(error, _("the customer"))
        raise CommandError(text, reason="appointment_barred") from None
    except AppointmentRefusedError as error:
        if zone is None or now is None:
            raise
        nearest = [datetime.fromisoformat(time) for time in error.nearest]
        raise CommandError(with_offers(store_refused(error), nearest, zone, now)) from None
