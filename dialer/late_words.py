"""Talks that still wait for their agent's word.

Owns: which calls they are, and which of them a word without an attempt's id means. They come
from the database with each load, and from the wrap-ups that ended since; so they outlive a
restart. Must not know how a word is written. Pure.

A word without an id means the agent's last such call, and only until the agent has spoken of a
later one: from then on it must be named, or `refused` could bar the wrong person for good.
"""

from __future__ import annotations

from collections.abc import Iterable

from dialer.messages import UndisposedCall


class LateWords:
    """The calls that ended undisposed in the last day, by attempt."""

    def __init__(self) -> None:
        self._loaded: dict[str, UndisposedCall] = {}
        self._own: dict[str, UndisposedCall] = {}
        self._given: set[str] = set()

    def loaded(self, calls: Iterable[UndisposedCall]) -> None:
        """Take over what is on file; what ended since then and is not written yet stays known."""
        found = {call.attempt: call for call in calls}
        self._given &= found.keys()
        self._own = {a: call for a, call in self._own.items() if a not in found}
        self._loaded = {
            attempt: self._passed_before(call)
            for attempt, call in found.items()
            if attempt not in self._given
        }

    def _passed_before(self, call: UndisposedCall) -> UndisposedCall:
        """A load may have been read before the word that passed the call was written."""
        before = self._loaded.get(call.attempt)
        return call if before is None or not before.passed else before

    def left(self, call: UndisposedCall) -> None:
        """A talk has just ended without a word."""
        self._own[call.attempt] = call

    def given(self, attempt: str) -> None:
        """The late word is committed."""
        known = self._own.pop(attempt, None) or self._loaded.pop(attempt, None)
        if known is not None:
            self._given.add(attempt)

    def spoke(self, agent: str) -> None:
        """The agent has given a word for a later call: earlier ones must be named from now on."""
        for calls in (self._loaded, self._own):
            for attempt, call in calls.items():
                if call.agent == agent:
                    calls[attempt] = call.now_passed()

    def meant_by(self, agent: str) -> str | None:
        """The attempt that a word of this agent's means when no call is at hand."""
        mine = [call for call in self._of(agent) if not call.passed]
        last = max(mine, key=lambda call: (call.ended_at, call.attempt), default=None)
        return None if last is None else last.attempt

    def count(self, agent: str) -> int:
        """How many calls of the last day wait for this agent's word."""
        return len(self._of(agent))

    def _of(self, agent: str) -> list[UndisposedCall]:
        known = {**self._own, **self._loaded}
        return [call for call in known.values() if call.agent == agent]
