"""The people of the world: agents at their phones and desks, callers, and operators."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Protocol

from campaigns.outcomes import Disposition
from dialer.agents import Agent, State
from dialer.messages import AskNext, Command, DialNow, Dispose, PauseAgent, SkipContact
from tests.dialer.world_queue import QueueSwitch
from tests.dialer.world_time import VirtualTime


class Office(Protocol):
    """What the people find around them."""

    time: VirtualTime
    random: Random
    switch: QueueSwitch
    quiet: bool

    def command(self, make: Callable[[str], Command]) -> None:
        """Say something to the engine through its socket, if it runs."""

    def ask_login(self, agent: str, answered: Callable[[Mapping[str, str]], None]) -> bool:
        """Ask through the AGI for a slot; False where nobody answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Mean seconds between logins, sessions, breaks; how often a word is given at all.

    `asks_s`: between askings for a contact to look at; 0: never.
    """

    away_s: float = 60.0
    session_s: float = 2400.0
    works_s: float = 900.0
    break_s: float = 60.0
    gives_word: float = 0.85
    asks_s: float = 0.0


class AgentPerson:
    """One agent: logs in, takes calls, gives words of all sorts, takes breaks, leaves."""

    def __init__(self, office: Office, login: str, habits: Habits) -> None:
        self._office, self.login, self._habits = office, login, habits
        self.slot: str | None = None
        self.on_break = False
        self.break_changed_at = 0.0
        self.wanted_call_at = -math.inf
        self._spoken_of: set[tuple[str, State]] = set()
        self._later(office.random.uniform(0.0, 20.0), self._wants_in)
        self._later(self._about(habits.works_s), self._wants_a_break)
        if habits.asks_s:
            self._later(self._about(habits.asks_s), self._asks)

    def _about(self, mean_s: float) -> float:
        return self._office.random.expovariate(1 / mean_s)

    def _later(self, delay_s: float, act: Callable[[], None]) -> None:
        self._office.time.after(delay_s, act)

    # ── coming and going ─────────────────────────────────────────────────────────────────

    def _wants_in(self) -> None:
        if self._office.quiet or self.seated:
            return
        if not self._office.ask_login(self.login, self._let_in):
            self._later(10.0, self._wants_in)

    @property
    def seated(self) -> bool:
        """Whether the phone is in AgentLogin."""
        seat = self._office.switch.seats.get(self.slot or "")
        return seat is not None and seat.login == self.login

    def _let_in(self, answer: Mapping[str, str]) -> None:
        slot = answer.get("WAIHU_SLOT")
        if slot is None or not self._office.switch.log_in(slot, self.login):
            self._later(15.0, self._wants_in)
            return
        self.slot, self.on_break = slot, False
        self._later(self._about(self._habits.session_s), lambda: self._leaves(slot))

    def _leaves(self, slot: str) -> None:
        if self._office.quiet or not self.seated or self.slot != slot:
            return
        self._office.switch.log_out(slot)
        self.thrown_out()

    def thrown_out(self) -> None:
        """The phone has been hung up, by whomever."""
        self.slot, self.on_break = None, False
        self._later(self._about(self._habits.away_s), self._wants_in)

    # ── breaks ───────────────────────────────────────────────────────────────────────────

    def _wants_a_break(self) -> None:
        self._later(self._about(self._habits.works_s), self._wants_a_break)
        if self._office.quiet or not self.seated:
            return
        self._declare("lunch")
        self._later(self._about(self._habits.break_s), lambda: self._declare(None))

    def _declare(self, reason: str | None) -> None:
        self.on_break = reason is not None
        self.break_changed_at = self._office.time.t
        self._office.command(lambda ref: PauseAgent(ref=ref, agent=self.login, reason=reason))

    # ── preview ──────────────────────────────────────────────────────────────────────────

    def _asks(self) -> None:
        self._later(self._about(self._habits.asks_s), self._asks)
        if self.seated and not self._office.quiet:
            self._office.command(lambda ref: AskNext(ref=ref, agent=self.login))
            self._later(self._office.random.uniform(0.5, 26.0), self._has_looked)

    def _has_looked(self) -> None:
        """Dials, skips, or lets the time run out; who was shown nobody types in vain."""
        will = self._office.random.random()
        if will < 0.6:
            self.wanted_call_at = self._office.time.t
            self._office.command(lambda ref: DialNow(ref=ref, agent=self.login))
        elif will < 0.85:
            self._office.command(
                lambda ref: SkipContact(ref=ref, agent=self.login, reason=f"skip {ref}")
            )

    # ── words ────────────────────────────────────────────────────────────────────────────

    def sees(self, agent: Agent) -> None:
        """The desk shows what the agent is doing now."""
        if agent.attempt is None or (agent.attempt, agent.state) in self._spoken_of:
            return
        random, attempt = self._office.random, agent.attempt
        if agent.state is State.TALKING and random.random() < 0.15:
            self._later(random.uniform(0.5, 8.0), lambda: self._speak(attempt))
        elif agent.state is State.WRAP_UP and random.random() < self._habits.gives_word:
            self._later(random.uniform(0.2, 26.0), lambda: self._speak(attempt))
        if agent.state in (State.TALKING, State.WRAP_UP):
            self._spoken_of.add((attempt, agent.state))

    def _speak(self, attempt: str) -> None:
        random, now = self._office.random, self._office.time.now.utc
        word = random.choice(list(Disposition))
        at = None
        if word is Disposition.APPOINTMENT and random.random() < 0.9:
            at = now + timedelta(seconds=round(random.uniform(-600, 4 * 3600)))
        named = attempt if random.random() < 0.5 else None
        self._office.command(
            lambda ref: Dispose(
                ref=ref, agent=self.login, attempt=named, disposition=word, appointment_at=at
            )
        )
        if random.random() < 0.1:
            self._later(random.uniform(0.0, 5.0), lambda: self._speak(attempt))
