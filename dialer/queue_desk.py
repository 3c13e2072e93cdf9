"""Callers about to join a queue: who is kept for them, at which place, and how long it may take.

Owns: the answers to what a flow asks before a queue, and when an agent who was kept for one
caller is let go. The rule of the choice is `routing.choice`; the numbers are the floor's. Pure.
"""

from __future__ import annotations

from dialer.agents import Agent, State, Status
from dialer.effects import AnswerAsk, Effect
from dialer.floor import Floor
from dialer.messages import EnterQueue, LookAtQueue, Now
from dialer.switch_events import ActionDone
from routing.choice import Candidate, Choice, Wish, choose
from routing.expected_wait import expected_wait_s
from supervisor.statistics import Statistics

MARK = "WAIHU_MARK"
POSITION = "WAIHU_POSITION"
KEEPING = "keep:"
GRACE_S = 2.0
"""An agent is let go so long after the caller was let to the others: app_queue counts seconds."""


class QueueDesk:
    """What flows ask of the queues of one engine."""

    def __init__(self, floor: Floor, statistics: Statistics) -> None:
        self._floor = floor
        self._statistics = statistics
        self._entering: dict[str, AnswerAsk] = {}

    def choice(self, queue: str, last_agent: str, now: Now) -> Choice:
        """Who would get a call of that queue now, and why."""
        wish = Wish(need=self._floor.members.need(queue), last_agent=last_agent)
        serving = [agent for agent in self._floor if queue in agent.queues and _at_work(agent)]
        return choose(wish, [self._candidate(agent, queue) for agent in serving], now.mono)

    def _candidate(self, agent: Agent, queue: str) -> Candidate:
        members = self._floor.members
        return Candidate(
            agent=agent.agent,
            free=agent.free,
            level=members.level(agent.agent, queue),
            idle_since=agent.since_mono,
            kept=members.kept(agent.agent) is not None,
            lent=members.loan(agent.agent) is not None,
        )

    def enter(self, ask: EnterQueue, now: Now) -> list[Effect]:
        """Answer with the number of the one agent whom the caller waits for first, and the place.

        Where that agent is free, the caller enters when the switch has the number.
        """
        place = self._place(ask, now)
        choice = self.choice(ask.queue, ask.last_agent, now)
        first = choice.order[0].agent if choice.order else ""
        alone = choice.waits_s > 0 or (first == ask.last_agent and first)
        agent = self._floor.get(ask.last_agent)
        if agent is None or not alone or self._floor.members.kept(agent.agent) is not None:
            return [AnswerAsk(ask=ask.ask, variables={MARK: "", POSITION: place})]
        until = now.mono + self._floor.members.need(ask.queue).last_agent_s + GRACE_S
        mark = self._floor.members.keep(agent.agent, ask.call, ask.queue, until)
        answer = AnswerAsk(ask=ask.ask, variables={MARK: str(mark), POSITION: place})
        if not agent.free:
            return [answer]
        told = self._floor.queue_members.tell_numbers([agent.agent], ref=KEEPING + ask.ask)
        self._entering[KEEPING + ask.ask] = answer
        return told

    def told(self, done: ActionDone) -> list[Effect]:
        """The switch has the number, or will not take it: the caller enters either way."""
        answer = self._entering.pop(done.ref, None)
        return [] if answer is None else [answer]

    def _place(self, ask: EnterQueue, now: Now) -> str:
        """In front of those who have waited for less, all queues together; "": behind everybody."""
        waits = self._statistics.waits_s(ask.queue, now)
        longer = sum(waited_s >= ask.waited_s for waited_s in waits)
        return "" if ask.waited_s <= 0 or longer == len(waits) else str(longer + 1)

    def look(self, ask: LookAtQueue, now: Now) -> list[Effect]:
        """Answer with how the queue stands; what is not known is empty."""
        waiting = len(self._statistics.waits_s(ask.queue, now))
        free = len(self._floor.free(ask.queue))
        serving = sum(ask.queue in agent.queues and _at_work(agent) for agent in self._floor)
        handle_s = self._statistics.handle_s(ask.queue)
        wait_s = expected_wait_s(waiting=waiting, free=free, serving=serving, handle_s=handle_s)
        facts = {
            "waiting": str(waiting),
            "agents_free": str(free),
            "expected_wait_s": "" if wait_s is None else str(round(wait_s)),
        }
        return [AnswerAsk(ask=ask.ask, variables=facts)]

    def over(self, now: Now, call: str = "") -> list[Effect]:
        """This caller waits no longer, or somebody's time is over: whom they kept is let go."""
        if not self._floor.members.any_kept:
            # Nobody waits any more for what a lost link has not answered.
            self._entering.clear()
            return []
        return self._floor.queue_members.tell_numbers(self._floor.members.let_go(now, call))


def _at_work(agent: Agent) -> bool:
    return agent.state is not State.AWAY and agent.status is Status.AVAILABLE
