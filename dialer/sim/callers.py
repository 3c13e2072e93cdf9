"""Callers of a queue that the agents serve as well: they go first, and take agents away.

Owns: when callers come, who takes whom, and who gives up. They come through the same doors as on
the switch: the events of its queues.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dialer.sim.channels import Channel, Member, Seat
from dialer.sim.clock import VirtualTime
from dialer.sim.people import PeopledSwitch
from dialer.sim.plan import Inbound
from dialer.switch_events import QueueAbandoned, QueueConnected, QueueJoined, QueueLeft, SwitchEvent

if TYPE_CHECKING:
    from random import Random

QUEUE = "inbound"
AN_HOUR_S = 3600.0


class Callers:
    """The queue. `random`: its own chance, so that the same people call whatever else happens."""

    def __init__(
        self,
        time: VirtualTime,
        tell: Callable[[SwitchEvent], None],
        switch: PeopledSwitch,
        inbound: Inbound,
        random: Random,
    ) -> None:
        self._time, self._tell, self._switch = time, tell, switch
        self._inbound, self._random = inbound, random
        self._waiting: list[Channel] = []
        self._talks_s: dict[str, float] = {}
        self._open = False
        self._came = 0

    def opens(self) -> None:
        """Agents are there: callers come from now on."""
        if not self._open and self._inbound.an_hour:
            self._open = True
            self._next()

    def closes(self) -> None:
        """Nobody is there any more; who waits does so until patience ends."""
        self._open = False

    def _next(self) -> None:
        gap_s = self._random.expovariate(self._inbound.an_hour / AN_HOUR_S)
        self._time.after(gap_s, self._comes)

    def _comes(self) -> None:
        if not self._open:
            return
        self._next()
        self._came += 1
        caller = Channel(call=f"caller-{self._came}", queue=QUEUE, answered_at=self._time.t)
        self._talks_s[caller.call] = self._inbound.talk_s.draw(self._random)
        patience_s = self._random.expovariate(1 / self._inbound.patience_s)
        self._switch.channels[caller.call] = caller
        self._waiting.append(caller)
        self._tell(QueueJoined(call=caller.call, queue=QUEUE, caller_number=""))
        self._time.after(patience_s, lambda: self._gives_up(caller))
        self.offer()

    def _gives_up(self, caller: Channel) -> None:
        if caller in self._waiting:
            self._waiting.remove(caller)
            self._tell(QueueAbandoned(call=caller.call, queue=QUEUE))
            self._leaves(caller)
            self._switch.hangs_up(caller)

    def _leaves(self, caller: Channel) -> None:
        self._tell(QueueLeft(call=caller.call, queue=QUEUE))

    def offer(self) -> None:
        """Who waits for longest gets the agent who has been free for longest, if any is."""
        while self._waiting:
            willing = [
                (seat, member)
                for slot, seat in self._switch.seats.items()
                if (member := self._switch.members.get(slot)) is not None
                if self._switch.is_willing(seat, member, QUEUE)
            ]
            if not willing:
                return
            seat, member = min(willing, key=lambda pair: pair[0].freed_at)
            self._meet(self._waiting.pop(0), seat, member)

    def _meet(self, caller: Channel, seat: Seat, member: Member) -> None:
        seat.call, caller.slot, caller.bridged_at = caller.call, seat.slot, self._time.t
        self._leaves(caller)
        self._tell(QueueConnected(call=caller.call, queue=QUEUE, member=member.name))
        talk_s = self._talks_s.pop(caller.call)
        self._time.after(talk_s, lambda: self._switch.hangs_up(caller))
