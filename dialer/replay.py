"""A recorded AMI stream through the production engine, in virtual time.

Owns: the clock, which is the recording's, the ticks between its messages, and the answers of
what is not there: the hopper (the recorded attempts, none before its time), the second judgement
(yes), the switch (as recorded, else ok). Nothing is dialed and nothing is written. The same
recording gives the same decisions. Must not know files or the terminal.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from asterisk.perform import NO_MEMBER
from campaigns.judge import Code, Verdict
from dialer.effects import (
    AmendAttempt,
    AnswerAsk,
    ClaimContacts,
    ClosePlace,
    Connect,
    Effect,
    EndAttempt,
    EnterAct,
    Found,
    HangUp,
    JoinQueues,
    JudgeAnew,
    KeepAnswer,
    KeepPlace,
    LeaveQueues,
    LetHear,
    Load,
    MarkSent,
    NoteProgress,
    Originate,
    PauseMember,
    PlayTone,
    PlayUnserved,
    RecordTalk,
    ReleaseClaim,
    Reply,
    ReplyCode,
    RingSupervisor,
    SavePacing,
    SaveSlot,
    SetPenalties,
    Stopped,
    StoreEffect,
    Survey,
)
from dialer.engine import Engine, EnginePolicy
from dialer.key_words import BY_KEYPAD
from dialer.keypad import DEFAULT_KEYS
from dialer.messages import (
    AgentRecord,
    Amended,
    CampaignRecord,
    Claim,
    Claimed,
    Loaded,
    Message,
    Now,
    SentJudged,
    SlotSaved,
    Tick,
    Unfinished,
    WordAnswered,
)
from dialer.queue_effects import NoteInboundCall, NoteQueueCall, NoteQueueTalk, SaveSpells
from dialer.replay_agreement import Agreement, Decision, DecisionKind
from dialer.replay_record import Record, RecordedCall
from dialer.switch_events import ActionDone, LinkDown, LinkUp, SwitchSurveyed
from routing.inbound import InboundRoutes
from supervisor.statistics import Statistics

TICK_S = 0.1
IDLE_TICK_S = 30.0
"""Between two messages when no clock of the engine runs: nothing can fall due in between."""

LONGEST_GAP_S = 86_400.0
"""A longer silence is a wrong time stamp, or two recordings in one file: it is leapt over."""

TOO_LATE_S = 1.0
"""An attempt that the engine has not claimed so long after it was dialed is not dialed."""


class Replay:
    """One engine under a recording. `decided` is told of each decision as it is made."""

    def __init__(
        self,
        record: Record,
        decided: Callable[[Decision], None],
        idle_tick_s: float = IDLE_TICK_S,
    ) -> None:
        self._record = record
        self._idle_tick_s = idle_tick_s
        self._decided = decided
        site = record.site
        self.statistics = Statistics(ZoneInfo(site.zone), site.thresholds_s)
        policy = EnginePolicy(
            slots=site.slots, routes=InboundRoutes(default=""), keypad=DEFAULT_KEYS
        )
        self.engine = Engine(policy, self.statistics)
        self.agreement = Agreement()
        self.outcomes: Counter[str] = Counter()
        self.decisions: Counter[DecisionKind] = Counter()
        self.not_claimed = 0
        self._campaigns, self._agents = dict(record.campaigns), dict(record.agents)
        calls = sorted(record.calls.values(), key=lambda call: (call.due_at, call.placed_at))
        self._calls: deque[RecordedCall] = deque(calls)
        self._offered: dict[int, list[RecordedCall]] = {}
        self._refused = deque(record.refused)
        self._seeds = record.starts_up and record.noted
        self._at = self._began_at = 0.0
        self._ticked_at = 0.0

    # ── time ─────────────────────────────────────────────────────────────────────────────

    @property
    def now(self) -> Now:
        """The virtual time."""
        utc = datetime.fromtimestamp(self._at, UTC)
        return Now(utc=utc, mono=self._at - self._began_at)

    def begin(self, at: float) -> None:
        """Time begins; the engine is told that no earlier run has left anything."""
        self._at = self._began_at = self._ticked_at = at
        self.handle(Unfinished(attempts=()))
        self.load()

    def advance(self, to: float) -> None:
        """Let time pass until `to`, with a tick wherever one may decide something."""
        if to - self._at > LONGEST_GAP_S:
            self._ticked_at = self._at = to - IDLE_TICK_S
        while True:
            due_at = self._calls[0].due_at if self._calls else to
            if self._ticked_at + TICK_S > to and due_at >= to:
                break
            tick_at = self._ticked_at + (TICK_S if self._clocks_run() else self._idle_tick_s)
            if min(tick_at, due_at) > to:
                break
            self._tick(max(min(tick_at, due_at), self._at))
        self._at = max(self._at, to)
        self.agreement.settle(self._at)

    def tick(self) -> None:
        """Look at every clock now."""
        self._tick(self._at)

    def _tick(self, at: float) -> None:
        self._at = self._ticked_at = at
        self._offer()
        self.handle(Tick())

    def _clocks_run(self) -> bool:
        """Whether something may fall due by time alone."""
        engine = self.engine
        return (
            engine.stopping
            or bool(self._refused)
            or any(self._offered.values())
            or any(call.due_mono is not None for call in engine.board)
            or any(agent.due_mono is not None for agent in engine.floor)
        )

    def link_up(self, version: str) -> None:
        """The engine has logged in to the switch."""
        self._seeds = self._seeds or not self._record.surveyed
        self.handle(LinkUp(version=version))

    # ── the engine and what surrounds it ─────────────────────────────────────────────────

    def handle(self, message: Message) -> None:
        """Hand the engine a message, and the answers to all that follows from it."""
        inbox: deque[Message] = deque([message])
        while inbox:
            for effect in self.engine.handle(inbox.popleft(), self.now):
                answer = self._perform(effect)
                if answer is not None:
                    inbox.append(answer)

    def _perform(self, effect: Effect) -> Message | None:  # noqa: PLR0911  one line an effect
        match effect:
            case Originate() | Connect() | HangUp() | PlayUnserved() | JoinQueues() | LeaveQueues():
                self._decide(*_decided_on_switch(effect))
                return None
            case PauseMember():
                return self._pause(effect)
            case Survey():
                return self._survey()
            case Reply() if effect.ref.startswith(BY_KEYPAD):
                return WordAnswered(ref=effect.ref, code=effect.code)
            case AnswerAsk() | Reply() | Found() | PlayTone() | SetPenalties() | Stopped():
                return None
            case RingSupervisor() | LetHear() | RecordTalk():  # nobody listens to the past
                return None
            case _:
                return self._in_books(effect)

    def _in_books(self, effect: StoreEffect) -> Message | None:  # noqa: C901, PLR0911  one line an effect
        match effect:
            case ClaimContacts():
                return self._claim(effect)
            case MarkSent():
                return self._judge(effect)
            case ReleaseClaim():
                self._give_back(effect.attempt)
                return None
            case EndAttempt():
                self._end(effect)
                if effect.reply.startswith(BY_KEYPAD):
                    return WordAnswered(ref=effect.reply, code=ReplyCode.OK)
                return None
            case AmendAttempt():
                return Amended(attempt=effect.attempt, disposition=effect.disposition)
            case SaveSlot():
                if effect.slot is not None:
                    self._decide(DecisionKind.SEAT, effect.agent, effect.slot)
                return SlotSaved(ref=effect.ref)
            case (
                NoteProgress()
                | SavePacing()
                | Load()
                | JudgeAnew()
                | KeepPlace()
                | ClosePlace()
                | KeepAnswer()
                | EnterAct()
            ):
                return None
            case NoteInboundCall() | NoteQueueCall() | NoteQueueTalk() | SaveSpells():
                return None
            case _:
                assert_never(effect)

    def _decide(self, kind: DecisionKind, subject: str, detail: str = "") -> None:
        decision = Decision(at=self._at, kind=kind, subject=subject, detail=detail)
        self.decisions[kind] += 1
        self._decided(decision)
        on_switch = kind not in {DecisionKind.OUTCOME, DecisionKind.SEAT}
        if on_switch and isinstance(self.engine.link, LinkDown):
            # Without a link nothing was sent then either.
            return
        if kind is DecisionKind.OUTCOME and not self._record.ended(subject):
            return
        self.agreement.now(decision)

    def _pause(self, effect: PauseMember) -> ActionDone | None:
        reason = effect.reason or ""
        self._decide(DecisionKind.PAUSE, effect.slot, reason)
        while self._refused and self._refused[0][0] < self._at - TOO_LATE_S:
            self._refused.popleft()
        refused = [
            one
            for one in self._refused
            if one[1:3] == (effect.slot, reason) and one[0] < self._at + TOO_LATE_S
        ]
        if refused:
            self._refused.remove(refused[0])
        if not effect.ref:
            return None
        if isinstance(self.engine.link, LinkDown):
            return ActionDone(ref=effect.ref, ok=False, text=self.engine.link.reason)
        text = refused[0][3] if refused else ""
        unknown = text.lower().endswith(NO_MEMBER)
        return ActionDone(ref=effect.ref, ok=not refused, text=text, unknown=unknown)

    def _end(self, effect: EndAttempt) -> None:
        self.outcomes[effect.outcome.value] += 1
        self._decide(DecisionKind.OUTCOME, effect.attempt, effect.outcome.value)

    def _survey(self) -> SwitchSurveyed | None:
        """The recording's lists answer. Without one, who acts in it later sits there now.

        Only a new link is answered so: an audit of what nobody knows would end every call.
        """
        if not self._seeds:
            return None
        self._seeds = False
        seated = {slot: slot for slot in self._record.seated}
        return SwitchSurveyed(agents=seated, paused={}, calls={})

    # ── the hopper ───────────────────────────────────────────────────────────────────────

    def _offer(self) -> None:
        """Move what is due into the hopper; take out what was dialed without the engine."""
        while self._calls and self._calls[0].due_at <= self._at:
            call = self._calls.popleft()
            self._offered.setdefault(call.campaign_id, []).append(call)
        for campaign_id, calls in self._offered.items():
            late = [call for call in calls if call.placed_at + TOO_LATE_S < self._at]
            self.not_claimed += len(late)
            self._offered[campaign_id] = [call for call in calls if call not in late]

    def _claim(self, effect: ClaimContacts) -> Claimed:
        campaign_id = effect.campaign.id
        offered = self._offered.get(campaign_id, [])
        given, self._offered[campaign_id] = offered[: effect.count], offered[effect.count :]
        coming = next((call for call in self._calls if call.campaign_id == campaign_id), None)
        due_at = None if coming is None else coming.due_at
        due_at = self._at if self._offered[campaign_id] else due_at
        return Claimed(
            ref=effect.ref,
            campaign_id=campaign_id,
            claims=tuple(_claim_of(call) for call in given),
            next_due_at=None if due_at is None else datetime.fromtimestamp(due_at, UTC),
        )

    def _judge(self, effect: MarkSent) -> SentJudged | None:
        """What was dialed then may be dialed; what was claimed and never dialed was refused."""
        call = self._record.calls.get(effect.attempt)
        if call is not None and call.too_late:
            return None
        code = Code.YES if call is not None and call.placed else Code.CAMPAIGN_PAUSED
        return SentJudged(attempt=effect.attempt, verdict=Verdict(code=code))

    def judged_too_late(self, attempt: str) -> None:
        """The yes that came when nothing could be sent any more."""
        self.handle(SentJudged(attempt=attempt, verdict=Verdict(code=Code.YES)))

    def _give_back(self, attempt: str) -> None:
        call = self._record.calls.get(attempt)
        if call is not None:
            self._offered.setdefault(call.campaign_id, []).insert(0, call)

    # ── what is on file ──────────────────────────────────────────────────────────────────

    def load(
        self, *, campaign: CampaignRecord | None = None, agent: AgentRecord | None = None
    ) -> None:
        """Something on file has changed."""
        if campaign is not None:
            self._campaigns[campaign.campaign.id] = campaign
        if agent is not None:
            self._agents[agent.agent] = agent
        campaigns, agents = tuple(self._campaigns.values()), tuple(self._agents.values())
        self.handle(Loaded(campaigns=campaigns, agents=agents))


def _decided_on_switch(
    effect: Originate | Connect | HangUp | PlayUnserved | JoinQueues | LeaveQueues,
) -> tuple[DecisionKind, str, str]:
    match effect:
        case Originate():
            return DecisionKind.ORIGINATE, effect.attempt, f"{effect.slot} {effect.queue}"
        case Connect():
            return DecisionKind.CONNECT, effect.call, effect.slot
        case HangUp():
            return DecisionKind.HANG_UP, effect.call, ""
        case PlayUnserved():
            return DecisionKind.MESSAGE, effect.call, ""
        case JoinQueues():
            where = f"{effect.agent} {','.join(effect.queues)}"
            return DecisionKind.JOIN, effect.slot, where
        case LeaveQueues():
            return DecisionKind.LEAVE, effect.slot, ",".join(effect.queues)


def _claim_of(call: RecordedCall) -> Claim:
    return Claim(
        attempt=call.attempt,
        campaign_id=call.campaign_id,
        contact_id=call.contact_id,
        e164=call.number,
    )
