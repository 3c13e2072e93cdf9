"""Handing over: a person who has answered is put through to an agent who is free.

Owns: who of those who wait gets whom, for calls that were placed without an agent. Must not know
how a call came to be placed, nor when patience ends (`dialer.following`). Pure: returns effects.
"""

from __future__ import annotations

from dataclasses import replace

from dialer.board import Board
from dialer.calls import CONNECTING_S, Call, CallState
from dialer.effects import Connect, Effect
from dialer.messages import Now


class Handing:
    """Answered calls that wait, and agents who become free."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def serve(self, now: Now) -> list[Effect]:
        """Give each person who waits the longest-idle agent, who waited longest first.

        Who has waited for too long is about to hear the message, and is not torn out of it.
        """
        effects: list[Effect] = []
        if not self._board.waiting:
            return effects
        for call in sorted(self._still_waiting(), key=_due):
            if now.mono < _due(call):
                effects += self._serve(call, now)
        return effects

    def _still_waiting(self) -> list[Call]:
        found = [(attempt, self._board.get(attempt)) for attempt in self._board.waiting]
        still = {attempt: call for attempt, call in found if call is not None and _waits(call)}
        self._board.waiting = dict.fromkeys(still)
        return list(still.values())

    def _serve(self, call: Call, now: Now) -> list[Effect]:
        desk = self._board.desks.get(call.campaign_id)
        free = [] if desk is None else self._board.free_for(desk.campaign.queue)
        if not free:
            return []
        agent = free[0]
        del self._board.waiting[call.attempt]
        due = max(_due(call), now.mono + CONNECTING_S)
        self._board.put(replace(call, agent=agent.agent, due_mono=due))
        handed = self._board.floor.hand(agent.agent, call.attempt, now)
        return [Connect(call=call.attempt, slot=agent.slot or ""), *handed]


def _waits(call: Call) -> bool:
    return call.state is CallState.ANSWERED and not call.agent


def _due(call: Call) -> float:
    return call.due_mono or 0.0
