"""`waihu dnc`: the do-not-call list.

Owns: these commands for single numbers and patterns (whole files: `campaigns.cli.dnc_file`). An
entry holds for every campaign, unless one is named, and stops calls from the moment it is
committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.dnc_file import add_file_commands
from campaigns.cli.find import HOME_COUNTRY, find_campaign, typed_number
from campaigns.cli.sentences import reason_text
from campaigns.do_not_call import Barred, read_pattern
from campaigns.lists.dnc_file import is_pattern
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import heading, print_json, say, table
from dialer.cli_progress import Told, progress
from dialer.cli_session import carry_out, opened, operator, settings_of, tell_engine, utc_now
from dialer.cli_times import iso, last_moment, moment_without_zone
from store.barred_contacts import sweep
from store.campaigns import Campaigns
from store.database import Database
from store.do_not_call import DoNotCall, DoNotCallEntry, Removal
from store.errors import NotListedError, RefusedForGoodError

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
add_file_commands(app)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Number = Annotated[
    str,
    typer.Argument(
        metavar="NUMBER", help=mark("The phone number, or a pattern: +8610*, +86138????0000.")
    ),
]
Country = Annotated[str, typer.Option(help=mark("Whose numbers are meant without a country code."))]
Campaign = Annotated[str | None, typer.Option(help=mark("For this campaign only (else for all)."))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What shall be barred, as it was typed."""

    number: str
    reason: str
    campaign: str | None
    until: str | None
    source: str


@app.command(help=mark("Put a number on the do-not-call list."))
def add(
    ctx: typer.Context,
    number: Number,
    reason: Annotated[str, typer.Option(help=mark("Why."))] = "",
    campaign: Campaign = None,
    until: Annotated[
        str | None, typer.Option(help=mark("The last day on which it holds, 2026-12-31."))
    ] = None,
    source: Annotated[str, typer.Option(help=mark("Where it comes from."))] = "operator",
    country: Country = HOME_COUNTRY,
    json: Json = False,
) -> None:
    """No campaign calls the number any more."""
    wish = Wish(
        number=number_or_pattern(number, country),
        reason=reason,
        campaign=campaign,
        until=until,
        source=source,
    )
    carry_out(_add(settings_of(ctx), wish, json=json))


async def _add(settings: Settings, wish: Wish, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        entry = await entry_for(settings, database, wish, now)
        with progress(_("looking for contacts")) as told:
            new = await bar(settings, database, entry, operator(), told)
    if json:
        print_json({"e164": entry.e164, "added": new})
    elif new:
        say(_("{number} is on the do-not-call list.").format(number=entry.e164))
    else:
        said = _("{number} was on the do-not-call list already; nothing is changed.")
        say(said.format(number=entry.e164))


async def entry_for(
    settings: Settings, database: Database, wish: Wish, now: datetime
) -> DoNotCallEntry:
    """The entry that is wished for.

    Raises:
        CommandError: its last day is none, or over.
        UnknownCampaignError: there is no such campaign.
    """
    return DoNotCallEntry(
        e164=wish.number,
        campaign_id=await campaign_id_of(database, wish.campaign, now),
        source=wish.source,
        reason=wish.reason or _("by hand"),
        added_at=now,
        expires_at=last_moment(wish.until, ZoneInfo(settings.site.zone), now),
    )


async def bar(
    settings: Settings, database: Database, entry: DoNotCallEntry, by: str, told: Told
) -> bool:
    """Put it on the list, and let the engine know; True: it was not there."""
    new = await DoNotCall(database).add(entry, by)
    await tell_engine(settings)
    if new and entry.is_pattern:
        await _sweep(database, entry, told)
        await tell_engine(settings)
    return new


async def _sweep(
    database: Database, entry: DoNotCallEntry, told: Told, let_go_at: datetime | None = None
) -> None:
    """Tell the contacts that a pattern fits; nobody calls them in the meantime."""
    barred = Barred(pattern=entry.e164, campaign_id=entry.campaign_id, expires_at=entry.expires_at)
    await sweep(database, barred, let_go_at=let_go_at, progress=lambda fitted: told(fitted, None))


@app.command(help=mark("Take a number off the do-not-call list."))
def remove(
    ctx: typer.Context,
    number: Number,
    reason: Annotated[str, typer.Option(help=mark("Why; it is kept in the ledger."))],
    campaign: Annotated[
        str | None, typer.Option(help=mark("From this campaign's list (else from that of all)."))
    ] = None,
    asked_again: Annotated[
        bool,
        typer.Option(
            "--person-asked-again", help=mark("Who refused has asked to be called again.")
        ),
    ] = False,
    country: Country = HOME_COUNTRY,
    json: Json = False,
) -> None:
    """Who refused is only called again when the person asks for it."""
    if not reason.strip():
        raise CommandError(_("say why: --reason"), ExitCode.USAGE)
    e164 = number_or_pattern(number, country)
    carry_out(_remove(settings_of(ctx), e164, reason, campaign, asked_again, json=json))


async def _remove(
    settings: Settings,
    e164: str,
    reason: str,
    campaign: str | None,
    asked_again: bool,
    *,
    json: bool,
) -> None:
    now = utc_now()
    async with opened(settings) as database:
        removal = Removal(
            e164=e164,
            campaign_id=await campaign_id_of(database, campaign, now),
            reason=reason,
            by=operator(),
            asked_again=asked_again,
        )
        with progress(_("looking for contacts")) as told:
            await unbar(settings, database, removal, now, told)
    if json:
        print_json({"e164": e164, "removed": True})
    else:
        say(_("{number} is off the do-not-call list.").format(number=e164))


async def unbar(
    settings: Settings, database: Database, removal: Removal, now: datetime, told: Told
) -> None:
    """Take it off the list, and let the engine know.

    Raises:
        CommandError: it is not on it, or the person has refused and has not asked again.
    """
    try:
        entry = await DoNotCall(database).remove(removal, now)
    except NotListedError:
        said = _("{number} is not on that list; see where it is: waihu dnc check {number}")
        text = said.format(number=removal.e164)
        raise CommandError(text, reason="unknown_entry") from None
    except RefusedForGoodError:
        said = _(
            "the person at {number} refused further calls: only who asks to be called again "
            "comes off the list (--person-asked-again)"
        )
        text = said.format(number=removal.e164)
        raise CommandError(text, reason="refused_for_good") from None
    if entry.is_pattern:
        await _sweep(database, entry, told, let_go_at=now)
    await tell_engine(settings)


@app.command(help=mark("Say whether a number is on the do-not-call list, and why."))
def check(
    ctx: typer.Context, number: Number, country: Country = HOME_COUNTRY, json: Json = False
) -> None:
    """All entries of the number, and the patterns that fit it."""
    carry_out(_check(settings_of(ctx), number_or_pattern(number, country), json=json))


async def _check(settings: Settings, e164: str, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        entries = await DoNotCall(database).check(e164)
        names = await campaign_names(database, now)
    holding = [entry for entry in entries if entry.expires_at is None or entry.expires_at > now]
    if json:
        listed = [entry_json(entry, names) for entry in entries]
        print_json({"e164": e164, "listed": bool(holding), "entries": listed})
        return
    if not holding:
        say(_("{number} is not on the do-not-call list.").format(number=e164))
    else:
        say(_("{number} is on the do-not-call list.").format(number=e164), style="bold")
    if entries:
        _print_entries(entries, names, ZoneInfo(settings.site.zone), now)


@app.command("list", help=mark("Show the patterns and the newest numbers."))
def show(
    ctx: typer.Context,
    campaign: Annotated[str | None, typer.Option(help=mark("This campaign's own only."))] = None,
    limit: Annotated[int, typer.Option("-n", min=1, help=mark("At most so many numbers."))] = 20,
    json: Json = False,
) -> None:
    """The whole list: waihu dnc export."""
    carry_out(_show(settings_of(ctx), campaign, limit, json=json))


async def _show(settings: Settings, campaign: str | None, limit: int, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        only = await campaign_id_of(database, campaign, now)
        entries = await DoNotCall(database).entries(campaign_id=only, limit=limit)
        names = await campaign_names(database, now)
    if json:
        print_json({"entries": [entry_json(entry, names) for entry in entries]})
    elif entries:
        _print_entries(entries, names, ZoneInfo(settings.site.zone), now)
    else:
        say(_("Nobody is on the do-not-call list."))


async def campaign_id_of(database: Database, name: str | None, now: datetime) -> int | None:
    """The campaign's number; None: all are meant."""
    return None if name is None else (await find_campaign(database, name, now)).campaign.id


async def campaign_names(database: Database, now: datetime) -> dict[int, str]:
    """All campaigns' names by their numbers."""
    records = await Campaigns(database).records(now)
    return {record.campaign.id: record.campaign.name for record in records}


def number_or_pattern(text: str, country: str) -> str:
    """The number in E.164, or the pattern as it is kept.

    Raises:
        CommandError: it is neither.
    """
    if not is_pattern(text):
        return typed_number(text, country)
    try:
        return read_pattern(text)
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE, reason="no_pattern") from None


def entry_json(entry: DoNotCallEntry, names: dict[int, str]) -> dict[str, object]:
    """One entry for a program."""
    return {
        "number": entry.e164,
        "campaign": names.get(entry.campaign_id) if entry.campaign_id else None,
        "reason": entry.reason,
        "source": entry.source,
        "added_at": iso(entry.added_at),
        "expires_at": iso(entry.expires_at),
    }


def _print_entries(
    entries: tuple[DoNotCallEntry, ...], names: dict[int, str], zone: ZoneInfo, now: datetime
) -> None:
    rows = [
        (
            entry.e164,
            moment_without_zone(entry.added_at, zone, now),
            moment_without_zone(entry.expires_at, zone, now) if entry.expires_at else "",
            names.get(entry.campaign_id, "") if entry.campaign_id else _("all"),
            reason_text(entry.reason),
            entry.source,
        )
        for entry in entries
    ]
    heading(_("Do-not-call ({zone})").format(zone=zone.key))
    columns = [_("number"), _("since"), _("until"), _("campaign"), _("reason"), _("source")]
    table(columns, rows)
