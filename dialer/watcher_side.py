"""What those who watch are shown: the picture, where it goes, and the alarms that they see to.

Owns: what a picture is made of. Must not know how a page or a sink shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import structlog

from config.settings import Settings
from dialer import picture
from dialer.agents import Agent
from dialer.answer_norms import AnswerNorms, mind_answer_norms
from dialer.beside import BesideTheCalls
from dialer.clock import clock, utc_now
from dialer.loop import EngineLoop
from dialer.messages import Now
from dialer.popping import Pops
from dialer.settings_anew import alarm_limits
from dialer.sinks import Sinks
from store.database import Database
from store.errors import StoreError
from store.seen_alarms import note_seen
from supervisor.sinks.hub import Hub
from supervisor.sinks.sse import Streams
from supervisor.snapshot import AlarmView, Snapshot
from supervisor.watching import Watching

log = structlog.get_logger()


class WatcherSide:
    """The watchers' side of one engine. `in_force` gives the settings that hold now.

    `link_fault` says what ails the link, "" if nothing; `set_aside` how many writes the database
    refuses for good.

    Raises:
        ConfigError: a password's file of a sink is not as it must be.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        loop: EngineLoop,
        pops: Pops,
        *,
        beside: BesideTheCalls,
        random: Random,
        in_force: Callable[[], Settings],
        link_fault: Callable[[], str],
        set_aside: Callable[[], int],
    ) -> None:
        self._database = database
        self._loop = loop
        self._in_force = in_force
        self._link_fault = link_fault
        self._set_aside = set_aside
        self._sinks = Sinks(settings, utc_now, random)
        self._sinks.listen_to(loop, pops, beside)
        self._agent_views = picture.AgentViews()
        self.streams = Streams(utc_now)
        self._norms = AnswerNorms(database, lambda: in_force().site.zone, utc_now)
        self._watching = Watching(lambda: alarm_limits(in_force()))
        self.hub = Hub(self.picture, clock, [self.streams, *self._sinks.remote])
        loop.on_happened = self.hub.stir

    def picture(self, now: Now) -> Snapshot:
        """The engine as it is, with what that means beside the pictures before."""
        site = self._in_force().site
        seen = picture.take(
            self._loop.engine,
            now,
            site=site.name,
            zone=site.zone,
            fault=self._link_fault(),
            set_aside=self._set_aside(),
            views=self._agent_views,
            sinks=self._sinks.views,
            norm_of=self._norms.of,
        )
        return self._watching.seen(seen, now.utc)

    async def mind_norms(self) -> None:
        """Until cancelled: what the answer rates are beside is that of the hour."""
        await mind_answer_norms(self._norms)

    def announce(self, changed: Sequence[Agent], now: Now) -> None:
        """Agents are in another state."""
        self._sinks.announce(changed, now)

    async def acknowledge(self, alarm: str, by: str) -> AlarmView | None:
        """Somebody sees to an alarm: all who watch are told at once, and the ledger is."""
        now = utc_now()
        seen_to = self._watching.acknowledge(alarm, by, now)
        if seen_to is None or seen_to.acknowledged_at != now:
            return seen_to
        log.info("alarm.acknowledged", alarm=alarm, by=by)
        self.hub.stir()
        subject = f"{seen_to.kind} {seen_to.name}".strip()
        level = seen_to.level
        try:
            await note_seen(
                self._database, alarm=alarm, level=level, subject=subject, by=by, now=now
            )
        except StoreError as error:
            log.warning("alarm.not_entered", alarm=alarm, by=by, fault=str(error))
        return seen_to
