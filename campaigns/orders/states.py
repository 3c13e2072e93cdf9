"""The states of an order, what can be done to it, and where that leads: one table (R13, R14).

Owns: the table and the words in it. Must not know who may do what, nor times (`orders.order`).

A complaint and a work order go the same way: it is opened and owned, somebody takes it in hand,
the cause is investigated, a solution is found, the customer is told at a promised time, and says
yes, or no: then it is gone into once more and confirmed a second time. What is not our business is
referred to the right hotline, and recorded all the same where the customer insists. Closed is the
end, unless it is reopened.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    IN_HAND = "in_hand"
    INVESTIGATED = "investigated"
    SOLVED = "solved"
    PROMISED = "promised"
    ANSWERED = "answered"
    SECOND = "second_confirmation"
    REFERRED = "referred"
    CLOSED = "closed"


class Act(StrEnum):
    """What can be done to it; `overdue` is done by the clock."""

    TAKE = "take"
    HAND_OVER = "hand_over"
    INVESTIGATE = "investigated"
    ESCALATE = "escalate"
    OVERDUE = "overdue"
    NOTE = "note"
    REFER = "refer"
    INSIST = "insist"
    SOLVE = "solve"
    PROMISE = "promise"
    ANSWER = "answer"
    ACCEPT = "accept"
    REJECT = "reject"
    CLOSE = "close"
    REOPEN = "reopen"


OPENED: Final = "opened"
"""What the first entry of a trail says in the place of an act."""

WORKED: Final = (State.OPEN, State.IN_HAND, State.INVESTIGATED)
"""The customer waits for a solution."""

TOLD: Final = (State.SOLVED, State.PROMISED, State.ANSWERED)
"""The customer is to be told, or has been."""

LIVING: Final = (*WORKED, *TOLD, State.SECOND)
"""Somebody owes something."""

_ANYTIME: Final = (Act.ESCALATE, Act.OVERDUE, Act.NOTE)

TRANSITIONS: Final[dict[tuple[State, Act], State]] = {
    **{(state, act): state for state in LIVING for act in _ANYTIME},
    **{(state, Act.TAKE): State.IN_HAND for state in WORKED},
    **{(state, Act.TAKE): state for state in (*TOLD, State.SECOND)},
    **{(state, Act.HAND_OVER): State.OPEN for state in WORKED},
    **{(state, Act.HAND_OVER): state for state in (*TOLD, State.SECOND)},
    **{(state, Act.INVESTIGATE): State.INVESTIGATED for state in WORKED},
    (State.PROMISED, Act.INVESTIGATE): State.PROMISED,
    **{(state, Act.REFER): State.REFERRED for state in WORKED},
    **{(state, Act.SOLVE): State.SOLVED for state in (*WORKED, State.SECOND)},
    (State.PROMISED, Act.SOLVE): State.PROMISED,
    **{(state, Act.PROMISE): State.PROMISED for state in LIVING},
    **{(state, Act.ANSWER): State.ANSWERED for state in (State.SOLVED, State.PROMISED)},
    **{(state, Act.ACCEPT): State.CLOSED for state in (*TOLD, State.SECOND)},
    **{(state, Act.REJECT): State.SECOND for state in TOLD},
    **{(state, Act.CLOSE): State.CLOSED for state in LIVING},
    (State.REFERRED, Act.NOTE): State.REFERRED,
    (State.REFERRED, Act.INSIST): State.OPEN,
    (State.REFERRED, Act.CLOSE): State.CLOSED,
    (State.CLOSED, Act.REOPEN): State.OPEN,
}


def possible(state: State) -> tuple[Act, ...]:
    """What a person can do to an order that stands there."""
    return tuple(act for act in Act if act is not Act.OVERDUE and (state, act) in TRANSITIONS)


def diagram() -> str:
    """The table as a Mermaid state diagram, for the docs; what leads nowhere else is left out."""
    rows: dict[tuple[State, State], list[Act]] = {}
    for (state, act), after in TRANSITIONS.items():
        if after is not state:
            rows.setdefault((state, after), []).append(act)
    lines = [
        f"    {before} --> {after}: {', '.join(acts)}" for (before, after), acts in rows.items()
    ]
    ends = [f"    {State.CLOSED} --> [*]"]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {State.OPEN}", *lines, *ends, ""])
