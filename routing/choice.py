"""Which agent gets a call, in which order they come, and why (R9, R17).

Owns: the rule, as a pure function of what is known of the agents and of the call. app_queue
carries it out: the penalties that it is told (`routing.skills`) make its choice this one. The same
rule gives answered outbound calls their agent, and says to a supervisor who would be next.

Nobody is chosen who is not free or does not serve the queue. Then: the agent of last time, where
the caller is to have that one; then the better level; then who is idle for longest, be it since
an inbound call, an outbound one or a break; then the lower login, so that it is always the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from routing.skills import Need


class Reason(StrEnum):
    """Why an agent has that place, or none."""

    LAST_AGENT = "last_agent"
    LEVEL = "level"
    IDLE = "idle"
    NOT_FREE = "not_free"
    LEVEL_TOO_LOW_YET = "level_too_low_yet"
    KEPT_FOR_ANOTHER = "kept_for_another"
    WAITS_FOR_LAST_AGENT = "waits_for_last_agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent who serves the call's queue, as they are now.

    `level`: their level there (`routing.skills.level_in`). `idle_since`: on the same clock as the
    `now` of `choose`. `kept`: free, but for another caller alone. `lent`: from another group.
    """

    agent: str
    free: bool
    level: int
    idle_since: float
    kept: bool = False
    lent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The call. `last_agent`: who is to have it if they can; empty: nobody in particular."""

    need: Need
    waited_s: float = 0.0
    last_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One agent in the choice: what was compared, and the reason for the place."""

    agent: str
    level: int
    idle_s: float
    reason: Reason
    lent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`order`: who may have the call, first is first; empty: nobody, it waits. `others`: not now.

    `waits_s`: for how much longer the call waits for its last agent alone.
    """

    order: tuple[Seen, ...]
    others: tuple[Seen, ...]
    waits_s: float = 0.0


def first_first(level: int, idle_since: float, agent: str) -> tuple[int, float, str]:
    """The key by which agents are sorted who may all have the call."""
    return (-level, idle_since, agent)


def choose(wish: Wish, candidates: Iterable[Candidate], now: float) -> Choice:
    """The agents for a call, first is first, and why each has that place or none.

    `now`: seconds, on the candidates' clock.
    """
    seen = sorted(candidates, key=lambda one: first_first(one.level, one.idle_since, one.agent))
    waits_s = _waits_s(wish, seen)
    reasons = {one.agent: _against(wish, one, waits_s) for one in seen}
    able = [one for one in seen if reasons[one.agent] is None]
    firsts = sorted(able, key=lambda one: one.agent != wish.last_agent)
    order = tuple(_seen(one, _because(wish, one, able), now) for one in firsts)
    others = tuple(_seen(one, why, now) for one in seen if (why := reasons[one.agent]) is not None)
    return Choice(order=order, others=others, waits_s=waits_s)


def _waits_s(wish: Wish, candidates: Iterable[Candidate]) -> float:
    """For how long the call is the last agent's alone; who does not serve it is not waited for."""
    left_s = wish.need.last_agent_s - wish.waited_s
    there = any(one.agent == wish.last_agent for one in candidates)
    return max(0.0, left_s) if wish.last_agent and there else 0.0


def _against(wish: Wish, one: Candidate, waits_s: float) -> Reason | None:
    """Why the call is not for this agent now."""
    is_last = one.agent == wish.last_agent
    if not one.free:
        return Reason.NOT_FREE
    if one.kept and not is_last:
        return Reason.KEPT_FOR_ANOTHER
    if waits_s and not is_last:
        return Reason.WAITS_FOR_LAST_AGENT
    if one.level < wish.need.least_after(wish.waited_s) and not (is_last and waits_s):
        return Reason.LEVEL_TOO_LOW_YET
    return None


def _because(wish: Wish, one: Candidate, able: list[Candidate]) -> Reason:
    """What decided: the level where the others' differ, else how long they have been idle."""
    if one.agent == wish.last_agent:
        return Reason.LAST_AGENT
    alike = all(other.level == one.level for other in able)
    return Reason.IDLE if alike else Reason.LEVEL


def _seen(one: Candidate, reason: Reason, now: float) -> Seen:
    idle_s = max(0.0, now - one.idle_since) if one.free else 0.0
    return Seen(agent=one.agent, level=one.level, idle_s=idle_s, reason=reason, lent=one.lent)
