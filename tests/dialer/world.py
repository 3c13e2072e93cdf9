"""A virtual world around the real engine and the real store: hours of a floor in a second.

Owns: how the parts hang together and what goes wrong when, all from one seed. What must hold is
in `world_audit`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from campaigns.campaign import Campaign, CampaignState, Kind, Mode
from campaigns.retry import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.effects import Effect
from dialer.messages import AgentRecord, Command, Message, Refresh, StopEngine
from store.agents import Agents
from store.campaigns import Campaigns
from store.lists import Lists, NewContact
from tests.dialer.world_audit import Audit
from tests.dialer.world_engine import ZONE, Process, ShakyDatabase
from tests.dialer.world_operators import Operators
from tests.dialer.world_people import AgentPerson, Habits
from tests.dialer.world_time import VirtualTime
from tests.dialer.world_wire import Wire, WireFaults

QUEUE = "waihu-callback"
INBOUND = "waihu-inbound"
NO_FAULTS = WireFaults()
USUAL = Habits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a world is like. Means in seconds; 0 where something never happens."""

    start: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    length_s: float = 1800.0
    contacts: int = 12
    agents: int = 3
    campaigns: int = 1
    previews: int = 0
    predictive: int = 0
    windows: tuple[str, ...] = ("00:00-24:00",)
    delay_s: float = 300.0
    daily_attempts: int = 3
    max_calls: int = 20
    cps: float = 5.0
    wire: WireFaults = NO_FAULTS
    pauses_refused: float = 0.0
    store_busy: float = 0.0
    slowest_store_s: float = 0.03
    locks_s: float = 0.0
    callers_s: float = 0.0
    link_lasts_s: float = 0.0
    process_lasts_s: float = 0.0
    crash_after_effects: int = 0
    switch_lasts_s: float = 0.0
    operators_s: float = 0.0
    clock_steps_s: float = 0.0
    habits: Habits = USUAL


class World:
    """One world on one database file. `run` it; it raises AssertionError where a rule breaks."""

    def __init__(self, seed: int, plan: Plan, file: Path) -> None:
        self.seed, self.plan, self.file = seed, plan, file
        self.random = Random(seed)
        self.time = VirtualTime(plan.start)
        self.wire = Wire(self.time, self.random, plan.wire)
        self.switch = self.wire.switch
        self.switch.refuses_pauses = plan.pauses_refused
        self.database = ShakyDatabase(file, self.random)
        self.campaigns: list[Campaign] = []
        self.states: dict[int, CampaignState] = {}
        self.people: list[AgentPerson] = []
        self.process: Process | None = None
        self.quiet = False
        self.lives = 0
        self._commands = 0
        self._callers = 0
        self._effects_left = plan.crash_after_effects
        self.changed_at = -math.inf
        self.stepped_at = -math.inf
        self.forbidden: dict[str, float] = {}
        self.audit = Audit(self)
        self.switch.on_phone_cleared = self._phone_cleared

    # ── the course of it ─────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Let the world go through its time, come to rest, and dial on once more."""
        try:
            await self._found()
            await self.start_process()
            await self.time.run_until(self.plan.length_s)
            await self._come_to_rest()
            self.audit.rest.at_rest()
            self.audit.words_arrive()
            await self._dial_on()
        except AssertionError as broken:
            raise AssertionError(self.audit.story(str(broken))) from broken
        finally:
            if self.process is not None:
                await self.process.die()
            self.audit.close()
            await self.database.close()

    async def _found(self) -> None:
        now = self.time.now.utc
        for n in range(self.plan.campaigns):
            campaign = await Campaigns(self.database).save(self._campaign(n), now)
            self.campaigns.append(campaign)
            rows = [
                NewContact(
                    reference=f"{n}-{i}",
                    name=f"张{i}",
                    zone=None,
                    numbers=tuple(f"+8613{n}{k}{i:07}" for k in range(1 + i % 2)),
                )
                for i in range(self.plan.contacts)
            ]
            await Lists(self.database).import_batch(campaign.id, rows, now)
            await self.set_state(campaign.id, CampaignState.RUNNING)
        for n in range(self.plan.agents):
            login = str(1001 + n)
            record = AgentRecord(agent=login, name=login, queues=(QUEUE, INBOUND))
            await Agents(self.database).save(record)
            self.people.append(AgentPerson(self, login, self.plan.habits))
        self.database.busy = self.plan.store_busy
        self._sow()

    def _campaign(self, n: int) -> Campaign:
        return Campaign(
            id=0,
            name=f"callback-{n}",
            kind=Kind.CALLBACK,
            mode=self._mode(n),
            dial_string="Local/{number}@people",
            caller_id="4008000000",
            queue=QUEUE,
            ring_timeout_s=15,
            windows=CallingWindows.every_day(*(parse(text) for text in self.plan.windows)),
            zone=ZONE,
            retry=RetryPolicy(
                delay=timedelta(seconds=self.plan.delay_s),
                daily_attempts=self.plan.daily_attempts,
            ),
            max_calls=self.plan.max_calls,
            cps=self.plan.cps,
            wrap_up_s=20,
            preview_limit_s=20,
        )

    def _mode(self, n: int) -> Mode:
        if n < self.plan.previews:
            return Mode.PREVIEW
        return (
            Mode.PREDICTIVE if n < self.plan.previews + self.plan.predictive else Mode.PROGRESSIVE
        )

    def _sow(self) -> None:
        """Plant what will go on by itself."""
        plan = self.plan
        self._every(plan.callers_s, self._caller)
        self._every(plan.link_lasts_s, self._cut_link)
        self._every(plan.process_lasts_s, self._end_process)
        self._every(plan.switch_lasts_s, self._switch_falls)
        self._every(plan.operators_s, Operators(self).act)
        self._every(plan.locks_s, self._lock)
        self._every(plan.clock_steps_s, self._clock_steps)
        self.time.after(5.0, self._look)

    def _every(self, mean_s: float, act: Callable[[], object]) -> None:
        if not mean_s:
            return

        async def again() -> None:
            if self.quiet:
                return
            result = act()
            if hasattr(result, "__await__"):
                await result
            self.time.after(self.random.expovariate(1 / mean_s), again)

        self.time.after(self.random.expovariate(1 / mean_s), again)

    async def _look(self) -> None:
        self.time.after(5.0, self._look)
        await self.audit.look()

    # ── the engine's program ─────────────────────────────────────────────────────────────

    async def start_process(self) -> None:
        """Start the engine anew on the database that there is."""
        if self.process is not None and self.process.alive:
            return
        self.lives += 1
        process = Process(self.time, self.random, self.wire, self.database)
        process.slowest_store_s = self.plan.slowest_store_s
        process.on_effect = self._effect
        process.on_handled = self._handled
        process.on_reply = self.audit.replied
        process.on_kept = self.audit.kept
        process.on_stopped = self._starts_again
        self.process = process
        busy, self.database.busy = self.database.busy, 0.0
        self.database.locked_until = 0.0
        await process.start()
        self.database.busy = busy
        self.time.after(self.random.uniform(0.05, 3.0), self.wire.connect)

    def _effect(self, effect: Effect) -> None:
        self.audit.effect(effect)
        if self._effects_left and not self.quiet:
            self._effects_left -= 1
            if not self._effects_left:
                self._effects_left = self.random.randint(20, 2 * self.plan.crash_after_effects)
                self.time.after(0.0, self.crash)

    def _handled(self, message: Message) -> None:
        process = self.process
        if process is None or not process.ready:
            return
        self.audit.handled(message)
        for agent in process.engine.floor.take_changed():
            person = next((p for p in self.people if p.login == agent.agent), None)
            if person is not None:
                person.sees(agent)

    async def crash(self) -> None:
        """The process is killed: what was under way is gone."""
        if self.process is None or not self.process.alive:
            return
        self.audit.process_ends()
        self.wire.cut(told=False)
        await self.process.die()
        self._starts_again()

    def _starts_again(self) -> None:
        self.audit.process_ends()
        self.wire.cut(told=False)
        self.time.after(self.random.choice((1.0, 3.0, 40.0)), self.start_process)

    async def _end_process(self) -> None:
        if self.random.random() < 0.7:
            await self.crash()
        else:
            self.command(lambda ref: StopEngine(ref=ref))

    # ── what people do with it ───────────────────────────────────────────────────────────

    def command(self, make: Callable[[str], Command]) -> None:
        """A command through the socket."""
        if self.process is None or not self.process.alive or not self.process.ready:
            return
        self._commands += 1
        command = make(f"command:{self._commands}")
        self.audit.asked(command)
        self.process.hear(command)

    def ask_login(self, agent: str, answered: Callable[[Mapping[str, str]], None]) -> bool:
        """A phone asks for a slot."""
        return self.process is not None and self.process.ask_login(agent, answered)

    def _caller(self) -> None:
        self._callers += 1
        queue = self.random.choice((QUEUE, INBOUND))
        self.switch.calls_in(f"in-{self._callers}", queue, self.random.uniform(2.0, 60.0))

    # ── what goes wrong ──────────────────────────────────────────────────────────────────

    def _cut_link(self) -> None:
        self.wire.cut()
        self.time.after(self.random.choice((0.3, 2.0, 20.0, 90.0)), self.wire.connect)

    def _lock(self) -> None:
        """Another program keeps the database for itself."""
        if self.time.t > self.database.locked_until:
            self.database.locked_until = self.time.t + self.random.choice((0.2, 2.0, 8.0, 30.0))

    def _phone_cleared(self, login: str) -> None:
        next(person for person in self.people if person.login == login).thrown_out()

    def _switch_falls(self) -> None:
        seated = [person for person in self.people if person.seated]
        self.switch.fall()
        self._cut_link()
        for person in seated:
            person.thrown_out()

    def _clock_steps(self) -> None:
        self.time.step(self.random.choice((-86400.0, -3600.0, -40.0, 3600.0, 86400.0)))
        self.changed_at = self.stepped_at = self.time.t

    async def set_state(self, campaign_id: int, state: CampaignState) -> None:
        """An operator wants another state of a campaign."""
        await Campaigns(self.database).set_state(campaign_id, state)
        self.states[campaign_id] = state
        self.changed_at = self.time.t

    # ── rest ─────────────────────────────────────────────────────────────────────────────

    async def _come_to_rest(self) -> None:
        """No more faults, no more calls; agents stay where they are."""
        self.quiet = True
        self.database.busy = self.database.locked_until = 0.0
        self.switch.refuses_pauses = 0.0
        self.wire.faults = NO_FAULTS
        for campaign in self.campaigns:
            await self.set_state(campaign.id, CampaignState.PAUSED)
        await self.time.run_until(self.time.t + 110.0)
        await self.start_process()
        self.wire.connect()
        self.command(lambda ref: Refresh(ref=ref))
        await self.time.run_until(self.time.t + 60.0)

    async def _dial_on(self) -> None:
        """Whoever is there and may be called is called again: no fault is for ever."""
        for campaign in self.campaigns:
            await self.set_state(campaign.id, CampaignState.RUNNING)
        self.command(lambda ref: Refresh(ref=ref))
        await self.time.run_until(self.time.t + 90.0)
