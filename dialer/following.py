"""Following a call on the network: what the switch says, until the hang-up.

Owns: the meaning of each event for a call that we placed, the clocks of a call (grace, the
1.7 s to the message, the end of patience), and the outcome of a call that reached no agent.
Must not know how a call came to be placed. Pure: returns effects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from asterisk.causes import outcome_of
from campaigns.outcomes import Outcome
from dialer import breaker
from dialer.afterwork import Afterwork
from dialer.altered import altered
from dialer.board import Board
from dialer.calls import (
    CLOSING_GRACE_S,
    SCREENING_LIMIT_S,
    UNSERVED_AFTER_S,
    Call,
    CallState,
    Signal,
    switch_has_spoken,
)
from dialer.effects import Effect, HangUp, NoteProgress, PlayUnserved
from dialer.messages import Now
from dialer.recent import Recent
from dialer.switch_events import (
    CallAnswered,
    CallBridged,
    CallDialEnded,
    CallHungUp,
    CallOriginated,
    CallRinging,
    CallScreenedOut,
    CallUnserved,
    CallWaiting,
)

RING_TIMEOUT_REASON = 3
TWO_PEOPLE = 2
"""Channels in a bridge from which on somebody is heard: a customer waits there alone at first."""
GIVEN_UP_KEPT = 1000
"""How many calls are remembered that were given up while they might still come to life."""
BRIDGES_KEPT = 256
"""Bridges that are remembered because a stranger was heard to join somebody there."""
TALKED_S = 2.0
"""Two who were in a bridge for so long have talked, whatever comes after."""
AT_ONCE_S = 0.5
"""A switch without our dialplan hangs up on who answers within this."""
MESSAGE_LIMIT_S = 30.0
"""The message that an unserved customer hears ends by itself; this ends it for certain."""

CallEvent = (
    CallRinging
    | CallAnswered
    | CallOriginated
    | CallDialEnded
    | CallBridged
    | CallWaiting
    | CallScreenedOut
    | CallUnserved
    | CallHungUp
)


class Following:
    """Calls on the network."""

    def __init__(self, board: Board, afterwork: Afterwork) -> None:
        self._board = board
        self._afterwork = afterwork
        self._given_up = Recent(GIVEN_UP_KEPT)
        self._joined = Recent(BRIDGES_KEPT)

    def hear(self, event: CallEvent, now: Now) -> list[Effect]:  # noqa: C901, PLR0911  one an event
        """One event of the switch on one channel; channels that are not our calls are ignored."""
        call = self._board.get(event.call)
        if call is None and isinstance(event, CallBridged):
            call = self._met_in(event)
        if call is None:
            return self._hear_given_up(event)
        match event:
            case CallRinging():
                return self._rings(call, now)
            case CallAnswered():
                return self._answered(call, now)
            case CallOriginated():
                return self._originated(call, event, now)
            case CallDialEnded():
                self._board.put(_with_word(call, dial_status=event.dial_status))
                return []
            case CallBridged():
                return self._bridged(call, event, now)
            case CallWaiting():
                return self._waits(call, event, now)
            case CallScreenedOut():
                return self._screened_out(call, now)
            case CallUnserved():
                return self._unserved(call, now)
            case CallHungUp():
                return self._hung_up(call, event, now)

    def _hear_given_up(self, event: CallEvent) -> list[Effect]:
        """A call that ended as lost comes to life: it has nobody who waits for it any more."""
        if event.call not in self._given_up:
            return []
        match event:
            case CallRinging():
                return [HangUp(call=event.call)]
            case CallAnswered():
                return [PlayUnserved(call=event.call)]
            case CallHungUp():
                self._given_up.discard(event.call)
        return []

    def _give_up(self, call: Call) -> None:
        self._given_up.add(call.attempt)

    def _met_in(self, event: CallBridged) -> Call | None:
        """Whom a stranger (an agent's phone) has joined; the word on either may come first."""
        if event.channels >= TWO_PEOPLE:
            self._joined.add(event.bridge)
        return self._board.waiting_in(event.bridge)

    def _rings(self, call: Call, now: Now) -> list[Effect]:
        self._board.network_lives(call)
        self._board.statistics.call_ringing(call.attempt, now=now)
        call = _with_word(call, rang=True)
        self._board.put(call)
        self._board.step(call, Signal.RING, due_mono=call.due_mono)
        # A hang-up that overtook its Originate found nothing to hang up.
        return [HangUp(call=call.attempt)] if call.stopping else []

    def _answered(self, call: Call, now: Now) -> list[Effect]:
        if call.state is CallState.CLOSING and call.word.success is not False:
            return self._answered_and_gone(call, now)
        call = replace(_with_word(call, rang=True), waits_since_mono=now.mono)
        within_s = SCREENING_LIMIT_S if call.screened else UNSERVED_AFTER_S
        if not self._board.step(call, Signal.ANSWER, due_mono=now.mono + within_s):
            return []
        self._board.network_lives(call)
        self._board.statistics.call_answered(call.attempt, now=now)
        note = NoteProgress(attempt=call.attempt, answered_at=now.utc)
        if not call.stopping:
            return [note]
        # The answer was quicker than our hang-up: nobody is there for them.
        return [note, *self.give_up_waiting(self._board.get(call.attempt) or call, now)]

    def _answered_and_gone(self, call: Call, now: Now) -> list[Effect]:
        """The word of the answer comes after the hang-up: somebody was there, and heard nobody."""
        self._board.network_lives(call)
        self._board.statistics.call_answered(call.attempt, now=now)
        note = NoteProgress(attempt=call.attempt, answered_at=now.utc)
        return [note, *self._board.end(call, Outcome.ABANDONED, now)]

    def _waits(self, call: Call, event: CallWaiting, now: Now) -> list[Effect]:
        """A person waits for an agent (`dialer.handing`), perhaps not for the first time."""
        effects = self._answered(call, now)
        heard = self._board.get(call.attempt)
        if heard is None:
            return effects
        self._dialplan_lives(heard)
        named = self._board.floor.get(heard.agent)
        if named is not None and named.slot != event.tried:
            return effects  # told twice: somebody was named since
        if heard.disposition is not None:
            return effects  # they have talked, however short it was: the agent says what came of it
        if heard.state is CallState.TALKING and not _has_talked(heard, now):
            return effects + self.give_up_waiting(heard, now)
        if heard.state is not CallState.ANSWERED:
            return effects
        if named is not None:
            effects += self._distrust_agent(heard, now)
        since = None if heard.screened else heard.waits_since_mono
        since = now.mono if since is None else since
        due = since + UNSERVED_AFTER_S
        self._board.put(
            replace(heard, agent="", screened=False, waits_since_mono=since, due_mono=due)
        )
        self._board.waiting[call.attempt] = None
        return effects

    def _screened_out(self, call: Call, now: Now) -> list[Effect]:
        """A machine: the switch hangs up by itself."""
        effects = self._answered(call, now)
        heard = self._board.get(call.attempt)
        if heard is None or heard.state is not CallState.ANSWERED:
            return effects
        self._dialplan_lives(heard)
        self._board.put(replace(heard, waits_since_mono=None))  # no person does
        return effects + self._board.end(heard, Outcome.MACHINE, now)

    def _originated(self, call: Call, event: CallOriginated, now: Now) -> list[Effect]:
        if event.success:
            self._board.put(_with_word(call, success=True, reason=event.reason))
            return self._answered(self._board.get(call.attempt) or call, now)
        call = _with_word(call, success=False, reason=event.reason)
        return self._close(call, Signal.FAIL, now)

    def _bridged(self, call: Call, event: CallBridged, now: Now) -> list[Effect]:
        if event.channels < TWO_PEOPLE and event.bridge not in self._joined:
            self._board.put(replace(call, bridge=event.bridge))
            return []
        if call.message_plays:
            # An older list of the switch may still have them together.
            return []
        # Who is bridged has answered, whichever word comes first.
        effects = self._answered(call, now)
        bridged = replace(self._board.get(call.attempt) or call, bridged_mono=now.mono)
        talking = self._board.step(bridged, Signal.BRIDGE)
        if talking is None:
            return effects
        self._board.statistics.call_bridged(call.attempt, now=now)
        met = NoteProgress(attempt=call.attempt, bridged_at=now.utc, agent=talking.agent)
        effects.append(met)
        return effects + self._board.meet(talking, now)

    def _unserved(self, call: Call, now: Now) -> list[Effect]:
        if call.disposition is not None or _has_talked(call, now):
            return []
        if call.state is CallState.ANSWERED and not call.reserved and call.agent:
            # The message began while an agent was being named: that takes the customer out of it.
            # Where it does not, the clock of the call has the message played once more.
            return []
        call = replace(call, message_plays=True)
        self._board.put(call)
        if not self._board.step(call, Signal.UNSERVE, due_mono=now.mono + MESSAGE_LIMIT_S):
            return []
        self._board.statistics.call_unserved(call.attempt, now=now)
        return self._distrust_agent(call, now)

    def _distrust_agent(self, call: Call, now: Now) -> list[Effect]:
        """The reserved agent did not take the call: no other one before the next readiness."""
        if not self._board.has_agent(call):
            return []
        return self._board.floor.rejoin(call.agent, now)

    # ── the end ──────────────────────────────────────────────────────────────────────────

    def _hung_up(self, call: Call, event: CallHungUp, now: Now) -> list[Effect]:
        call = _with_word(call, cause=event.cause, tech_cause=event.tech_cause)
        match call.state:
            case CallState.SENT | CallState.RINGING | CallState.CLOSING:
                return self._close(call, Signal.HANG_UP, now)
            case CallState.ANSWERED | CallState.UNSERVED:
                self._suspect_dialplan(call, now)
                return self._board.end(call, Outcome.ABANDONED, now)
            case CallState.TALKING:
                self._board.put(call)
                return self._afterwork.begin(call, now)
            case _:
                return []

    def _close(self, call: Call, signal: Signal, now: Now) -> list[Effect]:
        closing = self._board.step(call, signal, due_mono=now.mono + CLOSING_GRACE_S)
        if closing is None:
            return []
        return self._settle(closing, now) if switch_has_spoken(closing) else []

    def _settle(self, call: Call, now: Now) -> list[Effect]:
        return self._board.end(call, self._verdict(call), now)

    def _verdict(self, call: Call) -> Outcome:
        if call.stopping:
            return Outcome.STOPPED
        outcome = outcome_of(call.word) or Outcome.FAILED
        desk = self._board.desks.get(call.campaign_id)
        if desk is None:
            return outcome
        if outcome is Outcome.NO_ANSWER and not call.word.rang:
            return self._suspect(call, outcome)
        if outcome not in (Outcome.FAILED, Outcome.CONGESTION):
            self._board.network_lives(call)
        return outcome

    def _suspect(self, call: Call, outcome: Outcome) -> Outcome:
        """Nothing rang: believed a few times, then taken for a trunk that swallows calls."""
        desk = self._board.desks.get(call.campaign_id)
        if desk is None or call.word.reason != RING_TIMEOUT_REASON:
            return outcome
        suspected = desk.breaker.suspects_trunk
        desk.breaker = breaker.never_rang(desk.breaker)
        return Outcome.FAILED if suspected else outcome

    def _suspect_dialplan(self, call: Call, now: Now) -> None:
        """Gone as soon as answered, and it was not said who waits: a context may be missing.

        Then everybody who answers is cut off by the switch, and no more people are to be called.
        """
        desk = self._board.desks.get(call.campaign_id)
        if desk is None or call.waits_since_mono is None:
            return
        said = call.reserved or call.agent or call.attempt in self._board.waiting
        at_once = now.mono < call.waits_since_mono + AT_ONCE_S
        if call.state is CallState.ANSWERED and at_once and not said:
            desk.dialplan = breaker.failed(desk.dialplan, now.mono)

    def _dialplan_lives(self, call: Call) -> None:
        desk = self._board.desks.get(call.campaign_id)
        if desk is not None:
            desk.dialplan = breaker.succeeded()

    # ── clocks ───────────────────────────────────────────────────────────────────────────

    def tick(self, now: Now) -> list[Effect]:
        """What is due on the clocks of the calls."""
        effects: list[Effect] = []
        for call in self._board.overdue(now):
            act = _CLOCKS.get(call.state)
            effects += act(self, call, now) if act else []
        return effects

    def _lost_track(self, call: Call, now: Now) -> list[Effect]:
        self._give_up(call)
        return [HangUp(call=call.attempt), *self._board.end(call, Outcome.LOST, now)]

    def _grace_over(self, call: Call, now: Now) -> list[Effect]:
        return self._settle(call, now)

    def give_up_waiting(self, call: Call, now: Now) -> list[Effect]:
        """Nobody took the answered call in time: the message, and it counts as abandoned."""
        if not self._board.step(call, Signal.UNSERVE, due_mono=now.mono + MESSAGE_LIMIT_S):
            return []
        self._board.statistics.call_unserved(call.attempt, now=now)
        return [PlayUnserved(call=call.attempt), *self._distrust_agent(call, now)]

    def _message_over(self, call: Call, now: Now) -> list[Effect]:
        return [HangUp(call=call.attempt), *self._board.end(call, Outcome.ABANDONED, now)]

    # ── taking calls down ────────────────────────────────────────────────────────────────

    def hang_up(self, call: Call, now: Now) -> list[Effect]:
        """End a call on the switch ourselves; it will end as stopped.

        Who has answered and hears nobody yet is not hung up in silence: the message plays (I4).
        """
        match call.state:
            case CallState.ANSWERED:
                return self.give_up_waiting(call, now)
            case CallState.SENT | CallState.RINGING | CallState.TALKING if not call.stopping:
                self._board.mark_stopping(call)
                return [HangUp(call=call.attempt)]
            case _:
                return []

    def agent_gone(self, call: Call, now: Now) -> list[Effect]:
        """The call's agent left: a ringing phone is let go, an answered one gets the message."""
        match call.state:
            case CallState.SENT | CallState.RINGING:
                return self.hang_up(call, now)
            case CallState.ANSWERED if call.reserved:
                return self.give_up_waiting(call, now)
            case CallState.ANSWERED:
                # Waihu's dialplan says so when the customer is back, and another one is named.
                self._board.put(replace(call, agent=""))
                return []
            case _:
                return []

    def vanished(self, call: Call, now: Now) -> list[Effect]:
        """The switch does not know this call any more; its end was missed."""
        match call.state:
            case CallState.TALKING:
                return self._afterwork.begin(call, now)
            case CallState.ANSWERED | CallState.UNSERVED:
                return self._board.end(call, Outcome.ABANDONED, now)
            case CallState.CLOSING if call.stopping or outcome_of(call.word) is not None:
                return self._settle(call, now)  # what the switch has said of it stands
            case CallState.SENT | CallState.RINGING | CallState.CLOSING:
                self._give_up(call)
                return self._board.end(call, Outcome.LOST, now)
            case _:
                return []


_CLOCKS: Mapping[CallState, Callable[[Following, Call, Now], list[Effect]]] = {
    CallState.SENT: Following._lost_track,  # noqa: SLF001  the table belongs to the class
    CallState.RINGING: Following._lost_track,  # noqa: SLF001  same
    CallState.CLOSING: Following._grace_over,  # noqa: SLF001  same
    CallState.ANSWERED: Following.give_up_waiting,
    CallState.UNSERVED: Following._message_over,  # noqa: SLF001  same
}


def _has_talked(call: Call, now: Now) -> bool:
    """Whether it was a talk, and no mere passing of the agent's phone through the bridge.

    An agent whose phone fails in the talk still owes the word on it.
    """
    if call.state is not CallState.TALKING:
        return False
    return call.bridged_mono is None or now.mono >= call.bridged_mono + TALKED_S


def _with_word(call: Call, **said: object) -> Call:
    if all(getattr(call.word, name) == value for name, value in said.items()):
        return call
    return altered(call, word=altered(call.word, **said))
