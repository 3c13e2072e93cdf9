"""What the service manager is told: ready, what the engine does, that it lives, that it ends.

Owns: systemd's notify protocol (sd_notify(3)) and how often each word is sent. Without
NOTIFY_SOCKET it says nothing. Must not know what the engine decides; a manager that does not
listen never hurts the engine.
"""

from __future__ import annotations

import math
import socket
from collections.abc import Mapping
from typing import Final

import structlog

from config.language import _
from dialer.agents import State
from dialer.engine import Engine
from dialer.messages import Now
from dialer.switch_events import LinkDown

log = structlog.get_logger()

SAY_EVERY_S: Final = 1.0
"""The most often that something is said; a watchdog of less than 4 s hears more."""

BEATS_A_LIMIT: Final = 4
"""So many signs of life go into the time after which the watchdog would bite."""

LONGER_S: Final = 20
"""While calls are let end, each sign of life asks for so much more time."""

STARTING_S: Final = 300
"""While the database is waited for, each word asks for as long as a start has (TimeoutStartSec)."""

WRITING_S: Final = 60
"""After its last tick the engine writes what is left: for so long no sign of life is owed."""


class ServiceManager:
    """Speaks to the manager that `environment` names. `pid`: ours, for whom a watchdog is meant.

    Sends on a datagram socket that never waits: what is not taken at once is lost.
    """

    def __init__(self, environment: Mapping[str, str], pid: int) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._socket: socket.socket | None = None
        limit_s = _watchdog_s(environment, pid)
        self._watched = limit_s is not None
        self._every_s = min(SAY_EVERY_S, (limit_s or math.inf) / BEATS_A_LIMIT)
        self._next_mono = -math.inf
        self._status = ""
        self._said_stopping = False
        self._deaf = False

    def ready(self) -> None:
        """Everything listens, or a reload is over."""
        self._say("READY=1")

    def waiting(self) -> None:
        """The start waits for the database. Nobody watches an engine that is not ready yet."""
        said = _(
            "waiting for the database: see what else writes to it, and whether its disk is full"
        )
        self._say(f"EXTEND_TIMEOUT_USEC={STARTING_S * 1_000_000}", f"STATUS={said}")

    def reloading(self, now: Now) -> None:
        """The settings are being read again; `ready` ends it."""
        self._say("RELOADING=1", f"MONOTONIC_USEC={round(now.mono * 1_000_000)}")

    def ticked(self, engine: Engine, now: Now) -> None:
        """The engine has handled a tick: the one sign of life, and what it is doing."""
        if self._address is None or now.mono < self._next_mono:
            return
        self._next_mono = now.mono + self._every_s
        words = ["WATCHDOG=1"] if self._watched else []
        if engine.stopping:
            words += self._stopping(LONGER_S)
        status = status_of(engine)
        if status != self._status:
            self._status = status
            words.append(f"STATUS={status}")
        if words:
            self._say(*words)

    def writing(self) -> None:
        """The engine has ticked for the last time; the writer has `WRITING_S` for the rest."""
        words = self._stopping(WRITING_S)
        if self._watched:
            words += [f"WATCHDOG_USEC={WRITING_S * 1_000_000}", "WATCHDOG=1"]
        self._say(*words, "STATUS=" + _("stopping: the last outcomes are written"))

    def close(self) -> None:
        """Say nothing more."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self._address = None

    def _stopping(self, longer_s: int) -> list[str]:
        words = [] if self._said_stopping else ["STOPPING=1"]
        self._said_stopping = True
        return [*words, f"EXTEND_TIMEOUT_USEC={longer_s * 1_000_000}"]

    def _say(self, *words: str) -> None:
        if self._address is None:
            return
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            self._socket.sendto("\n".join(words).encode(), self._address)
        except OSError as error:
            if not self._deaf:
                log.warning("service_manager.deaf", fault=str(error))
            self._deaf = True
        else:
            self._deaf = False


def _address(text: str) -> str | None:
    """Where to send to; None for no manager, or one of a kind that is not spoken here."""
    if text.startswith("@"):
        return "\0" + text[1:]
    return text if text.startswith("/") else None


def _watchdog_s(environment: Mapping[str, str], pid: int) -> float | None:
    """After how long without a sign of life we are killed; None: nobody watches us."""
    usec, whose = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(pid))
    if not usec.isdecimal() or int(usec) == 0 or whose != str(pid):
        return None
    return int(usec) / 1_000_000


def status_of(engine: Engine) -> str:
    """One line of what the engine does."""
    calls = len(engine.board)
    if engine.stopping:
        return _("stopping: {calls} calls may end").format(calls=calls)
    agents = sum(agent.state is not State.AWAY for agent in engine.floor)
    said = _("{calls} calls under way, {agents} agents signed in").format(
        calls=calls, agents=agents
    )
    if isinstance(engine.link, LinkDown):
        return _("no link to Asterisk; {rest}").format(rest=said)
    return said
