"""The simulated switch's queues: callers wait, members who are not paused take them."""

from __future__ import annotations

from dialer.sim.channels import Channel, Member, Seat
from dialer.switch_events import QueueAbandoned, QueueConnected, QueueJoined, QueueLeft
from tests.dialer.world_switch import Switch

QUEUE_WRAP_UP_S = 2.0
"""The room that queues.conf leaves for our pause after a queue call."""


class QueueSwitch(Switch):
    """A switch with callers from outside."""

    def calls_in(self, call: str, queue: str, patience_s: float) -> None:
        """A caller enters a queue and waits for so long at most."""
        caller = Channel(call=call, queue=queue, answered_at=self.time.t)
        self.channels[call] = caller
        self.waiting.append(caller)
        self._tell(QueueJoined(call=call, queue=queue, caller_number="+8613800000000"))
        self._later(patience_s, caller, self._loses_patience)
        self._offer()

    def _loses_patience(self, caller: Channel) -> None:
        if caller not in self.waiting:
            return
        self.waiting.remove(caller)
        self._tell(QueueAbandoned(call=caller.call, queue=caller.queue))
        self._tell(QueueLeft(call=caller.call, queue=caller.queue))
        self._hangs_up(caller)

    def _offer(self) -> None:
        for caller in list(self.waiting):
            if not caller.alive:
                self.waiting.remove(caller)
                continue
            free = self._willing(caller.queue)
            if free:
                self._connect(caller, *self.random.choice(free))

    def _willing(self, queue: str) -> list[tuple[Seat, Member]]:
        pairs = ((seat, self.members.get(slot)) for slot, seat in self.seats.items())
        return [
            (seat, member)
            for seat, member in pairs
            if member is not None
            and member.paused is None
            and queue in member.queues
            and self._takes_calls(seat)
            and self.time.t - seat.freed_at >= QUEUE_WRAP_UP_S
        ]

    def _connect(self, caller: Channel, seat: Seat, member: Member) -> None:
        self.waiting.remove(caller)
        seat.call = caller.call
        caller.slot = seat.slot
        caller.bridged_at = self.time.t
        self._tell(QueueLeft(call=caller.call, queue=caller.queue))
        self._tell(QueueConnected(call=caller.call, queue=caller.queue, member=member.name))
        self._later(self.random.uniform(*self.talk_s), caller, self._hangs_up)
