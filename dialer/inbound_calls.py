"""The calls that come in, for the record: who called which number, and what they chose.

Owns: the living calls that are on file or on their way there. Must not know what becomes of them
in a queue. Pure.
"""

from __future__ import annotations

from datetime import datetime

from campaigns.phone.numbers import caller_e164
from dialer.messages import InboundNoted, Now, RouteInbound
from dialer.queue_effects import NoteInboundCall
from dialer.switch_events import QueueJoined

MOST_CALLS = 20_000
"""More can only be calls whose end we never heard of; the oldest one goes first."""


class InboundCalls:
    """Calls from their first word to their hang-up; `country`: whose numbers show none."""

    def __init__(self, country: str) -> None:
        self.country = country
        self._came: dict[str, datetime] = {}

    def routed(self, ask: RouteInbound, now: Now) -> list[NoteInboundCall]:
        """A call without a flow has come in."""
        return self._first(ask.call, ask.dialed, ask.caller_number, now)

    def joined(self, event: QueueJoined, now: Now) -> list[NoteInboundCall]:
        """A caller waits who has not asked us where to go: the dialplan's own way."""
        return self._first(event.call, "", event.caller_number, now)

    def noted(self, told: InboundNoted, now: Now) -> list[NoteInboundCall]:
        """A flow has begun, or has let go of the call."""
        is_new = self._first(told.call, told.dialed, told.caller_number, now)
        (note,) = is_new or [NoteInboundCall(call=told.call, at=self._came[told.call])]
        return [
            NoteInboundCall(
                call=note.call,
                at=note.at,
                dialed=note.dialed,
                number=note.number,
                flow=told.flow,
                language=told.language,
                choices=told.choices,
                subject=told.subject or None,
            )
        ]

    def hung_up(self, call: str, now: Now) -> list[NoteInboundCall]:
        """A channel is gone."""
        at = self._came.pop(call, None)
        return [] if at is None else [NoteInboundCall(call=call, at=at, ended_at=now.utc)]

    def number(self, text: str) -> str | None:
        """A caller's number in E.164, or None."""
        return caller_e164(text, self.country) or None

    def _first(self, call: str, dialed: str, number: str, now: Now) -> list[NoteInboundCall]:
        if not call or call in self._came:
            return []
        if len(self._came) >= MOST_CALLS:
            del self._came[next(iter(self._came))]
        self._came[call] = now.utc
        return [NoteInboundCall(call=call, at=now.utc, dialed=dialed, number=self.number(number))]
