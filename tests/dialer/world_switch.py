"""The virtual switch as the world's audit wants it: every fate of a call, words in any order.

Whether its words arrive is the wire's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import assert_never

from dialer.effects import Originate, PauseMember
from dialer.sim import switch
from dialer.sim.channels import Channel
from dialer.switch_events import (
    ActionDone,
    CallAnswered,
    CallDialEnded,
    CallHungUp,
    CallOriginated,
    SwitchEvent,
)
from tests.dialer.world_fates import CAUSES, WEIGHTS, Fate
from tests.dialer.world_time import VirtualTime


class Switch(switch.Switch):
    """The switch, but for callers from outside. `tell` puts an event on the wire."""

    def __init__(
        self, time: VirtualTime, random: Random, tell: Callable[[SwitchEvent], None]
    ) -> None:
        super().__init__(time, tell)
        self.random = random
        self.past: dict[str, Channel] = {}
        self.waiting: list[Channel] = []
        self.doubled: list[str] = []
        self.refuses_pauses = 0.0
        self.talk_s = (3.0, 60.0)
        self.on_answered: Callable[[Channel], None] = lambda _: None

    def _pause(self, effect: PauseMember) -> ActionDone | None:
        member = self.members.get(effect.slot)
        refused = member is None or self.random.random() < self.refuses_pauses
        if member is not None and not refused:
            member.paused = effect.reason
            self._offer()
        return ActionDone(ref=effect.ref, ok=not refused) if effect.ref else None

    # ── outbound ─────────────────────────────────────────────────────────────────────────

    def _originate(self, effect: Originate) -> CallOriginated | None:
        if effect.attempt in self.channels or effect.attempt in self.past:
            self.doubled.append(effect.attempt)
            return CallOriginated(call=effect.attempt, success=False, reason=0)
        fate = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        made = Channel(call=effect.attempt, slot=effect.slot, fate=fate)
        self.channels[made.call] = made
        self._dial(made, float(effect.ring_timeout_s))
        return None

    def _dial(self, made: Channel, patience_s: float) -> None:
        wait = self.random.uniform
        match made.fate:
            case Fate.ANSWERED | Fate.SLOW_AGENT | Fate.HASTY:
                rings = wait(0.1, 2.0)
                self._later(rings, made, self._rings)
                self._later(rings + wait(0.0, patience_s - 3.0), made, self._answers)
            case Fate.REFUSED_BY_NETWORK:
                cause, said = self.random.choice(CAUSES)
                if cause in (17, 21, 19) and self.random.random() < 0.5:
                    self._later(0.5, made, self._rings)
                self._later(wait(0.6, 4.0), made, lambda c: self._fails(c, 0, cause, said))
            case Fate.BUSY_BEHIND_LOCAL:
                self._later(wait(0.1, 1.0), made, lambda c: self._fails(c, 5, 0, "BUSY"))
            case Fate.UNANSWERED:
                self._later(wait(0.1, 3.0), made, self._rings)
                self._later(patience_s, made, lambda c: self._fails(c, 3, 19, ""))
            case Fate.SWALLOWED:
                self._later(patience_s, made, lambda c: self._fails(c, 3, 19, ""))
            case Fate.NO_CHANNEL:
                self._later(0.005, made, lambda c: self._fails(c, 0, None, ""))
            case Fate.MUTE:
                self._later(patience_s + 60, made, self._bury)
            case _:
                assert_never(made.fate)

    def _fails(self, channel: Channel, reason: int, cause: int | None, said: str) -> None:
        if said:
            self._tell(CallDialEnded(call=channel.call, dial_status=said))
        words: list[SwitchEvent] = [CallOriginated(call=channel.call, success=False, reason=reason)]
        if cause is not None:
            words.append(CallHungUp(call=channel.call, cause=cause))
        self.random.shuffle(words)
        self._bury(channel)
        self._tell(words[0])
        for word in words[1:]:
            self.time.after(self.random.choice((0.0, 0.003, 0.7)), self._says(word))

    def _cancelled(self, channel: Channel) -> None:
        self._fails(channel, 0, self.random.choice((0, 16)), "CANCEL")

    def _says(self, word: SwitchEvent) -> Callable[[], None]:
        return lambda: self._tell(word)

    def _answers(self, channel: Channel) -> None:
        channel.answered_at = self.time.t
        self.on_answered(channel)
        call = channel.call
        self._tell(CallDialEnded(call=call, dial_status="ANSWER"))
        self._tell(CallAnswered(call=call))
        response = self._says(CallOriginated(call=call, success=True, reason=4))
        self.time.after(self.random.choice((0.0, 0.002, 0.05)), response)
        if channel.fate is Fate.HASTY:
            self._later(self.random.uniform(0.0, 0.01), channel, self._hangs_up)
        self._later(self.random.uniform(0.001, 0.01), channel, self._goes_on)

    def _agent_after_s(self, channel: Channel) -> float:
        slow = channel.fate is Fate.SLOW_AGENT
        return self.random.choice((1.0, 1.69, 1.75, 4.0)) if slow else 0.001

    def _talk_s(self, channel: Channel) -> float:
        del channel
        return self.random.uniform(*self.talk_s)

    def _message_s(self, channel: Channel) -> float:
        del channel
        return self.random.uniform(1.0, 8.0)

    def _bury(self, channel: Channel) -> None:
        self.past[channel.call] = channel
        super()._bury(channel)

    def _let_go(self, channel: Channel) -> None:
        seat = self.seats.get(channel.slot)
        held = seat is not None and seat.call == channel.call
        super()._let_go(channel)
        if held:
            self.time.after(2.1, self._offer)

    # ── agents ───────────────────────────────────────────────────────────────────────────

    def log_in(self, slot: str, login: str) -> bool:
        entered = super().log_in(slot, login)
        if entered:
            self.time.after(switch.PROBATION_S + 0.01, self._offer)
        return entered

    def _offer(self) -> None:
        """Somebody may be free for a caller who waits."""

    def fall(self) -> None:
        """The switch restarts: nothing and nobody is left on it."""
        for channel in list(self.channels.values()):
            self._bury(channel)
        self.waiting.clear()
        self.seats.clear()
        self.members.clear()
