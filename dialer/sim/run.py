"""One run: the production engine, and around it the virtual list, switch and people.

Owns: how they hang together, the ticks, and when it is over. Nothing is real but the engine.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from campaigns.campaign import Mode
from campaigns.hours import Hours, is_open, next_open, open_until
from dialer.calls import CallState
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
    Survey,
)
from dialer.engine import Engine, EnginePolicy
from dialer.messages import (
    AgentRecord,
    Claimed,
    Loaded,
    Message,
    SentJudged,
    SlotSaved,
    Tick,
    Unfinished,
)
from dialer.queue_effects import NoteInboundCall, NoteQueueCall, NoteQueueTalk, SaveSpells
from dialer.sim.agents import AgentPeople
from dialer.sim.callers import QUEUE, Callers
from dialer.sim.clock import FIRST_MONO, VirtualTime
from dialer.sim.people import Lots, PeopledSwitch
from dialer.sim.plan import INBOUND_WRAP_UP_S, Plan, shift_of
from dialer.sim.shelf import Shelf
from dialer.sim.tally import Tally
from dialer.switch_events import LinkUp
from routing.inbound import InboundRoutes
from supervisor.statistics import Statistics

if TYPE_CHECKING:
    from random import Random

TICK_S = 0.1
PACED_TICK_S = 1.0
PACED_BEYOND = timedelta(minutes=10)
"""The ticks of a predictive campaign in a longer run: to weigh its calls costs more than all else,
and most ticks change little."""

QUIET_S, DRY_S = 1.0, 600.0
"""Where the last tick did nothing the next may wait so long; longer while the list is dry."""

STORE_S = 0.005
"""A claim, and a second judgement, is committed after this."""

COMES_BEFORE_S = 8.0
"""Agents log in so long before the window opens: they are ready when it does."""

COURSE_EVERY_S = 600.0
FIRST_SLOT = 7001
FIRST_LOGIN = 1001


@dataclass(slots=True)
class Shift:
    """Agents who come and go together."""

    hours: Hours
    logins: list[str]
    at_work: bool = False
    never_again: bool = False


class Run:
    """A plan worked off by `agents` agents, until its end or until the list is done.

    Its start is when the agents are first at work; it must be in an open window, or the work
    begins with the next.
    """

    def __init__(self, plan: Plan, agents: int, random: Random) -> None:
        campaign, start, ends = plan.campaign, plan.start, plan.ends
        self._foresees = campaign.mode is Mode.PREDICTIVE
        is_long = self._foresees and ends - start > PACED_BEYOND
        self._tick_s = PACED_TICK_S if is_long else TICK_S
        self._began = start - timedelta(seconds=COMES_BEFORE_S)
        self.time = VirtualTime(self._began)
        self._ends_t = self.time.seconds_to(ends)
        lots = Lots(plan.model, random)
        self.shelf = Shelf(campaign, plan.cases, start, plan.answered)
        self.tally = Tally()
        self.switch = PeopledSwitch(self.time, self.tell, lots, self.shelf.tries_of)
        self.switch.on_placed = self.tally.call_placed
        self.switch.on_gone = self.tally.call_gone
        self.switch.on_caller_gone = self.tally.caller_gone
        logins = [str(FIRST_LOGIN + n) for n in range(agents)]
        queues = (campaign.queue,) if plan.inbound is None else (campaign.queue, QUEUE)
        self._records = tuple(
            AgentRecord(agent=login, name=login, queues=queues) for login in logins
        )
        shifts = plan.attendance.shifts or ((),)
        self._shifts = [
            Shift(shift_of(campaign, windows), logins[n :: len(shifts)])
            for n, windows in enumerate(shifts)
        ]
        slots = tuple(str(FIRST_SLOT + n) for n in range(agents))
        policy = EnginePolicy(
            slots=slots,
            routes=InboundRoutes(default=campaign.queue),
            inbound_wrap_up_s=INBOUND_WRAP_UP_S,
        )
        self.engine = Engine(policy, Statistics(campaign.zone))
        self._people = AgentPeople(self, campaign, plan.attendance, lots)
        self._callers = None
        if plan.inbound is not None:
            chance = lots.chance("callers")
            self._callers = Callers(self.time, self.tell, self.switch, plan.inbound, chance)
        self._inbox: deque[Message] = deque()
        self._busy = False
        self._tick_t = math.inf
        self.called_t: float | None = None
        self.done_t: float | None = None
        self.on_effect: Callable[[Effect], None] = lambda _: None

    # ── the course of it ─────────────────────────────────────────────────────────────────

    def go(self, progressed: Callable[[float], None] = lambda _: None) -> None:
        """Let it run to its end; `progressed` is told now and then at what second it is."""
        self.begin()
        self._sample(progressed)
        while not self._is_over and (happening := self.time.next_before(self._ends_t)):
            happening()
        if self.done_t is None:
            self.time.t = max(self.time.t, self._ends_t)
        self.tally.duty_ends(self.time.t)
        self.tally.course.append((self.time.t, self.shelf.open))

    def begin(self) -> None:
        """Start the engine and plan the shifts; from here on `time` says what happens next."""
        self.tell(Unfinished(attempts=()))
        self._load("")
        self.tell(LinkUp(version="virtual"))
        for shift in self._shifts:
            self._plan_shift(shift, self.time.now.utc + timedelta(seconds=COMES_BEFORE_S))

    def at(self, t: float) -> datetime:
        """The instant that the clock of the run shows at second `t`."""
        return self._began + timedelta(seconds=t)

    @property
    def _is_over(self) -> bool:
        return self.done_t is not None

    def _sample(self, progressed: Callable[[float], None]) -> None:
        if self._at_work or not self.tally.course:
            self.tally.course.append((self.time.t, self.shelf.open))
        progressed(self.time.t)
        self.time.after(COURSE_EVERY_S, lambda: self._sample(progressed))

    # ── shifts ───────────────────────────────────────────────────────────────────────────

    @property
    def _at_work(self) -> bool:
        return any(shift.at_work for shift in self._shifts)

    def _plan_shift(self, shift: Shift, since: datetime) -> None:
        opens = next_open(shift.hours, since)
        if opens is None:
            shift.never_again = True
            if all(one.never_again for one in self._shifts):
                self.done_t = self.time.t
            return
        opens_t = self.time.seconds_to(opens)
        self.time.at(opens_t - COMES_BEFORE_S, lambda: self._people.come(shift.logins))
        self.time.at(opens_t, lambda: self._shift_begins(shift))

    def _shift_begins(self, shift: Shift) -> None:
        now = self.time.now.utc
        closes = open_until(shift.hours, now + timedelta(milliseconds=1))
        shift.at_work = True
        self.tally.duty_begins(self.time.t)
        self._people.window_opens()
        if self._callers is not None:
            self._callers.opens()
        self._plan_tick(self.time.t)
        if closes is not None:
            self.time.at(self.time.seconds_to(closes), lambda: self._shift_ends(shift))

    def _shift_ends(self, shift: Shift) -> None:
        now = self.time.now.utc
        if is_open(shift.hours, now):
            self._shift_begins(shift)
            return
        shift.at_work = False
        if not self._at_work:
            self.tally.duty_ends(self.time.t)
            self.tally.course.append((self.time.t, self.shelf.open))
            if self._callers is not None:
                self._callers.closes()
        self._people.leave(shift.logins)
        self._plan_shift(shift, now)

    # ── messages ─────────────────────────────────────────────────────────────────────────

    def tell(self, message: Message) -> None:
        """One message for the engine, and the effects performed, in the order of the inbox."""
        self._inbox.append(message)
        if not self._busy:
            self._drain()
            self._plan_tick(self.time.t)

    def _drain(self) -> bool:
        """Hand over what is in the inbox, and what comes of it; whether anything did."""
        self._busy, acted = True, False
        engine, inbox, now = self.engine, self._inbox, self.time.now
        while inbox:
            for effect in engine.handle(inbox.popleft(), now):
                acted = True
                self._perform(effect)
            for agent in engine.floor.take_changed():
                self.tally.agent_is(agent, self.time.t)
                self._people.sees(agent)
        self._busy = False
        if self._callers is not None:
            self._callers.offer()
        return acted

    def _plan_tick(self, at: float) -> None:
        """Tick at the first instant of the grid after `at`, or before."""
        if at == math.inf:
            return
        tick_s = self._tick_s
        on_grid = math.floor(max(at, self.time.t) / tick_s + 1 + 1e-6) * tick_s
        if on_grid < self._tick_t:
            self._tick_t = on_grid
            self.time.at(on_grid, lambda: self._tick(on_grid))

    def _tick(self, planned: float) -> None:
        if planned != self._tick_t:
            return  # an earlier one came in between
        self._tick_t = math.inf
        self._inbox.append(Tick())
        acted = self._drain()
        self._plan_tick(self.time.t if acted else self._quiet_until())

    def _quiet_until(self) -> float:
        """A tick that had no effects would have none again, if nothing is heard, until then."""
        engine, t, now = self.engine, self.time.t, self.time.now
        due_at = self.shelf.next_due_at(now.utc)
        is_dry = due_at is None or due_at > now.utc
        if (self._foresees and not is_dry) or engine.board.in_state(CallState.WAITING):
            return t
        if not self._at_work and not len(engine.board) and self.engine.floor.all_away:
            return math.inf  # until the next shift comes
        rings_mono = min(engine.board.quiet_until_mono, engine.floor.quiet_until_mono)
        dues = [rings_mono - FIRST_MONO, t + (DRY_S if is_dry else QUIET_S)]
        if due_at is not None:
            dues.append(max(self.time.seconds_to(due_at), t + QUIET_S))
        return min(dues) - self._tick_s

    # ── effects ──────────────────────────────────────────────────────────────────────────

    def _perform(self, effect: Effect) -> None:  # noqa: C901, PLR0912  one line an effect
        self.on_effect(effect)
        match effect:
            case (
                Originate()
                | Connect()
                | HangUp()
                | PlayUnserved()
                | PlayTone()
                | RingSupervisor()
                | LetHear()
                | RecordTalk()
                | PauseMember()
                | JoinQueues()
                | LeaveQueues()
                | SetPenalties()
                | Survey()
            ):
                answer = self.switch.perform(effect)
                if answer is not None:
                    self._inbox.append(answer)
            case ClaimContacts():
                self.time.after(STORE_S, lambda: self._claim(effect))
            case MarkSent():
                self.time.after(STORE_S, lambda: self._mark_sent(effect))
            case ReleaseClaim():
                self.shelf.free(effect.attempt, self.time.now.utc)
            case EndAttempt():
                self._end(effect)
            case SaveSlot():
                self._inbox.append(SlotSaved(ref=effect.ref))
            case Load():
                self._load(effect.ref)
            case AnswerAsk():
                self._people.let_in(effect.ask, effect.variables)
            case Reply():
                self._people.answered(effect)
            case NoteProgress() | SavePacing() | JudgeAnew() | Found() | Stopped() | EnterAct():
                pass
            case NoteInboundCall() | NoteQueueCall() | NoteQueueTalk() | SaveSpells():
                pass
            case KeepPlace() | ClosePlace() | KeepAnswer():
                raise AssertionError("nobody in a run asks to be called back, or is asked")
            case AmendAttempt():
                raise AssertionError("agents of a run give their words in time, or never")
            case _:
                assert_never(effect)

    def _claim(self, effect: ClaimContacts) -> None:
        claims, next_due_at = self.shelf.claim(effect.count, self.time.now.utc)
        self.tell(
            Claimed(
                ref=effect.ref,
                campaign_id=effect.campaign.id,
                claims=claims,
                next_due_at=next_due_at,
            )
        )
        self._look_if_done()

    def _mark_sent(self, effect: MarkSent) -> None:
        verdict = self.shelf.mark_sent(effect.attempt, self.time.now.utc)
        self.tell(SentJudged(attempt=effect.attempt, verdict=verdict))
        self._look_if_done()

    def _end(self, effect: EndAttempt) -> None:
        self.shelf.end(effect)
        self._look_if_done()
        if effect.reply:
            self._people.answered(Reply(ref=effect.reply, code=ReplyCode.OK))

    def _look_if_done(self) -> None:
        if self.called_t is None and self.shelf.untried == 0:
            self.called_t = self.time.t
        if self.done_t is None and self.shelf.open == 0:
            self.done_t = self.time.t

    def _load(self, ref: str) -> None:
        record = self.shelf.record(self.time.now.utc)
        self._inbox.append(Loaded(campaigns=(record,), agents=self._records, ref=ref))
        if not self._busy:
            self.tell(self._inbox.pop())
