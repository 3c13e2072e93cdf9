"""A site with pages, served on a free port from a real database, whose clock the test holds.

The engine in it does nothing; accounts, sessions, streams and the server are the real ones.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from argon2 import PasswordHasher
from pydantic import SecretStr

from campaigns.ledger import By
from config.settings import AmiSettings, PathSettings, Settings, SiteSettings, WebSettings
from dialer.effects import StoreEffect, SwitchEffect
from dialer.engine import Engine, EnginePolicy
from dialer.killpoints import KillPoints
from dialer.loop import EngineLoop
from dialer.messages import AgentRecord, Now
from dialer.popping import PopPolicy, Pops
from routing.inbound import InboundRoutes
from store.accounts import Accounts
from store.agents import Agents
from store.database import Database
from supervisor.accounts import Account
from supervisor.rights import Role
from supervisor.sinks.hub import Hub
from supervisor.sinks.sse import Streams
from supervisor.statistics import Statistics
from supervisor.web.app import make_app
from supervisor.web.desk.parts import desk_of
from supervisor.web.parts import parts_of
from supervisor.web.passwords import Passwords
from supervisor.web.server import Address, serving
from supervisor.web.site import WebSite
from tests.supervisor.floor_example import snapshot

BEGIN = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"  # noqa: S105  of made-up people
HOST = "127.0.0.1"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""argon2id with parameters of no worth: tests hash hundreds of passwords."""


class _Nowhere:
    """A switch and a database that do nothing and say nothing."""

    async def perform(self, _effect: SwitchEffect | StoreEffect, _now: object = None) -> None:
        return None


async def _nobody_rings(_pattern: str, _phone: str, _agent: str) -> str:
    return ""


async def _nobody_hangs_up(_call: str) -> None:
    return


@dataclass(slots=True)
class Clock:
    """The site's time. It stands still until the test moves it."""

    utc: datetime = BEGIN
    mono: float = 1000.0

    def now(self) -> Now:
        return Now(utc=self.utc, mono=self.mono)

    def pass_by(self, **span: float) -> None:
        step = timedelta(**span)
        self.utc += step
        self.mono += step.total_seconds()


class ServedSite:
    """A site at work. `client()` is a browser without scripts."""

    def __init__(self, database: Database, folder: Path, web: WebSettings) -> None:
        self.clock = Clock()
        self.database = database
        self.accounts = Accounts(database)
        self.settings = Settings(
            site=SiteSettings(name="演示 demo", zone="Asia/Shanghai"),
            ami=AmiSettings(secret=SecretStr("none")),
            paths=PathSettings(database=folder / "waihu.sqlite3", run=folder, log=folder / "log"),
            web=web,
        )
        self.streams = Streams(lambda: self.clock.utc)
        self.hub = Hub(lambda _now: snapshot(), self.clock.now, [self.streams])
        self.port = 0
        site = self.site()
        self.parts = parts_of(site, Passwords(QUICK))
        self.app = make_app(site, self.parts)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def site(self) -> WebSite:
        """What the application is made of."""
        policy = EnginePolicy(slots=("7001",), routes=InboundRoutes(default="waihu-inbound"))
        engine = Engine(policy, Statistics(ZoneInfo("Asia/Shanghai")))
        loop = EngineLoop(engine, _Nowhere(), _Nowhere(), self.clock.now, KillPoints({}))
        pops = Pops(
            self.database, lambda: PopPolicy(scripts={}, read_number=str), lambda: self.clock.utc
        )
        desk = desk_of(
            settings=lambda: self.settings,
            database=self.database,
            loop=loop,
            pops=pops,
            ring_to_sign_in=_nobody_rings,
            hang_up=_nobody_hangs_up,
            utc_now=lambda: self.clock.utc,
        )
        return WebSite(
            settings=lambda: self.settings,
            database=self.database,
            loop=loop,
            hub=self.hub,
            streams=self.streams,
            pops=pops,
            utc_now=lambda: self.clock.utc,
            desk=desk,
        )

    def by(self, who: str = "root") -> By:
        return By(who=who, at=self.clock.utc)

    async def account(
        self, name: str, role: Role = Role.SUPERVISOR, *, agent: str | None = None
    ) -> None:
        """Somebody whose password is PASSWORD."""
        if agent is not None:
            await Agents(self.database).save(AgentRecord(agent=agent, name=name, queues=()))
        kept = await self.parts.passwords.hash(PASSWORD)
        await self.accounts.add(Account(name=name, role=role, agent=agent), self.by(), kept)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            yield client

    @asynccontextmanager
    async def signed_in(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which that account is signed in; it brings the CSRF token along."""
        async with self.client() as client:
            answer = await sign_in(client, name)
            assert answer.status_code == 200, answer.text
            client.headers["x-waihu-csrf"] = answer.json()["csrf"]
            yield client


async def sign_in(client: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    """Ask to be signed in."""
    return await client.post("/session", json={"account": name, "password": password})


@asynccontextmanager
async def served_site(empty_file: Path, folder: Path, **web: object) -> AsyncIterator[ServedSite]:
    """A site for as long as the block runs; `web`: other settings of the section."""
    file = shutil.copy(empty_file, folder / "waihu.sqlite3")
    async with Database(file) as database:
        served = ServedSite(database, folder, WebSettings.model_validate({"on": True, **web}))
        proxies = served.settings.web.proxies
        address = Address(host=HOST, port=0, proxies=proxies)
        async with serving(served.app, address, served.streams.stop) as port:
            served.port = port
            served.hub.show()
            yield served
