"""What the engine is told.

Owns: the questions of the AGI, ticks, operators' commands and the answers of the store: with the
switch's events (`dialer.switch_events`) all of them are `Message`. Shells make them; what the
engine returns is in `dialer.effects`. Must not know how a message travels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from dialer.switch_events import SwitchEvent

if TYPE_CHECKING:
    from campaigns.campaign import Campaign, CampaignState
    from campaigns.judge import Verdict
    from campaigns.law.abandonment import Windows
    from campaigns.outcomes import Disposition
    from dialer.effects import ListenMode, ReplyCode
    from routing.inbound import InboundRoutes
    from routing.skills import Need
    from routing.turns import CallBackRules, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """One reading of both clocks: aware UTC for data, monotonic seconds for durations."""

    utc: datetime
    mono: float


# ── what the AGI asks ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteInbound:
    """Which queue takes this inbound call? Answered with WAIHU_QUEUE."""

    ask: str
    call: str
    dialed: str
    caller_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAgent:
    """A phone wants to log in as `agent`. Answered with WAIHU_SLOT, or WAIHU_REFUSED."""

    ask: str
    call: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterQueue:
    """The caller of `call` is about to join a queue, after `waited_s` seconds in other ones.

    `last_agent`: the login of who is to have the call; empty: nobody in particular. Answered with
    WAIHU_MARK, the number of that agent, and WAIHU_POSITION; each may be empty.
    """

    ask: str
    call: str
    queue: str
    last_agent: str = ""
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtQueue:
    """How does a queue stand? Answered with facts for a flow (`routing.flow.QUEUE_FACTS`)."""

    ask: str
    call: str
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRated:
    """The caller of `call` has answered a question: the `key` of 1 to `highest`.

    `queue`: the last one that the caller was put into.
    """

    call: str
    question: str
    key: int
    highest: int
    weight: int
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WishCallBack:
    """The caller of `call` wants to be called back at `number`, whatever a person typed.

    `queue`: whose agents are to call; empty: the campaign's. Answered with WAIHU_KEPT: `kept`, or
    `again` where a place was kept for that number already; empty: it could not be kept.
    """

    ask: str
    call: str
    number: str
    queue: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundNoted:
    """What the IVR knows of a call by now: told when a flow begins and whenever it lets go.

    `choices`: step and choice, in order. `subject`: what the call is about, as far as is known.
    """

    call: str
    dialed: str
    caller_number: str
    flow: str
    language: str
    choices: tuple[tuple[str, str], ...] = ()
    subject: str = ""


# ── what time, the store and operators say ───────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed; sent several times a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One contact that is ours to dial: the attempt row is committed.

    `zone` is the contact's IANA zone where one is on file. `agent`: who alone is to make the
    call, as the customer was promised (R4); None: anyone.
    """

    attempt: str
    campaign_id: int
    contact_id: int
    e164: str
    zone: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The hopper's answer. `next_due_at`: when the campaign's next contact falls due, if any."""

    ref: str
    campaign_id: int
    claims: tuple[Claim, ...]
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentJudged:
    """The second judgement. Originate only when `verdict` says yes; the commit is done."""

    attempt: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """An agent serves another group's queue in place of the own ones, as `by` said (R17).

    `until` None: until somebody takes the agent back.
    """

    queue: str
    since: datetime
    until: datetime | None = None
    by: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it is not over at that moment."""
        return self.until is None or at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord:
    """A person on file. `queues` are served in this order.

    `skills`: levels by name, 9 is the best; queues that need one of them are served as well.
    """

    agent: str
    name: str
    queues: tuple[str, ...]
    slot: str | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    loan: Loan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRecord:
    """A campaign on file with its state and what is left of its list.

    `due_contacts`: those who may be dialed now, as far as rules and clocks go. `held_contacts`:
    by the code of the rule, how many are held back or in a call; `closed_contacts`: by state, how
    many are not dialed any more. These three are the whole list. `next_due_at`: when the next one
    falls due. Of a predictive one, `answered`: the law's counts, and `pacing_memory`: what its
    pacer had learned.
    """

    campaign: Campaign
    state: CampaignState
    contacts: int
    open_contacts: int
    due_contacts: int
    next_due_at: datetime | None
    answered: Windows | None = None
    pacing_memory: object = None
    held_contacts: Mapping[str, int] = field(default_factory=dict)
    closed_contacts: Mapping[str, int] = field(default_factory=dict)

    @property
    def shut_out_contacts(self) -> int:
        """Those who only wait for the window to open: a list at night is not worked off."""
        return sum(self.held_contacts.get(code, 0) for code in ("outside_window", "legal_hours"))


@dataclass(frozen=True, slots=True, kw_only=True)
class UndisposedCall:
    """A talk that ended without its agent's word, which may still be given.

    `passed`: the agent has given a word for a later call since.
    """

    attempt: str
    agent: str
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlace:
    """A place on file. `end`: nobody is to be called any more, and why."""

    campaign_id: int
    place: Place
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Everything that operators may have changed in the database.

    `undisposed`: the talks of the last day that wait for a word, oldest first. `places`: those
    that are kept in queues for who is to be called back; None: they were not looked for.
    """

    campaigns: tuple[CampaignRecord, ...]
    agents: tuple[AgentRecord, ...]
    undisposed: tuple[UndisposedCall, ...] = ()
    ref: str = ""
    places: tuple[KeptPlace, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedAttempt:
    """An attempt of this engine that an earlier run left without an outcome."""

    attempt: str
    campaign_id: int
    contact_id: int
    e164: str
    zone: str | None
    agent: str | None
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What an earlier run of this engine left open (claimed ones are already freed)."""

    attempts: tuple[UnfinishedAttempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """An agent's late word is committed."""

    attempt: str
    disposition: Disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSaved:
    """Who sits in a slot is committed: the SaveSlot with this `ref`."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceKept:
    """The KeepPlace with this `ref` is on the disk."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActEntered:
    """The EnterAct with this `ref` is on the disk."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFailed:
    """The database refused; what the effect asked for was not done."""

    ref: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHealth:
    """How the database answers from now on. Not `ok`: slowly or not at all, as `text` says."""

    ok: bool
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """An operator changed campaigns, lists or agents in the database: look again."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAgent:
    """An agent takes a break (`reason`) or comes back (None).

    `by`: who wants it where that is another person, which is entered in the ledger, with `why`.
    """

    ref: str
    agent: str
    reason: str | None
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOutAgent:
    """Somebody signs an agent out: after the call at hand, or at once, whatever is under way."""

    ref: str
    agent: str
    by: str
    at_once: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenTo:
    """A supervisor wants to take part in an agent's talks, on the phone of this extension."""

    ref: str
    agent: str
    mode: ListenMode
    phone: str
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopListening:
    """The supervisor's phone is to hear nobody any more."""

    ref: str
    phone: str
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAgent:
    """Somebody wants the agent's talk recorded from now on, or no longer."""

    ref: str
    agent: str
    on: bool
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """Somebody ends a call: the one of an agent, or the one that is named."""

    ref: str
    by: str
    agent: str | None = None
    call: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNext:
    """An agent asks for a contact to look at, of any preview campaign or of the one named.

    Answered with the contact at hand, if the agent has one already.
    """

    ref: str
    agent: str
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialNow:
    """An agent has seen the contact and wants the call. Answered when it is placed, or not."""

    ref: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipContact:
    """An agent has seen the contact and gives it back, with the reason."""

    ref: str
    agent: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispose:
    """What came of a call, in the agent's word. Names the agent's current call, or an attempt.

    `appointment_agent`: who alone is to make the promised call; None: anyone.
    """

    ref: str
    agent: str | None
    attempt: str | None
    disposition: Disposition
    appointment_at: datetime | None = None
    note: str = ""
    appointment_agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishWrapUp:
    """An agent is done with a call that came in, before the wrap-up is over."""

    ref: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconfigure:
    """What the operator set anew and the engine can take while it runs.

    `thresholds_s`: within how many seconds a call counts as answered in time, by queue;
    `short_abandons_s`: within how many a hang-up counts apart. `country`: whose numbers callers
    have that show none.
    `needs`: what each queue asks of its agents. `call_backs`: None: as they were.
    """

    ref: str
    routes: InboundRoutes
    thresholds_s: Mapping[str, float]
    needs: tuple[Need, ...] = ()
    short_abandons_s: Mapping[str, float] = field(default_factory=dict)
    country: str = "CN"
    call_backs: CallBackRules | None = None
    supervisor_dial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopEngine:
    """No new calls; living ones get `grace_s` seconds, then they are hung up as stopped."""

    ref: str = ""
    grace_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WordAnswered:
    """What became of a word that an agent gave by keypad: the Reply to its `ref`."""

    ref: str
    code: ReplyCode


Ask = RouteInbound | LoginAgent | WishCallBack | EnterQueue | LookAtQueue
StoreAnswer = (
    Claimed
    | SentJudged
    | Loaded
    | Unfinished
    | Amended
    | SlotSaved
    | PlaceKept
    | ActEntered
    | StoreFailed
    | StoreHealth
)
Intervention = SignOutAgent | ListenTo | StopListening | RecordAgent | EndCall
"""What supervisors do to agents and calls as they live."""
Command = (
    Refresh
    | FinishWrapUp
    | PauseAgent
    | Intervention
    | AskNext
    | DialNow
    | SkipContact
    | Dispose
    | Reconfigure
    | StopEngine
)
Message = SwitchEvent | Ask | InboundNoted | CallRated | Tick | StoreAnswer | Command | WordAnswered
