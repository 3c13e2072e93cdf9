"""One agent: the status that the person declares and the state that the system sees.

Owns: both, the table of the state, the clocks of readiness and wrap-up, and which pause reason
the queues must show. Must not know calls, campaigns or how anything is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from dialer.altered import altered


class Status(StrEnum):
    """What the agent declares."""

    LOGGED_OUT = "logged_out"
    AVAILABLE = "available"
    ON_BREAK = "on_break"


class State(StrEnum):
    """What the system sees."""

    AWAY = "away"
    READYING = "readying"
    IDLE = "idle"
    RESERVED = "reserved"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


class Signal(StrEnum):
    """What can happen to an agent."""

    LOGIN = "logs in"
    READY = "is ready"
    RESERVE = "is reserved"
    RELEASE = "is released"
    CONNECT = "is connected"
    DISCONNECT = "call ends"
    FINISH = "has finished"
    LOGOUT = "logs out"
    ADOPT = "is found in a call"
    OWE = "is found owing a word"
    REJOIN = "joins anew"


TRANSITIONS: dict[tuple[State, Signal], State] = {
    (State.AWAY, Signal.LOGIN): State.READYING,
    (State.READYING, Signal.READY): State.IDLE,
    (State.IDLE, Signal.RESERVE): State.RESERVED,
    (State.RESERVED, Signal.RELEASE): State.IDLE,
    (State.READYING, Signal.CONNECT): State.TALKING,
    (State.IDLE, Signal.CONNECT): State.TALKING,
    (State.RESERVED, Signal.CONNECT): State.TALKING,
    (State.WRAP_UP, Signal.CONNECT): State.TALKING,
    (State.TALKING, Signal.DISCONNECT): State.WRAP_UP,
    (State.TALKING, Signal.FINISH): State.IDLE,
    (State.WRAP_UP, Signal.FINISH): State.IDLE,
    **{(state, Signal.LOGOUT): State.AWAY for state in State if state is not State.AWAY},
    **{(state, Signal.REJOIN): State.READYING for state in State if state is not State.AWAY},
    (State.READYING, Signal.ADOPT): State.RESERVED,
    (State.IDLE, Signal.ADOPT): State.RESERVED,
    (State.READYING, Signal.OWE): State.WRAP_UP,
    (State.IDLE, Signal.OWE): State.WRAP_UP,
}

LOGIN_PAUSE = "login"
"""The pause of an agent who has just logged in and is not ready yet."""

OWN_PAUSES = frozenset({LOGIN_PAUSE, "reserved", "talking", "wrapup"})
"""Pauses that we set of our own; any other reason is a break that a person declared."""

TIMEOUT = "timeout"
"""The break of who let the time to look at a contact run out."""

_REASON = re.compile(r"[\w .@:+-]{1,40}")

READY_AFTER_S = 6.0
"""Asterisk says BUSY for an agent in the first 5-6 s after the login (measured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person on the floor.

    `told`: the pause reason that the queues show now (None: takes calls). `since_mono`: when
    state or status last changed. `due_mono`: when readiness or wrap-up ends. `attempt`: the
    outbound call that reserves, occupies or waits for the word of this agent; `inbound`: the
    queue call that does.
    """

    agent: str
    name: str
    queues: tuple[str, ...]
    slot: str | None = None
    status: Status = Status.LOGGED_OUT
    state: State = State.AWAY
    pause_reason: str = ""
    told: str | None = None
    since_mono: float = 0.0
    due_mono: float | None = None
    attempt: str | None = None
    inbound: str | None = None

    @property
    def free(self) -> bool:
        """Whether a call may be given to this agent."""
        return self.state is State.IDLE and self.status is Status.AVAILABLE


def advance(agent: Agent, signal: Signal, now_mono: float, **changes: object) -> Agent | None:
    """The agent after `signal` and with these changes; None where the signal does not belong."""
    state = TRANSITIONS.get((agent.state, signal))
    if state is None:
        return None
    after = {"state": state, "since_mono": now_mono, "due_mono": None} | changes
    return altered(agent, **after)


def is_break_reason(text: str) -> bool:
    """Whether a person may give `text` as the reason of a break.

    The queues take it, and it is none of ours: after a crash the queues alone know who is on one.
    """
    return _REASON.fullmatch(text) is not None and text not in OWN_PAUSES | {TIMEOUT}


def wanted_pause(agent: Agent) -> str | None:
    """The pause reason that the queues must show for this agent, None to take calls.

    A break that is declared in a talk is shown at once: so it is known after a crash as well.
    """
    match agent.state:
        case State.READYING:
            return LOGIN_PAUSE
        case State.RESERVED:
            return "reserved"
        case State.TALKING:
            ours = agent.told if agent.told in OWN_PAUSES else None
            return _break_of(agent) or ours or "talking"
        case State.WRAP_UP:
            return _break_of(agent) or "wrapup"
        case State.IDLE:
            return _break_of(agent)
        case State.AWAY:
            return agent.told


def _break_of(agent: Agent) -> str | None:
    return agent.pause_reason or "break" if agent.status is Status.ON_BREAK else None


def diagram() -> str:
    """The table as a Mermaid state diagram, for the docs."""
    rows = [f"    {state} --> {after}: {signal}" for (state, signal), after in TRANSITIONS.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {State.AWAY}", *rows, ""])
