"""What the demo shows: the live picture while it dials, the outcome report when it ends.

Owns: how the demo knows that nothing more is due, and its closing words. Looks at the engine
only through its socket, as any watcher does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from rich.console import Console

from campaigns.cli.reports import print_outcomes
from config.language import _, translate
from dialer.cli_print import say
from dialer.client import EngineClient, EngineNotRunningError
from dialer.clock import clock
from dialer.messages import CampaignRecord
from dialer.wire import Do
from store.campaigns import Campaigns
from store.database import Database
from store.reports import Reports
from supervisor.live_view import draw
from supervisor.snapshot import Snapshot, from_json


async def show_live(socket: Path, console: Console) -> None:
    """Show the engine at work until nothing more is due (then it is told to stop) or it ends."""
    async with EngineClient(socket) as engine:
        await draw(
            _until_over(engine, socket),
            console,
            utc_now=lambda: clock().utc,
            _=translate,
            hint=_("Ctrl-C stops; what is dialed is kept"),
        )


async def _until_over(engine: EngineClient, socket: Path) -> AsyncIterator[Snapshot]:
    asked = False
    async for answer in engine.follow(Do.WATCH):
        snapshot = from_json(answer.facts)
        yield snapshot
        if not asked and is_over(snapshot):
            asked = True
            await _ask_to_stop(socket)


async def _ask_to_stop(socket: Path) -> None:
    try:
        async with EngineClient(socket) as engine:
            await engine.ask(Do.STOP)
    except EngineNotRunningError:
        return


def is_over(snapshot: Snapshot) -> bool:
    """Whether nothing is due, no contact is in a call, and nobody has a word left to say of one.

    The hotline's callers go on ringing and are no reason to stay.
    """
    at_work = any(agent.attempt for agent in snapshot.agents)
    if at_work or not snapshot.link_up or not snapshot.campaigns:
        return False
    return not any(
        campaign.due or campaign.in_calls or _due_now(campaign.next_due_at, snapshot.ts)
        for campaign in snapshot.campaigns
    )


def _due_now(next_due_at: datetime | None, now: datetime) -> bool:
    return next_due_at is not None and next_due_at <= now


async def show_report(database_path: Path, log_path: Path, campaign: str) -> None:
    """The outcomes so far, when the next contact falls due, and where everything is."""
    now = clock().utc
    database = Database(database_path)
    try:
        record = await Campaigns(database).get(campaign, now)
        report = await Reports(database).outcomes(record.campaign.id, now)
    finally:
        await database.close()
    print_outcomes(report, now)
    say("")
    say(_what_is_next(record))
    say(_("To start afresh: make fresh run"))
    say(_("Database: {path}").format(path=database_path))
    say(_("Log: {path}").format(path=log_path))


def _what_is_next(record: CampaignRecord) -> str:
    if record.due_contacts:
        said = _("{n} contacts are still due; make run goes on with them.")
        return said.format(n=record.due_contacts)
    if record.next_due_at is None:
        return _("Every contact of the list is done.")
    zone = record.campaign.zone
    said = _("Nothing more is due now. The next contact falls due at {time} ({zone}).")
    at = record.next_due_at.astimezone(zone)
    return said.format(time=f"{at:%Y-%m-%d %H:%M:%S}", zone=zone.key)
