"""After a start or a lost link: what the switch says is believed, and every call is settled.

Owns: what becomes of calls that an earlier run of this engine left open, of calls whose end
was missed while the link was down, and when dialing may begin again. Nothing is sent twice:
an attempt that was sent is taken over or ends as lost, never sent anew. Pure.

A survey takes a moment, and the world goes on meanwhile: what an event has said since it was
asked for is newer than what it lists, and wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from campaigns.outcomes import Outcome
from dialer.agents import State
from dialer.board import Board
from dialer.calls import BEFORE_NETWORK, UNSERVED_AFTER_S, Call, CallState
from dialer.following import Following
from dialer.messages import (
    AgentLoggedIn,
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    Effect,
    EndAttempt,
    HangUp,
    Now,
    Survey,
    SwitchSurveyed,
    Unfinished,
    UnfinishedAttempt,
)

RINGS_ON_S = 60.0
"""A call that was found ringing is given up after this."""


class Recovery:
    """What an earlier run left, and what the switch still holds."""

    def __init__(self, board: Board, following: Following) -> None:
        self._board = board
        self._following = following
        self._unfinished: tuple[UnfinishedAttempt, ...] | None = None
        self._settled = False
        self._asked = False
        self._slots_heard: set[str] = set()
        self._calls_ended: set[str] = set()

    def begin(self) -> list[Effect]:
        """Ask the switch what lives on it."""
        self._asked = True
        self._forget_news()
        return [Survey()]

    def _forget_news(self) -> None:
        self._slots_heard.clear()
        self._calls_ended.clear()

    def heard(self, event: AgentLoggedIn | AgentLoggedOut | CallHungUp) -> None:
        """Note news that are younger than the survey under way; without one they are not kept."""
        if not self._asked:
            return
        if isinstance(event, CallHungUp):
            self._calls_ended.add(event.call)
        else:
            self._slots_heard.add(event.slot)

    @property
    def settled(self) -> bool:
        """Whether every attempt of an earlier run has been taken over or ended."""
        return self._settled

    def left_open(self, unfinished: Unfinished) -> None:
        """Note what the database holds without an outcome."""
        self._unfinished = unfinished.attempts

    def surveyed(self, survey: SwitchSurveyed, now: Now) -> list[Effect]:
        """Compare the board and the database with what lives on the switch."""
        effects: list[Effect] = []
        living = {c: up for c, up in survey.calls.items() if c not in self._calls_ended}
        self._board.statistics.calls_surveyed(living.keys(), now=now)
        for call in self._board:
            if call.state not in BEFORE_NETWORK and call.attempt not in living:
                effects += self._following.vanished(call, now)
        effects += self._survey_floor(survey, now)
        for attempt in self._unfinished or ():
            effects += self._settle(attempt, living, now)
        effects += self._survey_talks(survey, living, now)
        self._settled = self._unfinished is not None
        self._unfinished = () if self._settled else None
        self._asked = False
        self._forget_news()
        return effects

    def _survey_floor(self, survey: SwitchSurveyed, now: Now) -> list[Effect]:
        floor = self._board.floor
        heard = {slot for slot in self._slots_heard if floor.is_seated(slot)}
        seated = (survey.agents.keys() - self._slots_heard) | heard
        # Whose login was lost in a crash would sit there for ever: the phone is to log in anew.
        strangers = [channel for slot, channel in survey.agents.items() if floor.is_stranger(slot)]
        effects: list[Effect] = [HangUp(call=channel) for channel in strangers]
        return effects + floor.survey(seated, survey.paused, now)

    def _survey_talks(
        self, survey: SwitchSurveyed, living: Mapping[str, bool], now: Now
    ) -> list[Effect]:
        """Who hears whom, where it changed unheard; what rings on has its clock set anew."""
        effects: list[Effect] = []
        for slot, talk in survey.talking.items():
            if talk in living:
                effects += self._found_talking(slot, talk, now)
        for call in self._board:
            if call.state not in (CallState.SENT, CallState.RINGING):
                continue
            self._board.put(replace(call, due_mono=now.mono + RINGS_ON_S))
            if living.get(call.attempt):
                effects += self._following.hear(CallAnswered(call=call.attempt), now)
        return effects

    def _found_talking(self, slot: str, talk: str, now: Now) -> list[Effect]:
        floor = self._board.floor
        agent = floor.by_slot(slot)
        call = self._board.get(talk)
        if agent is None or agent.state in (State.AWAY, State.TALKING):
            return []
        if call is None:
            return floor.connect(agent.agent, now, inbound=talk)
        # The slot may have changed hands since: who hears the customer has the call.
        effects = self._board.hand_over(call, agent.agent, now)
        effects += self._following.hear(CallBridged(call=talk), now)
        return effects + floor.connect(agent.agent, now)

    def _settle(
        self, left: UnfinishedAttempt, living: Mapping[str, bool], now: Now
    ) -> list[Effect]:
        up = living.get(left.attempt)
        if up is None:
            spoke = left.bridged_at is not None
            outcome = Outcome.UNDISPOSED if spoke else Outcome.LOST
            return [EndAttempt(attempt=left.attempt, outcome=outcome, at=now.utc)]
        return self._take_over(left, now, up=up)

    def _take_over(self, left: UnfinishedAttempt, now: Now, *, up: bool) -> list[Effect]:
        state = CallState.RINGING
        due_mono: float | None = now.mono + RINGS_ON_S
        if up:
            talking = left.bridged_at is not None
            state = CallState.TALKING if talking else CallState.ANSWERED
            due_mono = None if talking else now.mono + UNSERVED_AFTER_S
        self._board.put(
            Call(
                attempt=left.attempt,
                campaign_id=left.campaign_id,
                contact_id=left.contact_id,
                e164=left.e164,
                zone=left.zone,
                agent=left.agent or "",
                state=state,
                due_mono=due_mono,
            ),
        )
        effects = self._board.floor.adopt(left.agent or "", left.attempt, now)
        if state is CallState.TALKING:
            effects += self._board.floor.connect(left.agent or "", now)
        return effects
