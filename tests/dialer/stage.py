"""A stage for the engine: virtual clocks, and the world's answers written by the test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, CampaignState, Kind, Mode
from campaigns.judge import Code, Verdict
from campaigns.outcomes import Disposition
from campaigns.retry import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.agents import State
from dialer.effects import ClaimContacts, Effect, MarkSent, Originate, PauseMember, SaveSlot
from dialer.engine import Engine, EnginePolicy
from dialer.ids import attempt_id
from dialer.keypad import DEFAULT_KEYS
from dialer.messages import (
    AgentRecord,
    CampaignRecord,
    Claim,
    Claimed,
    Dispose,
    KeptPlace,
    Loaded,
    LoginAgent,
    Message,
    Now,
    SentJudged,
    SlotSaved,
    Tick,
    Unfinished,
)
from dialer.switch_events import ActionDone, AgentLoggedIn, LinkUp, SwitchSurveyed
from routing.inbound import InboundRoutes
from supervisor.statistics import Statistics

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
QUEUE = "waihu-callback"
YES = Verdict(code=Code.YES)
OPEN_ALL_DAY = CallingWindows(days=((parse("00:00-24:00"),),) * 7)

E = TypeVar("E")

CAMPAIGN = Campaign(
    id=1,
    name="callback",
    kind=Kind.CALLBACK,
    mode=Mode.PROGRESSIVE,
    dial_string="Local/{number}@waihu-lab-customers/n",
    caller_id="4008000000",
    queue=QUEUE,
    ring_timeout_s=15,
    windows=OPEN_ALL_DAY,
    zone=SHANGHAI,
    retry=RetryPolicy(),
    max_calls=50,
    cps=100,
    wrap_up_s=20,
)


class Stage:
    """An engine with agents `agents`, and everything it wanted done in `effects`."""

    def __init__(self, agents: int = 1, campaign: Campaign = CAMPAIGN, slots: int = 20) -> None:
        self.now = Now(utc=START, mono=1000.0)
        self.random = Random(7)
        self.campaign = campaign
        policy = EnginePolicy(
            slots=tuple(str(7001 + n) for n in range(slots)),
            routes=InboundRoutes(default="waihu-inbound"),
            keypad=DEFAULT_KEYS,
        )
        self.engine = Engine(policy, Statistics(SHANGHAI))
        self.effects: list[Effect] = []
        self.contacts = 0
        self.logins = [str(1001 + n) for n in range(agents)]

    # ── time and messages ────────────────────────────────────────────────────────────────

    def tell(self, message: Message) -> list[Effect]:
        """Hand over one message; keep and return the effects."""
        effects = self.engine.handle(message, self.now)
        self.effects += effects
        return effects

    def passes(self, seconds: float) -> list[Effect]:
        """Let time pass, with a tick every 100 ms."""
        effects: list[Effect] = []
        for _ in range(round(seconds * 10)):
            self.now = Now(utc=self.now.utc + timedelta(milliseconds=100), mono=self.now.mono + 0.1)
            effects += self.tell(Tick())
        return effects

    def wanted(self, kind: type[E]) -> list[E]:
        """Every effect of a kind so far."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def last(self, kind: type[E]) -> E:
        """The latest effect of a kind."""
        return self.wanted(kind)[-1]

    # ── the usual course ─────────────────────────────────────────────────────────────────

    def opens(self) -> Stage:
        """The link is up, everything is loaded, nothing is left open, all agents are ready."""
        self.tell(Unfinished(attempts=()))
        self.load()
        self.tell(LinkUp(version="22.10"))
        self.survey()
        for login in self.logins:
            self.logs_in(login)
        return self

    def load(
        self,
        state: CampaignState = CampaignState.RUNNING,
        due: int = 100,
        slots: Mapping[str, str] | None = None,
        places: tuple[KeptPlace, ...] | None = None,
    ) -> None:
        """The database says what is on file. `slots`: where agents sat when last heard of."""
        seats = slots or {}
        record = CampaignRecord(
            campaign=self.campaign,
            state=state,
            contacts=due,
            open_contacts=due,
            due_contacts=due,
            next_due_at=None,
        )
        agents = tuple(
            AgentRecord(agent=login, name=login, queues=(QUEUE,), slot=seats.get(login))
            for login in self.logins
        )
        self.tell(Loaded(campaigns=(record,), agents=agents, places=places))

    def survey(
        self, calls: dict[str, bool] | None = None, seated: Iterable[str] | None = None
    ) -> None:
        """The switch says what lives on it; agents who sit there, by default, still do."""
        present = (
            [a.slot for a in self.engine.floor if a.slot and a.state != "away"]
            if seated is None
            else list(seated)
        )
        self.tell(
            SwitchSurveyed(
                agents={slot: f"Local/{slot}" for slot in present}, paused={}, calls=calls or {}
            )
        )

    def sees(self, **found: object) -> None:
        """The switch says what lives on it, in these words of a survey; of the rest, nothing."""
        empty: dict[str, object] = {"agents": {}, "paused": {}, "calls": {}}
        self.tell(SwitchSurveyed(**empty | found))  # type: ignore[arg-type]  # its fields

    def logs_in(self, login: str) -> str:
        """An agent's phone logs in; returns the slot."""
        self.tell(LoginAgent(ask=f"ask-{login}", call=f"Local/{login}", agent=login))
        self.tell(SlotSaved(ref=self.last(SaveSlot).ref))
        agent = self.engine.floor.get(login)
        assert agent is not None
        assert agent.slot is not None
        self.tell(AgentLoggedIn(slot=agent.slot, channel=f"Local/{login}"))
        return agent.slot

    def answers_claim(self, *, found: int | None = None, only: str | None = None) -> list[str]:
        """The hopper answers the last claim with new contacts; returns the attempts.

        `only`: the last of them was promised a call by this agent.
        """
        asked = self.last(ClaimContacts)
        claims = [self._claim() for _ in range(asked.count if found is None else found)]
        claims[-1:] = [replace(claim, agent=only) for claim in claims[-1:]]
        self.tell(Claimed(ref=asked.ref, campaign_id=1, claims=tuple(claims), next_due_at=None))
        return [claim.attempt for claim in claims]

    def _claim(self) -> Claim:
        self.contacts += 1
        return Claim(
            attempt=attempt_id(self.now.utc, self.random),
            campaign_id=1,
            contact_id=self.contacts,
            e164=f"+86210000{self.contacts:04}",
        )

    def reserves(self, attempt: str, *, ok: bool = True) -> None:
        """The switch answers the reservation of an attempt's agent."""
        refs = [e.ref for e in self.wanted(PauseMember) if e.ref.endswith(attempt)]
        self.tell(ActionDone(ref=refs[-1], ok=ok))

    def judges(self, attempt: str, verdict: Verdict = YES) -> None:
        """The second judgement of an attempt."""
        assert any(e.attempt == attempt for e in self.wanted(MarkSent))
        self.tell(SentJudged(attempt=attempt, verdict=verdict))

    def places(self) -> str:
        """One agent ready, one call placed; returns the attempt."""
        self.passes(7)
        (attempt,) = self.answers_claim(found=1)
        self.reserves(attempt)
        self.judges(attempt)
        assert self.last(Originate).attempt == attempt
        return attempt

    def disposes(
        self,
        login: str,
        word: Disposition = Disposition.SUCCESS,
        *,
        attempt: str | None = None,
    ) -> None:
        """The agent says what came of the call (at hand, or of that attempt)."""
        self.tell(Dispose(ref="command:word", agent=login, attempt=attempt, disposition=word))

    def with_campaign(self, **changes: object) -> Stage:
        """The same stage with another setting of the campaign."""
        self.campaign = replace(self.campaign, **changes)  # type: ignore[arg-type]  # its fields
        return self


def state_of(stage: Stage, login: str = "1001") -> State:
    """What an agent is doing, as far as the engine knows."""
    agent = stage.engine.floor.get(login)
    assert agent is not None
    return agent.state
