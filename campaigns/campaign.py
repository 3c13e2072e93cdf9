"""A campaign as the rules and the engine see it: plain frozen values.

Owns: the fields of a campaign and their meaning. Must not know the file they were written in
(`config.campaign_file`) nor the table they are kept in (`store`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from campaigns.calendars import Calendar, Holidays
from campaigns.consent import Consent
from campaigns.filters import Filter
from campaigns.kinds import Kind, Mode
from campaigns.law.law_choice import NO_LAW, LawChoice
from campaigns.law.regulation import NO_REGULATIONS, Regulations
from campaigns.outcomes import Disposition, Outcome
from campaigns.pacing_choice import AS_USUAL, PacingChoice
from campaigns.retry_policy import RetryPolicy
from campaigns.serving import USUAL_PRIORITY, ServingOrder
from campaigns.windows import CallingWindows

__all__ = [
    "Campaign",
    "CampaignState",
    "Kind",
    "Mode",
    "calls_back",
    "counts_as_success",
    "dispositions_of",
]


_SUCCESSES: Mapping[Kind, frozenset[Outcome]] = {
    Kind.CALLBACK: frozenset({Outcome.SUCCESS, Outcome.SUCCESS_PROXY}),
    Kind.SALES: frozenset({Outcome.SUCCESS}),
}


def counts_as_success(outcome: Outcome, kind: Kind) -> bool:
    """Whether a campaign of that kind calls it a success (R3).

    A family member's information completes a call-back; a sales pitch is for the wanted person.
    """
    return outcome in _SUCCESSES[kind]


def dispositions_of(kind: Kind) -> frozenset[Disposition]:
    """What an agent may say of a call in a campaign of that kind: no proxy hears a pitch (R3)."""
    every = frozenset(Disposition)
    return every - {Disposition.SUCCESS_PROXY} if kind is Kind.SALES else every


class CampaignState(StrEnum):
    """What the campaign manager wants of it."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign. `dial_string` holds `{number}` once, e.g. `PJSIP/{number}@trunk`.

    `number_format` says how the number goes there: `e164` (+8621…), `digits` (8621…).
    `max_calls`: calls of this campaign alive at once; `cps`: new calls a second.
    `wrap_up_s`: the longest an agent may take after a call before it is `undisposed`.
    `preview_limit_s`: the longest an agent may look at a contact before dialing (preview mode).
    `order`: who of those who may be dialed is dialed first.
    `calendar`: the public holidays it keeps, None: every day is its weekday; `holidays`: how.
    `law`: the regulation profiles that hold, to be found in `regulations`. `consent`: the ground
    that all its calls rest on, None: each contact has its own. `filter`: which contacts of its
    lists are meant, None: all. `pacing`: how boldly it dials where it is predictive. `priority`:
    where campaigns share agents, from 1 (first) to 9; equals take turns.
    """

    id: int
    name: str
    kind: Kind
    mode: Mode
    dial_string: str
    caller_id: str
    queue: str
    ring_timeout_s: int
    windows: CallingWindows
    zone: ZoneInfo
    retry: RetryPolicy
    max_calls: int
    cps: float
    wrap_up_s: int
    number_format: str = "e164"
    country: str = "CN"
    number_check: str = "valid"
    preview_limit_s: int = 120
    order: ServingOrder = ServingOrder.WAITING
    calendar: Calendar | None = None
    holidays: Holidays = Holidays.CLOSED
    law: LawChoice = NO_LAW
    regulations: Regulations = NO_REGULATIONS
    consent: Consent | None = None
    filter: Filter | None = None
    pacing: PacingChoice = AS_USUAL
    priority: int = USUAL_PRIORITY


def calls_back(campaign: Campaign) -> bool:
    """Whether it can call back those who keep a place in a queue.

    They asked for it, so it must not sell; and nobody looks at a contact before the call.
    """
    return campaign.kind is Kind.CALLBACK and campaign.mode is not Mode.PREVIEW
