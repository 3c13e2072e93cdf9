"""`waihu contact`: one contact with its history; appointments; reopening.

Owns: these commands (what mends a contact: `campaigns.cli.contact_changes`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from campaigns.cli.contact_changes import add_change_commands
from campaigns.cli.contact_view import (
    barred_then,
    contact_json,
    print_contact,
    title,
    with_offers,
    zone_of,
)
from campaigns.cli.find import find_contacts, find_one_contact
from campaigns.cli.sentences import store_refused
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError
from dialer.cli_print import print_json, say
from dialer.cli_session import carry_out, opened, operator, settings_of, tell_engine, utc_now
from dialer.cli_times import moment, read_time
from store.contacts import Contacts
from store.errors import AppointmentBarredError, AppointmentRefusedError

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
add_change_commands(app)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Who = Annotated[
    str, typer.Argument(metavar="CONTACT", help=mark("Phone number, reference, or its number."))
]
Campaign = Annotated[
    str | None, typer.Option(help=mark("Look in this campaign only (else in all)."))
]


@app.command(help=mark("Show a contact: numbers, appointment, every call."))
def show(ctx: typer.Context, who: Who, campaign: Campaign = None, json: Json = False) -> None:
    """A number may be in several campaigns: each is shown."""
    carry_out(_show(settings_of(ctx), who, campaign, json=json))


async def _show(settings: Settings, who: str, campaign: str | None, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        found = await find_contacts(database, who, campaign, now)
        records = [await Contacts(database).show(contact_id) for contact_id in found]
    if json:
        print_json({"contacts": [contact_json(record) for record in records]})
        return
    for place, record in enumerate(records):
        if place:
            say("")
        print_contact(record, now)


@app.command(help=mark("Promise a contact a call at a time, in place of an earlier promise."))
def appoint(
    ctx: typer.Context,
    who: Who,
    at: Annotated[str, typer.Option(help=mark("15:00 or 2026-11-25 15:00, the contact's clock."))],
    campaign: Campaign = None,
    by: Annotated[str, typer.Option(help=mark("Who made it."))] = "",
    agent: Annotated[
        str | None, typer.Option(help=mark("The agent who alone is to make the call."))
    ] = None,
    json: Json = False,
) -> None:
    """Make an appointment (R4); a time that is not allowed is refused with the nearest ones."""
    carry_out(_appoint(settings_of(ctx), who, campaign, at, by=by, agent=agent, json=json))


async def _appoint(
    settings: Settings,
    who: str,
    campaign: str | None,
    text: str,
    *,
    by: str,
    agent: str | None,
    json: bool,
) -> None:
    now = utc_now()
    async with opened(settings) as database:
        contacts = Contacts(database)
        contact_id = await find_one_contact(database, who, campaign, now)
        record = await contacts.show(contact_id)
        zone = zone_of(record)
        at = read_time(text, zone, now)
        try:
            await contacts.appoint(contact_id, at, by, now, agent=agent)
        except AppointmentBarredError as error:
            raise CommandError(barred_then(error, title(record))) from None
        except AppointmentRefusedError as error:
            nearest = [datetime.fromisoformat(time) for time in error.nearest]
            raise CommandError(with_offers(store_refused(error), nearest, zone, now)) from None
        record = await contacts.show(contact_id)
    await tell_engine(settings)
    if json:
        print_json({"contact": contact_json(record)})
    else:
        said = _("{who} will be called {time}.")
        say(said.format(who=title(record), time=moment(at, zone, now)))


@app.command(help=mark("Put a closed contact back into the pool."))
def reopen(ctx: typer.Context, who: Who, campaign: Campaign = None, json: Json = False) -> None:
    """Numbers that were found wrong stay retired (R6)."""
    carry_out(_reopen(settings_of(ctx), who, campaign, json=json))


async def _reopen(settings: Settings, who: str, campaign: str | None, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        contacts = Contacts(database)
        contact_id = await find_one_contact(database, who, campaign, now)
        await contacts.reopen(contact_id, now, operator())
        record = await contacts.show(contact_id)
    await tell_engine(settings)
    if json:
        print_json({"contact": contact_json(record)})
    else:
        say(_("{who} is open again.").format(who=title(record)))
