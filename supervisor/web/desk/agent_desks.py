"""The open desks: who follows which agent's seat, and two rules that a desk keeps by itself.

Owns: waking those who follow; that an agent who signs in with the desk open lands in not ready
(`SIGN_IN`), and that no call is pushed over words that are typed and not saved (`NOTES`). Must not
know pages, accounts or the database. What is kept here is told anew by the pages after a restart.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from dialer.agents import Agent, State, Status
from dialer.loop import EngineLoop
from dialer.messages import PauseAgent

SIGN_IN: Final = "sign-in"
"""The break of who has just signed in: the first call comes when the agent says so."""

NOTES: Final = "notes"
"""The break of who has words of the last call that are not saved yet."""

NOBODY_WAITS: Final = ""
SEEN_KEPT: Final = 200


class AgentDesks:
    """The open desks of one engine."""

    def __init__(self, loop: EngineLoop) -> None:
        self._loop = loop
        self.closed = False
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._typed: dict[str, str] = {}
        self._was: dict[str, State] = {}
        self._seen: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=SEEN_KEPT))

    @property
    def open_desks(self) -> int:
        """How many pages follow."""
        return sum(map(len, self._followers.values()))

    @contextmanager
    def followed(self, login: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever that agent's seat or pop has changed."""
        stirred = asyncio.Event()
        self._followers[login].add(stirred)
        agent = self._loop.engine.floor.get(login)
        if agent is not None and not self._loop.engine.floor.blind:
            self._was.setdefault(login, agent.state)
        try:
            yield stirred
        finally:
            self._followers[login].discard(stirred)
            if not self._followers[login]:
                del self._followers[login]

    def stir(self, login: str) -> None:
        """An agent has changed, or has a new pop. Returns at once."""
        for stirred in self._followers.get(login, ()):
            stirred.set()
        agent = self._loop.engine.floor.get(login)
        if agent is not None and (login in self._followers or login in self._typed):
            self._keep_rules(agent)

    def close(self) -> None:
        """End every stream: a server waits for its open answers before it ends."""
        self.closed = True
        for followers in self._followers.values():
            for stirred in followers:
                stirred.set()

    # ── whom an agent may look at ────────────────────────────────────────────────────────

    def may_see(self, login: str, contacts: Iterable[int]) -> None:
        """These contacts have come up in the agent's work."""
        self._seen[login].extend(contacts)

    def sees(self, login: str, contact: int) -> bool:
        """Whether this one has: an agent does not leaf through all contacts by their numbers."""
        return contact in self._seen[login]

    # ── the rules ────────────────────────────────────────────────────────────────────────

    def typed(self, login: str, call: str) -> None:
        """The agent has words about this call that are not saved yet."""
        self._typed[login] = call
        self._hold(login)

    def saved(self, login: str, call: str) -> None:
        """They are saved, or thrown away."""
        if self._typed.get(login) == call:
            del self._typed[login]

    def _keep_rules(self, agent: Agent) -> None:
        before = self._was.get(agent.agent)
        self._was[agent.agent] = agent.state
        came = before is State.AWAY and agent.state is State.READYING
        if came and agent.status is Status.AVAILABLE:
            # Not who was found signed in after a restart of ours, or comes back in the same slot.
            self._pause(agent.agent, SIGN_IN)
        elif agent.state is State.WRAP_UP:
            self._hold(agent.agent)

    def _hold(self, login: str) -> None:
        """Whoever wraps up amid words that are not saved is not made ready by a clock."""
        agent = self._loop.engine.floor.get(login)
        if agent is None or agent.state is not State.WRAP_UP:
            return
        at_hand = agent.attempt or agent.inbound
        if agent.status is Status.AVAILABLE and self._typed.get(login) == at_hand:
            self._pause(login, NOTES)

    def _pause(self, login: str, reason: str) -> None:
        self._loop.put(PauseAgent(ref=NOBODY_WAITS, agent=login, reason=reason))
