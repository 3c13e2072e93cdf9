"""The engine: one message in, the effects out.

Owns: all run-time state (through its parts: floor, desks, board) and the way of each message
to the part that it concerns. `handle` is a plain function of state, message and `now`: the
same code runs live, on a recorded stream, and in virtual time. Must not know how messages
arrive or effects are performed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import assert_never

from campaigns.judge import EngineFacts
from campaigns.outcomes import Disposition
from dialer.afterwork import Afterwork
from dialer.agents import State
from dialer.board import Board
from dialer.calling_back import CallingBack
from dialer.calls import BEFORE_NETWORK
from dialer.demand import Demand
from dialer.desks import Desk, Desks
from dialer.effects import (
    AnswerAsk,
    AuditFinding,
    Effect,
    Found,
    HangUp,
    Load,
    Reply,
    ReplyCode,
    SavePacing,
    Stopped,
)
from dialer.floor import Floor
from dialer.following import CallEvent, Following
from dialer.handing import Handing
from dialer.interventions import EAR, TAPE, Ids
from dialer.kept_places import KeptPlaces
from dialer.key_words import KeyWords
from dialer.late_words import LateWords
from dialer.letting_go import LettingGo
from dialer.listening import Listening
from dialer.messages import (
    ActEntered,
    Amended,
    AskNext,
    CallRated,
    Claimed,
    DialNow,
    Dispose,
    EndCall,
    EnterQueue,
    FinishWrapUp,
    InboundNoted,
    Intervention,
    ListenTo,
    Loaded,
    LoginAgent,
    LookAtQueue,
    Message,
    Now,
    PauseAgent,
    PlaceKept,
    Reconfigure,
    RecordAgent,
    Refresh,
    RouteInbound,
    SentJudged,
    SignOutAgent,
    SkipContact,
    SlotSaved,
    StopEngine,
    StopListening,
    StoreFailed,
    StoreHealth,
    Tick,
    Unfinished,
    WishCallBack,
    WordAnswered,
)
from dialer.on_record import OnRecord
from dialer.placing import Placing
from dialer.previewing import Previewing
from dialer.queue_desk import QueueDesk
from dialer.queue_effects import QueueEnd
from dialer.ratings import Ratings
from dialer.recent import Recent
from dialer.recovery import Recovery
from dialer.stepping_in import SteppingIn
from dialer.stopping import Stopping
from dialer.switch_events import (
    ActionDone,
    AgentLoggedIn,
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallDialEnded,
    CallHeld,
    CallHungUp,
    CallOriginated,
    CallRinging,
    CallScreenedOut,
    CallTransferred,
    CallUnserved,
    CallWaiting,
    KeyPressed,
    LinkDown,
    LinkUp,
    MessageLeft,
    NotHeard,
    OriginateUnsent,
    QueueAbandoned,
    QueueConnected,
    QueueExited,
    QueueJoined,
    QueueLeft,
    QueueOffered,
    QueueTalkEnded,
    QueueUnanswered,
    SupervisorThere,
    SwitchSurveyed,
)
from dialer.taping import Taping
from dialer.wall_clock import WallClock
from routing.inbound import InboundRoutes, choose_queue
from routing.skills import Need
from routing.turns import CallBackRules
from supervisor.statistics import Statistics

LOAD_EVERY_S = 15.0
"""How often campaigns, agents and the state of the lists are read again without being asked."""

SAVE_PACING_EVERY_S = 60.0
"""How often what the pacers have learned is kept."""

GONE_KEPT = 10_000
"""Channels that have hung up and are remembered, so that a late word revives none of them."""

QUEUE_ENDS: Mapping[str, QueueEnd] = {
    "TIMEOUT": QueueEnd.TIMEOUT,
    "JOINEMPTY": QueueEnd.EMPTY,
    "LEAVEEMPTY": QueueEnd.EMPTY,
    "JOINUNAVAIL": QueueEnd.EMPTY,
    "LEAVEUNAVAIL": QueueEnd.EMPTY,
    "WITHDRAW": QueueEnd.WITHDRAWN,
}
"""What app_queue says when it lets a caller go on; any other word of it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePolicy:
    """What the operator set, as the engine needs it.

    `slots`: names of agents.conf. `needs`: what each queue asks of its agents. `keypad`: which
    keys mean which disposition; none: keys mean nothing. `call_backs`: who is called back instead
    of waiting. `country`: of callers' numbers that show none. `supervisor_dial`: how a
    supervisor's phone is called, by its extension `{number}`.
    """

    slots: tuple[str, ...]
    routes: InboundRoutes
    inbound_wrap_up_s: float = 10.0
    needs: tuple[Need, ...] = ()
    keypad: Mapping[str, Disposition] = field(default_factory=dict)
    call_backs: CallBackRules = field(default_factory=CallBackRules)
    country: str = "CN"
    supervisor_dial: str = "PJSIP/{number}"


class Engine:
    """The dialer's and router's mind."""

    def __init__(self, policy: EnginePolicy, statistics: Statistics) -> None:
        self._policy = policy
        self.statistics = statistics
        self.desks = Desks()
        self.floor = Floor(policy.slots, statistics, policy.inbound_wrap_up_s, policy.needs)
        self.board = Board(self.floor, self.desks, statistics)
        self.late_words = LateWords()
        self.queue_desk = QueueDesk(self.floor, statistics)
        self._afterwork = Afterwork(self.board, self.late_words)
        self._key_words = KeyWords(self.board, self._afterwork, policy.keypad)
        self._following = Following(self.board, self._afterwork)
        self._placing = Placing(self.board)
        self._demand = Demand(self.board, self._placing)
        self._handing = Handing(self.board)
        self.kept_places = KeptPlaces(self.board, policy.call_backs)
        self._calling_back = CallingBack(self.board, self._placing, self.kept_places)
        self.ratings = Ratings()
        self._letting_go = LettingGo(self.floor)
        ids = Ids()
        self.listening = Listening(self.floor, ids, lambda: self._policy.supervisor_dial)
        self.taping = Taping(self.floor, ids)
        self._stepping_in = SteppingIn(self.board, self._following, statistics)
        self._previewing = Previewing(self.board, self._placing)
        self._recovery = Recovery(self.board, self._following, self.late_words)
        self._load_at_mono: float | None = None
        self._save_pacing_at_mono: float | None = None
        self._stopping = Stopping(self.board, self._placing, self._following, self._afterwork)
        self._gone = Recent(GONE_KEPT)
        self._on_record = OnRecord(self.board, policy.country, self._gone)
        self._wall_clock = WallClock()
        self.link: LinkUp | LinkDown = LinkDown(reason="not connected yet")
        self.link_since: Now | None = None
        self.store = StoreHealth(ok=True)

    @property
    def stopping(self) -> bool:
        """Whether the engine has been told to stop."""
        return self._stopping.asked

    # ── the way of a message ─────────────────────────────────────────────────────────────

    def handle(self, message: Message, now: Now) -> list[Effect]:
        """Take one message; return what is to be done because of it."""
        effects = self._handle(message, now)
        if self._placing.link_ready:
            effects += self._handing.serve(now)
            effects = self._calling_back.serve(effects, now)
        effects += self._calling_back.follow(effects, now)
        effects += self._previewing.answers(now)
        effects += self._stepping_in.follow()
        effects += self.listening.follow() + self.taping.follow()
        effects += self._on_record.handled(message, now)
        if self._stopping.asked:
            effects += self._farewell(now)
        return effects

    def _handle(self, message: Message, now: Now) -> list[Effect]:  # noqa: C901, PLR0911, PLR0912, PLR0915  one line a message
        match message:
            case Tick():
                return self._tick(now)
            case (
                CallRinging()
                | CallAnswered()
                | CallOriginated()
                | CallDialEnded()
                | CallBridged()
                | CallWaiting()
                | CallScreenedOut()
                | CallUnserved()
                | CallHungUp()
            ):
                return self._call_event(message, now)
            case OriginateUnsent():
                return self._placing.unsent(message, now)
            case AgentLoggedIn():
                self._recovery.heard(message)
                if self.floor.is_stranger(message.slot, message.channel, now):
                    return [HangUp(call=message.channel)]
                return self.floor.logs_in(message.slot, message.channel, now)
            case AgentLoggedOut():
                self._recovery.heard(message)
                return self._agent_left(message.slot, now)
            case KeyPressed():
                ends = self._letting_go.pressed(message, now)
                return ends + self._key_words.pressed(message, now)
            case QueueJoined() | QueueConnected() | QueueAbandoned() | QueueLeft() | QueueExited():
                return self._queue_event(message, now)
            case QueueOffered() | QueueUnanswered():
                return []  # for the screen alone
            case InboundNoted() | CallTransferred() | CallHeld():
                return []  # for the record alone
            case QueueTalkEnded():
                # The caller may go on: to a survey, or to somebody else.
                return self.floor.inbound_over(message.call, now)
            case MessageLeft():
                return self.kept_places.message_left(message, now)
            case CallRated():
                return self.ratings.rated(message, now)
            case ActionDone():
                back = self.floor.queue_members.pause_answered(message, now)
                self._previewing.reserved(message, now)
                back += self.queue_desk.told(message)
                return back + self._placing.reserved(message, now)
            case LinkUp() | LinkDown():
                return self._link_changed(message, now)
            case SwitchSurveyed():
                return self._surveyed(message, now)
            case RouteInbound():
                queue = choose_queue(self._policy.routes, message.dialed)
                return [AnswerAsk(ask=message.ask, variables={"WAIHU_QUEUE": queue})]
            case LoginAgent():
                return self._ask_login(message, now)
            case EnterQueue():
                return self.queue_desk.enter(message, now)
            case LookAtQueue():
                return self.queue_desk.look(message, now)
            case WishCallBack():
                gone = message.call in self._gone
                return self.kept_places.wish(message, now, is_gone=gone)
            case PlaceKept():
                return self.kept_places.written(message, now)
            case ActEntered():
                entered = self.listening.entered(message.ref, now)
                return entered + self.taping.entered(message.ref, now)
            case SupervisorThere():
                return self.listening.there(message)
            case NotHeard():
                return self.listening.not_heard(message, now) + self.taping.not_heard(message)
            case Claimed():
                self._calling_back.claimed(message, now)
                begun = self._placing.claimed(message, now)
                return begun + self._previewing.claimed(message, now)
            case SentJudged():
                self._previewing.judged(message)
                return self._placing.judged(message, now)
            case SlotSaved():
                return self.floor.slot_saved(message)
            case StoreFailed():
                self._wall_clock.store_failed(message, now)
                return self._store_failed(message, now)
            case StoreHealth():
                self.store = message
                self._placing.store_ok = message.ok
                return []
            case Loaded():
                return self._loaded(message, now)
            case Unfinished():
                self._recovery.left_open(message)
                return self._recovery.begin(now) if isinstance(self.link, LinkUp) else []
            case Amended():
                self._afterwork.amended(message, now)
                return []
            case Refresh():
                return [Load(ref=message.ref)]
            case PauseAgent():
                return self._stepping_in.pause(message, now)
            case SignOutAgent() | ListenTo() | StopListening() | RecordAgent() | EndCall():
                return self._intervene(message, now)
            case FinishWrapUp():
                return self._finish_wrap_up(message, now)
            case AskNext():
                return self._previewing.ask(message, now)
            case DialNow():
                return self._previewing.dial(message, now)
            case SkipContact():
                return self._previewing.skip(message, now)
            case Dispose():
                return self._afterwork.dispose(message, now)
            case Reconfigure():
                return self._reconfigure(message, now)
            case StopEngine():
                return self._stopping.stop(message, now)
            case WordAnswered():
                return self._key_words.answered(message, now)
            case _:
                assert_never(message)

    def _tick(self, now: Now) -> list[Effect]:
        effects = self._wall_clock.tick(now)
        effects += self._afterwork.tick(now) + self._key_words.tick(now)
        if isinstance(self.link, LinkUp):
            effects += self._recovery.tick(now)
        if self._placing.link_ready:
            # Without a link no clock says anything of a call: the next survey does.
            effects += self._following.tick(now)
            effects += self.floor.queue_members.pause_again(now)
        effects += self.floor.tick(now) + self.queue_desk.over(now)
        effects += self._previewing.tick(now)
        effects += self.listening.tick(now) + self.taping.tick(now)
        effects += self._stopping.tick(now) + self._placing.tick(now)
        if self._placing.link_ready:
            # Before any campaign: who is to be called back is a caller, and these come first.
            effects = self._calling_back.tick(effects, now)
        effects += self._demand.tick(now)
        return effects + self._look_at_lists(now) + self._keep_pacing(now)

    def _store_failed(self, failure: StoreFailed, now: Now) -> list[Effect]:
        """Where it is a command's `ref`, its operator waits; others have no such reply."""
        told = Reply(ref=failure.ref, code=ReplyCode.STORE_FAILED)
        self._previewing.store_failed(failure)
        self._calling_back.store_failed(failure)
        effects = self.floor.slot_refused(failure) + self.kept_places.store_failed(failure)
        effects += self.listening.not_entered(failure.ref) + self.taping.not_entered(failure.ref)
        return [*effects, *self._placing.store_failed(failure, now), told]

    def _look_at_lists(self, now: Now) -> list[Effect]:
        """Count the lists anew now and then: between, only our own claims are subtracted."""
        if self._load_at_mono is None:
            self._load_at_mono = now.mono + LOAD_EVERY_S
        if now.mono < self._load_at_mono:
            return []
        self._load_at_mono = now.mono + LOAD_EVERY_S
        return [Load()]

    def _keep_pacing(self, now: Now) -> list[Effect]:
        if self._save_pacing_at_mono is None:
            self._save_pacing_at_mono = now.mono + SAVE_PACING_EVERY_S
        if now.mono < self._save_pacing_at_mono:
            return []
        self._save_pacing_at_mono = now.mono + SAVE_PACING_EVERY_S
        return self._pacing_memories()

    def _pacing_memories(self) -> list[Effect]:
        return [
            SavePacing(campaign_id=desk.campaign.id, memory=desk.pace.remembered())
            for desk in self.desks
            if desk.pace is not None
        ]

    # ── the switch ───────────────────────────────────────────────────────────────────────

    def _call_event(
        self,
        event: CallEvent,
        now: Now,
    ) -> list[Effect]:
        if event.call.startswith((EAR, TAPE)):
            return self._hearing(event, now)
        if isinstance(event, CallHungUp):
            self._recovery.heard(event)
            self._gone.add(event.call)
            self.statistics.call_gone(event.call, now=now)
            effects = self.kept_places.gone(event.call, now)
            # Who hangs up on the way into a queue never leaves it.
            effects += self.queue_desk.over(now, event.call)
            self.ratings.gone(event.call)
            effects += self._following.hear(event, now)
            return effects + self.floor.inbound_over(event.call, now)
        return self._following.hear(event, now)

    def _hearing(self, event: CallEvent, now: Now) -> list[Effect]:
        """What becomes of a channel that only hears."""
        match event:
            case CallOriginated():
                rings = self.listening.originated(event, now)
                return rings + self.taping.originated(event)
            case CallHungUp():
                return self.listening.gone(event.call, now) + self.taping.gone(event.call)
            case _:
                return []

    def _agent_left(self, slot: str, now: Now) -> list[Effect]:
        agent = self.floor.by_slot(slot)
        if agent is None or agent.state is State.AWAY:
            return []
        effects = self.floor.logs_out(slot, now)
        call = self.board.get(agent.attempt or "")
        if call is not None:
            effects += self._lose_agent(call.attempt, now)
        return effects

    def _ask_login(self, ask: LoginAgent, now: Now) -> list[Effect]:
        """Who calls while we cannot hear the switch is not there any more: it was started anew."""
        agent = self.floor.get(ask.agent)
        if not self.floor.blind or agent is None or agent.slot is None:
            return self.floor.ask_login(ask, now)
        # The same slot again: does somebody sit there after all, the switch lets nobody else in.
        return self._agent_left(agent.slot, now) + self.floor.ask_login(ask, now, agent.slot)

    def _lose_agent(self, attempt: str, now: Now) -> list[Effect]:
        call = self.board.get(attempt)
        if call is None:
            return []
        if call.state in BEFORE_NETWORK:
            return self._placing.withdraw(call, now)
        return self._following.agent_gone(call, now)

    def _queue_event(
        self,
        event: QueueJoined | QueueConnected | QueueAbandoned | QueueLeft | QueueExited,
        now: Now,
    ) -> list[Effect]:
        gone = event.call in self._gone
        match event:
            case QueueJoined() if gone:
                pass
            case QueueJoined():
                self._recovery.heard(event)
                self.statistics.queue_joined(
                    event.call, queue=event.queue, now=now, number=event.caller_number
                )
                self.kept_places.callers.joined(event, now)
            case QueueAbandoned():
                self.statistics.queue_abandoned(event.call, queue=event.queue, now=now)
                self.kept_places.callers.gives_up(event)
                if gone:
                    self.statistics.call_gone(event.call, now=now)
            case QueueLeft():
                self._recovery.heard(event)
                self.statistics.queue_left(event.call, queue=event.queue, now=now)
                self.kept_places.callers.left(event)
                return self.queue_desk.over(now, event.call)
            case QueueExited():
                self.kept_places.callers.goes_on(event)
                if how := QUEUE_ENDS.get(event.status):
                    self.statistics.queue_exited(event.call, queue=event.queue, how=how, now=now)
            case QueueConnected() if not gone:
                return self._queue_connected(event, now)
            case QueueConnected():
                self._count_connected(event, now)
        return []

    def _queue_connected(self, event: QueueConnected, now: Now) -> list[Effect]:
        self._recovery.heard(event)
        self._count_connected(event, now)
        self.ratings.connected(event)
        self._letting_go.connected(event)
        closed = self._calling_back.served(event, now)
        agent = self.floor.get(event.member)
        if agent is None:
            return closed
        kept_for = agent.attempt if agent.state is State.RESERVED else None
        effects = closed + self.floor.connect(event.member, now, inbound=event.call)
        return effects + (self._lose_agent(kept_for, now) if kept_for else [])

    def _count_connected(self, event: QueueConnected, now: Now) -> None:
        self.statistics.queue_connected(event.call, queue=event.queue, agent=event.member, now=now)

    def _link_changed(self, link: LinkUp | LinkDown, now: Now) -> list[Effect]:
        self.link, self.link_since = link, now
        self._placing.link_ready, self.floor.blind = False, True
        if isinstance(link, LinkUp):
            return self._recovery.begin(now)
        return self._placing.withdraw_all(now)

    def _surveyed(self, survey: SwitchSurveyed, now: Now) -> list[Effect]:
        if not isinstance(self.link, LinkUp):
            return []  # of a switch that we have lost since: the next link brings its own
        heard, silent = self._recovery.calls_heard, not self._recovery.auditing
        effects = self.kept_places.surveyed(survey, heard, now, after_silence=silent)
        effects += self._recovery.surveyed(survey, now) + self._dialplan_seen(survey)
        effects += self.listening.surveyed(survey, now, after_silence=silent)
        effects += self.taping.surveyed(survey, now)
        self.floor.blind = False
        for call in self.board:
            agent = self.floor.get(call.agent)
            if agent is not None and (agent.state is State.AWAY or agent.inbound is not None):
                effects += self._lose_agent(call.attempt, now)
        self._placing.link_ready = self._recovery.settled and isinstance(self.link, LinkUp)
        return effects

    def _dialplan_seen(self, survey: SwitchSurveyed) -> list[Effect]:
        """Say it once where a predictive campaign would have nobody who takes its calls."""
        news = survey.lacking - self._placing.lacking
        self._placing.lacking = survey.lacking
        if not news or not any(self._placing.dialplan_lacks(desk) for desk in self.desks):
            return []
        contexts = tuple(sorted(survey.lacking))
        return [Found(finding=AuditFinding.DIALPLAN_LACKS, contexts=contexts)]

    # ── operators ────────────────────────────────────────────────────────────────────────

    def _loaded(self, loaded: Loaded, now: Now) -> list[Effect]:
        self.desks.load(loaded.campaigns, {call.campaign_id for call in self.board})
        self.late_words.loaded(loaded.undisposed)
        effects = self.floor.load(loaded.agents, now)
        effects += self._previewing.loaded(now)
        effects += self.kept_places.loaded(loaded.places, now)
        if loaded.places is not None:
            self._calling_back.loaded()
        if loaded.ref:
            effects.append(Reply(ref=loaded.ref, code=ReplyCode.OK))
        return effects

    def _intervene(self, command: Intervention, now: Now) -> list[Effect]:
        """What supervisors do needs the switch: nothing is promised while it cannot be told."""
        if not isinstance(self.link, LinkUp):
            return [Reply(ref=command.ref, code=ReplyCode.LINK_DOWN)]
        match command:
            case SignOutAgent():
                return self._stepping_in.sign_out(command, now)
            case EndCall():
                return self._stepping_in.end_call(command, now)
            case ListenTo():
                return self.listening.listen(command, now)
            case StopListening():
                return self.listening.stop(command)
            case RecordAgent():
                return self.taping.record(command, now)

    def _finish_wrap_up(self, command: FinishWrapUp, now: Now) -> list[Effect]:
        """Who owes a word for a call of ours is done by giving it, and not before."""
        agent = self.floor.get(command.agent)
        if agent is None:
            return [Reply(ref=command.ref, code=ReplyCode.UNKNOWN_AGENT)]
        if agent.state is State.WRAP_UP and agent.attempt is not None:
            return [Reply(ref=command.ref, code=ReplyCode.WORD_OWED)]
        done = self.floor.finish(agent.agent, now) if agent.state is State.WRAP_UP else []
        return [*done, Reply(ref=command.ref, code=ReplyCode.OK)]

    def _reconfigure(self, command: Reconfigure, now: Now) -> list[Effect]:
        self._policy = replace(self._policy, routes=command.routes, needs=command.needs)
        self.statistics.set_thresholds(command.thresholds_s)
        self.statistics.set_short_abandons(command.short_abandons_s)
        self._on_record.read_numbers_of(command.country)
        if command.supervisor_dial:
            dial = command.supervisor_dial
            self._policy = replace(self._policy, supervisor_dial=dial)
        if command.call_backs is not None:
            self.kept_places.rules = command.call_backs
        effects = self.floor.take_needs(command.needs, now)
        return [*effects, Reply(ref=command.ref, code=ReplyCode.OK)]

    # ── stopping ─────────────────────────────────────────────────────────────────────────

    def _farewell(self, now: Now) -> list[Effect]:
        """What the engine leaves behind, once all is done."""
        if not self._stopping.ends(now):
            return []
        parting = [*self._pacing_memories(), *self._on_record.farewell(now)]
        return [*parting, *self.floor.queue_members.farewell(), Stopped()]

    # ── what others may know ─────────────────────────────────────────────────────────────

    def facts(self, desk: Desk, now: Now) -> EngineFacts:
        """What `waihu why` is told of the engine, for one campaign."""
        campaign = desk.campaign
        alive = self.board.alive(campaign.id)
        left_s = desk.broken_until_mono - now.mono
        return EngineFacts(
            link_up=isinstance(self.link, LinkUp),
            stopping=self.stopping,
            store_ok=self.store.ok,
            agents_logged_in=self.floor.logged_in(campaign.queue),
            agents_free=len(self.floor.free(campaign.queue)),
            calls_in_flight=alive,
            max_calls_reached=alive >= campaign.max_calls,
            breaker_until=now.utc + timedelta(seconds=left_s) if left_s > 0 else None,
            dialplan_lacks=self._placing.dialplan_lacks(desk),
        )

    @property
    def idle(self) -> bool:
        """Whether no call lives and no claim is under way."""
        return self._stopping.idle
