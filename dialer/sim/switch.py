"""A virtual switch: it takes SwitchEffects and says what an Asterisk would say of them.

Owns: seats of agents, members of queues, channels, and the way of a call from its answer on: to
the agent who is kept for it, or to the message. What becomes of a call that is placed, and how
long anything lasts, is for those who inherit it. Must not know the engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import assert_never

from dialer.effects import (
    Connect,
    HangUp,
    JoinQueues,
    LeaveQueues,
    LetHear,
    Originate,
    PauseMember,
    PlayTone,
    PlayUnserved,
    RecordTalk,
    RingSupervisor,
    SetPenalties,
    Survey,
    SwitchEffect,
)
from dialer.sim.channels import Channel, Member, Seat
from dialer.sim.clock import VirtualTime
from dialer.switch_events import (
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
    SwitchSurveyed,
)

PROBATION_S = 5.5
"""AgentRequest says BUSY so long after a login (measured: 5 to 6 s)."""

WAITS_S = 1.8
"""The dialplan plays the message when nobody was named for so long."""

TINY_S = 0.001
"""What the dialplan needs from one line to the next."""

CLEARED_S = 0.002
"""From the end of one leg of a talk to the end of the other."""


class Switch(ABC):
    """The switch, but for callers from outside. `tell` puts an event on the wire."""

    def __init__(self, time: VirtualTime, tell: Callable[[SwitchEvent], None]) -> None:
        self.time = time
        self._tell = tell
        self.channels: dict[str, Channel] = {}
        self.seats: dict[str, Seat] = {}
        self.members: dict[str, Member] = {}
        self.on_phone_cleared: Callable[[str], None] = lambda _: None

    # ── who calls whom, and for how long ─────────────────────────────────────────────────

    @abstractmethod
    def _originate(self, effect: Originate) -> SwitchEvent | None:
        """Place a call; what is said of it at once, if anything is."""

    @abstractmethod
    def _agent_after_s(self, channel: Channel) -> float:
        """From the request for the agent until both hear each other."""

    @abstractmethod
    def _talk_s(self, channel: Channel) -> float:
        """How long they talk."""

    @abstractmethod
    def _message_s(self, channel: Channel) -> float:
        """How long whom nobody takes listens to the message."""

    # ── effects ──────────────────────────────────────────────────────────────────────────

    def perform(  # noqa: C901  one line an effect
        self, effect: SwitchEffect
    ) -> SwitchEvent | None:
        """Do one effect; the answer to the action, if the engine is to be told of one."""
        match effect:
            case PauseMember():
                return self._pause(effect)
            case Originate():
                return self._originate(effect)
            case Connect():
                self._connects(effect)
            case HangUp():
                self._cleared(effect.call)
            case PlayUnserved():
                self._redirected(effect.call)
            case JoinQueues():
                self._join(effect)
            case LeaveQueues():
                self._leave(effect)
            case Survey():
                return self.survey()
            case SetPenalties():
                # Nobody here takes one member of a queue before another.
                return ActionDone(ref=effect.ref, ok=True) if effect.ref else None
            case PlayTone() | RingSupervisor() | LetHear() | RecordTalk():
                pass
            case _:
                assert_never(effect)
        return None

    def _pause(self, effect: PauseMember) -> ActionDone | None:
        member = self.members.get(effect.slot)
        if member is not None:
            member.paused = effect.reason
        return ActionDone(ref=effect.ref, ok=member is not None) if effect.ref else None

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

    def survey(self) -> SwitchSurveyed:
        """What lives here at this instant, but for callers in queues."""
        return SwitchSurveyed(
            agents={slot: f"phone-{seat.login}" for slot, seat in self.seats.items()},
            paused={slot: m.paused for slot, m in self.members.items() if m.paused},
            calls={c.call: c.answered_at is not None for c in self.channels.values()},
            talking={seat.slot: channel.call for seat, channel in self.talking()},
            members={slot: dict.fromkeys(m.queues, m.name) for slot, m in self.members.items()},
        )

    # ── outbound ─────────────────────────────────────────────────────────────────────────

    def _later(self, delay_s: float, channel: Channel, act: Callable[[Channel], None]) -> None:
        self.time.after(delay_s, lambda: act(channel) if channel.alive else None)

    def _rings(self, channel: Channel) -> None:
        self._tell(CallRinging(call=channel.call))

    def _fails(self, channel: Channel, reason: int, cause: int | None, said: str) -> None:
        """The call ends without an answer, in the words of the switch."""
        if said:
            self._tell(CallDialEnded(call=channel.call, dial_status=said))
        self._bury(channel)
        self._tell(CallOriginated(call=channel.call, success=False, reason=reason))
        if cause is not None:
            self._tell(CallHungUp(call=channel.call, cause=cause))

    def _answers(self, channel: Channel) -> None:
        channel.answered_at = self.time.t
        self._tell(CallDialEnded(call=channel.call, dial_status="ANSWER"))
        self._tell(CallAnswered(call=channel.call))
        self._tell(CallOriginated(call=channel.call, success=True, reason=4))
        self._goes_on(channel)

    def _goes_on(self, channel: Channel) -> None:
        """Into Waihu's dialplan: to the agent who is kept, or to wait for one to be named."""
        if channel.slot:
            self._requests_agent(channel)
        else:
            self._waits(channel)

    def _waits(self, channel: Channel) -> None:
        """Nobody was kept: the engine is told, and the message plays if it names nobody."""
        if channel.message_at is not None:
            return
        # Before it is told: who listens may answer in the same instant.
        channel.waits_since = self.time.t
        self._tell(CallWaiting(call=channel.call, tried=channel.slot))
        self._later(WAITS_S, channel, self._waited)

    def _waited(self, channel: Channel) -> None:
        since = channel.waits_since
        if since is not None and self.time.t - since >= WAITS_S - TINY_S:
            self._unserved(channel)

    def _connects(self, effect: Connect) -> None:
        channel = self.channels.get(effect.call)
        if channel is None or channel.waits_since is None or channel.message_at is not None:
            return
        channel.slot, channel.waits_since = effect.slot, None
        seat = self.seats.get(effect.slot)
        if seat is None or not self._takes_calls(seat):
            self._later(TINY_S, channel, self._waits)
        else:
            self._requests_agent(channel)

    def _requests_agent(self, channel: Channel) -> None:
        seat = self.seats.get(channel.slot)
        if seat is None or not self._takes_calls(seat) or channel.message_at is not None:
            self._unserved(channel)
            return
        seat.call = channel.call
        self._later(self._agent_after_s(channel), channel, lambda c: self._bridges(c, seat))

    def _takes_calls(self, seat: Seat) -> bool:
        return not seat.call and self.time.t - seat.since >= PROBATION_S

    def _bridges(self, channel: Channel, seat: Seat) -> None:
        if seat.call != channel.call or channel.message_at is not None:
            return
        channel.bridged_at = self.time.t
        self._tell(CallBridged(call=channel.call))
        self._later(self._talk_s(channel), channel, self._hangs_up)

    def _unserved(self, channel: Channel) -> None:
        if channel.message_at is not None:
            return
        channel.message_at = self.time.t
        self._let_go(channel)
        self._tell(CallUnserved(call=channel.call))
        self._later(self._message_s(channel), channel, self._hangs_up)

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
            self._cancelled(channel)
        else:
            self._hangs_up(channel)

    def _cancelled(self, channel: Channel) -> None:
        """We hang up before anybody has answered."""
        self._fails(channel, 0, 16, "CANCEL")

    def _phone_cleared(self, call: str) -> None:
        for seat in list(self.seats.values()):
            if call == f"phone-{seat.login}":
                self.log_out(seat.slot)
                self.on_phone_cleared(seat.login)

    def _hangs_up(self, channel: Channel) -> None:
        if channel.alive:
            self._bury(channel)
            self._tell(CallHungUp(call=channel.call, cause=16))

    def _bury(self, channel: Channel) -> None:
        channel.gone_at = self.time.t
        del self.channels[channel.call]
        self._let_go(channel)

    def _let_go(self, channel: Channel) -> None:
        seat = self.seats.get(channel.slot)
        if seat is not None and seat.call == channel.call:
            seat.call, seat.freed_at = "", self.time.t

    # ── agents ───────────────────────────────────────────────────────────────────────────

    def log_in(self, slot: str, login: str) -> bool:
        """A phone enters AgentLogin; False where somebody sits there already."""
        if slot in self.seats:
            return False
        self.seats[slot] = Seat(slot=slot, login=login, since=self.time.t)
        self._tell(AgentLoggedIn(slot=slot, channel=f"phone-{login}"))
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
            self._later(CLEARED_S, channel, self._hangs_up)
        else:
            self._later(CLEARED_S, channel, self._unserved)

    def talking(self) -> list[tuple[Seat, Channel]]:
        """Who hears whom now."""
        pairs = ((seat, self.channels.get(seat.call)) for seat in self.seats.values())
        return [(s, c) for s, c in pairs if c is not None and c.bridged_at is not None]
