"""The site of the drill: one private Asterisk, a database with a long list, agents, a witness.

Owns: how large it is, how its customers behave, the list that never runs dry, and the order in
which all of it opens and closes.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from asterisk.errors import LinkLost
from asterisk.lab.customers import Behaviour, Mix, Pace, mix_of
from asterisk.lab.phones import AmiWire
from asterisk.lab.ports import free_port
from asterisk.lab.process import LabAsterisk
from asterisk.lab.program import find_asterisk
from asterisk.render import PbxFacts, QueueFacts
from campaigns.campaign import Campaign, CampaignState, Mode
from campaigns.outcomes import Outcome
from campaigns.pacing_choice import PacingChoice
from campaigns.retry import RetryPolicy
from dialer.messages import AgentRecord
from store.agents import Agents
from store.campaigns import Campaigns
from store.database import Database
from store.lists import Lists, NewContact
from tests.dialer.stage import CAMPAIGN
from tests.drill.books import contacts_used_up
from tests.drill.engine import EngineProcess
from tests.drill.people import People
from tests.drill.witness import Witness

PARTS = Path(__file__).parents[2] / ".parts"
QUEUE = "waihu-drill"
REPLACED_AT_THE_START = "0" * 12
A_LONG_TIME = timedelta(days=2)
AT_ONCE = timedelta(seconds=1)
BATCH = 50
FIRST_LOGIN = 1001
LINES_AN_AGENT = 1.5
"""Of a predictive campaign: so many calls may live for each agent."""

MIX = mix_of(
    {
        Behaviour.ANSWERS: 64,
        Behaviour.HANGS_UP_EARLY: 6,
        Behaviour.FAX: 2,
        Behaviour.BUSY: 6,
        Behaviour.NO_ANSWER: 3,
        Behaviour.REJECTED: 6,
        Behaviour.SWITCHED_OFF: 5,
        Behaviour.VACANT: 4,
        Behaviour.NUMBER_CHANGED: 2,
        Behaviour.CONGESTION: 2,
    }
)
PACE = Pace(ring_s=(0.3, 1.5), talk_s=(12.0, 40.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the site is.

    `stock`: contacts that are left to dial at the start of each life; whoever is freed waits
    behind so many, so it is hardly more than one life can dial. `cap`: of a predictive campaign,
    the part of those who answer that may find nobody.
    """

    agents: int
    mode: Mode = Mode.PROGRESSIVE
    cap: Fraction = Fraction(3, 100)
    stock: int = 250
    cps: float = 25.0
    mix: Mix = MIX
    pace: Pace = PACE
    think_s: tuple[float, float] = (0.2, 1.0)
    wrap_up_s: int = 10
    ring_timeout_s: int = 4

    @property
    def max_calls(self) -> int:
        """The most calls that may live at once."""
        unkept = self.mode is Mode.PREDICTIVE
        return round(self.agents * LINES_AN_AGENT) if unkept else self.agents


class House:
    """Everything but the engine's start: that is what a drill does."""

    def __init__(self, folder: Path, size: Size, random: Random) -> None:
        self.folder = folder
        self.size = size
        self.switch = LabAsterisk(
            find_asterisk(PARTS), folder / "pbx", _facts(size), mix=size.mix, pace=size.pace
        )
        self.engine = EngineProcess(self.switch, folder, kept=size.mode is Mode.PROGRESSIVE)
        self.witness = Witness(self.switch)
        self.logins = [str(FIRST_LOGIN + n) for n in range(size.agents)]
        self.people = People(self.switch, self.engine.socket, self.logins, random, size.think_s)
        self.database = Database(self.engine.database)
        self._campaign = CAMPAIGN
        self._listed = 0
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as closing:
            await self.switch.start()
            closing.push_async_callback(self.switch.stop)
            await self.database.upgrade()
            closing.push_async_callback(self.database.close)
            await self._fill_books()
            await self.witness.open()
            closing.push_async_callback(self.witness.close)
            closing.push_async_callback(self.engine.kill)
            await self.people.open()
            closing.push_async_callback(self.people.close)
            self._closing = closing.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._closing.aclose()

    # ── campaign and list ────────────────────────────────────────────────────────────────

    async def _fill_books(self) -> None:
        for login in self.logins:
            record = AgentRecord(agent=login, name=f"坐席{login}", queues=(QUEUE,))
            await Agents(self.database).save(record)
        campaigns = Campaigns(self.database)
        self._campaign = await campaigns.save(_campaign(self.size), _now())
        await self.top_up()
        await self.wants(CampaignState.RUNNING)

    async def top_up(self) -> None:
        """Bring new contacts where fewer than the stock are left."""
        used_up = await asyncio.to_thread(contacts_used_up, self.engine.database)
        while self._listed - used_up < self.size.stock:
            numbers = [f"+8621{n:08}" for n in range(self._listed, self._listed + BATCH)]
            rows = [NewContact(reference=n, name="张三", zone=None, numbers=(n,)) for n in numbers]
            await Lists(self.database).import_batch(self._campaign.id, rows, _now())
            self._listed += BATCH

    async def wants(self, state: CampaignState) -> None:
        """Say what is wanted of the campaign, also to an engine that runs."""
        await Campaigns(self.database).set_state(self._campaign.id, state)
        if self.engine.alive:
            await self.engine.refresh()

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Somebody else writes for as long as the block lasts, and lets nobody in between."""
        away = sqlite3.connect(self.engine.database, isolation_level=None, timeout=5.0)
        try:
            away.execute("BEGIN IMMEDIATE")
            yield
        finally:
            away.close()

    # ── what the switch says when asked ──────────────────────────────────────────────────

    async def ask(self, action: str, ends_with: str = "") -> list[dict[str, str]]:
        """What the switch answers to a question of the product's own user."""
        switch = self.switch
        wire = await AmiWire.open(
            switch.ami_host, switch.ami_port, switch.ami_user, switch.ami_secret
        )
        said: list[dict[str, str]] = []
        try:
            wire.send({"Action": action, "ActionID": "asked"})
            while not said or said[-1].get("Event", "") != ends_with:
                message = await wire.receive()
                if message.get("ActionID") == "asked":
                    said.append(message)
        except LinkLost as lost:
            raise AssertionError(f"the switch did not answer {action}") from lost
        finally:
            await wire.close()
        return said

    async def asterisk_version(self) -> str:
        return (await self.ask("CoreSettings"))[0].get("AsteriskVersion", "unknown")

    async def channels(self) -> list[str]:
        """The names of all channels that live."""
        said = await self.ask("CoreShowChannels", "CoreShowChannelsComplete")
        return [one["Channel"] for one in said if one.get("Event") == "CoreShowChannel"]

    async def paused_members(self) -> list[str]:
        """Members of the queue that take no calls, with the reason."""
        said = await self.ask("QueueStatus", "QueueStatusComplete")
        members = [one for one in said if one.get("Event") == "QueueMember"]
        paused = [one for one in members if one["Paused"] == "1"]
        return [f"{one['Name']} {one.get('PausedReason', '')}" for one in paused]


def _facts(size: Size) -> PbxFacts:
    return PbxFacts(
        ami_secret=REPLACED_AT_THE_START,
        agi_port=free_port(),
        slots=size.agents + 5,
        queues=(QueueFacts(name="waihu-inbound"), QueueFacts(name=QUEUE)),
    )


def _campaign(size: Size) -> Campaign:
    """Nobody may be dialed twice, whatever comes of the first time.

    Who was freed before dialing is offered again at once, so that one who is freed by mistake is
    dialed twice and seen. A call that our side failed to make may have left it: it is the last.
    """
    once = RetryPolicy(
        delay=A_LONG_TIME,
        daily_attempts=1,
        own_side_backoff=AT_ONCE,
        own_side_backoff_max=AT_ONCE,
        outcome_delays={Outcome.CONGESTION: A_LONG_TIME, Outcome.FAILED: A_LONG_TIME},
    )
    return replace(
        CAMPAIGN,
        name="drill",
        mode=size.mode,
        pacing=PacingChoice(cap=size.cap),
        queue=QUEUE,
        retry=once,
        ring_timeout_s=size.ring_timeout_s,
        max_calls=size.max_calls,
        cps=size.cps,
        wrap_up_s=size.wrap_up_s,
    )


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  a drill is an edge
