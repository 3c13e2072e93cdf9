"""The wire between engine and switch: it delays, doubles, loses and is cut, as a seed says.

What is said while it is cut is lost on both sides; what was sent just before may have arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from dialer.effects import Originate, PauseMember, Survey, SwitchEffect
from dialer.messages import Message
from dialer.switch_events import (
    ActionDone,
    CallAnswered,
    CallBridged,
    CallDialEnded,
    CallHungUp,
    CallOriginated,
    CallRinging,
    CallUnserved,
    LinkDown,
    LinkUp,
    OriginateUnsent,
    SwitchEvent,
    SwitchSurveyed,
    Waiting,
)
from tests.dialer.world_queue import QueueSwitch
from tests.dialer.world_time import VirtualTime

MAY_BE_MISSING = (CallRinging, CallDialEnded, CallOriginated, CallUnserved, CallAnswered)
"""A hang-up or a login is never just lost: without one the whole connection is gone."""
MAY_BE_LATE = (CallRinging, CallDialEnded, CallOriginated)
OF_A_CALL = (
    CallRinging,
    CallDialEnded,
    CallOriginated,
    CallAnswered,
    CallBridged,
    CallUnserved,
    CallHungUp,
)
"""What may change places with its neighbours; who logs in or out keeps the order of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFaults:
    """How often an event is lost, doubled, late, or overtaken by its neighbours."""

    missing: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    overtaken: float = 0.0


class Wire:
    """One AMI connection after the other. `hear` hands a message to the engine, if one runs."""

    def __init__(self, time: VirtualTime, random: Random, faults: WireFaults) -> None:
        self._time, self._random, self.faults = time, random, faults
        self.switch = QueueSwitch(time, random, self.tell)
        self.hear: Callable[[Message], None] | None = None
        self.up = False
        self.up_since = 0.0
        self.down_since = 0.0
        self._epoch = 0
        self._last_in = 0.0
        self._last_out = 0.0
        self._thinned: set[str] = set()

    # ── the connection ───────────────────────────────────────────────────────────────────

    def connect(self) -> None:
        """Log in anew."""
        if self.hear is None or self.up:
            return
        self.up = True
        self.up_since = self._time.t
        self._epoch += 1
        self._deliver(LinkUp(version="22.10"))

    def cut(self, *, told: bool = True) -> None:
        """The connection is lost; the engine, if it lives, notices."""
        if not self.up:
            return
        self.up = False
        self.down_since = self._time.t
        self._epoch += 1
        if told and self.hear is not None:
            self.hear(LinkDown(reason="reset by peer"))

    # ── towards the engine ───────────────────────────────────────────────────────────────

    def tell(self, event: SwitchEvent) -> None:
        """Carry an event of the switch."""
        if not self.up or self._goes_wrong(event):
            return
        if isinstance(event, OF_A_CALL) and self._chance(self.faults.overtaken):
            self._carry(event, self._time.t + self._random.uniform(0.005, 0.05))
        else:
            self._deliver(event)
        if self._chance(self.faults.doubled):
            self._deliver(event)

    def _goes_wrong(self, event: SwitchEvent) -> bool:
        """At most one word of a call is lost or late; an answer leaves two words in any case."""
        if not isinstance(event, (*MAY_BE_MISSING, CallHungUp)) or event.call in self._thinned:
            return False
        if isinstance(event, CallHungUp) and not self._was_unanswered(event.call):
            return False
        lost = self._chance(self.faults.missing)
        late = isinstance(event, MAY_BE_LATE) and self._chance(self.faults.late)
        if not lost and not late:
            return False
        self._thinned.add(event.call)
        if not lost:
            self._carry(event, self._time.t + self._random.uniform(0.2, 3.0))
        return True

    def _was_unanswered(self, call: str) -> bool:
        known = self.switch.past.get(call)
        return known is not None and known.answered_at is None

    def _deliver(self, event: SwitchEvent) -> None:
        self._last_in = max(self._last_in, self._time.t + self._random.uniform(0.0005, 0.005))
        self._carry(event, self._last_in)

    def _carry(self, event: SwitchEvent, at: float) -> None:
        epoch, hear = self._epoch, self.hear
        self._time.at(at, lambda: hear(event) if hear and self._epoch == epoch else None)

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    # ── towards the switch ───────────────────────────────────────────────────────────────

    def send(self, effect: SwitchEffect) -> None:
        """Carry an effect to the switch, and the answer back."""
        if not self.up:
            self._unsent(effect)
            if isinstance(effect, Originate):
                self._tell_unsent(effect)
            return
        self._last_out = max(self._last_out, self._time.t + self._random.uniform(0.0005, 0.01))
        epoch = self._epoch
        if isinstance(effect, Survey):
            self._time.at(self._last_out, lambda: self._survey(epoch))
            return
        self._time.at(self._last_out, lambda: self._arrives(effect, epoch))

    def _arrives(self, effect: SwitchEffect, epoch: int) -> None:
        if self._epoch == epoch:
            answer = self.switch.perform(effect)
            if answer is not None:
                self._deliver(answer)
        elif self._chance(0.5):
            self.switch.perform(effect)
        else:
            self._unsent(effect)

    def _unsent(self, effect: SwitchEffect) -> None:
        """As `asterisk.perform`: a pause that was not answered failed, all else is silence."""
        if isinstance(effect, PauseMember) and effect.ref and self.hear is not None:
            answer = ActionDone(ref=effect.ref, ok=False, text="not connected")
            hear = self.hear
            self._time.after(0.001, lambda: hear(answer))

    def _tell_unsent(self, effect: Originate) -> None:
        """As `asterisk.perform` where there was no connection to write to."""
        if self.hear is not None:
            hear, word = self.hear, OriginateUnsent(call=effect.attempt)
            self._time.after(0.0, lambda: hear(word))

    def _survey(self, epoch: int) -> None:
        """Three lists, one after the other, while the world goes on."""
        switch = self.switch
        agents = {slot: f"phone-{seat.login}" for slot, seat in switch.seats.items()}

        def ask_members() -> None:
            members = switch.members.items()
            paused = {slot: member.paused for slot, member in members if member.paused}
            joined = {slot: dict.fromkeys(m.queues, m.name) for slot, m in members}
            waiting = {c.call: Waiting(queue=c.queue, waited_s=0) for c in switch.waiting}
            self._time.after(0.01, lambda: list_channels(paused, joined, waiting))

        def list_channels(
            paused: dict[str, str], members: dict[str, dict[str, str]], waiting: dict[str, Waiting]
        ) -> None:
            calls = {c.call: c.answered_at is not None for c in switch.channels.values()}
            talking = {seat.slot: channel.call for seat, channel in switch.talking()}
            found = SwitchSurveyed(
                agents=agents,
                paused=paused,
                calls=calls,
                talking=talking,
                members=members,
                waiting=waiting,
            )
            if self._epoch == epoch:
                self._deliver(found)

        self._time.after(0.01, ask_members)
