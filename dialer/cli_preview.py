"""`waihu agent next`, `dial`, `skip`: an agent sees the contact before the call.

Owns: these commands and the card. Who is shown is the engine's choice; what is on the card comes
from the database, where the engine has just claimed it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.contact_view import contact_json, print_contact, zone_of
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import facts, print_json, say
from dialer.cli_replies import reply_text
from dialer.cli_session import OK, ask, carry_out, opened, settings_of, utc_now
from dialer.wire import LONGEST_SKIP_REASON, Answer, Do
from store.contacts import ContactRecord, Contacts
from store.database import Database

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Login = Annotated[str, typer.Argument(metavar="AGENT", help=mark("The agent's number."))]


@app.command("next", help=mark("Preview: show the agent the next contact, before any call."))
def ask_next(
    ctx: typer.Context,
    agent: Login,
    campaign: Annotated[
        str | None, typer.Option(help=mark("From this campaign only (else from any)."))
    ] = None,
    json: Json = False,
) -> None:
    """Asked again while a contact is at hand, it shows the same one."""
    carry_out(_next(settings_of(ctx), agent, campaign, json=json))


async def _next(settings: Settings, agent: str, campaign: str | None, *, json: bool) -> None:
    answer = await _asked(settings, Do.NEXT, agent, campaign=campaign)
    async with opened(settings) as database:
        record = await looked_at(database, answer)
    if json:
        print_json(card_json(agent, answer, record, utc_now()))
    else:
        _print_card(agent, answer, record)


async def looked_at(database: Database, answer: Answer) -> ContactRecord:
    """The contact that the engine has put before the agent, without the look itself."""
    record = await Contacts(database).show(int(str(answer.facts["contact"])))
    attempt = str(answer.facts["attempt"])
    return replace(record, attempts=tuple(made for made in record.attempts if made.id != attempt))


def card_json(
    agent: str, answer: Answer, record: ContactRecord, now: datetime
) -> dict[str, object]:
    """What the agent sees, for a program."""
    there = now.astimezone(zone_of(record))
    return {
        "agent": agent,
        "attempt": answer.facts["attempt"],
        "e164": answer.facts["e164"],
        "left_s": int(str(answer.facts["left_s"])),
        "local_time": there.isoformat(timespec="seconds"),
        "contact": contact_json(record),
    }


def _print_card(agent: str, answer: Answer, record: ContactRecord) -> None:
    now = utc_now()
    print_contact(record, now)
    say("")
    left = _("{n} s").format(n=answer.facts["left_s"])
    there = f"{now.astimezone(zone_of(record)):%H:%M}"
    facts(
        [
            (_("will be dialed"), str(answer.facts["e164"])),
            (_("local time there"), there),
            (_("time left"), left),
            (_("to call"), f"waihu agent dial {agent}"),
            (_("to skip"), f"waihu agent skip {agent} --reason …"),
        ]
    )


@app.command(help=mark("Preview: call the contact that the agent looks at."))
def dial(ctx: typer.Context, agent: Login, json: Json = False) -> None:
    """It is judged once more; a no is told with its reason, and nobody is called."""
    carry_out(_dial(settings_of(ctx), agent, json=json))


async def _dial(settings: Settings, agent: str, *, json: bool) -> None:
    answer = await _asked(settings, Do.DIAL, agent)
    if json:
        print_json({"agent": agent, "dialed": True, **answer.facts})
    else:
        say(_("Dialing {number}.").format(number=answer.facts["e164"]))


@app.command(help=mark("Preview: give the contact back without a call, and say why."))
def skip(
    ctx: typer.Context,
    agent: Login,
    reason: Annotated[str, typer.Option(help=mark("Why, e.g. spoke with them this morning."))],
    json: Json = False,
) -> None:
    """Not counted as a call; the contact comes again later. Committed when it returns."""
    text = reason.strip()
    if not text or len(text) > LONGEST_SKIP_REASON:
        said = _("a reason is 1 to {n} characters").format(n=LONGEST_SKIP_REASON)
        raise CommandError(said, ExitCode.USAGE)
    carry_out(_skip(settings_of(ctx), agent, text, json=json))


async def _skip(settings: Settings, agent: str, reason: str, *, json: bool) -> None:
    await _asked(settings, Do.SKIP, agent, reason=reason)
    if json:
        print_json({"agent": agent, "skipped": True, "reason": reason})
    else:
        said = _("Skipped. The next contact: waihu agent next {agent}")
        say(said.format(agent=agent))


async def _asked(settings: Settings, do: Do, agent: str, **fields: str | None) -> Answer:
    answer = await ask(settings, do, agent=agent, **fields)
    if answer.code != OK:
        zone = ZoneInfo(settings.site.zone)
        raise CommandError(reply_text(answer, agent, zone=zone, now=utc_now()))
    return answer
