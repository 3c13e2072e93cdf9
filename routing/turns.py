"""Whose turn it is in a queue: callers who wait on the line, and places that are kept for others.

Owns: who is to have the agent who is free. A place is a caller like any other, but for the line:
whoever came first is first. Pure. Must not know how anybody is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CallBackReason(StrEnum):
    """Why somebody is to be called back."""

    WISH = "wish"
    ABANDONED = "abandoned"
    VOICEMAIL = "voicemail"


class PlaceEnd(StrEnum):
    """Why a place is kept no longer: they have talked, on our call or on one of their own.

    `closed`: the contact is not dialed any more, as its outcomes or an operator have it.
    """

    CALLED = "called"
    SERVED = "served"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackRules:
    """What the operator set. `campaign`: by which everybody is called back; empty: nobody is.

    `abandoned`, `voicemail`: the queues whose callers are called back who hung up, or who left a
    message. Who waited no longer than `short_abandon_s` has not waited (kpi.md: s = 5 s).
    """

    campaign: str = ""
    abandoned: frozenset[str] = frozenset()
    voicemail: frozenset[str] = frozenset()
    short_abandon_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that is kept: whom it is for, in which queue, since when.

    `due_at`: not to be called before, by the rules; None: at any time.
    """

    e164: str
    queue: str
    joined_at: datetime
    reason: CallBackReason = CallBackReason.WISH
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who waits on the line."""

    queue: str
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeAgent:
    """An agent who may have a call, of any of these queues, by the level in each."""

    agent: str
    levels: Mapping[str, int]


def turns(
    agents: Sequence[FreeAgent],
    callers: Sequence[Caller],
    places: Sequence[Place],
    least: Callable[[str, datetime], int],
) -> dict[str, Place]:
    """Which agents are to be kept for which places; all others are for the callers.

    `agents`: the longest idle first; `places`: those that may be called now; `least`: the lowest
    level that serves who came to a queue then. Each of callers and places, in the order of their
    coming, has the best agent who is left, of equals the first, as app_queue gives them. Of two who
    came at the same instant the caller is first, who is on the line.
    """
    order: list[tuple[datetime, bool, Caller | Place]] = [
        *((one.joined_at, False, one) for one in callers),
        *((one.joined_at, True, one) for one in places),
    ]
    order.sort(key=lambda one: one[:2])
    left = list(agents)
    kept: dict[str, Place] = {}
    for _joined_at, _is_place, one in order:
        if not left:
            break
        agent = _best(left, one.queue, least(one.queue, one.joined_at))
        if agent is None:
            continue
        left.remove(agent)
        if isinstance(one, Place):
            kept[agent.agent] = one
    return kept


def _best(agents: Sequence[FreeAgent], queue: str, least: int) -> FreeAgent | None:
    """The agent of the highest level in the queue, where that is enough."""
    fit = [agent for agent in agents if agent.levels.get(queue, 0) >= max(1, least)]
    return max(fit, key=lambda agent: agent.levels[queue], default=None)
