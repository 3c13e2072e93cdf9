"""A stage with predictive campaigns: calls without an agent, and who takes those who answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Self

from campaigns.campaign import Campaign, CampaignState, Mode
from campaigns.law.abandonment import Answered, Windows
from campaigns.outcomes import Outcome
from dialer.calls import Call
from dialer.desks import Desk
from dialer.effects import ClaimContacts, Connect, Effect, EndAttempt, Originate
from dialer.messages import AgentRecord, CampaignRecord, Claimed, Loaded, SentJudged, Tick
from dialer.pace import Pace
from dialer.switch_events import CallAnswered, CallBridged, CallHungUp, CallRinging, CallWaiting
from tests.dialer.stage import CAMPAIGN, QUEUE, START, YES, Stage

PREDICTIVE = replace(CAMPAIGN, mode=Mode.PREDICTIVE)
DAY_ENDS = START + timedelta(hours=15)
BLOCK_ENDS = DAY_ENDS + timedelta(days=29)


def on_file(
    live: int = 0, abandoned: int = 0, *, block: tuple[int, int] | None = None, days: int = 0
) -> Windows:
    """What the database has counted. `block`: live and abandoned; `days`: so many days later."""
    ends = DAY_ENDS + timedelta(days=days)
    in_block = block or (live, abandoned)
    return Windows(
        day=Answered(live=live, abandoned=abandoned, ends=ends),
        block=Answered(live=in_block[0], abandoned=in_block[1], ends=max(BLOCK_ENDS, ends)),
    )


class PredictiveStage(Stage):
    """The stage, with every campaign of `campaigns` predictive unless it says otherwise."""

    def __init__(
        self, agents: int = 1, campaign: Campaign = PREDICTIVE, *others: Campaign, slots: int = 20
    ) -> None:
        super().__init__(agents, campaign, slots)
        self.others = others
        self.answered: Windows | None = None
        self.memory: object = None

    def ready(self) -> Self:
        """All agents are there, and the first contacts have been asked for."""
        self.opens()
        self.passes(7)
        return self

    def load(
        self,
        state: CampaignState = CampaignState.RUNNING,
        due: int = 100,
        slots: object = None,
    ) -> None:
        """The database says what is on file of all campaigns."""
        assert slots is None
        records = tuple(
            CampaignRecord(
                campaign=campaign,
                state=state,
                contacts=due,
                open_contacts=due,
                due_contacts=due,
                next_due_at=None,
                answered=self.answered,
                pacing_memory=self.memory,
            )
            for campaign in (self.campaign, *self.others)
        )
        agents = tuple(
            AgentRecord(agent=login, name=login, queues=(QUEUE,)) for login in self.logins
        )
        self.tell(Loaded(campaigns=records, agents=agents))

    # ── contacts ─────────────────────────────────────────────────────────────────────────

    def claimed(self, asked: ClaimContacts, found: int | None = None) -> list[str]:
        """The hopper answers one claim; returns the attempts."""
        number = asked.campaign.id
        claims = tuple(
            replace(self._claim(), campaign_id=number)
            for _ in range(asked.count if found is None else found)
        )
        self.tell(Claimed(ref=asked.ref, campaign_id=number, claims=claims, next_due_at=None))
        return [claim.attempt for claim in claims]

    def places_all(self) -> list[str]:
        """Answer the claims that were asked for last, and say yes to each; returns the attempts."""
        attempts = self.claimed(self.last(ClaimContacts))
        for attempt in attempts:
            self.tell(SentJudged(attempt=attempt, verdict=YES))
        return attempts

    def dials(self, calls: int) -> list[str]:
        """So many calls ring, whatever the pacer would have said."""
        asked = self.last(ClaimContacts)
        attempts = self.claimed(asked, calls)
        for attempt in attempts:
            self.tell(SentJudged(attempt=attempt, verdict=YES))
            self.tell(CallRinging(call=attempt))
        assert {one.attempt for one in self.wanted(Originate)} >= set(attempts)
        return attempts

    # ── people ───────────────────────────────────────────────────────────────────────────

    def answers(self, attempt: str) -> list[Effect]:
        """Somebody picks up, and our dialplan says that they wait."""
        effects = self.tell(CallAnswered(call=attempt))
        return effects + self.tell(CallWaiting(call=attempt))

    def talks(self, attempt: str) -> None:
        """The agent who was named hears the customer."""
        self.tell(CallBridged(call=attempt))

    def hangs_up(self, attempt: str) -> None:
        """The call is over."""
        self.tell(CallHungUp(call=attempt, cause=16))

    # ── what came of it ──────────────────────────────────────────────────────────────────

    def connected(self) -> list[tuple[str, str]]:
        """Who was given whom, so far: the call and the slot."""
        return [(one.call, one.slot) for one in self.wanted(Connect)]

    def outcomes(self, attempts: Iterable[str]) -> list[Outcome]:
        """How these calls ended, where they have."""
        ended = {one.attempt: one.outcome for one in self.wanted(EndAttempt)}
        return [ended[attempt] for attempt in attempts if attempt in ended]

    def call(self, attempt: str) -> Call:
        """The call, which lives."""
        call = self.engine.board.get(attempt)
        assert call is not None
        return call

    def desk(self, number: int = 1) -> Desk:
        """The desk of a campaign."""
        desk = self.engine.desks.get(number)
        assert desk is not None
        return desk

    def pace(self, number: int = 1) -> Pace:
        """The pace of a campaign that is predictive."""
        pace = self.desk(number).pace
        assert pace is not None
        return pace

    def counted(self, number: int = 1) -> tuple[int, int]:
        """Persons reached and abandoned, as the pacer has them today."""
        day = self.pace(number).pacer.price.ledger.windows[0]
        return day.persons, day.abandoned

    def slot_of(self, login: str) -> str:
        """Where an agent sits."""
        agent = self.engine.floor.get(login)
        assert agent is not None
        assert agent.slot is not None
        return agent.slot

    def logs_in_ready(self, login: str) -> str:
        """One more agent, ready at once; returns the slot."""
        self.logins.append(login)
        self.load()
        slot = self.logs_in(login)
        agent = self.engine.floor.get(login)
        assert agent is not None
        ready = replace(agent, due_mono=self.now.mono)
        self.engine.floor.put(ready, self.now)
        self.tell(Tick())
        return slot
