"""The agents of a run: they come and go with their shift, and say what came of a call.

Owns: when each one logs in, gives the word, looks at a contact, and leaves. They come through the
same doors as people do: the question of a phone for its slot, commands, and the switch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from campaigns.campaign import Campaign, Mode
from campaigns.campaign_hours import hours_in
from campaigns.hours import next_open
from campaigns.outcomes import Disposition
from dialer.agents import Agent, State
from dialer.effects import Reply, ReplyCode
from dialer.messages import AskNext, DialNow, Dispose, LoginAgent, Message
from dialer.sim.clock import VirtualTime
from dialer.sim.people import Lots, PeopledSwitch

ASKS_AGAIN_S = 30.0
"""In preview, who was shown nobody asks again after this."""

CALLS_BACK_AFTER = timedelta(hours=24)
"""An appointment is for a day later, at the next open time."""

SPEAKS_BEFORE_S = 0.5
"""Who gives a word at all gives it before the wrap-up is over."""


class Office(Protocol):
    """What agents find around them."""

    time: VirtualTime
    switch: PeopledSwitch

    def tell(self, message: Message) -> None:
        """Say something to the engine."""


class AgentPeople:
    """All agents of a run. `logins`: who works; `lots`: how long they look, in preview."""

    def __init__(
        self, office: Office, campaign: Campaign, logins: Sequence[str], lots: Lots
    ) -> None:
        self._office, self._campaign, self._lots = office, campaign, lots
        self._logins = logins
        self._slots: dict[str, str] = {}
        self._asks: dict[str, str] = {}
        self._states: dict[str, tuple[State, str | None]] = {}
        self._refs = 0
        self._on_duty = False

    # ── coming and going ─────────────────────────────────────────────────────────────────

    def come(self) -> None:
        """The shift begins: every phone asks for a slot."""
        self._on_duty = True
        for login in self._logins:
            if login not in self._slots:
                ask = f"ask:{login}"
                self._asks[ask] = login
                self._office.tell(LoginAgent(ask=ask, call=f"phone-{login}", agent=login))

    def window_opens(self) -> None:
        """Who asks for contacts asks now; before, there were none to be had."""
        for login, (state, _) in list(self._states.items()):
            if state is State.IDLE and self._campaign.mode is Mode.PREVIEW:
                self._asks_next(login)

    def let_in(self, ask: str, answer: Mapping[str, str]) -> None:
        """A phone is given its slot."""
        login, slot = self._asks.pop(ask), answer.get("WAIHU_SLOT")
        if slot is not None and self._office.switch.log_in(slot, login):
            self._slots[login] = slot

    def leave(self) -> None:
        """The shift is over: who is free goes at once, the others when their call is done."""
        self._on_duty = False
        for login in list(self._slots):
            state, _ = self._states.get(login, (State.IDLE, None))
            if state not in (State.TALKING, State.WRAP_UP):
                self._goes(login)

    def _goes(self, login: str) -> None:
        slot = self._slots.pop(login, None)
        if slot is not None:
            self._office.switch.log_out(slot)

    # ── what an agent sees ───────────────────────────────────────────────────────────────

    def sees(self, agent: Agent) -> None:
        """The desk shows what the agent is doing now."""
        seen = (agent.state, agent.attempt)
        if self._states.get(agent.agent) == seen:
            return
        self._states[agent.agent] = seen
        if agent.state is State.WRAP_UP and agent.attempt is not None:
            self._wraps_up(agent.agent, agent.attempt)
        elif agent.state is State.IDLE and not self._on_duty:
            self._later(0.0, lambda: self._goes(agent.agent))
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
        return next_open(hours_in(self._campaign, None), now + CALLS_BACK_AFTER)

    # ── preview ──────────────────────────────────────────────────────────────────────────

    def _asks_next(self, login: str) -> None:
        if self._on_duty and self._states[login][0] is State.IDLE:
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
