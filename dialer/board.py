"""The board: every outbound call that lives, and the one way in which a call ends.

Owns: the calls by attempt id, their steps through the table of `dialer.calls`, and the end:
outcome written, agent freed, breaker and statistics told, all in one place, once. Pure.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Collection, Iterator
from dataclasses import replace

from campaigns.outcomes import NotSent, Outcome
from dialer import breaker
from dialer.agents import Agent
from dialer.calls import Call, CallState, Signal, advance
from dialer.desks import Desks
from dialer.effects import Effect, EndAttempt
from dialer.floor import Floor
from dialer.messages import Claim, Now
from supervisor.statistics import Statistics

_ALIVE = frozenset(CallState) - {CallState.WRAP_UP}
OWN_SIDE = frozenset({Outcome.FAILED, Outcome.CONGESTION})

GONE_KEPT = 10_000
"""More calls than end between two ticks."""


class Board:
    """Live calls, with the floor and the desks that they concern.

    `waiting`: persons who have answered and wait for an agent (`dialer.handing`).
    `places_due`: by queue, callers who are to be called back and whose turn waits for an agent.
    `quiet_until_mono`: no clock of a call rings before.
    `gone`: calls for which nobody was kept and that have left since the pacers last looked;
    `stirred`: those of them that are here and have changed.
    """

    def __init__(self, floor: Floor, desks: Desks, statistics: Statistics) -> None:
        self.floor = floor
        self.desks = desks
        self.statistics = statistics
        self._calls: dict[str, Call] = {}
        # Asked for at each tick: how many are where; at each claim: who is being called.
        self._counts: Counter[tuple[int, CallState]] = Counter()
        self._unkept: Counter[tuple[int, CallState]] = Counter()
        self._called: Counter[str | tuple[int, int]] = Counter()
        self.quiet_until_mono = math.inf
        self.waiting: dict[str, None] = {}
        self.places_due: Counter[str] = Counter()
        self.gone: deque[Call] = deque(maxlen=GONE_KEPT)
        self.stirred: set[str] = set()

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls.values()))

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, attempt: str) -> Call | None:
        """The call with this attempt id, while it lives."""
        return self._calls.get(attempt)

    def waiting_in(self, bridge: str) -> Call | None:
        """The call whose customer waits alone in this bridge, while it does."""
        if not bridge:
            return None
        return next((call for call in self._calls.values() if call.bridge == bridge), None)

    def put(self, call: Call) -> None:
        """Keep a new call, or what has changed of one."""
        before = self._calls.get(call.attempt)
        if before is None:
            self._called.update((call.e164, (call.campaign_id, call.contact_id)))
        else:
            self._count(before, -1)
        self._count(call, 1)
        if call.due_mono is not None and call.due_mono < self.quiet_until_mono:
            self.quiet_until_mono = call.due_mono
        self._calls[call.attempt] = call
        if not call.reserved:
            self.stirred.add(call.attempt)

    def overdue(self, now: Now) -> list[Call]:
        """The calls whose clocks have rung, of whatever state."""
        if now.mono < self.quiet_until_mono:
            return []
        dues = [call.due_mono for call in self._calls.values() if call.due_mono is not None]
        self.quiet_until_mono = min(dues, default=math.inf)
        return [
            call
            for call in self._calls.values()
            if call.due_mono is not None and now.mono >= call.due_mono
        ]

    def step(self, call: Call, signal: Signal, *, due_mono: float | None = None) -> Call | None:
        """Advance a call by the table and keep it; None where the signal does not belong."""
        after = advance(call, signal, due_mono=due_mono)
        if after is not None:
            self.put(after)
        return after

    def alive(self, campaign_id: int) -> int:
        """Calls of a campaign from the claim to the hang-up."""
        return self.count(campaign_id, _ALIVE)

    def count(self, campaign_id: int, states: Collection[CallState]) -> int:
        """Calls of a campaign that are in one of these states."""
        return sum(self._counts[campaign_id, state] for state in states)

    def count_unkept(self, campaign_id: int, states: Collection[CallState]) -> int:
        """Those of them for which nobody was kept."""
        return sum(self._unkept[campaign_id, state] for state in states)

    def _count(self, call: Call, more: int) -> None:
        self._counts[call.campaign_id, call.state] += more
        if not call.reserved:
            self._unkept[call.campaign_id, call.state] += more

    def in_state(self, state: CallState) -> list[Call]:
        """The calls, of all campaigns, that are in this state."""
        if not any(n for (_, where), n in self._counts.items() if where is state):
            return []
        return [call for call in self._calls.values() if call.state is state]

    def talks_to(self, claim: Claim) -> bool:
        """Whether a live call is to this contact, or to this number for another campaign (I1)."""
        contact = (claim.campaign_id, claim.contact_id)
        return claim.e164 in self._called or contact in self._called

    def calls_number(self, e164: str) -> bool:
        """Whether a live call is to this number."""
        return e164 in self._called

    def drop(self, call: Call) -> None:
        """Forget a call whose outcome is written elsewhere."""
        left = self._calls.pop(call.attempt, None)
        if left is None:
            return
        self._count(left, -1)
        for key in (left.e164, (left.campaign_id, left.contact_id)):
            self._called[key] -= 1
            if not self._called[key]:
                del self._called[key]
        if not left.reserved:
            self.stirred.discard(left.attempt)
            self.gone.append(left)

    def end(self, call: Call, outcome: Outcome, now: Now, note: str = "") -> list[Effect]:
        """The call ends as `outcome`: write it and set everybody free who waited for it."""
        self.drop(call)
        self.statistics.call_ended(call.attempt, outcome=outcome, now=now)
        self._tell_breaker(call, outcome, now)
        return [self._written(call, outcome, now, note), *self.free_agent(call, now)]

    def not_sent(self, call: Call, why: NotSent, now: Now) -> list[Effect]:
        """The call never reached the network: nobody was called, and it does not count."""
        return self.end(call, Outcome.NOT_SENT, now, why.value)

    def _written(self, call: Call, outcome: Outcome, now: Now, note: str) -> EndAttempt:
        return EndAttempt(
            attempt=call.attempt,
            outcome=outcome,
            at=now.utc,
            note=note,
            cause=call.word.cause,
            tech_cause=call.word.tech_cause,
            dial_status=call.word.dial_status,
            reason=call.word.reason,
        )

    def free_for(self, queue: str) -> list[Agent]:
        """Agents of `queue` who may be given a call: inbound comes first.

        One less for each caller who waits where they serve. The longest idle ones are left, whom
        the queue most likely rings.
        """
        free = self.floor.free(queue)
        served = {name for agent in free for name in agent.queues}
        return free[self.statistics.callers_waiting(served) :]

    def callers_ahead(self, queue: str) -> int:
        """Callers for whom no agent of `queue` is free: who is free next will have one of them."""
        held = self.statistics.queues_with_callers
        if not held and not self.places_due:
            return 0
        served = {name for agent in self.floor if queue in agent.queues for name in agent.queues}
        waiting = self.statistics.callers_waiting(served & held)
        waiting += sum(n for name, n in self.places_due.items() if name in served)
        return max(waiting - len(self.floor.free(queue)), 0)

    def has_agent(self, call: Call) -> bool:
        """Whether its agent is still there for it: who left and came back may have another."""
        agent = self.floor.get(call.agent)
        return agent is not None and agent.attempt == call.attempt

    def free_agent(self, call: Call, now: Now) -> list[Effect]:
        """Whoever is kept by this very call is free again; who has another by now is left alone."""
        if not self.has_agent(call):
            return []
        return [*self.floor.release(call.agent, now), *self.floor.finish(call.agent, now)]

    def hand_over(self, call: Call, login: str, now: Now) -> list[Effect]:
        """Another agent has the call than the one who was kept for it."""
        if call.agent == login:
            return []
        effects = self.free_agent(call, now)
        self.put(replace(call, agent=login))
        return effects + self.floor.adopt(login, call.attempt, now)

    def meet(self, call: Call, now: Now) -> list[Effect]:
        """The call's agent and its customer hear each other.

        An agent who has left and come back meanwhile is kept for the call again; one who is kept
        for another call by now is not taken from it.
        """
        effects = self.floor.adopt(call.agent, call.attempt, now)
        if not self.has_agent(call):
            return effects
        return effects + self.floor.connect(call.agent, now)

    def _tell_breaker(self, call: Call, outcome: Outcome, now: Now) -> None:
        desk = self.desks.get(call.campaign_id)
        if desk is not None and outcome in OWN_SIDE:
            desk.breaker = breaker.failed(desk.breaker, now.mono)

    def network_lives(self, call: Call) -> None:
        """The network answered for this call: the breaker forgets its failures."""
        desk = self.desks.get(call.campaign_id)
        if desk is not None:
            desk.breaker = breaker.succeeded()

    def mark_stopping(self, call: Call) -> Call:
        """We end this call ourselves; its outcome says so."""
        stopping = replace(call, stopping=True)
        self.put(stopping)
        return stopping
