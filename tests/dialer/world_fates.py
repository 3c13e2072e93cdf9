"""What becomes of calls on the simulated switch, and how often."""

from __future__ import annotations

from enum import StrEnum


class Fate(StrEnum):
    """What becomes of a call that we place."""

    ANSWERED = "answered"
    SLOW_AGENT = "answered, the agent's leg takes its time"
    HASTY = "answered and hung up at once"
    REFUSED_BY_NETWORK = "a cause"
    BUSY_BEHIND_LOCAL = "busy without a cause"
    UNANSWERED = "rings out"
    SWALLOWED = "never rings"
    NO_CHANNEL = "no channel, no hang-up"
    MUTE = "the switch says nothing at all"


WEIGHTS = {
    Fate.ANSWERED: 48,
    Fate.SLOW_AGENT: 4,
    Fate.HASTY: 3,
    Fate.REFUSED_BY_NETWORK: 20,
    Fate.BUSY_BEHIND_LOCAL: 5,
    Fate.UNANSWERED: 14,
    Fate.SWALLOWED: 2,
    Fate.NO_CHANNEL: 2,
    Fate.MUTE: 2,
}
CAUSES = (
    (17, "BUSY"),
    (34, "CONGESTION"),
    (1, "NOANSWER"),
    (22, "NOANSWER"),
    (21, "NOANSWER"),
    (19, "NOANSWER"),
)
