"""One outbound call, from the claim to its outcome, as a table.

A call is claimed, its agent is reserved, it waits for its place in the second, is judged again and
sent, it rings, is answered and bridged, and the agent says what came of it. In preview the reserved
agent looks at the contact first and says when it is dialed; in predictive no agent is reserved, and
whoever is free when it is answered takes it. The rules:

1. `TRANSITIONS` is the whole truth; `follow` gives the next state, or None for a signal that
   does not belong there. Signals come over a wire: they may be doubled, late or missing, so a
   signal out of place changes nothing and is no error.
2. A call that was never answered needs two words of the switch, OriginateResponse and Hangup,
   which race; after the first one the call is `CLOSING`, until the second or a short grace.
3. A call may end in any state: then it leaves the board (`dialer.board`), and so ends once.

Owns: the states, the table, what the switch said of a call, and the clocks that run on it.
Must not know agents, campaigns' rules or how anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from asterisk.causes import SwitchWord
from campaigns.outcomes import Disposition
from dialer.altered import altered


class CallState(StrEnum):
    """Where a call is."""

    CLAIMED = "claimed"
    PREVIEWING = "previewing"
    WAITING = "waiting"
    JUDGING = "judging"
    SENT = "sent"
    RINGING = "ringing"
    ANSWERED = "answered"
    TALKING = "talking"
    UNSERVED = "unserved"
    CLOSING = "closing"
    WRAP_UP = "wrap_up"


class Signal(StrEnum):
    """What can happen to it."""

    RESERVED = "agent reserved"
    UNRESERVED = "goes without an agent"
    SHOWN = "shown to the agent"
    DIALED = "agent dials"
    TURN = "has a place in the second"
    SENT = "judged and sent"
    RING = "rings"
    ANSWER = "answered"
    BRIDGE = "bridged"
    UNSERVE = "nobody took it"
    FAIL = "switch gave up"
    HANG_UP = "hung up"


TRANSITIONS: dict[tuple[CallState, Signal], CallState] = {
    (CallState.CLAIMED, Signal.RESERVED): CallState.WAITING,
    (CallState.CLAIMED, Signal.UNRESERVED): CallState.WAITING,
    (CallState.CLAIMED, Signal.SHOWN): CallState.PREVIEWING,
    (CallState.PREVIEWING, Signal.DIALED): CallState.WAITING,
    (CallState.WAITING, Signal.TURN): CallState.JUDGING,
    (CallState.JUDGING, Signal.SENT): CallState.SENT,
    (CallState.SENT, Signal.RING): CallState.RINGING,
    (CallState.SENT, Signal.ANSWER): CallState.ANSWERED,
    (CallState.SENT, Signal.BRIDGE): CallState.TALKING,
    (CallState.SENT, Signal.FAIL): CallState.CLOSING,
    (CallState.SENT, Signal.HANG_UP): CallState.CLOSING,
    (CallState.RINGING, Signal.ANSWER): CallState.ANSWERED,
    (CallState.RINGING, Signal.BRIDGE): CallState.TALKING,
    (CallState.RINGING, Signal.FAIL): CallState.CLOSING,
    (CallState.RINGING, Signal.HANG_UP): CallState.CLOSING,
    (CallState.CLOSING, Signal.FAIL): CallState.CLOSING,
    (CallState.CLOSING, Signal.HANG_UP): CallState.CLOSING,
    (CallState.ANSWERED, Signal.BRIDGE): CallState.TALKING,
    (CallState.ANSWERED, Signal.UNSERVE): CallState.UNSERVED,
    # The link lags: the message was asked for, and somebody had been there all along.
    (CallState.UNSERVED, Signal.BRIDGE): CallState.TALKING,
    # An agent's phone that is being hung up passes through the customer's bridge for an instant.
    (CallState.TALKING, Signal.UNSERVE): CallState.UNSERVED,
    (CallState.TALKING, Signal.HANG_UP): CallState.WRAP_UP,
}

BEFORE_NETWORK = frozenset(
    {CallState.CLAIMED, CallState.PREVIEWING, CallState.WAITING, CallState.JUDGING}
)
DIALING = frozenset({CallState.SENT, CallState.RINGING, CallState.CLOSING})

CLOSING_GRACE_S = 1.0
"""How long the second of OriginateResponse and Hangup is waited for."""

UNSERVED_AFTER_S = 1.7
"""An answered call without an agent goes to the message after this: the law allows 2 s."""

CONNECTING_S = 0.15
"""An agent who is named at the last moment has so long to be put through: less than 2 s in all."""

SCREENING_LIMIT_S = 6.0
"""Person or machine is known by then, or whoever is there gets the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call and all that is known of it.

    `due_mono`: when the running clock of its state rings. `waits_since_mono`: since when a person
    hears nobody. `bridge`: where the customer waits alone for the agent. `bridged_mono`: since when
    the two hear each other, as far as we heard.
    `message_plays`: the switch has said that the customer hears the message. `agent`: who is kept
    for it or has it; empty: nobody yet. `reserved`: somebody was kept before it was placed.
    `screened`: whether a person answered is still to be found out by the switch.
    """

    attempt: str
    campaign_id: int
    contact_id: int
    e164: str
    zone: str | None
    agent: str
    state: CallState = CallState.CLAIMED
    word: SwitchWord = field(default_factory=SwitchWord)
    due_mono: float | None = None
    waits_since_mono: float | None = None
    disposition: Disposition | None = None
    stopping: bool = False
    bridge: str = ""
    bridged_mono: float | None = None
    message_plays: bool = False
    reserved: bool = True
    screened: bool = False


def follow(state: CallState, signal: Signal) -> CallState | None:
    """The state after `signal`, or None where the signal does not belong."""
    return TRANSITIONS.get((state, signal))


def advance(call: Call, signal: Signal, *, due_mono: float | None = None) -> Call | None:
    """The call after `signal` with its new clock, or None where the signal does not belong."""
    state = follow(call.state, signal)
    return None if state is None else altered(call, state=state, due_mono=due_mono)


def switch_has_spoken(call: Call) -> bool:
    """Whether both words of the switch on an unanswered call are in (rule 2)."""
    return call.word.reason is not None and call.word.cause is not None


def diagram() -> str:
    """The table as a Mermaid state diagram, for the docs."""
    rows = [f"    {state} --> {after}: {signal}" for (state, signal), after in TRANSITIONS.items()]
    head = ["stateDiagram-v2", f"    [*] --> {CallState.CLAIMED}"]
    return "\n".join([*head, *rows, ""])
