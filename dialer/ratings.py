"""Ratings: what callers say of a call once its agent has hung up, and which agent that was (R16).

Owns: who of the agents talked with which caller, for as long as the call lives. Must not know
questions, nor how an answer is kept. Pure: returns effects.
"""

from __future__ import annotations

from dialer.effects import Effect, KeepAnswer
from dialer.messages import CallRated, Now
from dialer.switch_events import QueueConnected

CALLS_KEPT = 10_000
"""More calls than any switch carries."""


class Ratings:
    """The talks that may be rated."""

    def __init__(self) -> None:
        self._talks: dict[str, tuple[str, str]] = {}

    def connected(self, event: QueueConnected) -> None:
        """An agent talks with a caller: the last one is rated."""
        self._talks[event.call] = (event.queue, event.member)
        if len(self._talks) > CALLS_KEPT:
            del self._talks[next(iter(self._talks))]

    def gone(self, call: str) -> None:
        """The caller has hung up."""
        self._talks.pop(call, None)

    def rated(self, word: CallRated, now: Now) -> list[Effect]:
        """A caller has answered a question; of which agent is not known after a new start."""
        queue, agent = self._talks.get(word.call, (word.queue, ""))
        return [
            KeepAnswer(
                call=word.call,
                queue=queue,
                agent=agent,
                question=word.question,
                key=word.key,
                highest=word.highest,
                weight=word.weight,
                at=now.utc,
            )
        ]
