"""What there is on a virtual switch: channels, phones of agents, members of queues.

Owns: plain records, which `dialer.sim.switch` keeps. Must not know what becomes of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Channel:
    """A customer: one whom we called, or a caller (`queue`). Times are seconds of the clock.

    `fate`: what is to become of the call; only who made it reads it. `waits_since`: it
    waits for an agent to be named. `screened`: machines are told from persons first;
    `screened_out`: it was taken for one. `machine`: it is one.
    """

    call: str
    slot: str = ""
    queue: str = ""
    fate: object = None
    dialed_at: float = 0.0
    answered_at: float | None = None
    bridged_at: float | None = None
    message_at: float | None = None
    gone_at: float | None = None
    waits_since: float | None = None
    screened: bool = False
    screened_out: bool = False
    machine: bool = False

    @property
    def alive(self) -> bool:
        """Whether it is still there."""
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
