"""What the switch said of an unanswered call, turned into an outcome of the tree (R2).

Owns: the one order in which the switch's words are believed, and the tables of its codes. Must
not know calls, agents or how the words arrived.

No single word decides. The Reason of an OriginateResponse is 0 for a busy SIP phone as for a
vacant number; DialStatus says NOANSWER of a 404; the cause is 0 behind a Local channel and after
a ring time-out on Asterisk 16. Measured on Asterisk 22 and 16, this order is right:

1. success: answered, so that the agent's word decides and not this table;
2. Reason 3 (the ring time-out): no answer;
3. a hang-up cause other than 0: by `OUTCOME_OF_CAUSE`;
4. Reason 5 or 8: busy, congestion;
5. DialStatus, by `OUTCOME_OF_DIAL_STATUS`;
6. otherwise the call failed on our side.

A failure or congestion after the phone rang is a call that nobody answered: a person was called,
and that must count (R5).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from campaigns.outcomes import Outcome

RING_TIMEOUT = 3
"""The Reason of an OriginateResponse when the ring time-out ended the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchWord:
    """All that the switch said of one call so far; None and "" are "not said yet".

    `reason` and `success`: of OriginateResponse. `cause`: Q.850, of Hangup. `tech_cause`: the
    SIP status where the switch tells it (Asterisk 22). `rang`: the far end signalled ringing.
    """

    reason: int | None = None
    cause: int | None = None
    tech_cause: str = ""
    dial_status: str = ""
    rang: bool = False
    success: bool | None = None


OUTCOME_OF_CAUSE = MappingProxyType(
    {
        1: Outcome.VACANT,  # unallocated number; SIP 404, 485, 604
        17: Outcome.BUSY,  # user busy; SIP 486, 600
        18: Outcome.NO_ANSWER,  # no user responding; SIP 408
        19: Outcome.NO_ANSWER,  # alerted, no answer; SIP 480
        20: Outcome.SWITCHED_OFF,  # subscriber absent: the phone is off or out of reach
        21: Outcome.REJECTED,  # call rejected; SIP 401, 403, 407, 603
        22: Outcome.NUMBER_CHANGED,  # number changed; SIP 410
        28: Outcome.VACANT,  # invalid number format; SIP 484
        34: Outcome.CONGESTION,  # no circuit available; SIP 503
        38: Outcome.CONGESTION,  # network out of order; SIP 500
        42: Outcome.CONGESTION,  # switching equipment congestion
    },
)
"""Q.850 causes that speak of the number, the person or the network; others speak of our side."""

OUTCOME_OF_REASON = MappingProxyType({5: Outcome.BUSY, 8: Outcome.CONGESTION})
"""Reasons of OriginateResponse (Asterisk's control frames) that mean something by themselves."""

OUTCOME_OF_DIAL_STATUS = MappingProxyType(
    {
        "BUSY": Outcome.BUSY,
        "CONGESTION": Outcome.CONGESTION,
        "NOANSWER": Outcome.NO_ANSWER,
        "DONTCALL": Outcome.REJECTED,
        "TORTURE": Outcome.REJECTED,
    },
)
"""Words of DialEnd; CHANUNAVAIL, INVALIDARGS, CANCEL and the like say nothing of the person."""

_SAYS_SWITCHED_OFF = ("switched off", "power off", "powered off", "关机")


def outcome_of(word: SwitchWord) -> Outcome | None:
    """The outcome of a call that the switch ended, or None when it was answered (R2)."""
    if word.success:
        return None
    if word.reason == RING_TIMEOUT:
        return Outcome.NO_ANSWER
    said = _of_cause(word) if word.cause else _without_cause(word)
    if word.rang and said in (None, Outcome.CONGESTION):
        return Outcome.NO_ANSWER
    return said or Outcome.FAILED


def never_rang(word: SwitchWord) -> bool:
    """Whether the ring time-out ended a call that never rang.

    One may be a trunk that sends no ring; several in a row are a trunk that swallows calls, or a
    closed port, and thus our side. The outcome alone (no answer) does not tell.
    """
    return not word.success and word.reason == RING_TIMEOUT and not word.rang


def _of_cause(word: SwitchWord) -> Outcome | None:
    outcome = OUTCOME_OF_CAUSE.get(word.cause or 0)
    if outcome is Outcome.NO_ANSWER and _says_switched_off(word.tech_cause):
        return Outcome.SWITCHED_OFF
    return outcome


def _without_cause(word: SwitchWord) -> Outcome | None:
    by_reason = OUTCOME_OF_REASON.get(word.reason or 0)
    return by_reason or OUTCOME_OF_DIAL_STATUS.get(word.dial_status.upper())


def _says_switched_off(tech_cause: str) -> bool:
    told = tech_cause.lower()
    return any(words in told for words in _SAYS_SWITCHED_OFF)
