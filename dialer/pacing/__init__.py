"""How many calls to place now, and which limit bound.

Owns: the port that every mode shares: `PacingFacts` in, `Decision` out, pure. Progressive
(`dialer.pacing.progressive`) is the mode of today; preview and predictive answer the same
question and join here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Limit(StrEnum):
    """What kept the decision from being larger."""

    STOPPING = "stopping"
    LINK = "link"
    PAUSED = "paused"
    STORE = "store"
    BREAKER = "breaker"
    LIST = "list"
    AGENTS = "agents"
    MAX_CALLS = "max_calls"
    CPS = "cps"


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingFacts:
    """What a pacer sees of one campaign at one instant.

    `store_ok`: the database answers, and quickly.
    `calls_alive` counts from the claim to the hang-up; `cps_room` is what the campaign's calls a
    second leave open at this instant, calls on their way to the network subtracted.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Place so many calls now; `limit` says why not one more."""

    place: int
    limit: Limit
