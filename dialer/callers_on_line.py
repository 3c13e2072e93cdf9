"""Callers on the line: since when each has waited in which queue, and where each waits now.

Owns: the living inbound calls, as far as a place in a queue goes by them. Must not know what a
place is kept for. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dialer.messages import Now
from dialer.switch_events import QueueAbandoned, QueueExited, QueueJoined, QueueLeft, SwitchSurveyed
from routing.turns import Caller

CALLS_KEPT = 10_000
"""Calls are remembered for the place that they had in a queue until they are over."""


@dataclass(slots=True, kw_only=True)
class LivingCall:
    """A living inbound call: whose, since when it has been in which queue, where it waits now.

    `e164`: the number, where it is one that the campaign could call.
    `gave_up_in`: the queue that says so; whoever is still there a moment later has not.
    """

    number: str = ""
    e164: str | None = None
    joined: dict[str, datetime] = field(default_factory=dict)
    waits_in: str | None = None
    gave_up_in: str | None = None


class CallersOnLine:
    """The callers of one engine. `e164_of` reads a number; None: it is none to be called back."""

    def __init__(self, e164_of: Callable[[str], str | None]) -> None:
        self._e164_of = e164_of
        self._calls: dict[str, LivingCall] = {}

    def get(self, name: str) -> LivingCall | None:
        """The call, if anything was heard of it."""
        return self._calls.get(name)

    def call(self, name: str) -> LivingCall:
        """The call, which is remembered from now on."""
        call = self._calls.setdefault(name, LivingCall())
        while len(self._calls) > CALLS_KEPT:
            del self._calls[next(iter(self._calls))]
        return call

    def over(self, name: str) -> None:
        """The call has ended."""
        self._calls.pop(name, None)

    def came(self, call: str, queue: str, now: Now) -> datetime:
        """Since when the call has been in the queue; now, where that is not known."""
        known = self._calls.get(call)
        return now.utc if known is None else known.joined.get(queue, now.utc)

    def read_again(self) -> None:
        """Who came before the campaign was read has a number that nobody could read yet."""
        for call in self._calls.values():
            call.e164 = call.e164 or self._e164_of(call.number)

    def joined(self, event: QueueJoined, now: Now, waited_s: float = 0.0) -> None:
        """A caller waits in a queue; who comes back into it has the place of before."""
        call = self.call(event.call)
        if event.caller_number and event.caller_number != call.number:
            call.number, call.e164 = event.caller_number, self._e164_of(event.caller_number)
        call.joined.setdefault(event.queue, now.utc - timedelta(seconds=waited_s))
        call.waits_in, call.gave_up_in = event.queue, None

    def left(self, event: QueueLeft) -> None:
        """A caller waits there no longer."""
        call = self._calls.get(event.call)
        if call is not None and call.waits_in == event.queue:
            call.waits_in = None

    def gives_up(self, event: QueueAbandoned) -> None:
        """A caller hangs up while waiting; of who has waited too long the switch says the same."""
        call = self._calls.get(event.call)
        if call is not None:
            call.gave_up_in = event.queue

    def goes_on(self, event: QueueExited) -> None:
        """A caller is back in the dialplan."""
        call = self._calls.get(event.call)
        if call is not None:
            call.gave_up_in = None

    def surveyed(
        self, survey: SwitchSurveyed, fresh: Collection[str], now: Now, *, after_silence: bool
    ) -> list[str]:
        """The switch was asked who waits; gives the calls that are gone. See `KeptPlaces`."""
        for name, waiting in survey.waiting.items():
            if name not in fresh:
                event = QueueJoined(call=name, queue=waiting.queue, caller_number=waiting.number)
                self.joined(event, now, waiting.waited_s)
        gone: list[str] = []
        for name, call in self._calls.items():
            if name in fresh:
                continue
            if name not in survey.calls:
                if after_silence:
                    call.gave_up_in = call.gave_up_in or call.waits_in
                gone.append(name)
            elif name not in survey.waiting:
                call.waits_in = None
        return gone

    @property
    def waiting(self) -> list[Caller]:
        """Who waits in a queue now."""
        return [
            Caller(queue=call.waits_in, joined_at=call.joined[call.waits_in])
            for call in self._calls.values()
            if call.waits_in is not None
        ]

    @property
    def numbers(self) -> set[str]:
        """Whoever is on the line, waiting or in a flow, is there: nobody calls them."""
        return {call.e164 for call in self._calls.values() if call.e164 is not None}
