"""What is kept of the calls that come in: effects for the store, and the words in them.

Owns: the ways in which a stay in a queue ends, and the records of a call that came in, of a stay,
of what followed it, and of what agents did meanwhile. Must not know how they are written.

`call` is the Uniqueid of the caller's channel, `agent` a person's login.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class QueueEnd(StrEnum):
    """What became of a caller who waited.

    LEFT: went on in the dialplan, and nobody said why. LOST: nobody saw it; the switch's own
    queue_log may have (`waihu queue import-log`).
    """

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TIMEOUT = "timeout"
    KEY = "key"
    EMPTY = "empty"
    CALLBACK = "callback"
    WITHDRAWN = "withdrawn"
    LEFT = "left"
    LOST = "lost"


UNTOLD = frozenset({QueueEnd.LEFT, QueueEnd.LOST})
"""Ends of which another source may know more."""


class TalkEnd(StrEnum):
    """Who ended a talk. TRANSFER: it went on with somebody else."""

    AGENT = "agent"
    CALLER = "caller"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteInboundCall:
    """Write what is known of a call that came in; what is None stays as it is on file.

    `number`: E.164, None: withheld or no number. `choices`: what the caller chose in the flow,
    step and choice, in order. `subject`: what the call is about.
    """

    call: str
    at: datetime
    dialed: str = ""
    number: str | None = None
    flow: str | None = None
    language: str | None = None
    choices: tuple[tuple[str, str], ...] | None = None
    subject: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteQueueCall:
    """Write a stay in a queue, once its wait is over. `agent`: who answered."""

    call: str
    queue: str
    joined_at: datetime
    ended_at: datetime
    how: QueueEnd
    waited_ms: int
    number: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteQueueTalk:
    """Write what followed the latest answered stay of a call in a queue; None: not known (yet).

    `talk_ms` is without `hold_ms`; `wrap_ms`: after-call work.
    """

    call: str
    queue: str
    talk_ms: int | None = None
    hold_ms: int | None = None
    wrap_ms: int | None = None
    transferred: bool | None = None
    ended_by: TalkEnd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """An agent was in one state from `began_at` to `ended_at`, or longer: then it comes again.

    `state`: an AgentLook. `reason`: of a pause.
    """

    agent: str
    state: str
    reason: str
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSpells:
    """Write what agents have done; a spell that went on takes the place of its shorter self."""

    spells: tuple[Spell, ...]


QueueNote = NoteInboundCall | NoteQueueCall | NoteQueueTalk
"""What the batching writer takes, in order."""
