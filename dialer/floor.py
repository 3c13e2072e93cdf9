"""The floor: every agent on file, who sits in which slot, and what the queues must show.

Owns: agents' run-time state, slots, and the pauses in app_queue that follow from it: after each
change the wanted pause reason is compared with what the switch was told last, so no path can
forget one. Must not know calls beyond their ids, nor campaigns. Pure: returns effects.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dialer import agents
from dialer.agents import Agent, Signal, State, Status
from dialer.altered import altered
from dialer.effects import AnswerAsk, Effect, JoinQueues, LeaveQueues, PauseMember, SetPenalties
from dialer.memberships import Memberships
from dialer.messages import AgentRecord, LoginAgent, Now, SlotSaved, StoreFailed
from dialer.seats import Seats
from dialer.switch_events import ActionDone
from routing.choice import first_first
from supervisor.statistics import Statistics

if TYPE_CHECKING:
    from routing.skills import Need

PAUSE = "pause:"
PAUSE_AGAIN_S = 5.0
"""A pause that the switch refused, or its end, is asked for again after this."""


class Floor:
    """The agents. `slots` are the names of agents.conf, in the order in which they are given.

    `inbound_wrap_up_s`: how long an agent wraps up after a queue call. `needs`: what each queue
    asks of its agents. `members`: who serves which queue, and by which number.
    `quiet_until_mono`: no clock of an agent rings before.
    `blind`: the switch cannot be heard, so whoever is on file in a slot may sit there; the
    engine sets it. `stirred`: who has changed since the pacers last looked.
    """

    def __init__(
        self,
        slots: Iterable[str],
        statistics: Statistics,
        inbound_wrap_up_s: float = 10.0,
        needs: Iterable[Need] = (),
    ) -> None:
        self._slots = tuple(slots)
        self._inbound_wrap_up_s = inbound_wrap_up_s
        self.blind = True
        self._statistics = statistics
        self.members = Memberships(needs)
        self._records: dict[str, AgentRecord] = {}
        self._agents: dict[str, Agent] = {}
        # Asked for each slot at each survey: who is on file there.
        self._on_file_at: dict[str, dict[str, None]] = {}
        self._seats = Seats()
        self._changed: dict[str, None] = {}
        self._turns: list[Agent] = []
        self.stirred: set[str] = set()
        self._refused: dict[str, float] = {}
        self._free_since: dict[str, float] = {}
        # Asked for at each tick: who is free.
        self._free: set[str] = set()
        self.quiet_until_mono = math.inf

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._agents.values())

    def get(self, agent: str) -> Agent | None:
        """The agent with this login, if on file."""
        return self._agents.get(agent)

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

    @property
    def anyone_free(self) -> bool:
        """Whether anybody may be given a call."""
        return bool(self._free)

    def take_changed(self) -> list[Agent]:
        """Agents whose status or state changed since the last call of this."""
        changed = [self._agents[login] for login in self._changed if login in self._agents]
        self._changed.clear()
        return changed

    def take_turns(self) -> list[Agent]:
        """Each agent as it was after each change since the last call of this, in order."""
        if not self._turns:
            return []
        turns, self._turns = self._turns, []
        return turns

    def logged_in(self, queue: str) -> int:
        """How many agents of `queue` are logged in."""
        return sum(queue in agent.queues for agent in self if agent.state is not State.AWAY)

    @property
    def all_away(self) -> bool:
        """Whether nobody is logged in."""
        return all(agent.state is State.AWAY for agent in self)

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
                self._put(Agent(agent=record.agent, name=record.name, queues=()), now)
                before = self._agents[record.agent]
                before = replace(before, slot=record.slot)
                if record.slot is not None:
                    self._seats.found(record.agent, record.slot)
            elif same:
                continue
            effects += self._serve_by(record, before, now)
        for login in [a.agent for a in self if a.agent not in known and a.state is State.AWAY]:
            self._keep(replace(self._agents[login], slot=None))
            del self._agents[login]
            self._records.pop(login, None)
            self.members.drop(login)
            self._free.discard(login)
            self.stirred.add(login)
            self._statistics.agent_removed(login, now=now)
        return effects

    def _serve_by(self, record: AgentRecord, before: Agent, now: Now) -> list[Effect]:
        """An agent is on file otherwise, lent or taken back: the queues are to show it."""
        queues = self.members.take(record, now)
        self._keep(replace(before, name=record.name, queues=queues))
        self.stirred.add(record.agent)
        return self._follow_queues(before, self._agents[record.agent])

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

    def _follow_queues(self, before: Agent, after: Agent) -> list[Effect]:
        if after.state is State.AWAY or after.slot is None:
            return []
        if before.queues == after.queues:
            return self.tell_numbers([after.agent])
        gone = tuple(queue for queue in before.queues if queue not in after.queues)
        added = tuple(queue for queue in after.queues if queue not in before.queues)
        effects: list[Effect] = []
        if gone:
            self.members.left(after.agent, gone)
            effects.append(LeaveQueues(slot=after.slot, queues=gone))
        effects += self._add_to(after, added) if added else []
        return effects + self.tell_numbers([after.agent])

    def _add_to(self, agent: Agent, queues: tuple[str, ...]) -> list[Effect]:
        """More queues for somebody who is in others: there as well, paused or not."""
        joined = self._join(agent, queues)
        if agent.told is not None:
            return [joined]
        return [joined, PauseMember(slot=joined.slot, reason=None)]

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
        for other in self._all_at(slot):
            # Who left while we were down is still on file there.
            self._keep(replace(other, slot=None))
        self._keep(replace(agent, slot=slot))
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

    def by_slot(self, slot: str) -> Agent | None:
        """Who sits in `slot`, or is on the way to it; the last to be promised it wins."""
        return max(
            self._all_at(slot),
            key=lambda a: (a.state is not State.AWAY, a.since_mono),
            default=None,
        )

    def _all_at(self, slot: str) -> list[Agent]:
        return [self._agents[login] for login in self._on_file_at.get(slot, ())]

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
        self._step(
            agent.agent,
            Signal.LOGIN,
            now,
            status=Status.AVAILABLE,
            due_mono=ready_at,
            told=agents.LOGIN_PAUSE,
        )
        return self._join_all(agent.agent)

    def _join_all(self, login: str) -> list[Effect]:
        agent = self._agents[login]
        return [self._join(agent, agent.queues)] if agent.queues else []

    def _join(self, agent: Agent, queues: tuple[str, ...]) -> JoinQueues:
        penalties = self.members.penalties(agent.agent, queues)
        self.members.told(agent.agent, penalties)
        return JoinQueues(
            slot=agent.slot or "",
            agent=agent.agent,
            queues=queues,
            reason=agent.told or agents.LOGIN_PAUSE,
            penalties=penalties,
        )

    def tell_numbers(self, logins: Iterable[str], ref: str = "") -> list[Effect]:
        """The numbers of these agents, as far as the switch does not have them."""
        effects: list[Effect] = []
        for login in logins:
            agent = self._agents.get(login)
            if agent is None or agent.slot is None or agent.state is State.AWAY:
                continue
            untold = self.members.untold(login, agent.queues)
            if untold:
                self.members.told(login, untold)
                effects.append(SetPenalties(slot=agent.slot, penalties=untold, ref=ref))
        return effects

    def logs_out(self, slot: str, now: Now) -> list[Effect]:
        """A slot's phone has gone. The caller ends what the agent was doing."""
        agent = self.by_slot(slot)
        if agent is None or agent.state is State.AWAY:
            return []
        self._step(
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
        self._step(login, Signal.RESERVE, now, attempt=attempt)

    def confirm(self, login: str, attempt: str, ref: str) -> list[Effect]:
        """Take a reserved agent out of the queues for `attempt`; the answer carries `ref`."""
        agent = self._agents[login]
        self._keep(replace(agent, attempt=attempt))
        # Now it is known whom the call is for.
        self._changed[login] = None
        return self._reconcile(login, ref=ref)

    def hand(self, login: str, attempt: str, now: Now) -> list[Effect]:
        """Give a free agent an answered call, which does not wait for the queues to know it."""
        self.reserve(login, attempt, now)
        return self._reconcile(login)

    def keep_back(self, login: str, effects: Sequence[Effect], now: Now) -> list[Effect]:
        """Reserve a free agent before the queues can have them; `effects` are about to be done.

        Where it is among these that a pause of the agent ends, it goes on under another reason.
        """
        self.reserve(login, None, now)
        slot = self._agents[login].slot
        still = [one for one in effects if not _ends_pause(one, slot)]
        return still + self._reconcile(login)

    def release(self, login: str, now: Now) -> list[Effect]:
        """A reservation came to nothing. Who got no contact is as long idle as before."""
        before = self._agents.get(login)
        self._step(login, Signal.RELEASE, now, attempt=None)
        since = self._free_since.pop(login, now.mono)
        if before is not None and before.state is State.RESERVED and before.attempt is None:
            self._keep(replace(self._agents[login], since_mono=since))
        return self._reconcile(login)

    def connect(self, login: str, now: Now, *, inbound: str | None = None) -> list[Effect]:
        """Agent and customer hear each other."""
        agent = self._agents.get(login)
        if agent is None:
            return []
        attempt = None if inbound else agent.attempt
        self._step(login, Signal.CONNECT, now, attempt=attempt, inbound=inbound)
        return self._reconcile(login)

    def adopt(self, login: str, attempt: str, now: Now) -> list[Effect]:
        """Keep the agent for a call of ours that was found alive after a restart."""
        return self._adopt(login, attempt, Signal.ADOPT, now)

    def adopt_wrap_up(self, login: str, attempt: str, now: Now) -> list[Effect]:
        """After a restart: the agent still owes the word for a call that has ended."""
        return self._adopt(login, attempt, Signal.OWE, now)

    def _adopt(self, login: str, attempt: str, signal: Signal, now: Now) -> list[Effect]:
        if not self._step(login, signal, now, attempt=attempt):
            return []
        return self._reconcile(login)

    def disconnect(self, login: str, wrap_up_s: float, now: Now) -> list[Effect]:
        """The call is over; the agent has `wrap_up_s` seconds to say what came of it."""
        self._step(login, Signal.DISCONNECT, now, due_mono=now.mono + wrap_up_s)
        return self._reconcile(login)

    def inbound_over(self, call: str, now: Now) -> list[Effect]:
        """A queue call has ended: whoever talked there wraps up."""
        effects: list[Effect] = []
        for login in [agent.agent for agent in self if agent.inbound == call]:
            effects += self.disconnect(login, self._inbound_wrap_up_s, now)
        return effects

    def finish(self, login: str, now: Now) -> list[Effect]:
        """Wrap-up is done: back to the queues, or to the break that was asked for."""
        self._step(login, Signal.FINISH, now, attempt=None, inbound=None)
        return self._reconcile(login)

    def take_break(self, login: str, reason: str | None, now: Now) -> list[Effect]:
        """The agent declares a break, or its end; a call in progress is not touched."""
        agent = self._agents[login]
        status = Status.AVAILABLE if reason is None else Status.ON_BREAK
        since = agent.since_mono if status is agent.status else now.mono
        self._put(replace(agent, status=status, pause_reason=reason or "", since_mono=since), now)
        return self._reconcile(login)

    def rejoin(self, login: str, now: Now) -> list[Effect]:
        """The switch does not know this member (any more): start again as after a login."""
        ready_at = now.mono + agents.READY_AFTER_S
        came = self._step(
            login,
            Signal.REJOIN,
            now,
            due_mono=ready_at,
            told=agents.LOGIN_PAUSE,
            attempt=None,
            inbound=None,
        )
        return self._join_all(login) if came else []

    def pause_answered(self, done: ActionDone, now: Now) -> list[Effect]:
        """The switch refused a pause or its end: the queues do not show what they should.

        A member whom somebody has taken out of the queues is put back in.
        """
        if done.ok or not done.ref.startswith(PAUSE):
            return []
        login = done.ref.removeprefix(PAUSE)
        self._refused[login] = now.mono + PAUSE_AGAIN_S
        agent = self._agents.get(login)
        if not done.unknown or agent is None or agent.state is State.AWAY or not agent.queues:
            return []
        return [self._join(agent, agent.queues)]

    def pause_again(self, now: Now) -> list[Effect]:
        """Ask anew for the pauses that were refused; call it while the link is up."""
        effects: list[Effect] = []
        for login in [one for one, due in self._refused.items() if now.mono >= due]:
            del self._refused[login]
            agent = self._agents.get(login)
            if agent is not None and agent.state is not State.AWAY and agent.slot:
                effects.append(self._pause(agent))
        return effects

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
                self._step(agent.agent, Signal.READY, now)
                effects += self._reconcile(agent.agent)
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
        self._numbers_seen(penalties or {})
        effects: list[Effect] = []
        for agent in list(self):
            if agent.slot and agent.state is not State.AWAY and agent.slot not in seated:
                effects += self.logs_out(agent.slot, now)
        effects += self._leave_others(joined) + self._join_again(joined)
        for slot, channel in sorted(seated.items()):
            if self._was_ready(slot, paused.get(slot), joined.get(slot, {}), now):
                self._goes_on(slot, channel, paused.get(slot), now)
            else:
                effects += self.logs_in(slot, channel, now)
        for agent in list(self):
            if agent.state not in (State.AWAY, State.READYING) and agent.slot:
                told = paused.get(agent.slot)
                if told != agent.told:
                    self._keep(replace(agent, told=told))
                effects += self._reconcile(agent.agent)
        return effects

    def _numbers_seen(self, penalties: Mapping[str, Mapping[str, int]]) -> None:
        for slot, numbers in penalties.items():
            agent = self.by_slot(slot)
            if agent is not None:
                self.members.told(agent.agent, numbers)

    def _leave_others(self, joined: Mapping[str, Mapping[str, str]]) -> list[Effect]:
        """Out of queues that an agent serves no more: a loan has ended while we were away."""
        effects: list[Effect] = []
        for slot, queues in joined.items():
            agent = self.by_slot(slot)
            gone = tuple(queue for queue in queues if agent and queue not in agent.queues)
            if gone:
                effects.append(LeaveQueues(slot=slot, queues=gone))
        return effects

    def _join_again(self, joined: Mapping[str, Mapping[str, str]]) -> list[Effect]:
        """Who is in some of their queues only: the link was lost while they joined."""
        effects: list[Effect] = []
        for agent in self:
            there = joined.get(agent.slot or "") if agent.state is not State.AWAY else None
            missing = tuple(queue for queue in agent.queues if there and queue not in there)
            effects += self._add_to(agent, missing) if missing else []
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
        self._step(
            agent.agent,
            Signal.LOGIN,
            now,
            status=Status.ON_BREAK if on_break else Status.AVAILABLE,
            pause_reason=(reason or "") if on_break else "",
            due_mono=now.mono,
            told=reason,
        )

    def farewell(self) -> list[Effect]:
        """We stop: whoever is held back by us alone goes back to the queues.

        Among equals app_queue chooses by its own strategy then, so that nobody is always first.
        """
        effects: list[Effect] = []
        for agent in self:
            alike = self.members.alike(agent.agent, agent.queues)
            if agent.slot and agent.state is not State.AWAY and alike:
                effects.append(SetPenalties(slot=agent.slot, penalties=alike))
        return effects + [
            PauseMember(slot=agent.slot, reason=None)
            for agent in self
            if agent.slot and agent.told and agent.status is Status.AVAILABLE
        ]

    def _step(
        self,
        login: str,
        signal: Signal,
        now: Now,
        **changes: str | float | None,
    ) -> bool:
        """Advance an agent by the table; whether the signal belonged there."""
        agent = self._agents.get(login)
        after = agent and agents.advance(agent, signal, now.mono, **changes)
        if after is None:
            return False
        self._put(after, now)
        return True

    def _keep(self, agent: Agent) -> None:
        before = self._agents.get(agent.agent)
        last = before.slot if before is not None else None
        if agent.slot != last:
            if last is not None:
                del self._on_file_at[last][agent.agent]
            if agent.slot is not None:
                self._on_file_at.setdefault(agent.slot, {})[agent.agent] = None
        self._agents[agent.agent] = agent

    def _put(self, agent: Agent, now: Now) -> None:
        self._keep(agent)
        (self._free.add if agent.free else self._free.discard)(agent.agent)
        if agent.due_mono is not None and agent.due_mono < self.quiet_until_mono:
            self.quiet_until_mono = agent.due_mono
        self._changed[agent.agent] = None
        self._turns.append(agent)
        self.stirred.add(agent.agent)
        self._statistics.agent_changed(
            agent.agent,
            status=agent.status,
            state=agent.state,
            reason=agent.pause_reason,
            now=now,
        )

    def _reconcile(self, login: str, ref: str = "") -> list[Effect]:
        agent = self._agents.get(login)
        if agent is None or agent.slot is None:
            return []
        effects: list[Effect] = []
        if agent.free:
            # Told before the pause ends: from then on app_queue may choose.
            moved = self.members.is_free(login, agent.since_mono, self._free)
            effects += self.tell_numbers(dict.fromkeys((*moved, login)))
        if agents.wanted_pause(agent) == agent.told and not ref:
            return effects
        return [*effects, self._pause(agent, ref)]

    def _pause(self, agent: Agent, ref: str = "") -> PauseMember:
        wanted = agents.wanted_pause(agent)
        self._keep(altered(agent, told=wanted))
        return PauseMember(slot=agent.slot or "", reason=wanted, ref=ref or PAUSE + agent.agent)


def _ends_pause(effect: Effect, slot: str | None) -> bool:
    return isinstance(effect, PauseMember) and effect.slot == slot and effect.reason is None
