"""Handing over: a person who has answered is put through to an agent who is free.

Owns: who of those who wait gets whom, for calls that were placed without an agent. Must not know
how a call came to be placed, nor when patience ends (`dialer.following`). Pure: returns effects.
"""

from __future__ import annotations

from dataclasses import replace

from dialer.board import Board
from dialer.calls import Call, CallState
from dialer.effects import Connect, Effect
from dialer.messages import Now


class Handing:
    """Answered calls that wait, and agents who become free."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def serve(self, now: Now) -> list[Effect]:
        """Give each person who waits the longest-idle agent, who waited longest first."""
        effects: list[Effect] = []
        for attempt in list(self._board.waiting):
            call = self._board.get(attempt)
            if call is None or not _waits(call):
                del self._board.waiting[attempt]
            else:
                effects += self._serve(call, now)
        return effects

    def _serve(self, call: Call, now: Now) -> list[Effect]:
        desk = self._board.desks.get(call.campaign_id)
        free = [] if desk is None else self._board.free_for(desk.campaign.queue)
        if not free:
            return []
        agent = free[0]
        del self._board.waiting[call.attempt]
        self._board.put(replace(call, agent=agent.agent))
        handed = self._board.floor.hand(agent.agent, call.attempt, now)
        return [Connect(call=call.attempt, slot=agent.slot or ""), *handed]


def _waits(call: Call) -> bool:
    return call.state is CallState.ANSWERED and not call.agent
