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
<<<<<<< HEAD
=======


@dataclass(slots=True)
class Channel:
    """A customer: one whom we called, or a caller (`queue`)."""

    call: str
    slot: str = ""
    queue: str = ""
    fate: Fate = Fate.ANSWERED
    answered_at: float | None = None
    bridged_at: float | None = None
    message_at: float | None = None
    waits_since: float | None = None
    gone_at: float | None = None

    @property
    def alive(self) -> bool:
        return self.gone_at is None


@dataclass(slots=True)
class Seat:
    """A phone in AgentLogin. `call`: whom it is asked for, or talks to."""

    slot: str
    login: str
    since: float
    call: str = ""
    freed_at: float = -60.0


@dataclass(slots=True)
class Member:
    """A slot in the queues."""

    name: str
    queues: set[str] = field(default_factory=set)
    paused: str | None = None
>>>>>>> main
