"""A whole site at work: a real Asterisk, the production engine, a real database, real agents.

Owns: the engine of one test (in this process, or in one of its own that can be killed), its
database and settings, and looking at what came of the calls. The Asterisk is given; as its
dialplan asks the FastAGI at one address, only one engine at a time can work on it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import Campaign, CampaignState
from config.database import target_of
from config.settings import (
    AgentSettings,
    AgiSettings,
    AmiSettings,
    DatabaseSettings,
    InboundSettings,
    PathSettings,
    QueueSettings,
    Settings,
    SiteSettings,
)
from dialer.app import serve
from dialer.client import EngineClient, EngineNotRunningError
from dialer.loop import EngineLoop
from dialer.messages import AgentRecord, StopEngine
from dialer.wire import Do
from store.agents import Agents
from store.campaigns import Campaigns
from store.contacts import AttemptRecord, ContactRecord, Contacts
from store.database import Database
from store.lists import Lists, NewContact
from supervisor.snapshot import Snapshot, from_json
from tests.dialer.stage import CAMPAIGN
from tests.line.people import People
from tests.line.switch_view import SwitchView
from tests.line.waiting import wait_for

NAME = "line"
PHONE = "@waihu-lab-agent-phone-"
PROGRAM = Path(sys.executable).with_name("waihu")


def utc_now() -> datetime:
    """The time, for what a test writes into the database."""
    return datetime.now(UTC)  # noqa: TID251  a test is an edge


def number_of(mix: Mix, behaviour: Behaviour, nth: int = 0, block: int = 0) -> str:
    """The `nth` number whose customer behaves so; another `block` gives other numbers."""
    ends = [end for end, one in enumerate(mix.by_digits) if one is behaviour]
    return f"+8621{block + nth // len(ends):06}{ends[nth % len(ends)]:02}"


class Site:
    """One site in `folder`. `agents`: the queues that each serves, by login.

    `database_url`: a PostgreSQL in place of SQLite's file.
    `ami_port` and `ami_secret` stand in for the switch's own where a test wants others.
    """

    def __init__(
        self,
        switch: LabAsterisk,
        folder: Path,
        agents: Mapping[str, tuple[str, ...]],
        *,
        inbound_queue: str = "waihu-inbound",
        ami_port: int | None = None,
        ami_secret: str | None = None,
        database_url: str | None = None,
    ) -> None:
        self.switch = switch
        self.settings = _settings(switch, folder, inbound_queue, ami_port, ami_secret)
        if database_url is not None:
            at = DatabaseSettings(url=SecretStr(database_url))
            self.settings = self.settings.model_copy(update={"database": at})
        self.database = Database(target_of(self.settings))
        self.view = SwitchView(switch)
        self.people = People(switch, self.settings.paths.socket)
        self.process: asyncio.subprocess.Process | None = None
        self._folder = folder
        self._agents = agents
        self._serving: asyncio.Task[None] | None = None
        self._loop: EngineLoop | None = None

    async def __aenter__(self) -> Self:
        await self.database.upgrade()
        for login, queues in self._agents.items():
            record = AgentRecord(agent=login, name=f"坐席{login}", queues=queues)
            await Agents(self.database).save(record)
        await self.view.open()
        await self.people.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.people.close()
        try:
            await self.stop_engine()
        finally:
            await self.view.close()
            await self.database.close()

    # ── the engine ───────────────────────────────────────────────────────────────────────

    async def start_engine(self) -> None:
        """Start the engine in this process; returns once everything of it listens."""
        ready = asyncio.Event()

        def on_ready(loop: EngineLoop) -> None:
            self._loop = loop
            ready.set()

        serving = self._serving = asyncio.create_task(serve(self.settings, on_ready=on_ready))
        listens = asyncio.create_task(ready.wait())
        await asyncio.wait({serving, listens}, return_when=asyncio.FIRST_COMPLETED)
        listens.cancel()
        if serving.done():
            serving.result()
        self.people.follow_engine()

    async def stop_engine(self, grace_s: float = 0.0) -> None:
        """Stop whichever engine runs."""
        if self._serving is not None and self._loop is not None:
            self._loop.put(StopEngine(grace_s=grace_s))
            await self._serving
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self._serving = self._loop = self.process = None

    async def start_process(self, **environment: str) -> asyncio.subprocess.Process:
        """Start `waihu run` in a process of its own; returns once its socket answers."""
        file = self._folder / "waihu.toml"
        file.write_text(_toml(self.settings), encoding="utf-8")
        secret = self.settings.ami.secret
        self.process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *("--config", str(file), "run"),
            stdout=asyncio.subprocess.DEVNULL,
            env={
                **os.environ,
                **environment,
                "WAIHU_AMI_SECRET": secret.get_secret_value() if secret else "",
            },
        )

        process = self.process

        async def answers() -> bool:
            assert process.returncode is None, "the engine has ended"
            try:
                await self.snapshot()
            except EngineNotRunningError:
                return False
            return True

        await wait_for(answers, within_s=40.0, what="the engine's socket")
        self.people.follow_engine()
        return self.process

    async def snapshot(self) -> Snapshot:
        """The live picture, over the socket."""
        async with EngineClient(self.settings.paths.socket) as engine:
            return from_json((await engine.ask(Do.SNAPSHOT)).facts)

    async def see_again(self) -> None:
        """After Asterisk was started anew: the view and the agents' phones are plugged in again."""
        await self.view.close()
        await self.view.open()
        await self.people.plug_in_again()

    # ── campaigns and lists ──────────────────────────────────────────────────────────────

    async def campaign(self, name: str, numbers: Iterable[str], **changes: object) -> Campaign:
        """A campaign that is ready, with a list of these numbers. `changes`: its fields."""
        wanted = replace(CAMPAIGN, name=name, **changes)  # type: ignore[arg-type]  # its fields
        campaign = await Campaigns(self.database).save(wanted, utc_now())
        rows = [
            NewContact(reference=number, name="张三", zone=None, numbers=(number,))
            for number in numbers
        ]
        done = await Lists(self.database).import_batch(campaign.id, rows, utc_now())
        assert done.added == len(rows)
        return campaign

    async def set_state(self, campaign: Campaign, state: CampaignState) -> None:
        """Say what is wanted of a campaign, as `waihu campaign start` and the like do."""
        await Campaigns(self.database).set_state(campaign.id, state)
        if self._serving is not None or self.process is not None:
            async with EngineClient(self.settings.paths.socket) as engine:
                assert (await engine.ask(Do.REFRESH)).code == "ok"

    async def dial(self, name: str, numbers: Iterable[str], **changes: object) -> Campaign:
        """A campaign like `campaign`, started at once."""
        campaign = await self.campaign(name, numbers, **changes)
        await self.set_state(campaign, CampaignState.RUNNING)
        return campaign

    # ── what came of it ──────────────────────────────────────────────────────────────────

    async def contact(self, number: str, campaign: Campaign) -> ContactRecord:
        """All that is on file of the contact with this number."""
        contacts = Contacts(self.database)
        (contact_id,) = await contacts.find(number, campaign.id)
        return await contacts.show(contact_id)

    async def attempts(self, number: str, campaign: Campaign) -> tuple[AttemptRecord, ...]:
        """The attempts on a contact so far, oldest first."""
        return (await self.contact(number, campaign)).attempts

    async def sent(
        self, number: str, campaign: Campaign, *, nth: int = 1, within_s: float = 15.0
    ) -> AttemptRecord:
        """The `nth` attempt on a contact, once it is committed as sent."""

        async def look() -> AttemptRecord | None:
            attempts = await self.attempts(number, campaign)
            return next((one for one in attempts[nth - 1 : nth] if one.sent_at), None)

        found = await wait_for(look, within_s=within_s, what=f"attempt {nth} on {number}")
        assert found is not None
        return found

    async def ended(
        self, number: str, campaign: Campaign, *, nth: int = 1, within_s: float = 15.0
    ) -> AttemptRecord:
        """The `nth` attempt on a contact, once it has its outcome."""

        async def look() -> AttemptRecord | None:
            attempts = await self.attempts(number, campaign)
            return next((one for one in attempts[nth - 1 : nth] if one.outcome), None)

        what = f"the outcome of attempt {nth} on {number}"
        found = await wait_for(look, within_s=within_s, what=what)
        assert found is not None
        return found

    async def only_agents_remain(self) -> None:
        """Wait until no channel lives but the agents' own phones."""

        async def look() -> bool:
            return all(PHONE in one["Channel"] for one in await self.view.channels())

        await wait_for(look, within_s=10.0, what="only the agents' own channels")


def _settings(
    switch: LabAsterisk,
    folder: Path,
    inbound_queue: str,
    ami_port: int | None,
    ami_secret: str | None,
) -> Settings:
    facts = switch.facts
    return Settings(
        site=SiteSettings(name=NAME),
        ami=AmiSettings(
            host=switch.ami_host,
            port=ami_port or switch.ami_port,
            user=switch.ami_user,
            secret=SecretStr(ami_secret or switch.ami_secret),
        ),
        agi=AgiSettings(host=facts.agi_host, port=facts.agi_port),
        paths=PathSettings(
            database=folder / "waihu.db", run=folder / "run", log=folder / "waihu.log"
        ),
        queues=[QueueSettings(name=queue.name) for queue in facts.queues],
        inbound=InboundSettings(queue=inbound_queue),
        agents=AgentSettings(slots=facts.slots),
    )


def _toml(settings: Settings) -> str:
    url = settings.database.url
    database = f'url = "{url.get_secret_value()}"' if url else ""
    queues = "".join(f'[[queues]]\nname = "{queue.name}"\n' for queue in settings.queues)
    return f"""\
[site]
name = "{settings.site.name}"
[ami]
host = "{settings.ami.host}"
port = {settings.ami.port}
user = "{settings.ami.user}"
[agi]
host = "{settings.agi.host}"
port = {settings.agi.port}
[database]
{database}
[paths]
database = "{settings.paths.database}"
run = "{settings.paths.run}"
log = "{settings.paths.log}"
[inbound]
queue = "{settings.inbound.queue}"
{f'flow = "{settings.inbound.flow}"' if settings.inbound.flow else ""}
[agents]
slots = {settings.agents.slots}
phone_dial = "{settings.agents.phone_dial}"
[web]
on = {str(settings.web.on).lower()}
port = {settings.web.port}
{queues}"""
