"""A small floor in virtual time for the pacer's tests: people who answer, agents who talk.

Owns: what the world does with the calls that a pacer places. Must not know how it decides.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from random import Random

from dialer.pacing.predictive import Predictive

GRACE_S = 2.0
TICK_S = 0.5
NO_ANSWER_S = 28.0


@dataclass
class Floor:
    """One campaign's day. `one_to_one`: a call for each free agent, whatever the pacer says."""

    pacer: Predictive
    agents: int
    hours: float
    random: Random
    answer_rate: float = 0.3
    one_to_one: bool = False
    talked_s: float = 0.0
    persons: int = 0
    abandoned: int = 0
    most_in_flight: int = 0
    _events: list[tuple[float, int, str, int]] = field(default_factory=list)
    _free: deque[int] = field(default_factory=deque)
    _waiting: deque[int] = field(default_factory=deque)
    _in_flight: int = 0
    _calls: int = 0
    _order: int = 0

    def run(self) -> None:
        """From the first login to the last call."""
        end_s = self.hours * 3600
        for agent in range(self.agents):
            self._at(agent * 1.5, "login", agent)
            self._at(end_s + agent * 1.5, "logout", agent)
        self._at(0.0, "tick", 0)
        here: set[int] = set()
        while self._events:
            now, _, kind, which = heapq.heappop(self._events)
            self._happens(kind, which, now, here)
            if kind == "tick" and now < end_s:
                self._at(now + TICK_S, "tick", 0)
            if now < end_s:
                self._place(now)

    def _happens(self, kind: str, which: int, now: float, here: set[int]) -> None:
        match kind:
            case "login":
                here.add(which)
                self._comes_free(which, now)
            case "logout":
                here.discard(which)
                if which in self._free:
                    self._free.remove(which)
                    self.pacer.left(which, now)
            case "wrapped" if which in here:
                self._comes_free(which, now)
            case "wrapped":
                self.pacer.left(which, now)
            case _:
                self._of_a_call(kind, which, now)

    def _of_a_call(self, kind: str, which: int, now: float) -> None:
        match kind:
            case "answer":
                self._in_flight -= 1
                self._answered(which, now)
            case "fail":
                self._in_flight -= 1
                self.pacer.failed(which, now)
            case "patience" if which in self._waiting:
                self._waiting.remove(which)
                self.abandoned += 1
                self.pacer.abandoned(which, now)
            case "hang_up":
                self.pacer.hung_up(which, now)
                self._at(now + self.random.gammavariate(4.0, 5.0), "wrapped", which)

    def _place(self, now: float) -> None:
        if self.one_to_one:
            place = len(self._free) - len(self._waiting) - self._in_flight
        else:
            place, _ = self.pacer.decide(now)
        for _ in range(place):
            self._calls += 1
            self._in_flight += 1
            self.pacer.dialed(self._calls, now)
            ring_s = 2.5 + self.random.lognormvariate(2.35, 0.5)
            picked_up = self.random.random() < self.answer_rate and ring_s < NO_ANSWER_S
            after_s = ring_s if picked_up else NO_ANSWER_S
            self._at(now + after_s, "answer" if picked_up else "fail", self._calls)
        self.most_in_flight = max(self.most_in_flight, self._in_flight)

    def _answered(self, call: int, now: float) -> None:
        self.persons += 1
        self.pacer.human(call, now)
        self._waiting.append(call)
        if self._free:
            self._connect(self._free.popleft(), now)
        else:
            self._at(now + GRACE_S, "patience", call)

    def _comes_free(self, agent: int, now: float) -> None:
        self.pacer.free(agent, now)
        if self._waiting:
            self._connect(agent, now)
        else:
            self._free.append(agent)

    def _connect(self, agent: int, now: float) -> None:
        self.pacer.connected(self._waiting.popleft(), agent, now)
        talk_s = self.random.lognormvariate(4.44, 0.83)
        self.talked_s += talk_s
        self._at(now + talk_s, "hang_up", agent)

    def _at(self, when: float, kind: str, which: int) -> None:
        self._order += 1
        heapq.heappush(self._events, (when, self._order, kind, which))
