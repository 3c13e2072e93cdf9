"""`waihu agent undisposed`, and a late word where no engine runs.

Owns: the list of talks that still wait for their agent's word, and writing such a word straight
into the database. With an engine running, the engine takes the word (`dialer.cli_agents`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.contact_view import with_offers
from campaigns.cli.sentences import reply_sentences, store_refused
from campaigns.outcomes import Disposition
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError
from dialer.cli_print import print_json, say, table
from dialer.cli_session import carry_out, opened, settings_of
from dialer.cli_times import iso, stamp
from dialer.effects import AmendAttempt, ReplyCode
from store.database import Database
from store.errors import AppointmentRefusedError
from store.outcomes import write_effect
from store.undisposed import WaitingCall, waiting_calls

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(help=mark("List the talks that still wait for their agent's word."))
def undisposed(
    ctx: typer.Context,
    agent: Annotated[
        str | None, typer.Argument(metavar="[AGENT]", help=mark("This agent's only."))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """From the database: no engine is needed."""
    carry_out(_undisposed(settings_of(ctx), agent, json=json))


async def _undisposed(settings: Settings, agent: str | None, *, json: bool) -> None:
    async with opened(settings) as database:
        calls = await waiting_calls(database, agent)
    if json:
        print_json({"undisposed": [waiting_json(call) for call in calls]})
    elif calls:
        _print(calls, ZoneInfo(settings.site.zone))
    else:
        say(_("Every talk has its word."))


def waiting_json(call: WaitingCall) -> dict[str, object]:
    """One such talk for a program."""
    return {
        "attempt": call.attempt,
        "agent": call.agent,
        "campaign": call.campaign,
        "contact": call.contact_id,
        "name": call.name,
        "e164": call.e164,
        "at": iso(call.at),
        "note": call.note,
    }


def _print(calls: tuple[WaitingCall, ...], zone: ZoneInfo) -> None:
    rows = [
        (
            stamp(call.at, zone),
            call.agent or "",
            call.campaign,
            f"#{call.contact_id} {call.name}".rstrip(),
            call.e164,
            call.attempt,
        )
        for call in calls
    ]
    at = _("at ({zone})").format(zone=zone.key)
    table([at, _("agent"), _("campaign"), _("contact"), _("number"), _("attempt")], rows)
    say(_("Give a word: waihu agent disposition AGENT WORD --attempt ATTEMPT"))


async def amend_on_file(
    database: Database,
    attempt: str,
    word: Disposition,
    *,
    at: datetime | None,
    note: str,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Write the late word; committed on return, by the rules of any other word.

    Raises:
        CommandError: an appointment without a time, or at one that is not allowed.
        StoreError: there is no such call, or it has its word already.
    """
    if word is Disposition.APPOINTMENT and at is None:
        text = reply_sentences()[ReplyCode.APPOINTMENT_NEEDS_TIME]
        raise CommandError(text, reason=ReplyCode.APPOINTMENT_NEEDS_TIME.value)
    amended = AmendAttempt(attempt=attempt, disposition=word, at=now, appointment_at=at, note=note)
    try:
        async with database.writing() as connection:
            await write_effect(connection, amended)
    except AppointmentRefusedError as error:
        nearest = [datetime.fromisoformat(time) for time in error.nearest]
        text = with_offers(store_refused(error), nearest, zone, now)
        raise CommandError(text, reason="appointment_refused") from None
