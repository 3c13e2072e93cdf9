"""`waihu demo`: the example list, dialed in a private Asterisk by simulated people, shown live.

Owns: the order of things from an empty folder to the outcome report, and what is kept between
two runs. Everything lies in one folder of the checkout. The parts are the production ones: the
engine of `dialer.app`, its socket, its database.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import SystemRandom

from pydantic import SecretStr
from rich.console import Console

from asterisk.lab.callers import Hotline, keep_calling
from asterisk.lab.customers import Pace, mix_of
from asterisk.lab.demo_view import show_live, show_report
from asterisk.lab.people import AgentNews, Dispose, Habits, LabPeople
from asterisk.lab.phones import AmiWire, Phones
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import find_asterisk
from asterisk.render import PbxFacts, QueueFacts
from campaigns.campaign import CampaignState, Mode
from campaigns.campaign_hours import hours_in
from campaigns.hours import is_open
from campaigns.ledger import By
from campaigns.lists.importing import ImportOrder, import_list
from campaigns.outcomes import Disposition
from config.campaign_file import CampaignFile
from config.errors import ConfigError
from config.language import _
from config.settings import (
    AgentSettings,
    AgiSettings,
    AmiSettings,
    InboundSettings,
    PathSettings,
    QueueSettings,
    Settings,
    SiteSettings,
    WebSettings,
)
from dialer import logs
from dialer.agents import State
from dialer.app import serve
from dialer.cli_session import operator
from dialer.client import EngineClient, EngineNotRunningError
from dialer.clock import clock
from dialer.messages import AgentRecord, CampaignRecord
from dialer.wire import Do
from store.accounts import Accounts
from store.agents import Agents
from store.campaigns import Campaigns
from store.database import Database
from supervisor.accounts import Account
from supervisor.rights import Role
from supervisor.sign_in_links import link_for

AGENTS = {
    "1001": "王芳",
    "1002": "李伟",
    "1003": "张敏",
    "1004": "刘洋",
    "1005": "陈静",
    "1006": "杨磊",
    "1007": "赵丽",
    "1008": "黄强",
    "1009": "周婷",
    "1010": "吴军",
}
QUEUES = ("waihu-callback", "waihu-inbound", "waihu-sales")
"""All agents serve all of them: calls that come in are first."""
SITE = "demo"
ADMIN = "demo"
"""The account that the demo's link signs in."""
SETTINGS = f"""\
# Leads `waihu --config .run/waihu.toml …` to the demo; written anew by each run.
[site]
name = "{SITE}"
[paths]
database = "waihu.db"
run = "."
log = "waihu.log"
[web]
on = true
"""
HOTLINE = "4008000000"
FLOW = "hotline"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFolders:
    """Where the demo keeps what it makes, inside a checkout."""

    checkout: Path

    @property
    def run(self) -> Path:
        """All of it."""
        return self.checkout / ".run"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.run / "waihu.db"

    @property
    def settings(self) -> Path:
        """Settings by which every other command finds the demo's database and engine."""
        return self.run / "waihu.toml"

    @property
    def flows(self) -> Path:
        """The flow that its callers go through."""
        return self.run / "flows"

    @property
    def log(self) -> Path:
        """The engine's log."""
        return self.run / "waihu.log"


async def run_demo(
    checkout: Path, console: Console, *, fresh: bool = False, mode: Mode | None = None
) -> None:
    """Prepare what is missing, dial until nothing more is due, and report.

    `mode`: how the campaign dials from now on; None: as before.

    Raises:
        ConfigError: this is no checkout, or Asterisk has not been brought.
        LabFailed: the private Asterisk does not start.
        EngineRunningError: another demo runs here.
    """
    folders = DemoFolders(checkout=checkout)
    if fresh:
        shutil.rmtree(folders.run, ignore_errors=True)
    folders.run.mkdir(exist_ok=True)
    folders.settings.write_text(SETTINGS, encoding="utf-8")
    open_hotline(folders)
    logs.set_up(folders.log)
    example = _example(checkout)
    record = await _prepare(folders, example, checkout, console, mode)
    if record.due_contacts:
        await _dial(folders, example, console)
    await show_report(folders.database, folders.log, record.campaign.name)


def _example(checkout: Path) -> CampaignFile:
    path = checkout / "examples" / "callback.toml"
    if not path.exists():
        raise ConfigError(
            _("{path} is missing: the demo runs in a checkout of Waihu").format(path=path)
        )
    return CampaignFile.load(path)


def open_hotline(folders: DemoFolders) -> None:
    """The example hotline, open at every hour of every day: a demo is looked at when it suits."""
    example = folders.checkout / "examples" / "flows" / f"{FLOW}.toml"
    if not example.exists():
        return
    text = example.read_text("utf-8")
    text = re.sub(r"(?m)^windows = .*$", 'windows = { "every day" = ["00:00-24:00"] }', text)
    folders.flows.mkdir(exist_ok=True)
    flow = folders.flows / example.name
    flow.write_text(re.sub(r"(?m)^calendar = .*$", "", text), encoding="utf-8")


async def _prepare(
    folders: DemoFolders,
    example: CampaignFile,
    checkout: Path,
    console: Console,
    mode: Mode | None,
) -> CampaignRecord:
    """The database with campaign, list and agents; what is there already is left alone."""
    database = Database(folders.database)
    try:
        await database.upgrade()
        record = await _fill(database, example, checkout, console)
        if mode in {None, record.campaign.mode}:
            return record
        campaigns, now = Campaigns(database), clock().utc
        await campaigns.save(replace(record.campaign, mode=mode or record.campaign.mode), now)
        return await campaigns.get(example.name, now)
    finally:
        await database.close()


async def _fill(
    database: Database, example: CampaignFile, checkout: Path, console: Console
) -> CampaignRecord:
    campaigns, now = Campaigns(database), clock().utc
    known = [r.campaign.name for r in await campaigns.records(now)]
    if example.name in known:
        return await campaigns.get(example.name, now)
    campaign = await campaigns.save(example.campaign(0, "Asia/Shanghai"), now)
    order = ImportOrder(path=checkout / "examples" / "callback.csv", campaign=campaign)
    report = await import_list(order, database, lambda: clock().utc)
    console.print(_("Loaded {n} contacts into a new database.").format(n=report.added))
    for login, name in AGENTS.items():
        await Agents(database).save(AgentRecord(agent=login, name=name, queues=QUEUES))
    await campaigns.set_state(example.name, CampaignState.RUNNING)
    return await campaigns.get(example.name, clock().utc)


# ── dialing ──────────────────────────────────────────────────────────────────────────────


async def _dial(folders: DemoFolders, example: CampaignFile, console: Console) -> None:
    """Asterisk, engine, people and the view, until nothing more is due or Ctrl-C."""
    async with _asterisk(folders, example, console) as lab:
        settings = _settings(folders, lab)
        ready = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            engine = tasks.create_task(serve(settings, on_ready=lambda _loop: ready.set()))
            await _first_of(ready, engine)
            await _show_pages(folders, settings, console)
            people = tasks.create_task(_simulate(lab, example, settings.paths.socket))
            await show_live(settings.paths.socket, console)
            await engine
            people.cancel()


async def _show_pages(folders: DemoFolders, settings: Settings, console: Console) -> None:
    """A link that signs the demo's administrator in: the port is open to this machine's users."""
    async with Database(folders.database) as database:
        accounts, by = Accounts(database), By(who=operator(), at=clock().utc)
        if await accounts.find(ADMIN) is None:
            await accounts.add(Account(name=ADMIN, role=Role.ADMIN), by)
        url = await link_for(database, settings, ADMIN, by)
    console.print(_("Wallboard, in a browser, with this link, which works once:"))
    console.print(url, soft_wrap=True, highlight=False)
    told = _("Another link: .venv/bin/waihu --config {path} account link {name}")
    path = folders.settings.relative_to(folders.checkout)
    console.print(told.format(path=path, name=ADMIN))


async def _first_of(ready: asyncio.Event, engine: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([waiting, engine], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


@asynccontextmanager
async def _asterisk(
    folders: DemoFolders, example: CampaignFile, console: Console
) -> AsyncIterator[LabAsterisk]:
    try:
        program = find_asterisk(folders.checkout / ".parts")
    except FileNotFoundError as error:
        raise ConfigError(str(error)) from error
    facts = PbxFacts(
        ami_secret="made-new-at-each-start",  # noqa: S106  replaced by LabAsterisk
        agi_port=free_port(),
        slots=len(AGENTS) + 10,
        queues=tuple(QueueFacts(name=name) for name in QUEUES),
        inbound_queue="waihu-inbound",
    )
    lab_table = example.lab
    if lab_table is None:
        raise ConfigError(_("examples/callback.toml has no [lab.mix]"))
    lab = LabAsterisk(
        program,
        folders.run / "asterisk",
        facts,
        mix=mix_of({name.value: share for name, share in lab_table.mix.items()}),
        pace=Pace(ring_s=lab_table.ring_s, talk_s=lab_table.talk_s),
    )
    await lab.start()
    console.print(
        _("A private Asterisk is up; {n} simulated agents are logging in.").format(n=len(AGENTS))
    )
    told = _("In another terminal: .venv/bin/waihu --config {path} board")
    path = folders.settings.relative_to(folders.checkout)
    console.print(told.format(path=path))
    told = _(
        "How it paces, and to steer it: .venv/bin/waihu --config {path} campaign pace callback"
    )
    console.print(told.format(path=path))
    try:
        yield lab
    finally:
        await lab.stop()


def _settings(folders: DemoFolders, lab: LabAsterisk) -> Settings:
    """Settings of our own making: neither a file nor the environment of the user's."""
    return Settings.model_construct(
        site=SiteSettings(name=SITE),
        ami=AmiSettings(
            host=lab.ami_host,
            port=lab.ami_port,
            user=lab.ami_user,
            secret=SecretStr(lab.ami_secret),
        ),
        agi=AgiSettings(host=lab.facts.agi_host, port=lab.facts.agi_port),
        paths=PathSettings.model_construct(
            database=folders.database, run=folders.run, log=folders.log, flows=folders.flows
        ),
        queues=[QueueSettings(name=name) for name in QUEUES],
        inbound=InboundSettings(flow=FLOW),
        agents=AgentSettings(slots=lab.facts.slots),
        web=WebSettings(on=True),
    )


# ── the simulated agents, through the engine's own door ──────────────────────────────────


async def _simulate(lab: LabAsterisk, example: CampaignFile, socket: Path) -> None:
    campaign = example.campaign(0, "Asia/Shanghai")
    lab_table = example.lab
    if lab_table is None:
        return
    habits = Habits(
        mix=mix_of({name.value: share for name, share in lab_table.mix.items()}),
        may_call=lambda at: is_open(hours_in(campaign, None), at),
    )
    wire = await AmiWire.open(lab.ami_host, lab.ami_port, lab.lab_user, lab.lab_secret)
    phones = Phones(wire)
    people = LabPeople(
        list(AGENTS), phones, habits, random=SystemRandom(), utc_now=lambda: clock().utc
    )
    calling = asyncio.create_task(keep_calling(phones, Hotline(number=HOTLINE), SystemRandom()))
    try:
        await people.run(_news(socket), _disposer(socket))
    finally:
        calling.cancel()
        await wire.close()


async def _news(socket: Path) -> AsyncIterator[AgentNews]:
    async with EngineClient(socket) as engine:
        async for answer in engine.follow(Do.AGENTS):
            facts = answer.facts
            attempt, end = facts.get("attempt"), facts.get("number_end")
            yield AgentNews(
                agent=str(facts["agent"]),
                state=State(str(facts["state"])),
                attempt=str(attempt) if attempt else None,
                number_end=str(end or ""),
            )


def _disposer(socket: Path) -> Dispose:
    async def dispose(
        agent: str, disposition: Disposition, appointment_at: datetime | None, note: str
    ) -> None:
        at = appointment_at.isoformat() if appointment_at else None
        try:
            async with EngineClient(socket) as engine:
                await engine.ask(
                    Do.DISPOSE,
                    agent=agent,
                    disposition=disposition.value,
                    appointment_at=at,
                    note=note,
                )
        except EngineNotRunningError:
            return

    return dispose


def main(checkout: Path, *, fresh: bool = False, mode: Mode | None = None) -> None:
    """Run the demo on this terminal."""
    asyncio.run(run_demo(checkout, Console(), fresh=fresh, mode=mode))
