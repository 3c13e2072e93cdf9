"""`waihu contact correct`, `withdraw` and `consent`: what an operator mends on a contact.

Owns: these commands. Each leaves an entry in the ledger with who gave it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from campaigns.cli.contact_view import contact_json, title, zone_of
from campaigns.cli.find import find_one_contact
from campaigns.cli.sentences import number_sentences
from campaigns.consent import Consent, ConsentBasis
from campaigns.phone.numbers import NumberCheck, NumberRefusal, read_number
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import carry_out, opened, operator, settings_of, tell_engine, utc_now
from dialer.cli_times import read_time
from store.consent import Consents
from store.contacts import ContactRecord, Contacts
from store.corrections import Correction, correct_number, withdraw_contact
from store.database import Database

LONGEST_PROOF = 200

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Who = Annotated[
    str, typer.Argument(metavar="CONTACT", help=mark("Phone number, reference, or its number."))
]
Campaign = Annotated[
    str | None, typer.Option(help=mark("Look in this campaign only (else in all)."))
]


def add_change_commands(app: typer.Typer) -> None:
    """Put these commands among those of a contact."""
    app.command(help=mark("Put the right number in the place of a wrong one."))(correct)
    app.command(help=mark("Take a contact out of its campaign."))(withdraw)
    app.command(help=mark("Note on what ground a contact may be called, or take it back."))(consent)


def correct(
    ctx: typer.Context,
    who: Who,
    number: Annotated[str, typer.Option(help=mark("The right number."))],
    old: Annotated[
        str | None, typer.Option(help=mark("The wrong one, where several may be meant."))
    ] = None,
    campaign: Campaign = None,
    json: Json = False,
) -> None:
    """Faulty data is open again (R6); the wrong number stays on file with its calls."""
    carry_out(_correct(settings_of(ctx), who, campaign, number, old, json=json))


async def _correct(
    settings: Settings, who: str, campaign: str | None, number: str, old: str | None, *, json: bool
) -> None:
    now = utc_now()
    async with opened(settings) as database:
        contact_id = await find_one_contact(database, who, campaign, now)
        country = (await Contacts(database).show(contact_id)).campaign.country
        right = number_of_country(number, country)
        correction = Correction(
            number=right[0],
            country=right[1],
            old=number_of_country(old, country)[0] if old else None,
            by=operator(),
        )
        await correct_number(database, contact_id, correction, now)
        record = await Contacts(database).show(contact_id)
    said = _("{who} now has the number {number}.")
    await _tell(settings, record, said.format(who=title(record), number=right[0]), json=json)


def number_of_country(text: str, country: str) -> tuple[str, str]:
    """The number and its country.

    Raises:
        CommandError: it is none.
    """
    number = read_number(text, country, NumberCheck.POSSIBLE)
    if isinstance(number, NumberRefusal):
        said = _("“{text}” is no number to dial: {why}")
        why = number_sentences()[number]
        text = said.format(text=text, why=why)
        raise CommandError(text, ExitCode.USAGE, reason="no_number")
    return str(number.e164), number.country


def withdraw(
    ctx: typer.Context,
    who: Who,
    reason: Annotated[str, typer.Option(help=mark("Why; it is kept in the ledger."))],
    campaign: Campaign = None,
    json: Json = False,
) -> None:
    """It is not called any more, until it is reopened."""
    carry_out(_withdraw(settings_of(ctx), who, campaign, reason, json=json))


async def _withdraw(
    settings: Settings, who: str, campaign: str | None, reason: str, *, json: bool
) -> None:
    now = utc_now()
    async with opened(settings) as database:
        contact_id = await find_one_contact(database, who, campaign, now)
        await withdraw_contact(database, contact_id, reason, operator(), now)
        record = await Contacts(database).show(contact_id)
    said = _("{who} is taken out and not called any more.")
    await _tell(settings, record, said.format(who=title(record)), json=json)


def consent(
    ctx: typer.Context,
    who: Who,
    basis: Annotated[
        ConsentBasis | None, typer.Option(help=mark("consent, request or contract."))
    ] = None,
    proof: Annotated[
        str, typer.Option(help=mark("Where it can be seen: a recording, a form, a work order."))
    ] = "",
    at: Annotated[
        str | None, typer.Option(help=mark("When it was given: 2026-11-25 15:00; else now."))
    ] = None,
    withdrawn: Annotated[
        bool, typer.Option("--withdraw", help=mark("The contact takes it back."))
    ] = False,
    reason: Annotated[str, typer.Option(help=mark("Why it is taken back."))] = "",
    campaign: Campaign = None,
    json: Json = False,
) -> None:
    """One contact's own ground; a campaign's is in its file."""
    if (basis is None) is not withdrawn:
        raise CommandError(_("say either --basis or --withdraw"), ExitCode.USAGE)
    if len(proof) > LONGEST_PROOF:
        said = _("--proof is longer than {n} characters; say where it can be found")
        raise CommandError(said.format(n=LONGEST_PROOF), ExitCode.USAGE)
    settings = settings_of(ctx)
    if basis is None:
        carry_out(_take_back(settings, who, campaign, reason, json=json))
    else:
        carry_out(_give(settings, who, campaign, basis, proof, at, json=json))


async def _give(
    settings: Settings,
    who: str,
    campaign: str | None,
    basis: ConsentBasis,
    proof: str,
    at: str | None,
    *,
    json: bool,
) -> None:
    now = utc_now()
    async with opened(settings) as database:
        record = await _found(database, who, campaign, now)
        given_at = read_time(at, zone_of(record), now) if at else now
        if given_at > now:
            raise CommandError(_("--at is in the future"), ExitCode.USAGE)
        given = Consent(basis=basis, proof=proof, given_at=given_at)
        await Consents(database).give(record.contact.id, given, operator(), now)
    await _tell(settings, record, _("{who}: noted.").format(who=title(record)), json=json)


async def _take_back(
    settings: Settings, who: str, campaign: str | None, reason: str, *, json: bool
) -> None:
    now = utc_now()
    async with opened(settings) as database:
        record = await _found(database, who, campaign, now)
        had = await Consents(database).withdraw(record.contact.id, reason, operator(), now)
    said = _("{who}: taken back.") if had else _("{who} had given none; nothing is changed.")
    await _tell(settings, record, said.format(who=title(record)), json=json)


async def _found(
    database: Database, who: str, campaign: str | None, now: datetime
) -> ContactRecord:
    contact_id = await find_one_contact(database, who, campaign, now)
    return await Contacts(database).show(contact_id)


async def _tell(settings: Settings, record: ContactRecord, said: str, *, json: bool) -> None:
    await tell_engine(settings)
    if json:
        print_json({"contact": contact_json(record)})
    else:
        say(said)
