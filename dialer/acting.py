"""What supervisors do to campaigns, agents and calls: the same for CLI, API, browser and terminal.

Owns: each act with its typed result, and the named reason where it is refused. Must not know who
may do what (`supervisor.rights`), how anything is asked for, nor how it is told
(`dialer.acting_words`).

Campaigns and loans are in the database, and a running engine is told to look again. What concerns
living calls is the engine's alone (`dialer.acting_live`). Whatever is done stands in the ledger,
with who did it, to whom, when and why (R25).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from campaigns.campaign import Campaign, CampaignState, Mode
from campaigns.cli.find import find_campaign
from campaigns.ledger import By
from config.campaign_file import PredictiveTable
from config.settings import Settings
from config.words import queue_name
from dialer.acting_live import OK, ActRefused, AskEngine, LiveActs
from dialer.client import EngineNotRunningError
from dialer.effects import ReplyCode
from dialer.messages import CampaignRecord, Loan
from dialer.wire import Do
from store.agents import Agents
from store.campaigns import Campaigns
from store.database import Database
from store.lending import lend, take_back
from supervisor.snapshot import AgentLook, from_json

_GOES = (CampaignState.RUNNING, CampaignState.PAUSED)


class Refusal(StrEnum):
    """Why an act was refused before the engine was asked; its own reasons are ReplyCodes."""

    CAMPAIGN_NOT_STARTED = "campaign_not_started"
    UNKNOWN_MODE = "unknown_mode"
    UNKNOWN_QUEUE = "unknown_queue"
    SAME_QUEUE = "same_queue"
    TIME_OVER = "time_over"
    TOO_FEW_AGENTS = "too_few_agents"
    NOBODY_LENT = "nobody_lent"
    NOT_TAKEN = "not_taken"
    """It is saved, but the engine could not look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be otherwise of a campaign that dials; `pacing` keyed as in a campaign's file."""

    pacing: Mapping[str, Any] = field(default_factory=dict)
    mode: str | None = None
    priority: int | None = None

    @property
    def is_none(self) -> bool:
        """Whether nothing is to be changed."""
        return not self.pacing and self.mode is None and self.priority is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignActed:
    """A campaign as it is now. `engine_knows`: whether a running engine goes by it already."""

    record: CampaignRecord
    engine_knows: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """The acts, over the database and the engine. Cheap to make: one for each command or request.

    Each raises ActRefused; EngineNotRunningError where an act needs the engine;
    UnknownCampaignError for a campaign that is not there; StoreError where the database refuses.
    """

    database: Database
    ask: AskEngine
    settings: Settings

    @property
    def live(self) -> LiveActs:
        """The acts on agents and calls as they live."""
        return LiveActs(ask=self.ask)

    # ── campaigns ────────────────────────────────────────────────────────────────────────

    async def start(self, campaign: str, by: By) -> CampaignActed:
        """Dial whoever is due: from ready, paused or stopped."""
        return await self._set(campaign, CampaignState.RUNNING, tuple(CampaignState), by)

    async def pause(self, campaign: str, by: By) -> CampaignActed:
        """No new calls once this has returned; calls under way go on."""
        return await self._set(campaign, CampaignState.PAUSED, _GOES, by)

    async def resume(self, campaign: str, by: By) -> CampaignActed:
        """From paused to running."""
        return await self._set(campaign, CampaignState.RUNNING, _GOES, by)

    async def stop(self, campaign: str, by: By) -> CampaignActed:
        """No more calls; it can be started again."""
        return await self._set(campaign, CampaignState.STOPPED, tuple(CampaignState), by)

    async def _set(
        self, name: str, state: CampaignState, only: tuple[CampaignState, ...], by: By
    ) -> CampaignActed:
        before = await find_campaign(self.database, name, by.at)
        if before.state not in only:
            told = {"name": before.campaign.name, "state": before.state.value}
            raise ActRefused(Refusal.CAMPAIGN_NOT_STARTED, told)
        await Campaigns(self.database).set_state(before.campaign.id, state, by)
        knows = await self.tell_engine()
        record = await Campaigns(self.database).get(before.campaign.id, by.at)
        return CampaignActed(record=record, engine_knows=knows)

    async def steer(self, campaign: str, wish: Wish, by: By) -> CampaignActed:
        """Change pace, cap, mode or priority of a campaign; the engine follows within the second.

        Raises:
            ConfigError: what is wished for is out of bounds; it names all faults.
        """
        record = await find_campaign(self.database, campaign, by.at)
        if wish.is_none:
            return CampaignActed(record=record, engine_knows=True)
        steered = await self._steer(record.campaign, wish, by)
        return CampaignActed(
            record=replace(record, campaign=steered), engine_knows=await self.tell_engine()
        )

    async def _steer(self, campaign: Campaign, wish: Wish, by: By) -> Campaign:
        steered = replace(
            campaign,
            pacing=PredictiveTable.steered(campaign.pacing, wish.pacing),
            mode=campaign.mode if wish.mode is None else _mode(wish.mode),
            priority=campaign.priority if wish.priority is None else wish.priority,
        )
        if steered.mode is not campaign.mode:
            # Laws may spare a mode: every contact is judged anew.
            return await Campaigns(self.database).save(steered, by.at, by.who, by.why)
        await Campaigns(self.database).steer(steered, by)
        return steered

    # ── agents of other groups (R17) ─────────────────────────────────────────────────────

    async def lend(
        self, agents: Sequence[str], queue: str, by: By, until: datetime | None = None
    ) -> Loan:
        """Let these agents serve another queue only; during a call it takes effect after it."""
        if until is not None and until <= by.at:
            raise ActRefused(Refusal.TIME_OVER)
        loan = Loan(queue=self._queue(queue), since=by.at, until=until, by=by.who)
        unknown = await lend(self.database, agents, loan, by.why)
        if unknown:
            raise ActRefused(ReplyCode.UNKNOWN_AGENT, {"agent": unknown[0]})
        await self.tell_engine()
        return loan

    async def lend_group(
        self, source: str, target: str, count: int, by: By, until: datetime | None = None
    ) -> tuple[tuple[str, ...], Loan]:
        """Lend so many agents who serve `source` and are signed in; who is free goes first."""
        giving, taking = self._two_queues(source, target)
        there = await self._who_may_go(giving)
        if len(there) < count:
            raise ActRefused(Refusal.TOO_FEW_AGENTS, {"queue": giving, "n": len(there)})
        chosen = tuple(there[:count])
        return chosen, await self.lend(chosen, taking, by, until)

    async def _who_may_go(self, queue: str) -> list[str]:
        snapshot = from_json((await self.ask(Do.SNAPSHOT)).facts)
        there = [
            view
            for view in snapshot.agents
            if queue in view.queues and view.lent_to is None and view.status != "logged_out"
        ]
        at = snapshot.ts
        there.sort(
            key=lambda view: (view.look is not AgentLook.READY, -view.lasts_s(at), view.agent)
        )
        return [view.agent for view in there]

    async def take_back(self, agents: Sequence[str], by: By) -> tuple[str, ...]:
        """These agents serve their own queues again; those of them who were lent."""
        held = await take_back(self.database, agents, by.who, by.at, by.why)
        if not held:
            raise ActRefused(Refusal.NOBODY_LENT)
        await self.tell_engine()
        return tuple(held)

    async def take_group_back(self, source: str, target: str, by: By) -> tuple[str, ...]:
        """All come back whose own queue is `source` and who are lent to `target`."""
        giving, taking = self._two_queues(source, target)
        skill = next((one.skill for one in self.settings.queues if one.name == giving), None)
        lent = [
            record.agent
            for record in await Agents(self.database).records()
            if record.loan is not None
            and record.loan.queue == taking
            and (giving in record.queues or (skill is not None and skill in record.skills))
        ]
        return await self.take_back(lent, by)

    def _two_queues(self, source: str, target: str) -> tuple[str, str]:
        giving, taking = self._queue(source), self._queue(target)
        if giving == taking:
            raise ActRefused(Refusal.SAME_QUEUE)
        return giving, taking

    def _queue(self, text: str) -> str:
        known = [queue.name for queue in self.settings.queues]
        told = {"queue": text, "known": ", ".join(known)}
        try:
            name = queue_name(text)
        except ValueError:
            raise ActRefused(Refusal.UNKNOWN_QUEUE, told) from None
        if name not in known:
            raise ActRefused(Refusal.UNKNOWN_QUEUE, told)
        return name

    # ── the engine ───────────────────────────────────────────────────────────────────────

    async def tell_engine(self) -> bool:
        """Let a running engine look at the database again; False: none runs."""
        try:
            answer = await self.ask(Do.REFRESH)
        except EngineNotRunningError:
            return False
        if answer.code != OK:
            raise ActRefused(Refusal.NOT_TAKEN, {"why": answer.facts.get("text", answer.code)})
        return True


def _mode(text: str) -> Mode:
    try:
        return Mode(text)
    except ValueError:
        raise ActRefused(Refusal.UNKNOWN_MODE, {"text": text}) from None
