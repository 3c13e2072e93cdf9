"""The outcome tree (R2, R3) as data, and the agent's word laid over the switch's.

Owns: what an attempt can end as, the branch each outcome belongs to, whether it counts as a
dial, and what it does to the number and to the contact. Must not know how the switch words
its verdicts (`asterisk.causes`) nor when the next attempt is (`campaigns.retry`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Branch(StrEnum):
    """The three branches of R2, and what never became a call of the customer's."""

    WRONG_CONTACT = "wrong_contact"
    NOT_THROUGH = "not_through"
    CONNECTED = "connected"
    OWN_SIDE = "own_side"


class Outcome(StrEnum):
    """The leaves: every attempt ends in exactly one."""

    VACANT = "vacant"
    FAX = "fax"
    NUMBER_CHANGED = "number_changed"
    WRONG_RECORD = "wrong_record"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CONGESTION = "congestion"
    REJECTED = "rejected"
    SWITCHED_OFF = "switched_off"
    MACHINE = "machine"
    ABANDONED = "abandoned"
    STOPPED = "stopped"
    LOST = "lost"
    SUCCESS = "success"
    SUCCESS_PROXY = "success_proxy"
    UNSUCCESSFUL = "unsuccessful"
    APPOINTMENT = "appointment"
    REFUSED = "refused"
    UNDISPOSED = "undisposed"
    FAILED = "failed"
    NOT_SENT = "not_sent"
    SKIPPED = "skipped"


class Disposition(StrEnum):
    """What an agent may say of a call; each has the outcome of the same name."""

    SUCCESS = "success"
    SUCCESS_PROXY = "success_proxy"
    UNSUCCESSFUL = "unsuccessful"
    APPOINTMENT = "appointment"
    REFUSED = "refused"
    WRONG_RECORD = "wrong_record"
    NUMBER_CHANGED = "number_changed"
    VACANT = "vacant"
    FAX = "fax"
    MACHINE = "machine"


class NotSent(StrEnum):
    """Why a claimed contact was not called after all: the note of a `not_sent` attempt."""

    TIMEOUT = "timeout"
    STOPPING = "stopping"
    LINK = "link"
    AGENT_LEFT = "agent_left"
    CAMPAIGN = "campaign"
    OTHER_CALL = "other_call"
    IN_CALL = "in_call"
    DO_NOT_CALL = "do_not_call"
    WINDOW = "window"
    RULES = "rules"
    STORE = "store"
    SWITCH = "switch"
    ENGINE = "engine"


class Ending(StrEnum):
    """How an outcome ends a contact for good; the values are those of `ContactState`."""

    DONE = "done"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRule:
    """What an outcome means for the day's count, the number and the contact.

    `counted`: takes one of the day's dials; what is not counted has its own back-off.
    `retires_number`: the number is never dialed again (R6). `ends`: the contact leaves the
    pool, as done or as faulty data. `do_not_call`: the person is put on that list.
    `amendable`: the agent's word may still come later. `next_day`: the contact waits for the
    next local day.
    """

    branch: Branch
    counted: bool = True
    retires_number: bool = False
    ends: Ending | None = None
    do_not_call: bool = False
    amendable: bool = False
    next_day: bool = False


_WRONG_NUMBER = OutcomeRule(branch=Branch.WRONG_CONTACT, retires_number=True)
_NOT_THROUGH = OutcomeRule(branch=Branch.NOT_THROUGH)
_REACHED = OutcomeRule(branch=Branch.CONNECTED, ends=Ending.DONE)
_OPEN_TALK = OutcomeRule(branch=Branch.CONNECTED)
_OUR_FAULT = OutcomeRule(branch=Branch.OWN_SIDE, counted=False)

RULES: Mapping[Outcome, OutcomeRule] = {
    # Wrong contact (R6). A wrong record is the contact's own data: no other number mends it.
    Outcome.VACANT: _WRONG_NUMBER,
    Outcome.FAX: _WRONG_NUMBER,
    Outcome.NUMBER_CHANGED: _WRONG_NUMBER,
    Outcome.WRONG_RECORD: OutcomeRule(branch=Branch.WRONG_CONTACT, ends=Ending.FAULTY),
    # Not through. Abandoned and stopped calls rang at the person, lost ones may have: all count.
    Outcome.BUSY: _NOT_THROUGH,
    Outcome.NO_ANSWER: _NOT_THROUGH,
    Outcome.CONGESTION: OutcomeRule(branch=Branch.NOT_THROUGH, counted=False),
    Outcome.REJECTED: _NOT_THROUGH,
    Outcome.SWITCHED_OFF: _NOT_THROUGH,
    Outcome.MACHINE: _NOT_THROUGH,
    Outcome.ABANDONED: _NOT_THROUGH,
    Outcome.STOPPED: _NOT_THROUGH,
    # Whoever talked to somebody while nobody kept the books may still say so.
    Outcome.LOST: OutcomeRule(branch=Branch.NOT_THROUGH, amendable=True),
    # Connected.
    Outcome.SUCCESS: _REACHED,
    Outcome.SUCCESS_PROXY: _REACHED,
    Outcome.UNSUCCESSFUL: _OPEN_TALK,
    Outcome.APPOINTMENT: _OPEN_TALK,
    Outcome.REFUSED: OutcomeRule(branch=Branch.CONNECTED, ends=Ending.DONE, do_not_call=True),
    Outcome.UNDISPOSED: OutcomeRule(branch=Branch.CONNECTED, amendable=True, next_day=True),
    # Our side.
    Outcome.FAILED: _OUR_FAULT,
    Outcome.NOT_SENT: _OUR_FAULT,
    Outcome.SKIPPED: _OUR_FAULT,  # in preview, by an agent who gave the reason
}


def rule_of(outcome: Outcome) -> OutcomeRule:
    """What the outcome means (R2, R3, R6)."""
    return RULES[outcome]


def outcome_of(disposition: Disposition) -> Outcome:
    """The outcome that the agent's word makes of an attempt: the one of the same name."""
    return Outcome(disposition.value)
