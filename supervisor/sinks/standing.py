"""How a sink stands with its peer.

Owns: whether it is up, since when, why not, and how much was dropped; and that the log is told of
each change once. Must not know what the peer is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from supervisor.snapshot import SinkView

log = structlog.get_logger()

LONGEST_FAULT: Final = 200


class Standing:
    """The standing of the sink called `name`; `utc_now` reads the clock."""

    def __init__(self, name: str, utc_now: Callable[[], datetime]) -> None:
        self.name = name
        self._utc_now = utc_now
        self._up = False
        self._since: datetime | None = None
        self._fault = ""
        self._told_of_drops = False
        self.dropped = 0

    @property
    def view(self) -> SinkView:
        """What watchers see."""
        return SinkView(up=self._up, since=self._since, dropped=self.dropped, fault=self._fault)

    @property
    def is_up(self) -> bool:
        """Whether the peer takes what is sent."""
        return self._up

    def came_up(self) -> None:
        """The peer takes what is sent, from now on."""
        if not self._up:
            self._up, self._since, self._fault = True, self._utc_now(), ""
            self._told_of_drops = False
            log.info("sink.up", sink=self.name, dropped=self.dropped)

    def went_down(self, fault: str) -> None:
        """The peer is away. The same fault at the next try is no news."""
        fault = " ".join(fault.split())[:LONGEST_FAULT]
        if self._up or self._since is None:
            self._since = self._utc_now()
        if self._up or fault != self._fault:
            log.warning("sink.down", sink=self.name, fault=fault)
        self._up, self._fault = False, fault

    def drop(self, count: int = 1) -> None:
        """So much was not sent, for there was no room. The log has the first one of an outage."""
        self.dropped += count
        if count and not self._told_of_drops:
            self._told_of_drops = True
            log.warning("sink.drops", sink=self.name)
