"""Whose turn it is in a queue: callers who wait on the line, and places that are kept for others.

Owns: who is to have the agent who is free. A place is a caller like any other, but for the line:
whoever came first is first. Pure. Must not know how anybody is called.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    """An agent who may have a call, of any of these queues."""

    agent: str
    queues: Collection[str]


def turns(
    agents: Sequence[FreeAgent], callers: Sequence[Caller], places: Sequence[Place]
) -> dict[str, Place]:
    """Which agents are to be kept for which places; all others are for the callers.

    `agents`: the longest idle first; `places`: those that may be called now. Each of callers and
    places, in the order of their coming, has the first agent of their queue who is left. Of two
    who came at the same instant the caller is first, who is on the line.
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
        agent = next((agent for agent in left if one.queue in agent.queues), None)
        if agent is None:
            continue
        left.remove(agent)
        if isinstance(one, Place):
            kept[agent.agent] = one
    return kept
