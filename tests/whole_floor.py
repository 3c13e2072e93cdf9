"""A busy floor whose engine is whole: with its loop, its AMI link and its database.

Only telephones and people are not real. The switch's words come as the bytes of AMI and are read
by our link; every action is written, and answered, as bytes. Claims, second judgements and
outcomes are those of our store, on SQLite.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from asterisk.link import Connection, Link
from asterisk.perform import perform
from campaigns.campaign import Campaign, CampaignState
from dialer import picture
from dialer.effects import AnswerAsk, Effect, Originate, Survey, SwitchEffect
from dialer.ids import attempt_id
from dialer.killpoints import KillPoints
from dialer.loop import EngineLoop
from dialer.messages import AgentRecord, Loaded, Message, Now
from dialer.sim.callers import QUEUE, Callers
from dialer.sim.people import Lots, PeopledSwitch
from dialer.sim.plan import Plan
from dialer.sim.run import COMES_BEFORE_S, FIRST_LOGIN, Run
from dialer.switch_events import SwitchEvent
from dialer.written import Answers
from store.agents import Agents
from store.campaigns import Campaigns
from store.database import Database
from store.hopper import Hopper
from store.lists import Lists, NewContact
from store.perform import Store
from store.writer import Writer
from supervisor.alarm_rules import Limits
from supervisor.snapshot import Snapshot
from supervisor.watching import Watching
from tests.ami_words import words_of
from tests.busy_floor import AHEAD_S, Load, busy_campaign, busy_plan
from tests.fake_asterisk import BANNER

ENGINE = "bench"
A_BATCH = 500
SUCCESS = "Response: Success\r\nActionID: {}\r\nMessage: Done\r\n\r\n"


class Wire(asyncio.Transport):
    """Where our link writes; each action is answered at once, as done."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        super().__init__()
        self._hear = hear

    def write(self, data: bytes | bytearray | memoryview) -> None:
        _, _, rest = bytes(data).decode().partition("ActionID: ")
        answer = SUCCESS.format(rest.partition("\r\n")[0]).encode()
        asyncio.get_running_loop().call_soon(self._hear, answer)

    def is_closing(self) -> bool:
        return False


class WiredLink(Link):
    """Our link, connected to nothing but a `Wire`. To be made in a running loop."""

    def __init__(self, deliver: Callable[[SwitchEvent], None]) -> None:
        nowhere = {"host": "", "username": "", "secret": ""}
        super().__init__(**nowhere, port=0, deliver=deliver, random=Random(1))
        connection = Connection(deliver)
        connection.connection_made(Wire(connection.data_received))
        connection.data_received(BANNER)
        connection.open()
        self._connection, self.fault = connection, None
        self.hear = connection.data_received


class WiredRun(Run):
    """A run around the engine's own loop, link and store. `played_s`: CPU of what is not real.

    `playing`: it is at work right now.
    """

    def __init__(self, plan: Plan, agents: int, random: Random, database: Database) -> None:
        super().__init__(plan, agents, random)
        self.played_s, self.placed, self.playing = 0.0, 0, False
        lots = Lots(plan.model, random)
        self.switch = PeopledSwitch(self.time, self.tell, lots, lambda _attempt: 0)
        assert plan.inbound is not None
        chance = lots.chance("callers")
        self._callers: Callers = Callers(self.time, self.tell, self.switch, plan.inbound, chance)
        answers = Answers(put=self._put, reply=lambda _reply: None)
        self.writer = Writer(
            database, done=answers.written, failed=answers.not_written, engine=ENGINE
        )
        self._hopper = Hopper(database, ENGINE, lambda: attempt_id(self.time.now.utc, random))
        self.store = Store(database, self._hopper, self.writer)
        self._link = WiredLink(self._put)
        self.loop = EngineLoop(self.engine, self, self.store, lambda: self.time.now, KillPoints({}))
        self.loop.witnesses.append(self._witness)
        self.loop.on_handled = self._handled
        self._loaded: Loaded | None = None

    async def load(self) -> None:
        """Read what is on file."""
        now = self.time.now.utc
        await self._hopper.recover(now)
        self._loaded = await self.store.load(now)

    def until(self, t: float) -> None:
        """Let happen what happens before second `t`."""
        with self._played():
            while happening := self.time.next_before(t):
                happening()
            self.time.t = max(self.time.t, t)

    def tell(self, message: Message) -> None:
        """The switch speaks over AMI; phones, people and callers have doors of their own."""
        words = words_of(message)
        if words is None:
            self._put(message)
        else:
            asyncio.get_running_loop().call_soon(self._link.hear, words)

    async def perform(self, effect: SwitchEffect) -> Message | None:
        """Write the actions, and let them be done when they are answered."""
        answer = None if isinstance(effect, Survey) else await perform(self._link, effect)
        self.placed += isinstance(effect, Originate)
        with self._played():
            return self.switch.perform(effect) or answer

    @contextmanager
    def _played(self) -> Iterator[None]:
        before, self.playing = time.thread_time(), True
        try:
            yield
        finally:
            self.played_s += time.thread_time() - before
            self.playing = False

    def _put(self, message: Message) -> None:
        self.loop.put(message)

    def _witness(self, said: Message | Effect, _now: Now) -> None:
        if isinstance(said, AnswerAsk):
            self._people.let_in(said.ask, said.variables)

    def _handled(self, _now: Now) -> None:
        changed = self.engine.floor.take_changed()
        with self._played():
            for agent in changed:
                self._people.sees(agent)
            self._callers.offer()

    def _load(self, ref: str) -> None:
        assert self._loaded is not None
        self._put(replace(self._loaded, ref=ref))

    def _plan_tick(self, at: float) -> None:
        """The loop ticks by itself."""


class WholeFloor:
    """One whole engine at work in real time, as `BusyFloor` has its mind alone.

    `stirred`: after what happened.
    """

    def __init__(self, run: WiredRun) -> None:
        self.run = run
        self.stirred: Callable[[], None] = lambda: None
        run.loop.on_happened = self._happened
        self._views = picture.AgentViews()
        self._watching = Watching(Limits)

    def _happened(self) -> None:
        self.stirred()

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
        return self.run.placed

    @property
    def played_s(self) -> float:
        """CPU seconds that went into what is not real, and so is none of the engine's."""
        return self.run.played_s

    async def work(self) -> None:
        """Let real time pass, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.run.writer.run())
            tasks.create_task(self.run.loop.run())
            self.run.begin()
            began, since_t = time.monotonic(), self.run.time.t
            while True:
                self.run.until(since_t + time.monotonic() - began)
                await asyncio.sleep(AHEAD_S)


@asynccontextmanager
async def whole_floor(folder: Path, load: Load, contacts: int) -> AsyncIterator[WholeFloor]:
    """The floor, with so many contacts on file; nobody works yet."""
    database = Database(folder / "bench.db")
    await database.upgrade()
    try:
        campaign = await _books(database, load, contacts, _now())
        plan = busy_plan(load, campaign, _now() + timedelta(seconds=COMES_BEFORE_S), 1.0, 1)
        run = WiredRun(plan, load.agents, Random(1), database)
        await run.load()
        yield WholeFloor(run)
    finally:
        await database.close()


async def _books(database: Database, load: Load, contacts: int, now: datetime) -> Campaign:
    campaigns = Campaigns(database)
    campaign = await campaigns.save(busy_campaign(), now)
    for login in range(FIRST_LOGIN, FIRST_LOGIN + load.agents):
        queues = (campaign.queue, QUEUE)
        await Agents(database).save(AgentRecord(agent=str(login), name=str(login), queues=queues))
    for first in range(0, contacts, A_BATCH):
        numbers = [f"+8621{n:08}" for n in range(first, first + A_BATCH)]
        rows = [NewContact(reference=n, name="张三", zone=None, numbers=(n,)) for n in numbers]
        await Lists(database).import_batch(campaign.id, rows, now)
    await campaigns.set_state(campaign.id, CampaignState.RUNNING)
    return campaign


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the edge
