"""A simulated switch: it takes SwitchEffects and says what an Asterisk would say of them.

A small program of its own with a seeded Random: seats of agents, members of queues, channels
with a fate each. It knows nothing of the engine; whether its words arrive is the wire's matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import assert_never

from dialer.effects import (
    Connect,
    HangUp,
    JoinQueues,
    LeaveQueues,
    Originate,
    PauseMember,
    PlayUnserved,
    Survey,
    SwitchEffect,
)
from dialer.messages import (
    ActionDone,
    AgentLoggedIn,
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallDialEnded,
    CallHungUp,
    CallOriginated,
    CallRinging,
    CallUnserved,
    CallWaiting,
    SwitchEvent,
)
from tests.dialer.world_fates import CAUSES, WEIGHTS, Channel, Fate, Member, Seat
from tests.dialer.world_time import VirtualTime

DIALPLAN_WAIT_S = 1.8
"""Who answered and is put through to nobody hears the message then, without us (dialplan)."""

PROBATION_S = 5.5
"""AgentRequest says BUSY so long after a login (measured: 5 to 6 s)."""


class Switch:
    """The switch, but for callers from outside. `tell` puts an event on the wire."""

    def __init__(
        self, time: VirtualTime, random: Random, tell: Callable[[SwitchEvent], None]
    ) -> None:
        self.time, self.random = time, random
        self._tell = tell
        self.channels: dict[str, Channel] = {}
        self.past: dict[str, Channel] = {}
        self.seats: dict[str, Seat] = {}
        self.members: dict[str, Member] = {}
        self.waiting: list[Channel] = []
        self.doubled: list[str] = []
        self.refuses_pauses = 0.0
        self.talk_s = (3.0, 60.0)
        self.on_answered: Callable[[Channel], None] = lambda _: None
        self.on_phone_cleared: Callable[[str], None] = lambda _: None

    # ── effects ──────────────────────────────────────────────────────────────────────────

    def perform(self, effect: SwitchEffect) -> SwitchEvent | None:
        """Do one effect; the answer to the action, if the engine is to be told of one."""
        match effect:
            case Originate():
                return self._originate(effect)
            case Connect():
                self._puts_through(effect)
            case HangUp():
                self._cleared(effect.call)
            case PlayUnserved():
                self._redirected(effect.call)
            case PauseMember():
                return self._pause(effect)
            case JoinQueues():
                self._join(effect)
            case LeaveQueues():
                self._leave(effect)
            case Survey():
                raise AssertionError("a survey is made of three lists: see the wire")
            case _:
                assert_never(effect)
        return None

    def _pause(self, effect: PauseMember) -> ActionDone | None:
        member = self.members.get(effect.slot)
        refused = member is None or self.random.random() < self.refuses_pauses
        if member is not None and not refused:
            member.paused = effect.reason
            self._offer()
        return ActionDone(ref=effect.ref, ok=not refused) if effect.ref else None

    def _join(self, effect: JoinQueues) -> None:
        queues = set(effect.queues)
        known = self.members.get(effect.slot)
        if known is not None:
            queues |= known.queues
        self.members[effect.slot] = Member(
            name=effect.agent, queues=queues, paused=effect.reason or None
        )

    def _leave(self, effect: LeaveQueues) -> None:
        member = self.members.get(effect.slot)
        if member is None:
            return
        member.queues -= set(effect.queues)
        if not member.queues:
            del self.members[effect.slot]

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
                self._later(patience_s + 60, made, self._gone)
            case _:
                assert_never(made.fate)

    def _later(self, delay_s: float, channel: Channel, act: Callable[[Channel], None]) -> None:
        self.time.after(delay_s, lambda: act(channel) if channel.alive else None)

    def _rings(self, channel: Channel) -> None:
        self._tell(CallRinging(call=channel.call))

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
        meets = self._requests_agent if channel.slot else self._waits
        self._later(self.random.uniform(0.001, 0.01), channel, meets)

    def _waits(self, channel: Channel) -> None:
        """Nobody was kept: the engine is told, and the message plays if it names nobody."""
        if channel.message_at is not None:
            return
        self._tell(CallWaiting(call=channel.call, tried=channel.slot))
        channel.waits_since = self.time.t
        self._later(DIALPLAN_WAIT_S, channel, self._waited)

    def _waited(self, channel: Channel) -> None:
        waited_s = self.time.t - (channel.waits_since or math.inf)
        if channel.bridged_at is None and waited_s >= DIALPLAN_WAIT_S - 0.001:
            self._unserved(channel)

    def _puts_through(self, effect: Connect) -> None:
        channel = self.channels.get(effect.call)
        if channel is None or channel.waits_since is None or channel.message_at is not None:
            return
        channel.slot, channel.waits_since = effect.slot, None
        seat = self.seats.get(effect.slot)
        if seat is None or not self._takes_calls(seat):
            self._later(0.001, channel, self._waits)
        else:
            self._requests_agent(channel)

    def _requests_agent(self, channel: Channel) -> None:
        seat = self.seats.get(channel.slot)
        if seat is None or not self._takes_calls(seat) or channel.message_at is not None:
            self._unserved(channel)
            return
        seat.call = channel.call
        slow = channel.fate is Fate.SLOW_AGENT
        wait_s = self.random.choice((1.0, 1.69, 1.75, 4.0)) if slow else 0.001
        self._later(wait_s, channel, lambda c: self._bridges(c, seat))

    def _takes_calls(self, seat: Seat) -> bool:
        return not seat.call and self.time.t - seat.since >= PROBATION_S

    def _bridges(self, channel: Channel, seat: Seat) -> None:
        if seat.call != channel.call or channel.message_at is not None:
            return
        channel.bridged_at = self.time.t
        self._tell(CallBridged(call=channel.call))
        self._later(self.random.uniform(*self.talk_s), channel, self._hangs_up)

    def _unserved(self, channel: Channel) -> None:
        if channel.message_at is not None:
            return
        channel.message_at = self.time.t
        self._let_go(channel)
        self._tell(CallUnserved(call=channel.call))
        self._later(self.random.uniform(1.0, 8.0), channel, self._hangs_up)

    def _redirected(self, call: str) -> None:
        channel = self.channels.get(call)
        if channel is not None and channel.answered_at is not None:
            self._unserved(channel)

    def _cleared(self, call: str) -> None:
        channel = self.channels.get(call)
        if channel is None:
            self._phone_cleared(call)
            return
        if channel.answered_at is None and not channel.queue:
            self._fails(channel, 0, self.random.choice((0, 16)), "CANCEL")
        else:
            self._hangs_up(channel)

    def _phone_cleared(self, call: str) -> None:
        for seat in list(self.seats.values()):
            if call == f"phone-{seat.login}":
                self.log_out(seat.slot)
                self.on_phone_cleared(seat.login)

    def _hangs_up(self, channel: Channel) -> None:
        if channel.alive:
            self._bury(channel)
            self._tell(CallHungUp(call=channel.call, cause=16))

    def _gone(self, channel: Channel) -> None:
        self._bury(channel)

    def _bury(self, channel: Channel) -> None:
        channel.gone_at = self.time.t
        self.past[channel.call] = self.channels.pop(channel.call)
        self._let_go(channel)

    def _let_go(self, channel: Channel) -> None:
        for seat in self.seats.values():
            if seat.call == channel.call:
                seat.call, seat.freed_at = "", self.time.t
                self.time.after(2.1, self._offer)

    # ── agents ───────────────────────────────────────────────────────────────────────────

    def log_in(self, slot: str, login: str) -> bool:
        """A phone enters AgentLogin; False where somebody sits there already."""
        if slot in self.seats:
            return False
        self.seats[slot] = Seat(slot=slot, login=login, since=self.time.t)
        self._tell(AgentLoggedIn(slot=slot, channel=f"phone-{login}"))
        self.time.after(PROBATION_S + 0.01, self._offer)
        return True

    def log_out(self, slot: str) -> None:
        """The phone hangs up, also in the midst of a talk."""
        seat = self.seats.pop(slot, None)
        if seat is None:
            return
        self._tell(AgentLoggedOut(slot=slot))
        channel = self.channels.get(seat.call)
        if channel is None:
            return
        if channel.bridged_at is not None:
            self._later(0.002, channel, self._hangs_up)
        else:
            self._later(0.002, channel, self._unserved)

    def talking(self) -> list[tuple[Seat, Channel]]:
        """Who hears whom now."""
        pairs = ((seat, self.channels.get(seat.call)) for seat in self.seats.values())
        return [(s, c) for s, c in pairs if c is not None and c.bridged_at is not None]

    def _offer(self) -> None:
        """Somebody may be free for a caller who waits."""

    def fall(self) -> None:
        """The switch restarts: nothing and nobody is left on it."""
        for channel in list(self.channels.values()):
            self._bury(channel)
        self.waiting.clear()
        self.seats.clear()
        self.members.clear()
