"""The agents of a run: they come and go with their shift, and say what came of a call.

Owns: when each one logs in, gives the word, looks at a contact, takes a break, and leaves. They
come through the same doors as people do: the question of a phone for its slot, commands, and the
switch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from campaigns.campaign import Campaign, Mode
from campaigns.hours import next_open
from campaigns.outcomes import Disposition
from dialer.agents import Agent, State, Status
from dialer.effects import Reply, ReplyCode
from dialer.messages import AskNext, DialNow, Dispose, LoginAgent, Message, PauseAgent
from dialer.sim.clock import VirtualTime
from dialer.sim.people import Lots, PeopledSwitch
from dialer.sim.plan import Attendance, shift_of

ASKS_AGAIN_S = 30.0
"""In preview, who was shown nobody asks again after this."""

CALLS_BACK_AFTER = timedelta(hours=24)
"""An appointment is for a day later, at the next open time."""

LUNCH = "break"
"""The reason that who takes a break gives."""

SPEAKS_BEFORE_S = 0.5
"""Who gives a word at all gives it before the wrap-up is over."""


class Office(Protocol):
    """What agents find around them."""

    time: VirtualTime
    switch: PeopledSwitch

    def tell(self, message: Message) -> None:
        """Say something to the engine."""


class AgentPeople:
    """All agents of a run. `lots`: how long they look, in preview."""

    def __init__(
        self, office: Office, campaign: Campaign, attendance: Attendance, lots: Lots
    ) -> None:
        self._office, self._campaign, self._lots = office, campaign, lots
        self._attendance = attendance
        self._breaks = lots.chance("breaks")
        self._resting: set[str] = set()
        self._stay: Counter[str] = Counter()
        self._on_duty: set[str] = set()
        self._slots: dict[str, str] = {}
        self._asks: dict[str, str] = {}
        self._states: dict[str, tuple[State, str | None, Status]] = {}
        self._refs = 0

    # ── coming and going ─────────────────────────────────────────────────────────────────

    def come(self, logins: Sequence[str]) -> None:
        """Their shift begins: every phone asks for a slot, but for those of who is absent today."""
        for login in logins:
            if self._is_absent(login):
                continue
            self._on_duty.add(login)
            self._stay[login] += 1
            self._plan_break(login)
            if login not in self._slots:
                ask = f"ask:{login}"
                self._asks[ask] = login
                self._office.tell(LoginAgent(ask=ask, call=f"phone-{login}", agent=login))

    def _is_absent(self, login: str) -> bool:
        today = self._office.time.now.utc.astimezone(self._campaign.zone).date()
        # By the agent and the day: the same people stay away whatever the staffing.
        return self._lots.chance(f"{login} on {today}").random() < self._attendance.absent

    def window_opens(self) -> None:
        """Who asks for contacts asks now; before, there were none to be had."""
        for login, (state, *_) in list(self._states.items()):
            if state is State.IDLE and self._campaign.mode is Mode.PREVIEW:
                self._asks_next(login)

    def let_in(self, ask: str, answer: Mapping[str, str]) -> None:
        """A phone is given its slot."""
        login, slot = self._asks.pop(ask), answer.get("WAIHU_SLOT")
        if slot is not None and self._office.switch.log_in(slot, login):
            self._slots[login] = slot

    def leave(self, logins: Sequence[str]) -> None:
        """Their shift is over: who is free goes at once, the others when their call is done."""
        for login in logins:
            self._on_duty.discard(login)
            self._stay[login] += 1
            state, *_ = self._states.get(login, (State.IDLE, None))
            if login in self._slots and state not in (State.TALKING, State.WRAP_UP):
                self._goes(login)

    def _goes(self, login: str) -> None:
        slot = self._slots.pop(login, None)
        if slot is not None:
            self._resting.discard(login)
            self._office.switch.log_out(slot)

    # ── breaks ───────────────────────────────────────────────────────────────────────────

    def _plan_break(self, login: str) -> None:
        part = self._attendance.breaks
        if part:
            works_s = self._attendance.break_s.mean * (1 - part) / part
            self._while_here(login, self._breaks.expovariate(1 / works_s), self._wants_break)

    def _while_here(self, login: str, delay_s: float, act: Callable[[str], None]) -> None:
        """Do it later, if this agent has not left meanwhile."""
        stay = self._stay[login]
        self._later(delay_s, lambda: act(login) if self._stay[login] == stay else None)

    def _wants_break(self, login: str) -> None:
        """Declared at once, as people do; a call at hand is brought to its end first."""
        self._pauses(login, LUNCH)

    def _rests(self, login: str) -> None:
        self._resting.add(login)
        length_s = self._attendance.break_s.draw(self._breaks)
        self._while_here(login, length_s, self._comes_back)

    def _comes_back(self, login: str) -> None:
        self._resting.discard(login)
        self._pauses(login, None)
        self._plan_break(login)

    def _pauses(self, login: str, reason: str | None) -> None:
        self._refs += 1
        self._office.tell(PauseAgent(ref=f"break:{self._refs}", agent=login, reason=reason))

    # ── what an agent sees ───────────────────────────────────────────────────────────────

    def sees(self, agent: Agent) -> None:
        """The desk shows what the agent is doing now."""
        seen = (agent.state, agent.attempt, agent.status)
        if self._states.get(agent.agent) == seen:
            return
        self._states[agent.agent] = seen
        if agent.state is State.WRAP_UP and agent.attempt is not None:
            self._wraps_up(agent.agent, agent.attempt)
        elif agent.state is State.IDLE and agent.agent not in self._on_duty:
            self._later(0.0, lambda: self._goes(agent.agent))
        elif agent.state is State.IDLE and agent.status is Status.ON_BREAK:
            if agent.agent not in self._resting:
                self._rests(agent.agent)
        elif agent.state is State.IDLE and self._campaign.mode is Mode.PREVIEW:
            self._later(0.0, lambda: self._asks_next(agent.agent))

    def _later(self, delay_s: float, act: Callable[[], None]) -> None:
        self._office.time.after(delay_s, act)

    def _ref(self, login: str) -> str:
        self._refs += 1
        return f"{login}:{self._refs}"

    # ── words ────────────────────────────────────────────────────────────────────────────

    def _wraps_up(self, login: str, attempt: str) -> None:
        lot = self._office.switch.lot_of.pop(attempt, None)
        if lot is None or lot.word is None:
            return
        word, longest = lot.word, self._campaign.wrap_up_s - SPEAKS_BEFORE_S
        self._later(min(lot.wrap_up_s, longest), lambda: self._speaks(login, attempt, word))

    def _speaks(self, login: str, attempt: str, word: Disposition) -> None:
        at = None
        if word is Disposition.APPOINTMENT:
            at = self._when(self._office.time.now.utc)
            word = word if at is not None else Disposition.UNSUCCESSFUL
        ref = self._ref(login)
        told = Dispose(ref=ref, agent=login, attempt=attempt, disposition=word, appointment_at=at)
        self._office.tell(told)

    def _when(self, now: datetime) -> datetime | None:
        return next_open(shift_of(self._campaign), now + CALLS_BACK_AFTER)

    # ── preview ──────────────────────────────────────────────────────────────────────────

    def _asks_next(self, login: str) -> None:
        state, _, status = self._states[login]
        here = login in self._on_duty and status is Status.AVAILABLE
        if here and state is State.IDLE:
            self._office.tell(AskNext(ref=self._ref(login), agent=login))

    def answered(self, reply: Reply) -> None:
        """The engine has answered an agent's command."""
        login = reply.ref.partition(":")[0]
        if login not in self._states:
            return
        if reply.code is ReplyCode.OK and self._states[login][0] is State.RESERVED:
            self._later(self._lots.look_s(), lambda: self._dials(login))
        elif reply.code is ReplyCode.NOTHING_TO_PREVIEW:
            self._later(ASKS_AGAIN_S, lambda: self._asks_next(login))

    def _dials(self, login: str) -> None:
        if self._states[login][0] is State.RESERVED:
            self._office.tell(DialNow(ref=self._ref(login), agent=login))
