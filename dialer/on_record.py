"""What the engine puts on record of inbound calls, queues and agents' time.

Owns: which message and which change of state is noted, and as what. Decides nothing: it looks on
when the engine has taken a message. Pure.
"""

from __future__ import annotations

from datetime import timedelta

from dialer.board import Board
from dialer.effects import Effect
from dialer.inbound_calls import InboundCalls
from dialer.messages import InboundNoted, Message, Now, RouteInbound, Tick
from dialer.queue_effects import NoteQueueCall, QueueEnd, QueueNote, SaveSpells
from dialer.queue_talks import QueueTalks
from dialer.recent import Recent
from dialer.spells import Spells
from dialer.switch_events import (
    CallHeld,
    CallHungUp,
    CallTransferred,
    QueueJoined,
    QueueTalkEnded,
    SwitchSurveyed,
)
from supervisor.queue_tally import EndedStay


class OnRecord:
    """`gone`: channels that have hung up, so that no talk of theirs begins after it."""

    def __init__(self, board: Board, country: str, gone: Recent) -> None:
        self._board = board
        self._gone = gone
        self._calls = InboundCalls(country)
        self._talks = QueueTalks(board.statistics)
        self._spells = Spells()

    def handled(self, message: Message, now: Now) -> list[Effect]:
        """The engine has taken this message: what is to be written because of it."""
        effects: list[Effect] = [*self._of_message(message, now)]
        for stay in self._board.statistics.take_ended_stays():
            effects += self._of_stay(stay, now)
        for agent in self._board.floor.take_turns():
            effects += self._talks.turned(agent, now)
            self._spells.turned(agent, now)
        return effects

    def read_numbers_of(self, country: str) -> None:
        """Callers' numbers that show no country are of this one from now on."""
        self._calls.country = country

    def farewell(self, now: Now) -> list[SaveSpells]:
        """We stop: what agents have done so far."""
        return self._spells.all(now)

    def _of_message(self, message: Message, now: Now) -> list[QueueNote | SaveSpells]:  # noqa: C901, PLR0911  one line a message
        match message:
            case Tick():
                self._board.statistics.settle_queues(now)
                return [*self._talks.tick(now), *self._spells.tick(now)]
            case RouteInbound():
                return [*self._calls.routed(message, now)]
            case InboundNoted():
                notes = self._calls.noted(message, now)
                if message.call in self._gone:
                    notes += self._calls.hung_up(message.call, now)
                return [*notes]
            case QueueJoined() if self._board.get(message.call) is None:
                return [] if message.call in self._gone else [*self._calls.joined(message, now)]
            case CallHungUp():
                self._talks.hung_up(message.call, now)
                return [*self._calls.hung_up(message.call, now)]
            case QueueTalkEnded():
                return [*self._talks.ended(message.call, message.queue, message.reason, now)]
            case CallTransferred():
                self._talks.transferred(message.calls)
            case CallHeld():
                agent = self._board.floor.by_channel(message.channel)
                call = message.channel if agent is None else agent.inbound or ""
                self._talks.held(call, now, held=message.held)
            case SwitchSurveyed():
                self._talks.surveyed(message.calls, now)
        return []

    def _of_stay(self, stay: EndedStay, now: Now) -> list[QueueNote]:
        note = NoteQueueCall(
            call=stay.call,
            queue=stay.queue,
            joined_at=stay.joined_at,
            ended_at=stay.joined_at + timedelta(milliseconds=stay.waited_ms),
            how=stay.how,
            waited_ms=stay.waited_ms,
            number=self._calls.number(stay.number),
            agent=stay.agent or None,
        )
        if stay.how is not QueueEnd.ANSWERED:
            return [note]
        notes: list[QueueNote] = [note]
        notes += self._talks.begins(stay.call, stay.queue, stay.joined_at, now)
        if stay.call in self._gone:
            self._talks.hung_up(stay.call, now)
        return notes
