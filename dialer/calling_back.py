"""Calling back: whose turn it is among the kept places, and the calls that are made for them.

Owns: the agents who are kept for places: instead of the callers who came later, and before any
campaign. Whose turn it is says `routing.turns`; who may be called now says the judge at the
claim, and a place whose claim brought nobody rests for a while, so that no agent is held without
anybody to talk to. Must not know how a call is placed. Pure: returns effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from campaigns.outcomes import Outcome
from dialer.agents import Agent
from dialer.board import Board
from dialer.effects import Effect, EndAttempt, NoteProgress, ReleaseClaim
from dialer.kept_places import KeptPlaces
from dialer.messages import Claimed, Now, StoreFailed
from dialer.pacing import closed_gate
from dialer.placing import Placing
from dialer.switch_events import QueueConnected
from routing.turns import FreeAgent, Place, PlaceEnd, turns

REST_S = 15.0
"""A place that nobody could be called for is left alone for so long."""

SHORT_REST_S = 2.0
"""And one whose call did not reach the network: its agent may have been taken by another."""


class CallingBack:
    """The calls for the places of one engine."""

    def __init__(self, board: Board, placing: Placing, places: KeptPlaces) -> None:
        self._board = board
        self._placing = placing
        self._places = places
        self._claims: dict[str, str] = {}
        self._attempts: dict[str, str] = {}
        self._rests: dict[str, float] = {}
        # By our call that was on its way when they were served on one of their own.
        self._close_after: dict[str, list[Effect]] = {}

    def loaded(self) -> None:
        """The places were read again: those that are no more need no rest."""
        kept = self._places.kept
        self._rests = {e164: at for e164, at in self._rests.items() if e164 in kept}

    def store_failed(self, failure: StoreFailed) -> None:
        """A claim was refused."""
        if (e164 := self._claims.pop(failure.ref, None)) is not None:
            self._rests[e164] = 0.0

    def claimed(self, answer: Claimed, now: Now) -> None:
        """What the hopper said: the call that is made for a place, or nobody to be called."""
        e164 = self._claims.pop(answer.ref, None)
        if e164 is None:
            return
        for claim in answer.claims:
            self._attempts[claim.attempt] = e164
        if not answer.claims:
            self._rests[e164] = now.mono + REST_S

    def served(self, event: QueueConnected, now: Now) -> list[Effect]:
        """A caller is answered: should a place be kept for them, they need it no more."""
        call = self._places.callers.get(event.call)
        if call is None:
            return []
        call.waits_in = None
        if call.e164 is None:
            return []
        closed = self._places.close(call.e164, PlaceEnd.SERVED, now)
        ours = next((name for name, e164 in self._attempts.items() if e164 == call.e164), None)
        if closed and ours is not None:
            # Its end, busy as they are, would have them called again: the place ends after it.
            self._close_after[ours] = closed
            return []
        return closed

    def follow(self, effects: Sequence[Effect], now: Now) -> list[Effect]:
        """Learn from what the engine does what became of the calls for places."""
        if not self._attempts:
            return []
        closed: list[Effect] = []
        for effect in effects:
            match effect:
                case NoteProgress() if effect.bridged_at and effect.attempt in self._attempts:
                    e164 = self._attempts.pop(effect.attempt)
                    closed += self._places.close(e164, PlaceEnd.CALLED, now)
                    closed += self._close_after.pop(effect.attempt, [])
                case EndAttempt() if effect.attempt in self._attempts:
                    short = effect.outcome is Outcome.NOT_SENT
                    rest_s = SHORT_REST_S if short else REST_S
                    self._rests[self._attempts.pop(effect.attempt)] = now.mono + rest_s
                    closed += self._close_after.pop(effect.attempt, [])
                case ReleaseClaim() if effect.attempt in self._attempts:
                    self._rests[self._attempts.pop(effect.attempt)] = now.mono + SHORT_REST_S
                    closed += self._close_after.pop(effect.attempt, [])
                case _:
                    pass
        return closed

    def serve(self, effects: list[Effect], now: Now) -> list[Effect]:
        """Keep agents for the places whose turn it is; `effects` are those of the same message.

        An agent whose pause was just about to end stays paused.
        """
        # Asked after each message: mostly there is nobody to call, or nobody to do it.
        if not (self._places.kept and self._board.floor.anyone_free):
            return effects
        callable_now = self._callable(now)
        if not callable_now:
            return effects
        floor = self._board.floor
        free = sorted(
            (one for one in floor if one.free and floor.members.kept(one.agent) is None),
            key=lambda agent: (agent.since_mono, agent.agent),
        )
        asked = [FreeAgent(agent=one.agent, levels=self._levels(one)) for one in free]

        def least(queue: str, joined_at: datetime) -> int:
            waited_s = (now.utc - joined_at).total_seconds()
            return floor.members.need(queue).least_after(waited_s)

        for login, place in turns(asked, self._places.callers.waiting, callable_now, least).items():
            desk = self._board.desks.get(self._places.kept[place.e164].campaign_id)
            if desk is None:
                continue
            effects = floor.keep_back(login, effects, now)
            one = (login,)
            claim = self._placing.ask(desk, 1, one, one, now, turns=(place.e164,))
            self._claims[claim.ref] = place.e164
            effects.append(claim)
        return effects

    def _levels(self, agent: Agent) -> dict[str, int]:
        members = self._board.floor.members
        return {queue: members.level(agent.agent, queue) for queue in agent.queues}

    def tick(self, effects: list[Effect], now: Now) -> list[Effect]:
        """As `serve`, and pacers are shown for whom the next agents who are free will be."""
        effects = self.serve(effects, now)
        due = self._callable(now) if self._places.kept else []
        self._board.places_due = Counter(place.queue for place in due)
        return effects

    def _callable(self, now: Now) -> list[Place]:
        """The places that may be called now, as far as the engine can tell, and room for calls."""
        on_the_line = self._places.callers.numbers
        under_way = {*self._claims.values(), *self._attempts.values(), *on_the_line}
        found: list[Place] = []
        room: dict[int, int] = {}
        for kept in sorted(self._places.kept.values(), key=lambda one: one.place.joined_at):
            place, number = kept.place, kept.campaign_id
            if place.e164 in under_way or self._board.calls_number(place.e164):
                continue
            if now.mono < self._rests.get(place.e164, 0.0):
                continue
            if place.due_at is not None and now.utc < place.due_at:
                continue
            if number not in room:
                room[number] = self._room(number, now)
            if room[number] > 0:
                room[number] -= 1
                found.append(self._places.where_served(kept))
        return found

    def _room(self, campaign_id: int, now: Now) -> int:
        desk = self._board.desks.get(campaign_id)
        if desk is None:
            return 0
        # The list may be dry, and what only predictive calls need may be lacking.
        facts = replace(self._placing.facts(desk, 0, now), list_dry=False, dialplan_lacks=False)
        if closed_gate(facts) is not None:
            return 0
        return min(facts.max_calls - facts.calls_alive, facts.cps_room)
