"""`waihu dnc`: the do-not-call list.

Owns: these commands. An entry holds for every campaign, unless one is named, and stops calls
from the moment it is committed.
"""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.cli_find import HOME_COUNTRY, find_campaign, typed_number
from campaigns.sentences import reason_text
from config.language import _, mark
from config.settings import Settings
from dialer.cli_print import print_json, say, table
from dialer.cli_session import carry_out, opened, settings_of, tell_engine, utc_now
from dialer.cli_times import iso, moment
from store.campaigns import Campaigns
from store.do_not_call import DoNotCall, DoNotCallEntry

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=mark("The phone number."))]
Country = Annotated[str, typer.Option(help=mark("Whose numbers are meant without a country code."))]


@app.command(help=mark("Put a number on the do-not-call list."))
def add(
    ctx: typer.Context,
    number: Number,
    reason: Annotated[str, typer.Option(help=mark("Why."))] = "",
    campaign: Annotated[
        str | None, typer.Option(help=mark("For this campaign only (else for all)."))
    ] = None,
    country: Country = HOME_COUNTRY,
    json: Json = False,
) -> None:
    """No campaign calls the number any more."""
    e164 = typed_number(number, country)
    carry_out(_add(settings_of(ctx), e164, reason, campaign, json=json))


async def _add(
    settings: Settings, e164: str, reason: str, campaign: str | None, *, json: bool
) -> None:
    now = utc_now()
    async with opened(settings) as database:
        only = None
        if campaign is not None:
            only = (await find_campaign(database, campaign, now)).campaign.id
        entry = DoNotCallEntry(
            e164=e164,
            campaign_id=only,
            source="operator",
            reason=reason or _("by hand"),
            added_at=now,
        )
        new = await DoNotCall(database).add(entry)
    await tell_engine(settings)
    if json:
        print_json({"e164": e164, "added": new})
    elif new:
        say(_("{number} is on the do-not-call list.").format(number=e164))
    else:
        said = _("{number} was on the do-not-call list already; nothing is changed.")
        say(said.format(number=e164))


@app.command(help=mark("Say whether a number is on the do-not-call list, and why."))
def check(
    ctx: typer.Context, number: Number, country: Country = HOME_COUNTRY, json: Json = False
) -> None:
    """All entries of the number."""
    carry_out(_check(settings_of(ctx), typed_number(number, country), json=json))


async def _check(settings: Settings, e164: str, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        entries = await DoNotCall(database).check(e164)
        names = {r.campaign.id: r.campaign for r in await Campaigns(database).records(now)}
    campaigns = [names[entry.campaign_id].name if entry.campaign_id else None for entry in entries]
    if json:
        listed = [
            {
                "campaign": campaign,
                "reason": entry.reason,
                "source": entry.source,
                "added_at": iso(entry.added_at),
            }
            for campaign, entry in zip(campaigns, entries, strict=True)
        ]
        print_json({"e164": e164, "listed": bool(entries), "entries": listed})
        return
    if not entries:
        say(_("{number} is not on the do-not-call list.").format(number=e164))
        return
    say(_("{number} is on the do-not-call list.").format(number=e164), style="bold")
    zone = ZoneInfo(settings.site.zone)
    rows = [
        (
            moment(entry.added_at, zone, now),
            campaign or _("all"),
            reason_text(entry.reason),
            entry.source,
        )
        for campaign, entry in zip(campaigns, entries, strict=True)
    ]
    table([_("since"), _("campaign"), _("reason"), _("source")], rows)
