"""What pages and API work with: the parts of the engine's process, and nothing else.

Owns: the one record that every route is given. Must not decide anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from config.settings import Settings
from dialer.loop import EngineLoop
from dialer.popping import Pops
from store.database import Database
from supervisor.sinks.hub import Hub
from supervisor.sinks.sse import Streams
from supervisor.web.desk.parts import DeskParts


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSite:
    """The parts of one engine's process. `settings` gives those that hold now."""

    settings: Callable[[], Settings]
    database: Database
    loop: EngineLoop
    hub: Hub
    streams: Streams
    pops: Pops
    utc_now: Callable[[], datetime]
    desk: DeskParts
    at_end: Callable[[Callable[[], None]], None] = lambda _end: None
    """Is told what is to be ended before the server is."""
