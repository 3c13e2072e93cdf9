"""What the engine did then and what it decides now, laid side by side.

Owns: when two decisions are the same one, and the list of differences. Pure.

Two decisions are the same when kind, subject and detail are equal and their times differ by less
than `TOLERANCE_S`: the live engine waited for the database and the switch, the replay does not.
What has no partner in that time is a difference; two of them on the same subject are told as one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

TOLERANCE_S = 2.0


class DecisionKind(StrEnum):
    """What can be decided. The last two touch only who is in which queue."""

    ORIGINATE = "originate"
    CONNECT = "connect"
    MESSAGE = "message"
    HANG_UP = "hang_up"
    PAUSE = "pause"
    SEAT = "seat"
    OUTCOME = "outcome"
    JOIN = "join"
    LEAVE = "leave"


COMPARED = frozenset(DecisionKind) - {DecisionKind.JOIN, DecisionKind.LEAVE}
"""Joining is retried and undone on the wire where the switch knows better: not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision. `at`: Unix seconds. `subject`: attempt, call, slot or agent."""

    at: float
    kind: DecisionKind
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What only one side decided, or both in another way."""

    then: Decision | None
    now: Decision | None

    @property
    def at(self) -> float:
        """When the first of the two was."""
        return min(one.at for one in (self.then, self.now) if one is not None)


@dataclass(slots=True)
class _Waiting:
    """Decisions of one side that have no partner yet, oldest first."""

    decisions: deque[Decision] = field(default_factory=deque)

    def take(self, wanted: Callable[[Decision], bool]) -> Decision | None:
        """The nearest in time of those that are told so far."""
        found = next((one for one in reversed(self.decisions) if wanted(one)), None)
        if found is not None:
            self.decisions.remove(found)
        return found


class Agreement:
    """Compares two streams of decisions, both told in the order of time."""

    def __init__(self) -> None:
        self.same = 0
        self.differences: list[Difference] = []
        self._then = _Waiting()
        self._now = _Waiting()

    def then(self, decision: Decision) -> None:
        """The recording's engine decided this."""
        self._compare(decision, self._now, self._then)

    def now(self, decision: Decision) -> None:
        """The replay's engine decides this."""
        self._compare(decision, self._then, self._now)

    def _compare(self, decision: Decision, others: _Waiting, own: _Waiting) -> None:
        if decision.kind not in COMPARED:
            return
        self.settle(decision.at)
        if others.take(lambda other: _key(other) == _key(decision)) is None:
            own.decisions.append(decision)
        else:
            self.same += 1

    def settle(self, at: float) -> None:
        """Time has passed: what still has no partner is a difference."""
        for own, others in ((self._then, self._now), (self._now, self._then)):
            while own.decisions and own.decisions[0].at <= at - TOLERANCE_S:
                self._differ(own.decisions.popleft(), others, own_is_then=own is self._then)

    def _differ(self, decision: Decision, others: _Waiting, *, own_is_then: bool) -> None:
        about = (decision.kind, decision.subject)
        other = others.take(lambda one: (one.kind, one.subject) == about)
        then, now = (decision, other) if own_is_then else (other, decision)
        self.differences.append(Difference(then=then, now=now))

    @property
    def undecided(self) -> int:
        """Decisions so near the end that their partner may just not be in the recording."""
        return len(self._then.decisions) + len(self._now.decisions)


def _key(decision: Decision) -> tuple[DecisionKind, str, str]:
    return decision.kind, decision.subject, decision.detail
