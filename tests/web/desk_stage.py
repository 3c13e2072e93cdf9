"""A desk with a real engine, a real database and real pages; only the switch is a stand-in.

Owns: that engine, whose clock a test may put forward, one agent and the calls that come to him.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from campaigns.campaign import Campaign
from campaigns.phone.numbers import caller_e164
from config.settings import AgentSettings, InboundSettings, PathSettings, Settings, SiteSettings
from dialer.calls import CallState
from dialer.effects import Originate, PauseMember, Reply, StoreEffect, Survey, SwitchEffect
from dialer.engine import Engine, EnginePolicy
from dialer.killpoints import KillPoints
from dialer.loop import EngineLoop
from dialer.messages import AgentRecord, LoginAgent, Message, Now, PauseAgent, Unfinished
from dialer.popping import PopPolicy, Pops
from dialer.switch_events import (
    ActionDone,
    AgentLoggedIn,
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallRinging,
    LinkUp,
    QueueConnected,
    QueueJoined,
    QueueOffered,
    SwitchSurveyed,
)
from dialer.written import Answers
from routing.inbound import InboundRoutes
from store.agents import Agents
from store.database import Database
from store.perform import Store
from store.writer import Writer
from supervisor.rights import RIGHTS, Right, Role
from supervisor.statistics import Statistics
from supervisor.web.desk.parts import desk_of
from supervisor.web.desk.routes import desk_routes
from supervisor.web.headers import SafeHeaders
from supervisor.web.identity import CALLER, Caller
from supervisor.web.page_words import words_answer
from supervisor.web.pages import STATIC, page_routes
from supervisor.web.problems import told_as_problem
from supervisor.web.server import Address, serving
from tests.store.room import MONDAY_9, Room

LOGIN = "1001"
SLOT = "7001"
QUEUE = "waihu-inbound"
SCRIPT = "您好，{name}，这里是绿城物业客服中心，请问有什么可以帮您？"
PATIENCE_S = 60.0


class Switch:
    """It says yes to every pause, and remembers what it was asked.

    It is surveyed once, before anybody is there: later surveys have no answer.
    """

    def __init__(self) -> None:
        self.asked: list[SwitchEffect] = []

    async def perform(self, effect: SwitchEffect) -> Message | None:
        first = not any(isinstance(one, Survey) for one in self.asked)
        self.asked.append(effect)
        match effect:
            case Survey() if first:
                return SwitchSurveyed(agents={}, paused={}, calls={})
            case PauseMember() if effect.ref:
                return ActionDone(ref=effect.ref, ok=True)
            case _:
                return None


class Books:
    """The real store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def perform(self, effect: StoreEffect, now: datetime) -> Message | None:
        return await self._store.perform(effect, now)


class DeskStage:
    """One agent's desk. `rights`: of the account; `url`: where the pages are."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.rights = RIGHTS[Role.AGENT]
        self.agent: str | None = LOGIN
        self.database = database
        self.room = Room(database)
        self.switch = Switch()
        self.rung: list[tuple[str, str, str]] = []
        self.url = ""
        self.ahead_s = 0.0
        self._began = time.monotonic()
        self.settings = Settings(
            site=SiteSettings(name="绿城客服中心"),
            paths=PathSettings(
                database=folder / "waihu.db",
                run=folder / "run",
                log=folder / "waihu.log",
                forms=folder / "forms",
            ),
            inbound=InboundSettings(queue=QUEUE),
            agents=AgentSettings(),
        )
        answers = Answers(put=self._put, reply=self._reply)
        self.writer = Writer(
            database, done=answers.written, failed=answers.not_written, kept=answers.kept
        )
        self._store = Store(database, self.room.hopper, self.writer)
        policy = EnginePolicy(slots=(SLOT,), routes=InboundRoutes(default=QUEUE))
        self.engine = Engine(policy, Statistics(ZoneInfo("Asia/Shanghai")))
        self.loop = EngineLoop(
            self.engine, self.switch, Books(self._store), self.clock, KillPoints({})
        )
        self.pops = Pops(database, self._pop_policy, lambda: self.clock().utc)
        self.loop.on_handled = self._handled
        self.desk = desk_of(
            settings=lambda: self.settings,
            database=database,
            loop=self.loop,
            pops=self.pops,
            ring_to_sign_in=self._ring,
            hang_up=self._hang_up,
            utc_now=lambda: self.clock().utc,
        )
        self._calls = 0

    def clock(self) -> Now:
        """Monday, from half past nine in Shanghai on."""
        gone_s = time.monotonic() - self._began + self.ahead_s
        return Now(utc=MONDAY_9 + timedelta(minutes=30, seconds=gone_s), mono=1000.0 + gone_s)

    def _pop_policy(self) -> PopPolicy:
        return PopPolicy(
            scripts={QUEUE: SCRIPT, "callback": SCRIPT},
            read_number=lambda text: caller_e164(text, "CN"),
        )

    def _put(self, message: Message) -> None:
        self.pops.heard(message)
        self.loop.put(message)

    def _reply(self, reply: Reply) -> None:
        self.loop.reply(reply)

    def _handled(self, _now: Now) -> None:
        for agent in self.engine.floor.take_changed():
            self.pops.changed(agent, self.engine)

    async def _ring(self, pattern: str, phone: str, agent: str) -> str:
        self.rung.append((pattern, phone, agent))
        return ""

    async def _hang_up(self, call: str) -> None:
        if call == "phone":
            self.phone_goes()
        else:
            self.loop.put(CallHungUp(call=call, cause=16))

    # ── pages ────────────────────────────────────────────────────────────────────────────

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The pages and paths, for somebody who has signed in already."""
        scope[CALLER] = self.caller
        await self._app(scope, receive, send)

    @property
    def caller(self) -> Caller:
        """Who is signed in."""
        return Caller(account="wang", role=Role.AGENT, rights=self.rights, agent=self.agent)

    async def _session(self, _request: Request) -> Response:
        rights = sorted(right.value for right in self.rights)
        site = {"name": self.settings.site.name}
        told = {"account": "wang", "name": "王芳", "rights": rights, "site": site, "csrf": "x"}
        return JSONResponse({**told, "language": None, "agent": self.agent})

    async def open(self) -> None:
        """The engine runs, and the agent is on file."""
        record = AgentRecord(agent=LOGIN, name="王芳", queues=(QUEUE, "waihu-callback"))
        await Agents(self.database).save(record)
        self._app = Starlette(
            routes=[
                *page_routes(),
                *desk_routes(self.desk),
                Route("/session", self._session),
                Route("/words/{language}.json", words_answer),
                Mount("/static", StaticFiles(directory=STATIC)),
            ],
            middleware=[Middleware(SafeHeaders)],
            exception_handlers={HTTPException: told_as_problem},
        )
        self.loop.put(Unfinished(attempts=()))
        await self.reload()
        self.loop.put(LinkUp(version="22.10"))

    async def reload(self) -> None:
        """The engine looks at the database."""
        self.loop.put(await self._store.load(self.clock().utc))
        await self.until(lambda: self.engine.floor.get(LOGIN) is not None, "the agent on file")

    # ── what happens ─────────────────────────────────────────────────────────────────────

    async def until(self, true: object, what: str) -> None:
        """Wait until the engine has come so far."""
        assert callable(true)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true():  # noqa: ASYNC110  the engine tells nobody
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"never came: {what}") from None

    async def state(self, wanted: str) -> None:
        """Wait until the agent is in that state."""

        def there() -> bool:
            agent = self.engine.floor.get(LOGIN)
            return agent is not None and agent.state.value == wanted

        await self.until(there, wanted)

    async def phone_signs_in(self) -> None:
        """The agent's phone is in place; six seconds later he could have calls."""
        self.loop.put(LoginAgent(ask="in", call="phone", agent=LOGIN))
        await self.until(lambda: self._slot() == SLOT, "a slot")
        await self.writer.flush()
        self.loop.put(AgentLoggedIn(slot=SLOT, channel="phone"))
        await self.state("readying")
        self.ahead_s += 7
        await self.state("idle")

    def _slot(self) -> str | None:
        agent = self.engine.floor.get(LOGIN)
        return None if agent is None else agent.slot

    def pauses(self, reason: str) -> None:
        """A supervisor makes the agent not ready."""
        self.loop.put(PauseAgent(ref="", agent=LOGIN, reason=reason))

    def phone_goes(self) -> None:
        """The phone is off the line."""
        self.loop.put(AgentLoggedOut(slot=SLOT))

    async def caller_comes(self, number: str = "13900001234") -> str:
        """Somebody calls the hotline and talks to the agent; gives the call's id."""
        self._calls += 1
        call = f"1795319876.{self._calls}"
        self._put(QueueJoined(call=call, queue=QUEUE, caller_number=number))
        self._put(QueueOffered(call=call, queue=QUEUE, member=LOGIN, caller_number=number))
        self._put(QueueConnected(call=call, queue=QUEUE, member=LOGIN))
        await self.state("talking")
        return call

    async def hangs_up(self, call: str) -> None:
        """The other side hangs up."""
        self.loop.put(CallHungUp(call=call, cause=16))
        await self.state("wrap_up")

    async def campaign(self, **changes: object) -> Campaign:
        """A campaign that dials its three contacts as soon as the agent is ready."""
        campaign = await self.room.running_campaign(3, **changes)
        await self.reload()
        return campaign

    async def is_dialed(self) -> str:
        """A contact is dialed and talks to the agent; gives the attempt."""

        def placed() -> bool:
            return any(isinstance(one, Originate) for one in self.switch.asked)

        await self.until(placed, "a call")
        one = next(one for one in reversed(self.switch.asked) if isinstance(one, Originate))
        for event in (CallRinging, CallAnswered, CallBridged):
            self._put(event(call=one.attempt))

        def talks() -> bool:
            call = self.engine.board.get(one.attempt)
            return call is not None and call.state is CallState.TALKING

        await self.until(talks, "a talk")
        return one.attempt


@asynccontextmanager
async def desk_stage(folder: Path, empty_file: Path) -> AsyncIterator[DeskStage]:
    """A stage at work, served on a free port."""
    async with Database(Path(shutil.copy(empty_file, folder / "waihu.db"))) as database:
        stage = DeskStage(folder, database)
        tasks = [
            asyncio.create_task(stage.writer.run()),
            asyncio.create_task(stage.loop.run()),
        ]
        try:
            await stage.open()
            address = Address(host="127.0.0.1", port=0)
            async with serving(stage, address, stage.desk.desks.close) as port:
                stage.url = f"http://127.0.0.1:{port}"
                yield stage
        finally:
            stage.pops.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def sees_numbers(stage: DeskStage) -> None:
    """The account is one of those whom whole numbers concern."""
    stage.rights = stage.rights | {Right.SEE_NUMBERS}
