"""After a start, after a lost link, and every 30 s: what the switch says is believed.

Owns: what becomes of calls that an earlier run of this engine left open, of calls whose end
was missed, and when dialing may begin again; and the audit that goes on asking. Nothing is sent
twice: an attempt that was sent is taken over or ends as lost, never sent anew. Pure.

A survey takes a moment, and the world goes on meanwhile: what an event has said since it was
asked for is newer than what it lists, and wins. After a new link one survey settles everything,
for nothing was sent meanwhile. An audit comes amid calls that are just being placed or ended: what
it misses must be missing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from campaigns.outcomes import Outcome
from dialer.agents import State
from dialer.board import Board
from dialer.calls import BEFORE_NETWORK, UNSERVED_AFTER_S, Call, CallState
from dialer.effects import AuditFinding, Effect, EndAttempt, Found, HangUp, NoteProgress, Survey
from dialer.following import Following
from dialer.late_words import LateWords
from dialer.messages import Now, UndisposedCall, Unfinished, UnfinishedAttempt
from dialer.switch_events import (
    AgentLoggedIn,
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallUnserved,
    QueueConnected,
    QueueJoined,
    QueueLeft,
    SwitchSurveyed,
)

RINGS_ON_S = 60.0
"""A call that was found ringing is given up after this."""

AUDIT_EVERY_S = 30.0
"""How often the switch is asked what lives on it while the link is up."""

LOOK_TWICE_S = 5.0
"""What an audit misses is looked for once more after this, and then it is gone."""

SURVEY_LIMIT_S = 60.0
"""A survey that was not answered for so long never will be: an audit asks anew."""

LOOKED_AT_S = 5.0
"""One whose clock ran out unheard has this long to say something."""

News = AgentLoggedIn | AgentLoggedOut | CallHungUp | QueueJoined | QueueConnected | QueueLeft


class Recovery:
    """What an earlier run left, and what the switch still holds."""

    def __init__(self, board: Board, following: Following, late_words: LateWords) -> None:
        self._board = board
        self._following = following
        self._late_words = late_words
        self._unfinished: tuple[UnfinishedAttempt, ...] | None = None
        self._settled = False
        self._asked_mono: float | None = None
        self._auditing = False
        self._audit_at_mono: float | None = None
        self._missing: frozenset[str] = frozenset()
        self._slots_heard: set[str] = set()
        self._calls_ended: set[str] = set()
        self._calls_heard: set[str] = set()

    def begin(self, now: Now) -> list[Effect]:
        """Ask the switch what lives on it: a new link, of which nothing is known yet."""
        self._auditing = False
        self._missing = frozenset()
        return self._ask(now)

    def tick(self, now: Now) -> list[Effect]:
        """Ask again now and then; call it while the link is up."""
        if self._asked_mono is not None:
            overdue = now.mono >= self._asked_mono + SURVEY_LIMIT_S
            return self._ask(now) if overdue else []
        if self._audit_at_mono is None or now.mono < self._audit_at_mono:
            return []
        self._auditing = True
        return self._ask(now)

    def _ask(self, now: Now) -> list[Effect]:
        self._asked_mono = now.mono
        self._forget_news()
        return [Survey()]

    def _forget_news(self) -> None:
        self._slots_heard.clear()
        self._calls_ended.clear()
        self._calls_heard.clear()

    def heard(self, event: News) -> None:
        """Note news that are younger than the survey under way; without one they are not kept."""
        if self._asked_mono is None:
            return
        match event:
            case CallHungUp():
                self._calls_ended.add(event.call)
            case QueueJoined() | QueueConnected() | QueueLeft():
                self._calls_heard.add(event.call)
            case AgentLoggedIn() | AgentLoggedOut():
                self._slots_heard.add(event.slot)

    @property
    def calls_heard(self) -> frozenset[str]:
        """The calls of which news came that are younger than the survey under way."""
        return frozenset(self._calls_heard)

    @property
    def auditing(self) -> bool:
        """Whether the survey under way comes amid events; else nothing was heard before it."""
        return self._auditing

    @property
    def settled(self) -> bool:
        """Whether every attempt of an earlier run has been taken over or ended."""
        return self._settled

    def left_open(self, unfinished: Unfinished) -> None:
        """Note what the database holds without an outcome."""
        self._unfinished = unfinished.attempts

    def surveyed(self, survey: SwitchSurveyed, now: Now) -> list[Effect]:
        """Compare the board and the database with what lives on the switch."""
        living = {c: up for c, up in survey.calls.items() if c not in self._calls_ended}
        callers = living.keys() | (self._calls_heard - self._calls_ended)
        self._survey_queues(survey, living, now)
        effects = self._settle_missing(callers, survey.unmet, now)
        effects += self._survey_floor(survey, now)
        # The living first: whose agent talks has no time for the word on the call before. Who took
        # a call that nobody was kept for is known from the talk alone.
        for left in self._unfinished or ():
            if (up := living.get(left.attempt)) is not None:
                effects += self._take_over(left, now, up=up)
        effects += self._survey_talks(survey, living, now)
        for left in self._unfinished or ():
            if left.attempt not in living:
                effects += self._settle(left, survey.unmet, now)
        for attempt in sorted(survey.at_message):
            effects += self._following.hear(CallUnserved(call=attempt), now)
        self._settled = self._unfinished is not None
        self._unfinished = () if self._settled else None
        self._asked_mono = None
        self._audit_at_mono = now.mono + (LOOK_TWICE_S if self._missing else AUDIT_EVERY_S)
        self._forget_news()
        return effects

    def _survey_queues(self, survey: SwitchSurveyed, living: Mapping[str, bool], now: Now) -> None:
        """Who waits: of whom no event has told since, the list is believed.

        Who came before we did, or while we could not hear, is to be served before we dial.
        """
        listed = {c: w for c, w in survey.waiting.items() if c in living}
        heard = self._calls_heard - self._calls_ended
        self._board.statistics.calls_surveyed(listed.keys() | heard, now=now)
        for call, wait in listed.items():
            if call not in heard:
                self._board.statistics.queue_joined(
                    call,
                    queue=wait.queue,
                    now=now,
                    waited_s=wait.waited_s,
                    number=wait.number,
                )

    # ── whose end was missed ─────────────────────────────────────────────────────────────

    def _settle_missing(
        self, living: Collection[str], unmet: Collection[str], now: Now
    ) -> list[Effect]:
        missing = frozenset(call for call in self._believed() if call not in living)
        gone = missing & self._missing if self._auditing else missing
        self._missing = missing - gone if self._auditing else frozenset()
        effects: list[Effect] = []
        for name in sorted(gone):
            if self._auditing:
                effects.append(Found(finding=AuditFinding.CALL_GONE, call=name))
            if name in unmet:
                effects += self._following.hear(CallAnswered(call=name), now)
            effects += self._gone(name, now)
        return effects

    def _believed(self) -> set[str]:
        """The channels that must be on the switch, as far as we know."""
        talking = (agent for agent in self._board.floor if agent.state is State.TALKING)
        inbound = {agent.inbound for agent in talking if agent.inbound is not None}
        return inbound | {call.attempt for call in self._board if _on_switch(call)}

    def _gone(self, name: str, now: Now) -> list[Effect]:
        call = self._board.get(name)
        if call is not None:
            return self._following.vanished(call, now)
        return self._board.floor.inbound_over(name, now)

    def _survey_floor(self, survey: SwitchSurveyed, now: Now) -> list[Effect]:
        floor = self._board.floor
        listed = {s: c for s, c in survey.agents.items() if s not in self._slots_heard}
        heard = {slot: floor.channel_of(slot) for slot in self._slots_heard}
        seated = listed | {s: channel for s, channel in heard.items() if channel is not None}
        # Whose login was lost in a crash would sit there for ever: the phone is to log in anew.
        strangers = {s: c for s, c in listed.items() if floor.is_stranger(s, c, now)}
        effects: list[Effect] = [HangUp(call=channel) for channel in strangers.values()]
        if self._auditing:
            effects += self._found_on_floor(seated)
        ours = {slot: channel for slot, channel in seated.items() if slot not in strangers}
        return effects + floor.survey(ours, survey.paused, now, survey.members, survey.penalties)

    def _found_on_floor(self, seated: Collection[str]) -> list[Effect]:
        seats = {agent.slot or "" for agent in self._board.floor if agent.state is not State.AWAY}
        gone, came = seats - set(seated), set(seated) - seats
        return [
            *(Found(finding=AuditFinding.AGENT_GONE, slot=slot) for slot in sorted(gone)),
            *(Found(finding=AuditFinding.AGENT_CAME, slot=slot) for slot in sorted(came)),
        ]

    def _survey_talks(
        self, survey: SwitchSurveyed, living: Mapping[str, bool], now: Now
    ) -> list[Effect]:
        """Who hears whom, where it changed unheard; what rings on has its clock set anew."""
        effects: list[Effect] = []
        for slot, talk in survey.talking.items():
            if talk in living:
                effects += self._found_talking(slot, talk, now)
        for call in self._board:
            if call.stopping and call.attempt in living:
                effects.append(HangUp(call=call.attempt))  # ours was lost with the link
            if call.state not in (CallState.SENT, CallState.RINGING):
                continue
            if not self._auditing:
                self._board.put(replace(call, due_mono=_rings_on_until(call, now)))
            if living.get(call.attempt):
                effects += self._following.hear(CallAnswered(call=call.attempt), now)
        return effects

    def _found_talking(self, slot: str, talk: str, now: Now) -> list[Effect]:
        floor = self._board.floor
        agent = floor.by_slot(slot)
        call = self._board.get(talk)
        if agent is None or agent.state in (State.AWAY, State.TALKING):
            return []
        said: list[Effect] = []
        if self._auditing:
            said.append(Found(finding=AuditFinding.TALK_UNHEARD, call=talk, slot=slot))
        if call is None:
            return said + floor.connect(agent.agent, now, inbound=talk)
        # The slot may have changed hands since: who hears the customer has the call.
        effects = said + self._board.hand_over(call, agent.agent, now)
        effects += self._following.hear(CallBridged(call=talk), now)
        after = self._board.get(talk)
        if after is None or after.state is not CallState.TALKING:
            return effects  # The end of the talk has been heard before: this list is older.
        return effects + self._board.meet(after, now)

    def _settle(self, left: UnfinishedAttempt, unmet: Collection[str], now: Now) -> list[Effect]:
        """What an earlier run left, and what has ended meanwhile."""
        if left.bridged_at is None and left.attempt in unmet:
            gone = EndAttempt(attempt=left.attempt, outcome=Outcome.ABANDONED, at=now.utc)
            return [NoteProgress(attempt=left.attempt, answered_at=now.utc), gone]
        if left.bridged_at is None:
            return [EndAttempt(attempt=left.attempt, outcome=Outcome.LOST, at=now.utc)]
        return self._wrap_up(left, now)

    def _wrap_up(self, left: UnfinishedAttempt, now: Now) -> list[Effect]:
        """The talk ended before we did, or meanwhile: the agent has what is left of the time."""
        desk = self._board.desks.get(left.campaign_id)
        limit_s = desk.campaign.wrap_up_s if desk else 0
        passed_s = (now.utc - left.ended_at).total_seconds() if left.ended_at else 0.0
        left_s = min(limit_s - passed_s, limit_s)  # a clock that was set back gives nobody more
        if left_s <= 0:
            return [self._undisposed(left, now)]
        self._board.put(_taken(left, CallState.WRAP_UP, now.mono + left_s))
        note = NoteProgress(attempt=left.attempt, ended_at=left.ended_at or now.utc)
        return [note, *self._board.floor.adopt_wrap_up(left.agent or "", left.attempt, now)]

    def _undisposed(self, left: UnfinishedAttempt, now: Now) -> EndAttempt:
        """The time for the agent's word was over before; it may still come."""
        if left.agent:
            self._late_words.left(UndisposedCall(attempt=left.attempt, agent=left.agent))
        return EndAttempt(attempt=left.attempt, outcome=Outcome.UNDISPOSED, at=now.utc)

    def _take_over(self, left: UnfinishedAttempt, now: Now, *, up: bool) -> list[Effect]:
        state = CallState.RINGING
        due_mono: float | None = now.mono + RINGS_ON_S
        if up:
            talking = left.bridged_at is not None
            state = CallState.TALKING if talking else CallState.ANSWERED
            due_mono = None if talking else now.mono + UNSERVED_AFTER_S
        self._board.put(_taken(left, state, due_mono))
        self._show(left, state, now)
        effects = self._board.floor.adopt(left.agent or "", left.attempt, now)
        if up:
            # The law's share is counted of those who are known to have answered.
            effects.append(NoteProgress(attempt=left.attempt, answered_at=now.utc))
        if state is CallState.TALKING:
            effects += self._board.floor.connect(left.agent or "", now)
        return effects

    def _show(self, left: UnfinishedAttempt, state: CallState, now: Now) -> None:
        """Those who watch see the call, as far as it has come."""
        desk = self._board.desks.get(left.campaign_id)
        if desk is None:
            return
        statistics = self._board.statistics
        statistics.call_taken_over(left.attempt, campaign=desk.campaign.name, now=now)
        match state:
            case CallState.TALKING:
                statistics.call_bridged(left.attempt, now=now)
            case CallState.ANSWERED:
                statistics.call_answered(left.attempt, now=now)
            case _:
                statistics.call_ringing(left.attempt, now=now)


def _taken(left: UnfinishedAttempt, state: CallState, due_mono: float | None) -> Call:
    """The call of an earlier run, as ours."""
    return Call(
        attempt=left.attempt,
        campaign_id=left.campaign_id,
        contact_id=left.contact_id,
        e164=left.e164,
        zone=left.zone,
        agent=left.agent or "",
        reserved=left.agent is not None,
        state=state,
        due_mono=due_mono,
    )


def _on_switch(call: Call) -> bool:
    """Whether the call has left for the switch, and has not come back."""
    return call.state not in {*BEFORE_NETWORK, CallState.WRAP_UP}


def _rings_on_until(call: Call, now: Now) -> float:
    """The clock that runs goes on: a link that falls each minute would renew it for ever."""
    limit = now.mono + RINGS_ON_S
    return (
        limit if call.due_mono is None else min(limit, max(call.due_mono, now.mono + LOOKED_AT_S))
    )
