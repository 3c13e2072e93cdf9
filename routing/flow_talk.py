"""What a flow and its performer tell each other: who calls, what came in, what is to be done.

Owns: these messages. Must not know how a flow decides (`routing.flow_run`), nor how a thing is
done (`agi.flow_call`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.flow import Manner, Overflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What is known when the call arrives.

    `number`: as the trunk told it; empty when it is withheld. `dialed`: which of our numbers.
    `facts`: more of them by name (`open_work_orders`, `last_agent`), from whoever knows.
    """

    number: str = ""
    dialed: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


# ── what comes in ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Began:
    """The call is here."""


@dataclass(frozen=True, slots=True)
class Done:
    """It was done."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be done."""


@dataclass(frozen=True, slots=True)
class Again:
    """It was done before, and stays so."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """The keys that were pressed, none when the time was over; `#` alone is a key too."""

    keys: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a lookup brought."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NotFound:
    """The server knows nothing of it."""


class Return(StrEnum):
    """Why a caller came back from a queue. AFTER: served, and the agent has hung up."""

    NOBODY = "nobody"
    TIMED_OUT = "timed_out"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class CameBack:
    """A caller comes back from a queue, mostly unserved."""

    why: Return


@dataclass(frozen=True, slots=True)
class Overflowed:
    """The caller did not go into the queue: the overflow of that number holds, from 1."""

    nth: int


Input = Overflowed | Began | Done | Again | Failed | Pressed | Found | NotFound | CameBack

# ── what is to be done ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing to say, its places filled in. A date is 2026-11-23."""

    manner: Manner
    text: str


Speech = tuple[Spoken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """Say it, then tell `Done`."""

    say: Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Say it, until a key is pressed; tell the keys (`Pressed`), `most` of them or up to `#`."""

    say: Speech
    most: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Speak another language from now on, then tell `Done`."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Ask `url` for JSON; tell `Found`, `NotFound` or `Failed`."""

    url: str
    take: Mapping[str, str]
    limit_s: float
    cache_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOrder:
    """See how a work order stands; tell `Found`, `NotFound` or `Failed`.

    `number` as it was typed; empty: the caller's own.
    """

    number: str
    limit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """Open a work order for the caller; tell `Found` once it is saved, or `Failed`."""

    kind: str
    subject: str
    text: str
    voicemail: str
    group: str
    limit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAt:
    """See how a queue stands; tell `Found`, with empty facts where nothing is known."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    """Say it, then put the caller into the queue; tell `CameBack` or `Failed` if unserved.

    `last_agent`: whose call it is to be, by login. `waited_s`: in other queues before. Where an
    `overflow` by length holds, tell `Overflowed` instead.
    `goes_on`: also when the agent has hung up.
    """

    queue: str
    say: Speech
    priority: int
    wait_s: int | None
    only_with_agents: bool
    last_agent: str = ""
    waited_s: float = 0.0
    overflow: tuple[Overflow, ...] = ()
    goes_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToVoicemail:
    """Take a message; tell `Done` or `Failed`."""

    box: str
    context: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToExtension:
    """Say it, ring an extension; tell `Failed` if nobody answered."""

    extension: str
    context: str
    ring_s: int
    say: Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCallBack:
    """Keep a place for this number; tell `Done`, `Again` or `Failed`.

    `queue`: in which the caller has waited, or that the flow names; empty: in none.
    """

    number: str
    queue: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAnswer:
    """Keep what the caller typed at a question, a `key` of 1 to `highest`; tell `Done`."""

    question: str
    key: int
    highest: int
    weight: int
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bye:
    """Say it and hang up. Nothing comes after it."""

    say: Speech


ForOrders = AskOrder | OpenOrder
Action = (
    Speak
    | Listen
    | Switch
    | Fetch
    | ForOrders
    | LookAt
    | ToQueue
    | ToVoicemail
    | ToExtension
    | NoteCallBack
    | NoteAnswer
    | Bye
)
