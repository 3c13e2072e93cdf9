"""The floor: what happens to agents, from the login to the last word of a wrap-up.

Owns: who is on file, who sits in which slot, and what each step does to an agent's state. What is
known of each agent stands in the roster; what the queues show of it is told by `queue_members`.
Must not know calls beyond their ids, nor campaigns. Pure: returns effects.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dialer import agents
from dialer.agents import Agent, Signal, State, Status
from dialer.effects import AnswerAsk, Effect, LeaveQueues, PauseMember
from dialer.memberships import Memberships
from dialer.messages import AgentRecord, LoginAgent, Now, SlotSaved, StoreFailed
from dialer.queue_members import QueueMembers
from dialer.roster import Roster
from dialer.seats import Seats
from routing.choice import first_first
from supervisor.statistics import Statistics

if TYPE_CHECKING:
    from routing.skills import Need


class Floor(Roster):
    """The agents. `slots` are the names of agents.conf, in the order in which they are given.

    `inbound_wrap_up_s`: how long an agent wraps up after a queue call. `needs`: what each queue
    asks of its agents. `members`: who serves which queue, and by which number.
    `blind`: the switch cannot be heard, so whoever is on file in a slot may sit there; the
    engine sets it.
    """

    def __init__(
        self,
        slots: Iterable[str],
        statistics: Statistics,
        inbound_wrap_up_s: float = 10.0,
        needs: Iterable[Need] = (),
    ) -> None:
        super().__init__(statistics)
        self._slots = tuple(slots)
        self._inbound_wrap_up_s = inbound_wrap_up_s
        self.blind = True
        self.members = Memberships(needs)
        self.queue_members = QueueMembers(self, self.members)
        self._records: dict[str, AgentRecord] = {}
        self._seats = Seats()
        self._free_since: dict[str, float] = {}

    def free(self, queue: str) -> list[Agent]:
        """Agents of `queue` who may be given a call: the best level first, then the longest idle.

        Who is kept for a caller is not among them.
        """
        able = [agent for login in self._free if queue in (agent := self._agents[login]).queues]
        level, kept = self.members.level, self.members.kept
        return sorted(
            (agent for agent in able if kept(agent.agent) is None),
            key=lambda one: first_first(level(one.agent, queue), one.since_mono, one.agent),
        )

    # ── who there is ─────────────────────────────────────────────────────────────────────

    def load(self, records: Iterable[AgentRecord], now: Now) -> list[Effect]:
        """Take over the agents on file; whoever is logged in follows a change of queues."""
        effects: list[Effect] = []
        known = {record.agent: record for record in records}
        for record in known.values():
            told = replace(record, slot=None)
            same = self._records.get(record.agent) == told
            self._records[record.agent] = told
            before = self._agents.get(record.agent)
            if before is None:
                self.put(Agent(agent=record.agent, name=record.name, queues=()), now)
                before = self._agents[record.agent]
                before = replace(before, slot=record.slot)
                if record.slot is not None:
                    self._seats.found(record.agent, record.slot)
            elif same:
                continue
            effects += self._serve_by(record, before, now)
        for login in [a.agent for a in self if a.agent not in known and a.state is State.AWAY]:
            self.remove(login, now)
            self._records.pop(login, None)
            self.members.drop(login)
        return effects

    def _serve_by(self, record: AgentRecord, before: Agent, now: Now) -> list[Effect]:
        """An agent is on file otherwise, lent or taken back: the queues are to show it."""
        queues = self.members.take(record, now)
        self.keep(replace(before, name=record.name, queues=queues))
        self.stirred.add(record.agent)
        return self.queue_members.follow(before, self._agents[record.agent])

    def take_needs(self, needs: Iterable[Need], now: Now) -> list[Effect]:
        """The operator has set anew what the queues ask of agents."""
        self.members.take_needs(needs)
        return self._serve_anew(list(self._records.values()), now)

    def _end_loans(self, now: Now) -> list[Effect]:
        """Who was lent until now is back in the own queues."""
        ends_at = self.members.loan_ends_at
        if ends_at is None or now.utc < ends_at:
            return []
        return self._serve_anew([one for one in self._records.values() if one.loan], now)

    def _serve_anew(self, records: Iterable[AgentRecord], now: Now) -> list[Effect]:
        effects: list[Effect] = []
        for record in records:
            effects += self._serve_by(record, self._agents[record.agent], now)
        return effects

    # ── coming and going ─────────────────────────────────────────────────────────────────

    def ask_login(self, ask: LoginAgent, now: Now, last: str | None = None) -> list[Effect]:
        """Give a phone the slot of the agent who calls, or the reason why not.

        `last`: the slot that the agent has just been taken from.
        """
        agent = self._agents.get(ask.agent)
        if agent is None:
            return [AnswerAsk(ask=ask.ask, variables={"WAIHU_REFUSED": "unknown_agent"})]
        if agent.state is not State.AWAY:
            return [AnswerAsk(ask=ask.ask, variables={"WAIHU_REFUSED": "already_logged_in"})]
        before = agent.slot or last
        slot = self._free_slot(agent, before, now)
        if slot is None:
            return [AnswerAsk(ask=ask.ask, variables={"WAIHU_REFUSED": "no_free_slot"})]
        for other in self.all_at(slot):
            # Who left while we were down is still on file there.
            self.keep(replace(other, slot=None))
        self.keep(replace(agent, slot=slot))
        return self._seats.let_in(ask, slot, now, own=slot == before)

    def slot_saved(self, done: SlotSaved) -> list[Effect]:
        """It is committed who sits in a slot: their phone may go in."""
        return self._seats.saved(done)

    def slot_refused(self, failure: StoreFailed) -> list[Effect]:
        """It could not be committed who sits in a slot."""
        return self._seats.refused(failure.ref)

    def _free_slot(self, agent: Agent, own: str | None, now: Now) -> str | None:
        others = [other for other in self if other.agent != agent.agent]
        if self.blind:
            taken = {a.slot for a in others}
        else:
            promised = self._seats.promised(now)
            taken = {a.slot for a in others if a.state is not State.AWAY or a.slot in promised}
        if own in self._slots and own not in taken:
            return own
        return next((slot for slot in self._slots if slot not in taken), None)

    def by_channel(self, channel: str) -> Agent | None:
        """Who is logged in on this channel."""
        slot = self._seats.slot_at(channel)
        agent = None if slot is None else self.by_slot(slot)
        return None if agent is None or agent.state is State.AWAY else agent

    def is_stranger(self, slot: str, channel: str, now: Now) -> bool:
        """Whether `slot` is ours and who sits there on `channel` is nobody that we know.

        A slot that was given away while we could not see may have been taken all the time.
        """
        if slot not in self._slots:
            return False
        return self.by_slot(slot) is None or self._seats.is_other(slot, channel, now)

    def channel_of(self, slot: str) -> str | None:
        """The channel of whoever is logged in at `slot`, as far as we know."""
        agent = self.by_slot(slot)
        away = agent is None or agent.state is State.AWAY
        return None if away else self._seats.channel_in(slot)

    def logs_in(self, slot: str, channel: str, now: Now) -> list[Effect]:
        """A slot's phone is in place: its agent is ready 6 s from now."""
        self._seats.sits(slot, channel)
        agent = self.by_slot(slot)
        if agent is None or agent.state is not State.AWAY:
            return []
        ready_at = now.mono + agents.READY_AFTER_S
        self.step(
            agent.agent,
            Signal.LOGIN,
            now,
            status=Status.AVAILABLE,
            due_mono=ready_at,
            told=agents.LOGIN_PAUSE,
        )
        return self.queue_members.join_all(agent.agent)

    def logs_out(self, slot: str, now: Now) -> list[Effect]:
        """A slot's phone has gone. The caller ends what the agent was doing."""
        agent = self.by_slot(slot)
        if agent is None or agent.state is State.AWAY:
            return []
        self.step(
            agent.agent,
            Signal.LOGOUT,
            now,
            status=Status.LOGGED_OUT,
            pause_reason="",
            told=None,
            slot=None,
            attempt=None,
            inbound=None,
        )
        self._seats.leaves(slot)
        effects: list[Effect] = [self._seats.save(agent.agent, None)]
        self.members.left(agent.agent, agent.queues)
        if agent.queues:
            effects.append(LeaveQueues(slot=slot, queues=agent.queues))
        return effects

    # ── working ──────────────────────────────────────────────────────────────────────────

    def reserve(self, login: str, attempt: str | None, now: Now) -> None:
        """Keep a free agent for a call. Nothing is told to the switch before `confirm`."""
        agent = self._agents.get(login)
        if agent is not None and agent.state is State.IDLE:
            self._free_since[login] = agent.since_mono
        self.step(login, Signal.RESERVE, now, attempt=attempt)

    def confirm(self, login: str, attempt: str, ref: str) -> list[Effect]:
        """Take a reserved agent out of the queues for `attempt`; the answer carries `ref`."""
        agent = self._agents[login]
        self.keep(replace(agent, attempt=attempt))
        # Now it is known whom the call is for.
        self._changed[login] = None
        return self.queue_members.reconcile(login, ref=ref)

    def hand(self, login: str, attempt: str, now: Now) -> list[Effect]:
        """Give a free agent an answered call, which does not wait for the queues to know it."""
        self.reserve(login, attempt, now)
        return self.queue_members.reconcile(login)

    def keep_back(self, login: str, effects: Sequence[Effect], now: Now) -> list[Effect]:
        """Reserve a free agent before the queues can have them; `effects` are about to be done.

        Where it is among these that a pause of the agent ends, it goes on under another reason.
        """
        self.reserve(login, None, now)
        slot = self._agents[login].slot
        still = [one for one in effects if not _ends_pause(one, slot)]
        return still + self.queue_members.reconcile(login)

    def release(self, login: str, now: Now) -> list[Effect]:
        """A reservation came to nothing. Who got no contact is as long idle as before."""
        before = self._agents.get(login)
        self.step(login, Signal.RELEASE, now, attempt=None)
        since = self._free_since.pop(login, now.mono)
        if before is not None and before.state is State.RESERVED and before.attempt is None:
            self.keep(replace(self._agents[login], since_mono=since))
        return self.queue_members.reconcile(login)

    def connect(self, login: str, now: Now, *, inbound: str | None = None) -> list[Effect]:
        """Agent and customer hear each other."""
        agent = self._agents.get(login)
        if agent is None:
            return []
        attempt = None if inbound else agent.attempt
        self.step(login, Signal.CONNECT, now, attempt=attempt, inbound=inbound)
        return self.queue_members.reconcile(login)

    def adopt(self, login: str, attempt: str, now: Now) -> list[Effect]:
        """Keep the agent for a call of ours that was found alive after a restart."""
        return self._adopt(login, attempt, Signal.ADOPT, now)

    def adopt_wrap_up(self, login: str, attempt: str, now: Now) -> list[Effect]:
        """After a restart: the agent still owes the word for a call that has ended."""
        return self._adopt(login, attempt, Signal.OWE, now)

    def _adopt(self, login: str, attempt: str, signal: Signal, now: Now) -> list[Effect]:
        if not self.step(login, signal, now, attempt=attempt):
            return []
        return self.queue_members.reconcile(login)

    def disconnect(self, login: str, wrap_up_s: float, now: Now) -> list[Effect]:
        """The call is over; the agent has `wrap_up_s` seconds to say what came of it."""
        self.step(login, Signal.DISCONNECT, now, due_mono=now.mono + wrap_up_s)
        return self.queue_members.reconcile(login)

    def inbound_over(self, call: str, now: Now) -> list[Effect]:
        """A queue call has ended: whoever talked there wraps up."""
        effects: list[Effect] = []
        for login in [agent.agent for agent in self if agent.inbound == call]:
            effects += self.disconnect(login, self._inbound_wrap_up_s, now)
        return effects

    def finish(self, login: str, now: Now) -> list[Effect]:
        """Wrap-up is done: back to the queues, or to the break that was asked for."""
        self.step(login, Signal.FINISH, now, attempt=None, inbound=None)
        return self.queue_members.reconcile(login)

    def take_break(self, login: str, reason: str | None, now: Now) -> list[Effect]:
        """The agent declares a break, or its end; a call in progress is not touched."""
        agent = self._agents[login]
        status = Status.AVAILABLE if reason is None else Status.ON_BREAK
        since = agent.since_mono if status is agent.status else now.mono
        self.put(replace(agent, status=status, pause_reason=reason or "", since_mono=since), now)
        return self.queue_members.reconcile(login)

    def rejoin(self, login: str, now: Now) -> list[Effect]:
        """The switch does not know this member (any more): start again as after a login."""
        ready_at = now.mono + agents.READY_AFTER_S
        came = self.step(
            login,
            Signal.REJOIN,
            now,
            due_mono=ready_at,
            told=agents.LOGIN_PAUSE,
            attempt=None,
            inbound=None,
        )
        return self.queue_members.join_all(login) if came else []

    def tick(self, now: Now) -> list[Effect]:
        """Agents whose 6 s are over become ready; an inbound wrap-up ends at its limit."""
        effects = self._seats.tick(now) + self._end_loans(now)
        if now.mono < self.quiet_until_mono:
            return effects
        dues = [agent.due_mono for agent in self if agent.due_mono is not None]
        self.quiet_until_mono = min(dues, default=math.inf)
        due = [a.agent for a in self if a.due_mono is not None and now.mono >= a.due_mono]
        # After a restart all are ready at once, in the order that an earlier run has left.
        for agent in map(self._agents.__getitem__, self.members.first_come(due)):
            if agent.state is State.READYING:
                self.step(agent.agent, Signal.READY, now)
                effects += self.queue_members.reconcile(agent.agent)
            elif agent.state is State.WRAP_UP and agent.attempt is None:
                effects += self.finish(agent.agent, now)
        return effects

    # ── what the switch says ─────────────────────────────────────────────────────────────

    def survey(
        self,
        seated: Mapping[str, str],
        paused: Mapping[str, str],
        now: Now,
        members: Mapping[str, Mapping[str, str]] | None = None,
        penalties: Mapping[str, Mapping[str, int]] | None = None,
    ) -> list[Effect]:
        """After a (re)connect: believe the switch about who is logged in, then set the pauses.

        `seated`: the channel in each slot that is taken. `members`: the queues of each slot, and
        the login under which it is in them. `penalties`: its numbers there.
        """
        joined = members or {}
        self.queue_members.numbers_seen(penalties or {})
        effects: list[Effect] = []
        for agent in list(self):
            if agent.slot and agent.state is not State.AWAY and agent.slot not in seated:
                effects += self.logs_out(agent.slot, now)
        effects += self.queue_members.leave_others(joined) + self.queue_members.join_again(joined)
        for slot, channel in sorted(seated.items()):
            if self._was_ready(slot, paused.get(slot), joined.get(slot, {}), now):
                self._goes_on(slot, channel, paused.get(slot), now)
            else:
                effects += self.logs_in(slot, channel, now)
        for agent in list(self):
            if agent.state not in (State.AWAY, State.READYING) and agent.slot:
                told = paused.get(agent.slot)
                if told != agent.told:
                    self.keep(replace(agent, told=told))
                effects += self.queue_members.reconcile(agent.agent)
        return effects

    def _was_ready(
        self, slot: str, reason: str | None, joined: Mapping[str, str], now: Now
    ) -> bool:
        """Whether an earlier run of ours had its agent there past the 6 s, in all the queues."""
        agent = self.by_slot(slot)
        if agent is None or agent.state is not State.AWAY or not agent.queues:
            return False
        as_it_was = dict(joined) == dict.fromkeys(agent.queues, agent.agent)
        just_came = reason == agents.LOGIN_PAUSE or slot in self._seats.promised(now)
        return as_it_was and not just_came

    def _goes_on(self, slot: str, channel: str, reason: str | None, now: Now) -> None:
        """Take over an agent who was ready; who declared a break is still on it."""
        self._seats.sits(slot, channel)
        agent = self.by_slot(slot)
        if agent is None:
            return
        on_break = bool(reason) and reason not in agents.OWN_PAUSES
        self.step(
            agent.agent,
            Signal.LOGIN,
            now,
            status=Status.ON_BREAK if on_break else Status.AVAILABLE,
            pause_reason=(reason or "") if on_break else "",
            due_mono=now.mono,
            told=reason,
        )


def _ends_pause(effect: Effect, slot: str | None) -> bool:
    return isinstance(effect, PauseMember) and effect.slot == slot and effect.reason is None
