"""How many calls to place now, and which limit bound.

Owns: the port that every mode shares: `PacingFacts` in, `Decision` out, pure; and the gates that
are shut for every mode alike. Progressive and preview (modules of their names) answer the same
question; predictive, which learns, has a pacer for each campaign.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Limit(StrEnum):
    """What kept the decision from being larger.

    Of predictive pacing alone: `PRICE` (one more call adds too much to the abandons), `BUDGET` (the
    same, and the cap is used up), `AT_ONCE` (so many are never placed at once).
    """

    STOPPING = "stopping"
    LINK = "link"
    PAUSED = "paused"
    STORE = "store"
    BREAKER = "breaker"
    DIALPLAN = "dialplan"
    LIST = "list"
    AGENTS = "agents"
    ASKING = "asking"
    MAX_CALLS = "max_calls"
    CPS = "cps"
    PRICE = "price"
    BUDGET = "budget"
    AT_ONCE = "at_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingFacts:
    """What a pacer sees of one campaign at one instant.

    `store_ok`: the database answers, and quickly.
    `free_agents`: those who may be given a call; in preview only those who asked for one.
    `calls_alive` counts from the claim to the hang-up; `cps_room` is what the campaign's calls a
    second leave open at this instant, calls on their way to the network subtracted.
    `dialplan_lacks`: the switch's dialplan is not able to take the campaign's calls.
    """

    running: bool
    stopping: bool
    dialable: bool
    store_ok: bool
    breaker_open: bool
    list_dry: bool
    free_agents: int
    calls_alive: int
    max_calls: int
    cps_room: int
    dialplan_lacks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Place so many calls now; `limit` says why not one more."""

    place: int
    limit: Limit


def closed_gate(facts: PacingFacts) -> Limit | None:
    """The first reason, whatever the mode, for which no call may be placed at all."""
    gates = (
        (facts.stopping, Limit.STOPPING),
        (not facts.dialable, Limit.LINK),
        (not facts.running, Limit.PAUSED),
        (not facts.store_ok, Limit.STORE),
        (facts.breaker_open, Limit.BREAKER),
        (facts.dialplan_lacks, Limit.DIALPLAN),
        (facts.list_dry, Limit.LIST),
    )
    return next((limit for closed, limit in gates if closed), None)
