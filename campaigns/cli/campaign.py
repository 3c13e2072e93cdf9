"""`waihu campaign`: create, list, show, start, pause, resume, stop, delete.

Owns: these commands and what they show. A change is in the database, and known to a running
engine, before the command returns.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from campaigns.campaign import Campaign, CampaignState
from campaigns.cli.campaign_view import (
    campaign_json,
    print_campaign,
    print_campaigns,
    standstill_json,
)
from campaigns.cli.engine_told import engine_facts
from campaigns.cli.find import find_campaign
from campaigns.cli.next_contacts import show_next
from campaigns.cli.pace import show_pace
from campaigns.cli.standstill import Scene, standstill
from campaigns.cli.trail import note_change
from campaigns.cli.verdict_text import verdict_sentence
from campaigns.judge import judge
from campaigns.ledger import By, EntryKind
from campaigns.serving import HIGHEST_PRIORITY, LOWEST_PRIORITY
from config.books import load_books
from config.campaign_file import CampaignFile
from config.errors import ConfigError
from config.language import _, mark
from config.settings import Settings
from dialer.acting import Acts, CampaignActed, Wish
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import (
    acting,
    by_operator,
    carry_out,
    opened,
    settings_of,
    tell_engine,
    utc_now,
)
from dialer.messages import CampaignRecord
from store.campaigns import Campaigns
from store.contacts import Contacts
from store.database import Database
from store.lists import Lists
from store.upcoming import upcoming
from supervisor.words import campaign_state_word

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Name = Annotated[str, typer.Argument(metavar="CAMPAIGN", help=mark("Its name, or its number."))]


def _option(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text)


@app.command(help=mark("Create a campaign from a TOML file, or from flags."))
def create(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help=mark("The campaign's TOML file."))] = None,
    name: Annotated[str | None, _option(mark("Its name."))] = None,
    kind: Annotated[str | None, _option(mark("callback or sales."))] = None,
    mode: Annotated[
        str | None, _option(mark("progressive (the default), predictive or preview."))
    ] = None,
    dial_string: Annotated[
        str | None, _option(mark("How it is dialed, e.g. PJSIP/{number}@trunk."))
    ] = None,
    caller_id: Annotated[str | None, _option(mark("The number that is shown."))] = None,
    queue: Annotated[str | None, _option(mark("Whose agents talk to the people."))] = None,
    window: Annotated[
        list[str] | None,
        _option(mark("A calling window, mon-fri=09:00-12:00,14:00-20:00; may be repeated.")),
    ] = None,
    zone: Annotated[str | None, _option(mark("Its time zone, e.g. Asia/Shanghai."))] = None,
    ring_timeout_s: Annotated[
        str | None, _option(mark("How long it rings, 15 s at least."), "--ring-timeout")
    ] = None,
    max_calls: Annotated[str | None, _option(mark("Calls at once, at most."))] = None,
    cps: Annotated[str | None, _option(mark("New calls a second, at most."))] = None,
    calendar: Annotated[
        str | None, _option(mark("Whose public holidays it keeps: CN, TW, US-FL, … or none."))
    ] = None,
    delay: Annotated[str | None, _option(mark("Time between two tries, e.g. 4h."))] = None,
    daily_attempts: Annotated[str | None, _option(mark("Tries a day, at most."))] = None,
    order: Annotated[
        str | None,
        _option(mark("Who is dialed first: waiting, oldest, newest, least_tried or random.")),
    ] = None,
    law: Annotated[
        list[str] | None, _option(mark("A regulation that holds, e.g. auto; may be repeated."))
    ] = None,
    law_reason: Annotated[
        str | None, _option(mark("Why auto is left out; it is kept in the ledger."))
    ] = None,
    consent: Annotated[
        str | None, _option(mark("On what ground people are called: consent, request, contract."))
    ] = None,
    wanted: Annotated[
        str | None, _option(mark("Whom it wants, e.g. 'age >= 30 and not vip'."), "--filter")
    ] = None,
    change: Annotated[
        bool, _option(mark("Change the campaign of this name, if there is one."), "--change")
    ] = False,
    json: Json = False,
) -> None:
    """Save a campaign; it dials once it is started."""
    settings = settings_of(ctx)
    retry = _given(delay=delay, daily_attempts=daily_attempts)
    flags = _given(
        name=name,
        kind=kind,
        mode=mode,
        dial_string=dial_string,
        caller_id=caller_id,
        queue=queue,
        windows=_windows(window or []) or None,
        zone=zone,
        calendar=calendar,
        ring_timeout_s=ring_timeout_s,
        order=order,
        max_calls=max_calls,
        cps=cps,
        law=_given(profiles=law or None, reason=law_reason) or None,
        consent=consent,
        filter=wanted,
        retry=retry or None,
    )
    campaign = described_at(settings, _described(file, flags), utc_now())
    carry_out(_create(settings, campaign, change=change, json=json))


def described_at(settings: Settings, described: CampaignFile, now: datetime) -> Campaign:
    """The campaign as it would be at this site.

    Raises:
        ConfigError: it does not suit the site's settings and books.
    """
    campaign = described.campaign(0, settings.site.zone, load_books(settings, now.date()))
    known_queues = [queue.name for queue in settings.queues]
    if campaign.queue not in known_queues:
        said = _("the queue {queue} is not in the settings; they have: {known}")
        raise ConfigError(said.format(queue=campaign.queue, known=", ".join(known_queues)))
    return campaign


def _given(**flags: Any) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def _windows(texts: list[str]) -> dict[str, list[str]]:
    windows: dict[str, list[str]] = {}
    for text in texts:
        days, equals, times = text.partition("=")
        if not equals:
            said = _("“{text}” is no window; write mon-fri=09:00-12:00,14:00-20:00")
            raise CommandError(said.format(text=text), ExitCode.USAGE)
        windows[days.strip()] = [time.strip() for time in times.split(",")]
    return windows


def _described(file: Path | None, flags: Mapping[str, Any]) -> CampaignFile:
    if file is not None and flags:
        raise CommandError(_("give a file or flags, not both"), ExitCode.USAGE)
    return CampaignFile.from_flags(flags) if file is None else CampaignFile.load(file)


async def _create(settings: Settings, campaign: Campaign, *, change: bool, json: bool) -> None:
    async with opened(settings, create=True) as database:
        record, new = await saved(database, campaign, by_operator(), change=change)
    await tell_engine(settings)
    if json:
        print_json({"campaign": campaign_json(record)})
    elif not new:
        say(_("Campaign {name} is changed.").format(name=campaign.name))
    else:
        say(_("Campaign {name} is created.").format(name=campaign.name))
        name = shlex.quote(campaign.name)
        say(_("Next: waihu list import FILE --campaign {name}").format(name=name))


async def saved(
    database: Database, campaign: Campaign, by: By, *, change: bool
) -> tuple[CampaignRecord, bool]:
    """Save it; the campaign as it is now, and whether it is new.

    Raises:
        CommandError: there is one of this name, and it was not to be changed.
    """
    campaigns = Campaigns(database)
    known = {record.campaign.name for record in await campaigns.records(by.at)}
    if campaign.name in known and not change:
        said = _("there is a campaign {name} already; --change changes it")
        raise CommandError(said.format(name=campaign.name), reason="campaign_exists")
    new = campaign.name not in known
    # Before it: an entry too many is better than a change without one.
    await note_change(database, EntryKind.CAMPAIGN_SAVED, campaign.name, by, new=new)
    await campaigns.save(campaign, by.at, by.who)
    return await campaigns.get(campaign.name, by.at), new


async def deleted(database: Database, record: CampaignRecord, by: By) -> None:
    """Delete it with its list.

    Raises:
        CampaignHasRecordsError: somebody was called in it.
    """
    name, contacts = record.campaign.name, record.contacts
    await Campaigns(database).delete(record.campaign.id)
    await note_change(database, EntryKind.CAMPAIGN_DELETED, name, by, contacts=contacts)


@app.command("list", help=mark("List all campaigns and what is left of their lists."))
def list_all(ctx: typer.Context, json: Json = False) -> None:
    """All campaigns, oldest first."""
    carry_out(_list(settings_of(ctx), json=json))


async def _list(settings: Settings, *, json: bool) -> None:
    now = utc_now()
    async with opened(settings) as database:
        records = await Campaigns(database).records(now)
    if json:
        print_json({"campaigns": [campaign_json(record) for record in records]})
    elif records:
        print_campaigns(records, now)
    else:
        say(_("There is no campaign yet. Create one: waihu campaign create FILE"))


@app.command(help=mark("Show a campaign: its rules, its list, the loads."))
def show(ctx: typer.Context, campaign: Name, json: Json = False) -> None:
    """One campaign in full."""
    carry_out(_show(settings_of(ctx), campaign, json=json))


async def _show(settings: Settings, name: str, *, json: bool) -> None:
    async with opened(settings) as database:
        scene = await scene_of(settings, database, name, utc_now())
        loads = await Lists(database).imports(scene.record.campaign.id)
    stands = standstill(scene)
    if json:
        print_json({"campaign": campaign_json(scene.record) | standstill_json(stands)})
    else:
        print_campaign(scene, stands, loads)


async def scene_of(settings: Settings, database: Database, name: str, now: datetime) -> Scene:
    """A campaign with what tells whether it dials. Raises UnknownCampaignError."""
    record = await find_campaign(database, name, now)
    campaign = record.campaign
    engine = await engine_facts(settings, campaign.name)
    found = await upcoming(database, campaign.id, 1, now)
    refusal = None
    if record.due_contacts and found.refused_now is not None:
        facts = await Contacts(database).facts(found.refused_now, now, None)
        verdict = judge(replace(facts, campaign_state=CampaignState.RUNNING), now)
        refusal = (verdict.code, verdict_sentence(verdict, campaign.zone, now))
    return Scene(record=record, engine=engine, now=now, next_due=found.at, refusal=refusal)


@app.command("next", help=mark("Show whom a campaign dials next, in that order."))
def show_next_contacts(
    ctx: typer.Context,
    campaign: Name,
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, max=1000, help=mark("So many contacts."))
    ] = 20,
    json: Json = False,
) -> None:
    """A preview; nothing is changed by it."""
    carry_out(show_next(settings_of(ctx), campaign, count, json=json))


@app.command(help=mark("Show why a predictive campaign dials as it does, and steer it."))
def pace(  # one flag a parameter, as Typer wants them
    ctx: typer.Context,
    campaign: Name,
    last: Annotated[
        int, typer.Option("--last", min=1, max=300, help=mark("So many seconds of it."))
    ] = 15,
    abandon_percent: Annotated[
        str | None,
        _option(mark("Of those who answer, so many percent may find no agent."), "--cap"),
    ] = None,
    aggressiveness: Annotated[
        str | None, _option(mark("The part of the cap to be spent: 0 (none) to 1."))
    ] = None,
    amd: Annotated[
        bool | None,
        typer.Option("--amd/--no-amd", help=mark("Tell machines from persons first.")),
    ] = None,
    mode: Annotated[str | None, _option(mark("predictive, progressive or preview."))] = None,
    priority: Annotated[
        int | None,
        typer.Option(
            min=HIGHEST_PRIORITY,
            max=LOWEST_PRIORITY,
            help=mark("Where agents are shared: 1 (first) to 9."),
        ),
    ] = None,
    why: Annotated[str, typer.Option("--why", help=mark("Why; it is kept in the ledger."))] = "",
    json: Json = False,
) -> None:
    """The engine follows within the second; nothing is restarted."""
    settings = settings_of(ctx)
    said = _given(abandon_percent=abandon_percent, aggressiveness=aggressiveness, amd=amd)
    wish = Wish(pacing=said, mode=mode, priority=priority)
    carry_out(show_pace(settings, campaign, wish, why, last=last, json=json))


# ── what is wanted of it ─────────────────────────────────────────────────────────────────


Why = Annotated[str, typer.Option("--why", help=mark("Why; it is kept in the ledger."))]


@app.command(help=mark("Start a campaign: dial whoever is due."))
def start(ctx: typer.Context, campaign: Name, why: Why = "", json: Json = False) -> None:
    """From ready, paused or stopped to running."""
    carry_out(_set(settings_of(ctx), Acts.start, campaign, why, json=json))


@app.command(help=mark("Pause a campaign: no new calls; calls under way go on."))
def pause(ctx: typer.Context, campaign: Name, why: Why = "", json: Json = False) -> None:
    """No new calls once the command has returned."""
    carry_out(_set(settings_of(ctx), Acts.pause, campaign, why, json=json))


@app.command(help=mark("Go on with a paused campaign."))
def resume(ctx: typer.Context, campaign: Name, why: Why = "", json: Json = False) -> None:
    """From paused to running."""
    carry_out(_set(settings_of(ctx), Acts.resume, campaign, why, json=json))


@app.command(help=mark("Stop a campaign; it can be started again."))
def stop(ctx: typer.Context, campaign: Name, why: Why = "", json: Json = False) -> None:
    """No more calls."""
    carry_out(_set(settings_of(ctx), Acts.stop, campaign, why, json=json))


@app.command(help=mark("Delete a campaign in which nobody was called yet, with its list."))
def delete(
    ctx: typer.Context,
    campaign: Name,
    yes: Annotated[bool, typer.Option("--yes", help=mark("Do not ask."))] = False,
    json: Json = False,
) -> None:
    """Where somebody was called it is refused: records are kept, `stop` ends it."""
    carry_out(_delete(settings_of(ctx), campaign, yes=yes, json=json))


async def _delete(settings: Settings, name: str, *, yes: bool, json: bool) -> None:
    async with opened(settings) as database:
        record = await find_campaign(database, name, utc_now())
        if not yes:
            _ask_for(record)
        await deleted(database, record, by_operator())
    await tell_engine(settings)
    if json:
        print_json({"deleted": record.campaign.name, "contacts": record.contacts})
    else:
        said = _("Campaign {name} is deleted, with its list of {n} contacts.")
        say(said.format(name=record.campaign.name, n=record.contacts))


def _ask_for(record: CampaignRecord) -> None:
    name = record.campaign.name
    if not sys.stdin.isatty():
        said = _("nobody can be asked here; say --yes to delete {name}")
        raise CommandError(said.format(name=name), ExitCode.USAGE)
    asked = _("Delete {name} with its list of {n} contacts?")
    if not typer.confirm(asked.format(name=name, n=record.contacts)):
        raise CommandError(_("nothing is changed"))


_Act = Callable[[Acts, str, By], Awaitable[CampaignActed]]


async def _set(settings: Settings, act: _Act, name: str, why: str, *, json: bool) -> None:
    async with acting(settings) as acts:
        done = await act(acts, name, by_operator(why))
    if json:
        shown = {"campaign": campaign_json(done.record), "engine_running": done.engine_knows}
        print_json(shown)
    else:
        _say_state(done.record, engine_knows=done.engine_knows)


def _say_state(record: CampaignRecord, *, engine_knows: bool) -> None:
    word = campaign_state_word(record.state, _)
    say(_("Campaign {name}: {state}.").format(name=record.campaign.name, state=word))
    if record.state is CampaignState.RUNNING:
        if not record.contacts:
            say(_("Its list is empty. Load one: waihu list import FILE --campaign NAME"))
        if not engine_knows:
            say(_("No engine is running, so nothing is dialed yet. Start one: waihu run"))
    elif engine_knows:
        say(_("No new calls are placed from now on; calls under way go on to their end."))
