"""What the judge is asked and what it answers: plain frozen values.

Owns: the facts and the verdict's codes. Must not know the rules (`campaigns.judge`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact
from campaigns.law.abandonment import Answered
from campaigns.law.caps import NumberCall
from campaigns.outcomes import NotSent


class Code(StrEnum):
    """The answer: yes, or the first rule in the order of precedence that says no."""

    YES = "yes"
    DO_NOT_CALL = "do_not_call"
    CONTACT_DONE = "contact_done"
    CONTACT_FAULTY = "contact_faulty"
    CONTACT_EXHAUSTED = "contact_exhausted"
    CONTACT_WITHDRAWN = "contact_withdrawn"
    NUMBER_RETIRED = "number_retired"
    NO_NUMBER = "no_number"
    IN_CALL = "in_call"
    CAMPAIGN_NOT_STARTED = "campaign_not_started"
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_STOPPED = "campaign_stopped"
    LAW_UNKNOWN = "law_unknown"
    LAW_UNCHECKED = "law_unchecked"
    LEGAL_HOURS = "legal_hours"
    CONSENT = "consent"
    CONSENT_PROOF = "consent_proof"
    CALENDAR_ENDS = "calendar_ends"
    HOLIDAY = "holiday"
    NUMBER_CAP = "number_cap"
    CONTACT_CAP = "contact_cap"
    NUMBER_GAP = "number_gap"
    CONTACT_GAP = "contact_gap"
    REST = "rest"
    ABANDON_LOCK = "abandon_lock"
    LIST_PAUSED = "list_paused"
    LIST_WITHDRAWN = "list_withdrawn"
    FILTERED = "filtered"
    FILTER_UNCLEAR = "filter_unclear"
    RING_TIME = "ring_time"
    CALLER_ID = "caller_id"
    ABANDON_RATE = "abandon_rate"
    NO_WINDOW = "no_window"
    HOURS_APART = "hours_apart"
    OUTSIDE_WINDOW = "outside_window"
    APPOINTMENT = "appointment"
    DELAY = "delay"
    DAILY_CAP = "daily_cap"
    UNDISPOSED = "undisposed"
    BACKOFF = "backoff"
    SKIPPED = "skipped"
    IN_TURN = "in_turn"
    LINK_DOWN = "link_down"
    STOPPING = "stopping"
    STORE_AWAY = "store_away"
    BREAKER = "breaker"
    DIALPLAN = "dialplan"
    NO_AGENTS = "no_agents"
    AGENTS_BUSY = "agents_busy"
    MAX_CALLS = "max_calls"


class Span(StrEnum):
    """A stretch of time that is no fixed length."""

    LOCAL_DAY = "local day"


Param = str | int | datetime | timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One answer.

    `params` are for the sentence: `source` of a do-not-call entry, `outcome` that retired the
    number, `days` tried, `opens` (the next window), `calendar` and its `last` day, `mark` (when
    the contact's own waiting is over), `dials` today and their `cap`, agents `logged_in`, `calls`
    alive, the `queue` in which a place is kept and `since` when. Of the law: the `profile`, the
    `span` it counts in, when it lets `free`. `until`: when the answer may change by itself, if
    that is known: the next time that suits every rule that time can content.
    """

    code: Code
    params: Mapping[str, Param] = field(default_factory=dict)
    until: datetime | None = None

    @property
    def dialable(self) -> bool:
        """Whether the contact may be dialed now."""
        return self.code is Code.YES

    @property
    def not_sent(self) -> NotSent:
        """What a no at the moment of sending leaves on the attempt as its reason."""
        return _REASONS.get(self.code, NotSent.RULES)


_REASONS: Mapping[Code, NotSent] = {
    Code.DO_NOT_CALL: NotSent.DO_NOT_CALL,
    Code.IN_CALL: NotSent.IN_CALL,
    Code.CAMPAIGN_NOT_STARTED: NotSent.CAMPAIGN,
    Code.CAMPAIGN_PAUSED: NotSent.CAMPAIGN,
    Code.CAMPAIGN_STOPPED: NotSent.CAMPAIGN,
    Code.NO_WINDOW: NotSent.WINDOW,
    Code.OUTSIDE_WINDOW: NotSent.WINDOW,
    Code.LEGAL_HOURS: NotSent.WINDOW,
    Code.HOLIDAY: NotSent.WINDOW,
    Code.CALENDAR_ENDS: NotSent.WINDOW,
    Code.HOURS_APART: NotSent.WINDOW,
}


LOOK_AGAIN: Final = timedelta(hours=1)
"""After so long whoever is held back by what may pass without a word is looked at again."""

# Other calls make the abandoned share good, or a regulation is put into its folder.
_PASSES_UNSEEN: Final = frozenset(
    {
        Code.ABANDON_RATE,
        Code.LAW_UNKNOWN,
        Code.LAW_UNCHECKED,
        Code.RING_TIME,
        Code.CALLER_ID,
        Code.HOURS_APART,
    }
)


def next_look(verdict: Verdict, now: datetime) -> datetime | None:
    """When a contact that was refused at `now` is worth looking at again; None: not by itself."""
    if verdict.code not in _PASSES_UNSEEN:
        return verdict.until
    return min(now + LOOK_AGAIN, verdict.until or now + LOOK_AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """What the running engine knows of itself, for one campaign.

    `store_ok`: the database takes what the engine writes, and quickly. `dialplan_lacks`: the
    switch has an older dialplan of ours, which cannot take the campaign's calls.
    """

    link_up: bool
    stopping: bool
    agents_logged_in: int
    agents_free: int
    calls_in_flight: int
    max_calls_reached: bool
    breaker_until: datetime | None = None
    store_ok: bool = True
    dialplan_lacks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that the verdict rests on.

    `do_not_call`: why the person is on that list, None if not. `in_call`: another attempt of
    ours at this contact lives. `engine`: None at the claim, where only the contact's rules
    are asked. `number_id`: the number that an attempt is about to dial; None: the next good one.

    `do_not_call_until`: when the entry expires. `number_calls`: the calls to the contact's numbers
    by all campaigns, as far back as any law counts; `answered`: the live answers of the campaign's
    block of days. None for either: not looked up; a law that asks for it then says no.

    `its_turn`: an agent of the queue in which the contact keeps a place is kept for this call.
    """

    campaign: Campaign
    campaign_state: CampaignState
    contact: Contact
    do_not_call: str | None
    in_call: bool
    engine: EngineFacts | None
    number_id: int | None = None
    do_not_call_until: datetime | None = None
    number_calls: tuple[NumberCall, ...] | None = None
    answered: Answered | None = None
    its_turn: bool = False
