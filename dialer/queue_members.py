"""Agents as members of app_queue: their queues, their pauses and the numbers they are taken by.

Owns: what the switch was told of each, and that it is told whatever differs: after each change
the wanted pause reason is compared with the one told last, so no path can forget one. Must not
know why an agent changes. Pure: returns effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dialer import agents
from dialer.agents import Agent, State, Status
from dialer.altered import altered
from dialer.effects import Effect, JoinQueues, LeaveQueues, PauseMember, SetPenalties
from dialer.memberships import Memberships
from dialer.messages import Now
from dialer.roster import Roster
from dialer.switch_events import ActionDone

PAUSE = "pause:"
PAUSE_AGAIN_S = 5.0
"""A pause that the switch refused, or its end, is asked for again after this."""


class QueueMembers:
    """The members of all queues: `roster` says what each does, `members` who serves what."""

    def __init__(self, roster: Roster, members: Memberships) -> None:
        self._roster = roster
        self._members = members
        self._refused: dict[str, float] = {}

    # ── queues and numbers ───────────────────────────────────────────────────────────────

    def join_all(self, login: str) -> list[Effect]:
        """Into all queues that the agent serves."""
        agent = self._roster[login]
        return [self.join(agent, agent.queues)] if agent.queues else []

    def join(self, agent: Agent, queues: tuple[str, ...]) -> JoinQueues:
        """Into these queues, paused as the switch was told last."""
        penalties = self._members.penalties(agent.agent, queues)
        self._members.told(agent.agent, penalties)
        return JoinQueues(
            slot=agent.slot or "",
            agent=agent.agent,
            queues=queues,
            reason=agent.told or agents.LOGIN_PAUSE,
            penalties=penalties,
        )

    def add_to(self, agent: Agent, queues: tuple[str, ...]) -> list[Effect]:
        """More queues for somebody who is in others: there as well, paused or not."""
        joined = self.join(agent, queues)
        if agent.told is not None:
            return [joined]
        return [joined, PauseMember(slot=joined.slot, reason=None)]

    def follow(self, before: Agent, after: Agent) -> list[Effect]:
        """The agent serves other queues than `before`, or by other numbers."""
        if after.state is State.AWAY or after.slot is None:
            return []
        if before.queues == after.queues:
            return self.tell_numbers([after.agent])
        gone = tuple(queue for queue in before.queues if queue not in after.queues)
        added = tuple(queue for queue in after.queues if queue not in before.queues)
        effects: list[Effect] = []
        if gone:
            self._members.left(after.agent, gone)
            effects.append(LeaveQueues(slot=after.slot, queues=gone))
        effects += self.add_to(after, added) if added else []
        return effects + self.tell_numbers([after.agent])

    def tell_numbers(self, logins: Iterable[str], ref: str = "") -> list[Effect]:
        """The numbers of these agents, as far as the switch does not have them."""
        effects: list[Effect] = []
        for login in logins:
            agent = self._roster.get(login)
            if agent is None or agent.slot is None or agent.state is State.AWAY:
                continue
            untold = self._members.untold(login, agent.queues)
            if untold:
                self._members.told(login, untold)
                effects.append(SetPenalties(slot=agent.slot, penalties=untold, ref=ref))
        return effects

    # ── pauses ───────────────────────────────────────────────────────────────────────────

    def reconcile(self, login: str, ref: str = "") -> list[Effect]:
        """What the switch is to be told of the agent; `ref`: say the pause anew, and answer."""
        agent = self._roster.get(login)
        if agent is None or agent.slot is None:
            return []
        effects: list[Effect] = []
        if agent.free:
            # Told before the pause ends: from then on app_queue may choose.
            moved = self._members.is_free(login, agent.since_mono, self._roster.all_free)
            effects += self.tell_numbers(dict.fromkeys((*moved, login)))
        if agents.wanted_pause(agent) == agent.told and not ref:
            return effects
        return [*effects, self._pause(agent, ref)]

    def _pause(self, agent: Agent, ref: str = "") -> PauseMember:
        wanted = agents.wanted_pause(agent)
        self._roster.keep(altered(agent, told=wanted))
        return PauseMember(slot=agent.slot or "", reason=wanted, ref=ref or PAUSE + agent.agent)

    def pause_answered(self, done: ActionDone, now: Now) -> list[Effect]:
        """The switch refused a pause or its end: the queues do not show what they should.

        A member whom somebody has taken out of the queues is put back in.
        """
        if done.ok or not done.ref.startswith(PAUSE):
            return []
        login = done.ref.removeprefix(PAUSE)
        self._refused[login] = now.mono + PAUSE_AGAIN_S
        agent = self._roster.get(login)
        if not done.unknown or agent is None or agent.state is State.AWAY or not agent.queues:
            return []
        return [self.join(agent, agent.queues)]

    def pause_again(self, now: Now) -> list[Effect]:
        """Ask anew for the pauses that were refused; call it while the link is up."""
        effects: list[Effect] = []
        for login in [one for one, due in self._refused.items() if now.mono >= due]:
            del self._refused[login]
            agent = self._roster.get(login)
            if agent is not None and agent.state is not State.AWAY and agent.slot:
                effects.append(self._pause(agent))
        return effects

    # ── what the switch had before, and has after ────────────────────────────────────────

    def numbers_seen(self, penalties: Mapping[str, Mapping[str, int]]) -> None:
        """These numbers the switch has, by slot and queue."""
        for slot, numbers in penalties.items():
            agent = self._roster.by_slot(slot)
            if agent is not None:
                self._members.told(agent.agent, numbers)

    def leave_others(self, joined: Mapping[str, Mapping[str, str]]) -> list[Effect]:
        """Out of queues that an agent serves no more: a loan has ended while we were away."""
        effects: list[Effect] = []
        for slot, queues in joined.items():
            agent = self._roster.by_slot(slot)
            gone = tuple(queue for queue in queues if agent and queue not in agent.queues)
            if gone:
                effects.append(LeaveQueues(slot=slot, queues=gone))
        return effects

    def join_again(self, joined: Mapping[str, Mapping[str, str]]) -> list[Effect]:
        """Who is in some of their queues only: the link was lost while they joined."""
        effects: list[Effect] = []
        for agent in self._roster:
            there = joined.get(agent.slot or "") if agent.state is not State.AWAY else None
            missing = tuple(queue for queue in agent.queues if there and queue not in there)
            effects += self.add_to(agent, missing) if missing else []
        return effects

    def farewell(self) -> list[Effect]:
        """We stop: whoever is held back by us alone goes back to the queues.

        Among equals app_queue chooses by its own strategy then, so that nobody is always first.
        """
        effects: list[Effect] = []
        for agent in self._roster:
            alike = self._members.alike(agent.agent, agent.queues)
            if agent.slot and agent.state is not State.AWAY and alike:
                effects.append(SetPenalties(slot=agent.slot, penalties=alike))
        return effects + [
            PauseMember(slot=agent.slot, reason=None)
            for agent in self._roster
            if agent.slot and agent.told and agent.status is Status.AVAILABLE
        ]
