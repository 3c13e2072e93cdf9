"""What the demo shows: the live picture while it dials, the outcome report when it ends.

Owns: the screen of `waihu demo`, and how it knows that nothing more is due. Looks at the
engine only through its socket, as any watcher does.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from config.language import _, translate
from rich.console import Console
from rich.live import Live

from dialer.app import clock
from dialer.client import EngineClient, EngineNotRunningError
from dialer.wire import Do
from supervisor.snapshot import AgentLook, Snapshot, from_json
from supervisor.terminal import plain_line, render

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
