"""Customers and agents as a model draws them, and the switch on which they meet.

Owns: what becomes of each call. All of a call's lot is drawn when it is placed: the n-th call of a
run is answered by the same person, whatever the staffing, so that staffings are compared on the
same day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Generic, TypeVar

from campaigns.outcomes import Disposition, Outcome
from dialer.effects import Originate
from dialer.sim.channels import Channel, Member, Seat
from dialer.sim.clock import VirtualTime
from dialer.sim.model import BUSY_AFTER_S, RINGS_AFTER_S, Model
from dialer.sim.switch import Switch
from dialer.sim.times import Fixed
from dialer.switch_events import CallScreenedOut, SwitchEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

T = TypeVar("T")

WORDS_OF_THE_SWITCH: Mapping[Outcome, tuple[int, int | None, str]] = {
    Outcome.NO_ANSWER: (3, 19, ""),
    Outcome.BUSY: (0, 17, "BUSY"),
    Outcome.REJECTED: (0, 21, ""),
    Outcome.SWITCHED_OFF: (0, 20, ""),
    Outcome.VACANT: (0, 1, ""),
    Outcome.NUMBER_CHANGED: (0, 22, ""),
    Outcome.CONGESTION: (0, 34, "CONGESTION"),
    Outcome.FAILED: (0, None, ""),
}
"""How an end without an answer is told: Reason, cause and DialStatus (`asterisk.causes`)."""

BEFORE_TIME_OUT_S = 0.5
"""Who answers at all does so before the ring time-out."""


class Choice(Generic[T]):
    """One of several, each with its weight; `otherwise` where no weight is above 0."""

    def __init__(self, weights: Mapping[T, float], otherwise: T) -> None:
        self._ends = list(accumulate(weights.values()))
        self._whole = self._ends[-1] if self._ends else 0.0
        self._all = list(weights)
        self._otherwise = otherwise

    def draw(self, random: Random) -> T:
        """One of them."""
        if not self._whole:
            return self._otherwise
        (found,) = random.choices(self._all, cum_weights=self._ends)
        return found


@dataclass(frozen=True, slots=True)
class Lot:
    """What becomes of one call. `outcome`: how it ends unanswered; None: it is answered.

    `comes_s`: when, from dialing on. `machine`: no person answers. `verdict_s`: how long the switch
    would need to tell; `screened_out`: it would say that this is a machine.
    """

    outcome: Outcome | None
    rings_s: float
    comes_s: float
    bridge_s: float
    talk_s: float
    message_s: float
    wrap_up_s: float
    word: Disposition | None
    machine: bool = False
    verdict_s: float = 0.0
    screened_out: bool = False


class Lots:
    """Draws lots by a model."""

    def __init__(self, model: Model, random: Random) -> None:
        self._model, self._random = model, random
        # Of their own, so that looks and verdicts do not change which customers come.
        self._looks = type(random)(random.getrandbits(64))
        self._verdicts = type(random)(self._looks.getrandbits(64))
        self._seed = self._looks.getrandbits(64)
        self._ends = Choice(model.ends, Outcome.NO_ANSWER)
        self._words = Choice(model.words, None)

    def chance(self, of: str) -> Random:
        """Chance of something else, by its name: it is the same whatever else happens."""
        return type(self._random)(f"{self._seed}:{of}")

    def look_s(self) -> float:
        """How long an agent looks at a contact before dialing."""
        return self._model.look_s.draw(self._looks)

    def draw(self, tries: int, ring_timeout_s: float) -> Lot:
        """The lot of a call to whom was called so many times before."""
        model, random = self._model, self._random
        is_answered = random.random() < model.answered_on(tries)
        outcome = self._ends.draw(random)
        answer_s = min(model.answer_s.draw(random), ring_timeout_s - BEFORE_TIME_OUT_S)
        if is_answered:
            comes_s = answer_s
        elif outcome is Outcome.NO_ANSWER:
            comes_s = ring_timeout_s
        else:
            ends_s = model.end_s.get(outcome, Fixed(mean=BUSY_AFTER_S)).draw(random)
            comes_s = min(ends_s, ring_timeout_s)
        lot = Lot(
            outcome=None if is_answered else outcome,
            rings_s=min(RINGS_AFTER_S, comes_s / 2),
            comes_s=comes_s,
            bridge_s=model.bridge_s.draw(random),
            talk_s=model.talk_s.draw(random),
            message_s=model.message_s.draw(random),
            wrap_up_s=model.wrap_up_s.draw(random),
            word=self._words.draw(random),
        )
        return self._judged(lot) if is_answered else lot

    def _judged(self, lot: Lot) -> Lot:
        """Whether a machine answers, and what the switch would take it for."""
        machines, random = self._model.machines, self._verdicts
        machine = random.random() < machines.share
        errs = random.random() < (machines.missed if machine else machines.mistaken)
        verdict_s, heard_s = machines.verdict_s.draw(random), machines.heard_s.draw(random)
        judged = replace(lot, machine=machine, verdict_s=verdict_s, screened_out=machine != errs)
        return replace(judged, talk_s=heard_s, word=Disposition.MACHINE) if machine else judged


RINGS = frozenset({Outcome.NO_ANSWER})


class PeopledSwitch(Switch):
    """A switch whose customers are drawn by lot.

    `tries_of`: how many counted calls a contact had before the attempt. `on_*` are for who counts.
    """

    def __init__(
        self,
        time: VirtualTime,
        tell: Callable[[SwitchEvent], None],
        lots: Lots,
        tries_of: Callable[[str], int],
    ) -> None:
        super().__init__(time, tell)
        self._lots = lots
        self._tries_of = tries_of
        self.lot_of: dict[str, Lot] = {}
        self.on_placed: Callable[[Channel], None] = lambda _: None
        self.on_gone: Callable[[Channel], None] = lambda _: None
        self.on_caller_gone: Callable[[Channel], None] = lambda _: None

    def _originate(self, effect: Originate) -> None:
        lot = self._lots.draw(self._tries_of(effect.attempt), effect.ring_timeout_s)
        channel = Channel(
            call=effect.attempt,
            slot=effect.slot,
            fate=lot,
            screened=effect.screened,
            machine=lot.machine,
            dialed_at=self.time.t,
        )
        self.lot_of[channel.call] = lot
        self.channels[channel.call] = channel
        self.on_placed(channel)
        if lot.outcome is None or lot.outcome in RINGS:
            self._later(lot.rings_s, channel, self._rings)
        if lot.outcome is None:
            self._later(lot.comes_s, channel, self._answers)
        else:
            words = WORDS_OF_THE_SWITCH.get(lot.outcome, WORDS_OF_THE_SWITCH[Outcome.FAILED])
            self._later(lot.comes_s, channel, lambda c: self._fails(c, *words))

    def _goes_on(self, channel: Channel) -> None:
        if channel.screened:
            self._later(self.lot_of[channel.call].verdict_s, channel, self._verdict)
        else:
            super()._goes_on(channel)

    def _verdict(self, channel: Channel) -> None:
        """As Waihu's dialplan does: a machine is told of and hung up on, a person waits."""
        channel.screened_out = self.lot_of[channel.call].screened_out
        if channel.screened_out:
            self._tell(CallScreenedOut(call=channel.call))
            self._hangs_up(channel)
        else:
            super()._goes_on(channel)

    def _bury(self, channel: Channel) -> None:
        super()._bury(channel)
        if channel.queue:
            self.on_caller_gone(channel)
            return
        self.on_gone(channel)
        if channel.bridged_at is None:
            del self.lot_of[channel.call]

    def is_willing(self, seat: Seat, member: Member, queue: str) -> bool:
        """Whether the queue may give its next caller to this agent."""
        return member.paused is None and queue in member.queues and self._takes_calls(seat)

    def hangs_up(self, caller: Channel) -> None:
        """A caller hangs up, if they have not yet."""
        self._hangs_up(caller)

    def _agent_after_s(self, channel: Channel) -> float:
        return self.lot_of[channel.call].bridge_s

    def _talk_s(self, channel: Channel) -> float:
        return self.lot_of[channel.call].talk_s

    def _message_s(self, channel: Channel) -> float:
        return self.lot_of[channel.call].message_s
