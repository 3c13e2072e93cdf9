"""Letting go: an agent ends the talk with a queue's caller by two stars, and stays signed in.

Owns: which leg of the switch an agent talks on, and the two keys. The caller may go on, to a
survey; to put the phone down would sign the agent out. Pure: returns effects.
"""

from __future__ import annotations

from dialer.agents import State
from dialer.effects import Effect, HangUp
from dialer.floor import Floor
from dialer.messages import Now
from dialer.switch_events import KeyPressed, QueueConnected

KEY = "*"
TWICE_WITHIN_S = 1.5
"""Two stars further apart than this are the talk's own."""


class LettingGo:
    """The agents' two stars."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._legs: dict[str, str] = {}
        self._pressed_at: dict[str, float] = {}

    def connected(self, event: QueueConnected) -> None:
        """A caller and an agent hear each other."""
        self._legs[event.member] = event.leg

    def pressed(self, press: KeyPressed, now: Now) -> list[Effect]:
        """A key on some channel: the second star of an agent who talks with a caller ends it."""
        agent = self._floor.by_channel(press.channel)
        if agent is None or agent.state is not State.TALKING or agent.inbound is None:
            return []
        before = self._pressed_at.pop(agent.agent, None)
        if press.key != KEY:
            return []
        if before is None or now.mono - before > TWICE_WITHIN_S:
            self._pressed_at[agent.agent] = now.mono
            return []
        leg = self._legs.get(agent.agent, "")
        return [HangUp(call=leg)] if leg else []
