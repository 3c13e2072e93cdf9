"""What the demo shows: the live picture while it dials, the outcome report when it ends.

Owns: the screen of `waihu demo`, and how it knows that nothing more is due. Looks at the
engine only through its socket, as any watcher does.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from campaigns.outcomes import Outcome, rule_of
from config.language import _, translate
from dialer.app import clock
from dialer.client import EngineClient, EngineNotRunningError
from dialer.wire import Do
from store.campaigns import Campaigns
from store.database import Database
from store.reports import OutcomeReport, Reports
from supervisor.snapshot import AgentLook, Snapshot, from_json
from supervisor.terminal import plain_line, render
from supervisor.words import branch_words, outcome_words

PLAIN_EVERY_S = 5.0
BUSY = (AgentLook.RESERVED, AgentLook.TALKING, AgentLook.WRAP_UP)


async def show_live(socket: Path, console: Console) -> None:
    """Show the engine at work until nothing more is due (then it is told to stop) or it ends."""
    view = _Screen(console) if console.is_terminal else _Lines(console)
    with view:
        async with EngineClient(socket) as engine:
            asked = False
            async for answer in engine.follow(Do.WATCH):
                snapshot = from_json(answer.facts)
                view.show(snapshot)
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
    """Whether nothing is due, nothing is in a call, and nobody has a word left to say."""
    at_work = any(snapshot.agent_counts.get(look, 0) for look in BUSY)
    if at_work or not snapshot.link_up or not snapshot.campaigns:
        return False
    return not any(
        campaign.due or campaign.in_calls or _due_now(campaign.next_due_at, snapshot.ts)
        for campaign in snapshot.campaigns
    )


def _due_now(next_due_at: datetime | None, now: datetime) -> bool:
    return next_due_at is not None and next_due_at <= now


class _Screen:
    """The whole terminal, drawn anew with each snapshot."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True, screen=False)

    def __enter__(self) -> None:
        self._live.__enter__()

    def __exit__(self, *fault: object) -> None:
        self._live.stop()

    def show(self, snapshot: Snapshot) -> None:
        size = self._console.size
        screen = render(
            snapshot,
            size=(size.width, min(size.height - 1, 30)),
            now=clock().utc,
            _=translate,
            hint=_("Ctrl-C stops; what is dialed is kept"),
        )
        self._live.update(screen, refresh=True)


class _Lines:
    """A line every few seconds, where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_mono = 0.0

    def __enter__(self) -> None:
        return None

    def __exit__(self, *fault: object) -> None:
        return None

    def show(self, snapshot: Snapshot) -> None:
        now = clock().mono
        if now < self._next_mono:
            return
        self._next_mono = now + PLAIN_EVERY_S
        self._console.print(plain_line(snapshot, translate), soft_wrap=True, highlight=False)


async def show_report(database_path: Path, log_path: Path, campaign: str, console: Console) -> None:
    """The outcomes so far, when the next contact falls due, and where everything is."""
    database = Database(database_path)
    try:
        record = await Campaigns(database).get(campaign, clock().utc)
        report = await Reports(database).outcomes(record.campaign.id, clock().utc)
    finally:
        await database.close()
    console.print(outcome_table(report))
    zone = record.campaign.zone
    if record.due_contacts:
        console.print(
            _("{n} contacts are still due; make run goes on.").format(n=record.due_contacts)
        )
    elif record.next_due_at is not None:
        at = record.next_due_at.astimezone(zone)
        console.print(
            _(
                "Nothing more is due now. The next contact falls due on {at:%Y-%m-%d %H:%M:%S} ({zone})."
            ).format(at=at, zone=zone.key)
        )
    else:
        console.print(_("Every contact of the list is done."))
    console.print(_("To start afresh: make fresh run"))
    console.print(_("Database: {path}").format(path=database_path), soft_wrap=True)
    console.print(_("Log: {path}").format(path=log_path), soft_wrap=True)


def outcome_table(report: OutcomeReport) -> Table:
    """The tree of R2 with its counts."""
    table = Table(title=_("What came of the calls"), title_justify="left", box=None)
    table.add_column(_("branch"))
    table.add_column(_("outcome"))
    table.add_column(_("attempts"), justify="right")
    branches, leaves = branch_words(translate), outcome_words(translate)
    for outcome, count in sorted(
        report.outcomes.items(), key=lambda item: list(Outcome).index(item[0])
    ):
        table.add_row(branches[rule_of(outcome).branch], leaves[outcome], str(count))
    return table
