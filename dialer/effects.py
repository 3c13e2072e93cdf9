"""What the engine wants done.

Owns: the effects that the engine returns; the shells of the switch, the store and the AGI
perform them. What the engine is told is in `dialer.messages` and `dialer.switch_events`. Must not
know how an effect travels.

`call` is always a channel's Uniqueid; on a call that we placed it is the attempt id.
`slot` is an agent slot of agents.conf; `agent` is a person's login.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from dialer.queue_effects import QueueNote, SaveSpells

if TYPE_CHECKING:
    from campaigns.campaign import Campaign
    from campaigns.outcomes import Disposition, NotSent, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Originate:
    """Place a call. `attempt` becomes the channel's Uniqueid; `e164` is `+` and digits.

    `slot`: the agent who is kept for it; empty: none is, and who answers waits for a `Connect`.
    `screened`: machines are told from persons before that.
    """

    attempt: str
    dial_string: str
    e164: str
    caller_id: str
    ring_timeout_s: int
    slot: str
    queue: str
    screened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Put an answered call that waits through to the agent in a slot."""

    call: str
    slot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """End a channel."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayUnserved:
    """Redirect an answered call that nobody takes to the message."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseMember:
    """Take a slot out of the queues (`reason`), or put it back (None). Answered if `ref` is set."""

    slot: str
    reason: str | None
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinQueues:
    """Make a slot a paused member of the queues, under the agent's login.

    `penalties`: the number in each queue (`routing.skills`), 0 where none is given.
    """

    slot: str
    agent: str
    queues: tuple[str, ...]
    reason: str
    penalties: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPenalties:
    """Give a slot another number in each of these queues: the lowest is taken first.

    Answered if `ref` is set.
    """

    slot: str
    penalties: dict[str, int]
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveQueues:
    """Remove a slot from the queues."""

    slot: str
    queues: tuple[str, ...]


class Tone(StrEnum):
    """What an agent on the phone is told about the word that the keys gave."""

    SAVED = "saved"
    NOT_SAVED = "not_saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayTone:
    """Let the agent in `slot`, and nobody else, hear a tone; the agent stays where they are."""

    slot: str
    tone: Tone


class ListenMode(StrEnum):
    """How a supervisor takes part: hears both; speaks to the agent alone; speaks to both."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


@dataclass(frozen=True, slots=True, kw_only=True)
class RingSupervisor:
    """Ring a supervisor's phone; who answers waits in our dialplan for a `LetHear`.

    `call` becomes the channel's Uniqueid. `shows`: whose talks are to be heard, for its display.
    """

    call: str
    dial_string: str
    shows: str
    ring_timeout_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetHear:
    """Let a supervisor who is on the phone hear the agent in `slot`; `mode` None: nobody."""

    call: str
    slot: str
    mode: ListenMode | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTalk:
    """Write what the agent in `slot` says and hears to a file until `call` is hung up.

    `call` becomes the Uniqueid of the channel that does; `file`: its name without the ending.
    """

    call: str
    slot: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Learn what lives on the switch; answered with SwitchSurveyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimContacts:
    """Claim up to `count` contacts; answered with Claimed (or StoreFailed).

    `agents`: who is kept for them; whom one agent was promised is claimed for that one only.
    `turns`: nobody but these numbers, whose places in a queue have come to their turn.
    """

    ref: str
    campaign: Campaign
    count: int
    agents: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSent:
    """Judge again and commit the attempt as sent; answered with SentJudged.

    `agent`: who is kept for it; empty: nobody is.
    """

    attempt: str
    campaign: Campaign
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseClaim:
    """Free a claimed contact that was never sent: not counted. `why` is kept on the attempt.

    It is written like any other end, and tried until it is.
    """

    attempt: str
    why: NotSent


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteProgress:
    """Write when a call was answered, bridged or hung up, and with whom it was bridged.

    The outcome comes later, or before the hang-up where the agent gives the word in the talk.
    """

    attempt: str
    agent: str = ""
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAttempt:
    """Write the one outcome. With `reply`, the operator is told once it is on the disk (I6).

    `agent`: who ended an attempt that was sent for nobody yet (skipped in preview).
    `appointment_agent`: who alone is to make the promised call.
    """

    attempt: str
    outcome: Outcome
    at: datetime
    disposition: Disposition | None = None
    appointment_at: datetime | None = None
    note: str = ""
    cause: int | None = None
    tech_cause: str = ""
    dial_status: str = ""
    reason: int | None = None
    agent: str | None = None
    appointment_agent: str | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendAttempt:
    """Give an attempt that ended as undisposed the agent's late word."""

    attempt: str
    disposition: Disposition
    at: datetime
    appointment_at: datetime | None = None
    note: str = ""
    appointment_agent: str | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPlace:
    """Keep a place in a queue for who is to be called back. Answered with PlaceKept.

    `call`: the inbound call that it comes from. Where one is kept already, that one stays.
    """

    campaign_id: int
    e164: str
    queue: str
    why: str
    joined_at: datetime
    at: datetime
    call: str = ""
    language: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePlace:
    """The place of a number is kept no longer; `end` says why."""

    campaign_id: int
    e164: str
    end: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAnswer:
    """Keep what a caller typed when asked to rate a call: `key` of 1 to `highest`."""

    call: str
    queue: str
    question: str
    key: int
    highest: int
    weight: int
    at: datetime
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterAct:
    """Enter in the ledger what somebody did (R25). With `ref`, answered with ActEntered.

    `entry`: an EntryKind; `subject`: to whom or what; `what`: more of it; `call`: of which call.
    """

    entry: str
    subject: str
    who: str
    at: datetime
    what: str = ""
    why: str = ""
    call: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSlot:
    """Remember which person sits in which slot (None: nowhere). Answered with SlotSaved."""

    agent: str
    slot: str | None
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePacing:
    """Remember what a predictive campaign's pacer has learned, as plain values, over a restart."""

    campaign_id: int
    memory: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Read campaigns and agents again; answered with Loaded that carries `ref`."""

    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeAnew:
    """Look at every waiting contact again: the clock by which it was put off was wrong.

    Answered only with StoreFailed, if at all.
    """

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAsk:
    """Answer an AGI question with channel variables."""

    ask: str
    variables: dict[str, str] = field(default_factory=dict)


class ReplyCode(StrEnum):
    """How a command ended."""

    OK = "ok"
    UNKNOWN_AGENT = "unknown_agent"
    AGENT_NOT_LOGGED_IN = "agent_not_logged_in"
    NO_CALL_TO_DISPOSE = "no_call_to_dispose"
    ALREADY_DISPOSED = "already_disposed"
    WORD_OWED = "word_owed"
    WHICH_CALL = "which_call"
    DISPOSITION_NOT_OF_KIND = "disposition_not_of_kind"
    APPOINTMENT_NEEDS_TIME = "appointment_needs_time"
    APPOINTMENT_OUTSIDE_WINDOW = "appointment_outside_window"
    APPOINTMENT_IN_PAST = "appointment_in_past"
    STORE_FAILED = "store_failed"
    NOT_SAVED_YET = "not_saved_yet"
    AGENT_NOT_FREE = "agent_not_free"
    NO_PREVIEW_CAMPAIGN = "no_preview_campaign"
    NOTHING_TO_PREVIEW = "nothing_to_preview"
    NO_PREVIEW = "no_preview"
    PREVIEW_ENDED = "preview_ended"
    NOT_DIALED = "not_dialed"
    NOT_DIALED_YET = "not_dialed_yet"
    AGENT_NOT_IN_CALL = "agent_not_in_call"
    UNKNOWN_CALL = "unknown_call"
    BAD_PHONE = "bad_phone"
    PHONE_IN_USE = "phone_in_use"
    PHONE_NOT_REACHED = "phone_not_reached"
    NOBODY_LISTENS = "nobody_listens"
    NOT_RECORDED = "not_recorded"
    RECORDING_FAILED = "recording_failed"
    DIALPLAN_LACKS = "dialplan_lacks"
    LINK_DOWN = "link_down"
    NOT_ENTERED = "not_entered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer an operator's command. `facts` are for the sentence that the CLI makes."""

    ref: str
    code: ReplyCode
    facts: dict[str, str] = field(default_factory=dict)


class AuditFinding(StrEnum):
    """What an audit found to be otherwise than we believed."""

    CALL_GONE = "call_gone"
    AGENT_GONE = "agent_gone"
    AGENT_CAME = "agent_came"
    TALK_UNHEARD = "talk_unheard"
    DIALPLAN_LACKS = "dialplan_lacks"
    NOBODY_CALLS_BACK = "nobody_calls_back"
    QUEUE_GONE = "queue_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Say what an audit has set right: an event of the switch never came.

    `contexts`: what our dialplan on the switch lacks, which only the operator can set right.
    `queue`: one that is not in the settings any more, though places are kept in it.
    """

    finding: AuditFinding
    call: str = ""
    slot: str = ""
    contexts: tuple[str, ...] = ()
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Nothing lives any more: the process may end."""


MemberEffect = PauseMember | JoinQueues | LeaveQueues | SetPenalties
HearEffect = RingSupervisor | LetHear | RecordTalk
"""What lets others hear a talk."""
SwitchEffect = (
    Originate | Connect | HangUp | PlayUnserved | PlayTone | HearEffect | MemberEffect | Survey
)
StoreEffect = (
    ClaimContacts
    | MarkSent
    | ReleaseClaim
    | NoteProgress
    | EndAttempt
    | AmendAttempt
    | SaveSlot
    | KeepPlace
    | ClosePlace
    | KeepAnswer
    | EnterAct
    | SavePacing
    | Load
    | JudgeAnew
    | QueueNote
    | SaveSpells
)
Effect = SwitchEffect | StoreEffect | AnswerAsk | Reply | Found | Stopped
