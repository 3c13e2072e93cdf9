"""Talks that still wait for their agent's word.

Owns: which calls they are, and which of them a word without an attempt's id may mean. They come
from the database with each load, and from the wrap-ups that ended since; so they outlive a
restart. Must not know how a word is written. Pure.

A word without an id means the agent's last such call, and only until the agent has spoken of a
later one: from then on it must be named, or `refused` could bar the wrong person for good. What
an agent has spoken of is kept here, for a load may have been read before that word was written.
Attempt ids sort by time, so they say which call is the later one.
"""

from __future__ import annotations

from collections.abc import Iterable

from dialer.messages import UndisposedCall
from dialer.recent import Recent

GIVEN_KEPT = 10_000
"""So many late words are remembered, until the database knows them all."""


class LateWords:
    """The calls that ended undisposed in the last day, by attempt."""

    def __init__(self) -> None:
        self._calls: dict[str, UndisposedCall] = {}
        self._not_on_file: set[str] = set()
        self._given = Recent(GIVEN_KEPT)
        self._spoken: dict[str, str] = {}

    def loaded(self, calls: Iterable[UndisposedCall]) -> None:
        """Take over what is on file; what ended since then and is not written yet stays known."""
        found = {call.attempt: call for call in calls if call.attempt not in self._given}
        self._not_on_file -= found.keys()
        self._calls = found | {attempt: self._calls[attempt] for attempt in self._not_on_file}

    def left(self, call: UndisposedCall) -> None:
        """A talk has just ended without a word."""
        self._calls[call.attempt] = call
        self._not_on_file.add(call.attempt)

    def given(self, attempt: str) -> None:
        """The late word is committed."""
        call = self._calls.pop(attempt, None)
        self._not_on_file.discard(attempt)
        self._given.add(attempt)
        if call is not None:
            self.spoke(call.agent, attempt)

    def spoke(self, agent: str, attempt: str) -> None:
        """The agent has given the word for this call: earlier ones must be named from now on."""
        self._spoken[agent] = max(attempt, self._spoken.get(agent, ""))

    def is_passed(self, agent: str, attempt: str) -> bool:
        """Whether this agent has spoken of this call or of a later one."""
        return attempt <= self._spoken.get(agent, "")

    def meant_by(self, agent: str) -> list[str]:
        """The attempts that a word of this agent's may mean without their id."""
        return [
            call.attempt
            for call in self._calls.values()
            if call.agent == agent and not call.passed and not self.is_passed(agent, call.attempt)
        ]

    def count(self, agent: str) -> int:
        """How many calls of the last day wait for this agent's word."""
        return sum(call.agent == agent for call in self._calls.values())
