"""The production engine at work in real time, on a virtual switch: a floor for benchmarks.

Everything that the engine does is real; only telephones, people and the list are not.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, Kind, Mode
from campaigns.retry import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer import picture
from dialer.messages import Now
from dialer.sim.forecast import made_up
from dialer.sim.model import given
from dialer.sim.plan import Inbound, Plan
from dialer.sim.run import Run
from dialer.sim.times import Lognormal
from supervisor.alarm_rules import Limits
from supervisor.snapshot import Snapshot
from supervisor.watching import Watching

WARM_S = 60.0
"""Passed before anything is measured, as fast as it goes: the floor is in full swing then."""

AHEAD_S = 0.005
"""What happens within this is not waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many agents, who talk for `talk_s` and need `wrap_up_s`; a third of the calls answered."""

    agents: int = 500
    talk_s: float = 12.0
    wrap_up_s: float = 3.0
    answer_rate: float = 0.33
    inbound_an_hour: float = 1_800.0


class BusyFloor:
    """One engine whose virtual clock is held to the real one. `stirred`: after what happened."""

    def __init__(self, load: Load, hours: float = 1.0, seed: int = 1) -> None:
        start = datetime.now(UTC) - timedelta(seconds=WARM_S)  # noqa: TID251  the edge
        plan = busy_plan(load, busy_campaign(), start, hours, contacts=250_000)
        self.run = Run(plan, load.agents, Random(seed))
        self._views = picture.AgentViews()
        self._watching = Watching(Limits)
        self.stirred: Callable[[], None] = lambda: None

    def now(self) -> Now:
        """Both clocks of the floor."""
        return self.run.time.now

    def snapshot(self, now: Now) -> Snapshot:
        """The picture, as a live engine makes it."""
        taken = picture.take(
            self.run.engine, now, site="bench", zone="Asia/Shanghai", views=self._views
        )
        return self._watching.seen(taken, now.utc)

    @property
    def placed(self) -> int:
        """Calls placed so far."""
        return self.run.tally.placed

    def warm_up(self) -> None:
        """Bring the floor into full swing, as fast as it goes."""
        self.run.begin()
        self._until(WARM_S)

    async def work(self) -> None:
        """Let real time pass, until cancelled."""
        began, since_t = time.monotonic(), self.run.time.t
        while True:
            if self._until(since_t + time.monotonic() - began):
                self.stirred()
            await asyncio.sleep(AHEAD_S)

    def _until(self, t: float) -> bool:
        happened = False
        while happening := self.run.time.next_before(t):
            happening()
            happened = True
        self.run.time.t = max(self.run.time.t, t)
        return happened


def busy_plan(load: Load, campaign: Campaign, start: datetime, hours: float, contacts: int) -> Plan:
    """What is to happen under this load."""
    return Plan(
        campaign=campaign,
        model=given(
            answer_rate=load.answer_rate, ring_s=3.0, talk_s=load.talk_s, wrap_up_s=load.wrap_up_s
        ),
        cases=made_up(campaign, contacts, start),
        start=start,
        hours=hours,
        inbound=Inbound(an_hour=load.inbound_an_hour, talk_s=Lognormal(mean=load.talk_s, cv=0.5)),
    )


def busy_campaign() -> Campaign:
    return Campaign(
        id=1,
        name="busy",
        kind=Kind.CALLBACK,
        mode=Mode.PROGRESSIVE,
        dial_string="PJSIP/{number}@trunk",
        caller_id="4008000000",
        queue="waihu-callback",
        ring_timeout_s=6,
        windows=CallingWindows.every_day(parse("00:00-24:00")),
        zone=ZoneInfo("UTC"),
        retry=RetryPolicy(delay=timedelta(hours=4)),
        max_calls=2_000,
        cps=50,
        wrap_up_s=60,
    )
